"""The microscope: how a single value of a layer is computed."""

"""The microscope: one value of one layer, and how it came about."""

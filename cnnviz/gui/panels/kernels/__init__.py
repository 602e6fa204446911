"""The Kernels tab of the Layer place."""

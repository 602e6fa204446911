"""The Settings tab of the Layer place."""

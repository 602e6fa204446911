"""The Excites tab of the Layer place."""

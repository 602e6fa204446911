"""The Spread tab of the Layer place."""

"""The Maps tab of the Layer place."""

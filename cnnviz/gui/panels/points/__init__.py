"""The Points tab of the Run place."""

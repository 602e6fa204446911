"""The Problems tab of the Run place."""

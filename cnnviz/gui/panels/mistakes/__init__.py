"""The Mistakes tab of the Run place."""

"""Recorded runs: every training run is recorded in a folder, and can be inspected later."""

"""Sweeps: the same network trained with many settings, which Optuna chooses; each trial is a recorded run."""

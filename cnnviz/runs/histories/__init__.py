"""What runs have measured, by step, reduced to as many points as a screen shows."""

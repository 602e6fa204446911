"""What can be done in the window: each command in one row, with its name, its keys, its condition and what it does."""

"""Mouse and keyboard input on the canvas."""

"""What pointer and keyboard do on the canvas."""

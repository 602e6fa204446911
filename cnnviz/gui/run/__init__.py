"""The window's link to the training session and the observer."""

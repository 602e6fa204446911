"""The datasets that networks are trained on: reading, checking and augmenting images."""

"""The panel of the weights of one layer, as tiles."""

"""The data page, which takes the place of the network."""

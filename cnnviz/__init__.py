"""Build a convolutional network by pointing and clicking, train it, and look inside while it learns."""

__version__ = "0.1.0"

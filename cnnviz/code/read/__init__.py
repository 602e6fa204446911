"""Source code of PyTorch and Keras, read as a network without being executed."""

"""A network written as source code of PyTorch and Keras."""

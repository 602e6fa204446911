"""Writes a network as source code for PyTorch and Keras."""

"""Reads source code of PyTorch and Keras as a network, without executing it."""

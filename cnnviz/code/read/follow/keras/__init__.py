"""Keras as a framework of the interpreter: functional models, Sequential, and own classes."""

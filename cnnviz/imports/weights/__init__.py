"""Reads files of weights, matches their tensors with the layers of a network, and fills the network."""

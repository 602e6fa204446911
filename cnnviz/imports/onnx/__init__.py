"""Reads ONNX files as networks with their weights: our own exactly, others operator by operator."""

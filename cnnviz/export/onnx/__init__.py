"""ONNX, written from the network itself: nodes keep their names and blocks."""

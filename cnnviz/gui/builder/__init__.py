"""The Network place: canvas, nodes and wires, palette, settings form."""

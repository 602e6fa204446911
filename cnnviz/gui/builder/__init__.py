"""The canvas of the Network tab: nodes, wires, palette, and editing by pointer and keyboard."""

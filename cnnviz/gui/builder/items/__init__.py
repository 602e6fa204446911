"""The graphics items of the canvas: nodes, wires, blocks, maps, facts."""

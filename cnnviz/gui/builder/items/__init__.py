"""What is drawn on the canvas: nodes, wires, blocks, maps, facts."""

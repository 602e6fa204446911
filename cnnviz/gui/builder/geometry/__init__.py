"""Where things are on the canvas: sizes, routes of wires, room for maps. No items."""

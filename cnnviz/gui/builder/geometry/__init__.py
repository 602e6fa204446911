"""The geometry of the canvas: sizes, routes of wires, room for maps. No graphics items."""

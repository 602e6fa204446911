"""Overlays of the canvas: previews, find bar, minimap, notes, and the field for renaming."""

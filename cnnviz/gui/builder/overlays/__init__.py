"""What lies over the network: previews, find bar, minimap, notes, the field for a name."""

"""Files that arrive: networks and weights that other programs wrote. Nothing in them is trusted or executed."""

"""A network as source code, and source code as a network. Nothing is executed."""

"""What is computed: layers, the graph of them, and whether they fit together."""

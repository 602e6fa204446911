"""Networks: layers, the graph of layers, and checking whether they fit together. Standard library only."""

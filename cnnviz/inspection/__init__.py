"""Looking inside a network while it is trained: questions about a moment, and their answers. No Qt."""

"""What is seen inside a network."""

"""What is saved: a network, where it is drawn, how it is trained, and on what."""

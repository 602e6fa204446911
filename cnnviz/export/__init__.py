"""What leaves the program: the drawn network as source code, and source code as a network. Nothing is executed."""

"""Files that leave the program: trained networks in formats of other programs. Each is verified by another process."""

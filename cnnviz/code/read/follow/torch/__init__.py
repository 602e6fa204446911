"""PyTorch for the interpreter: its modules, its functions, and tensors while a network is traced."""

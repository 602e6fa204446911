"""The project that is edited and saved: a network, its layout, a recipe for training, and a dataset."""

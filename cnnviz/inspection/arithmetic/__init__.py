"""The arithmetic of one value: how a layer makes it from its inputs, written out term by term."""

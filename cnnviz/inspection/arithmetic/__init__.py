"""The arithmetic of a value: how a layer computes it from its inputs, term by term."""

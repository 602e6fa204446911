"""The panel of the curves of a run: loss and accuracy over steps or time."""

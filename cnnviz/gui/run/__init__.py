"""The training on screen: what the window reads of the session and of the observer."""

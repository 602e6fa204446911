"""Images that a network takes for another class after a small change."""

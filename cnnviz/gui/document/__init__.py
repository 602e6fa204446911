"""The project on screen: its file, its edits, its undo history, and the sentences about it."""

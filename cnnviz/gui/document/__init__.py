"""The project on screen: its file, its edits, its past, and the sentences about it."""

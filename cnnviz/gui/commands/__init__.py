"""The commands of the window. A table row holds a command's name, shortcut, condition and function."""

"""The error of commands."""


class CommandError(Exception):
    """A command that cannot do its work. ``str()`` is a sentence for the user."""

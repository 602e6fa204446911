"""How a command says that it cannot go on."""


class CommandError(Exception):
    """A command that cannot do its work. ``str()`` is a sentence for the user."""

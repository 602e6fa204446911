"""Names of classes. No Qt."""

from __future__ import annotations


def class_name(names: tuple[str, ...], label: int) -> str:
    """The name of a class; its number if it has no name."""
    return names[label] if label < len(names) else str(label)

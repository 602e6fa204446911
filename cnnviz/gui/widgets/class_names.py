"""Names of classes. No Qt."""

from __future__ import annotations


def class_name(names: tuple[str, ...], label: int) -> str:
    """The name of a class in one line; its number if it has no name."""
    return " ".join(names[label].splitlines()) if label < len(names) else str(label)


def csv_class_name(names: tuple[str, ...], label: int) -> str:
    """The name of a class as a field of a CSV line, in quotation marks where it needs them."""
    name = names[label] if label < len(names) else str(label)
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"\n') else name

"""Text in files that do not say their encoding: whatever the bytes are, labels that differ stay different."""

from __future__ import annotations

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some programs write it before UTF-8."""
OTHER_ENCODING = "cp1252"
"""Text that is not UTF-8 is taken for that of Windows in western Europe."""


def text_of(content: bytes) -> str:
    """UTF-8 or, for bytes that are not UTF-8, Windows-1252; a byte that it lacks is written as ``\\x81``."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode(OTHER_ENCODING, "backslashreplace")

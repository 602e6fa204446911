"""Python source in the colours of the theme: comments, strings, numbers, keywords, and called names.

Each line is coloured separately, so that the cost of an edit does not depend on the length of the source.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

TOKENS = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<long>\"{3}(?:.*?\"{3}|.*)|'{3}(?:.*?'{3}|.*))"
    r"|(?P<string>\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?)"
    r"|(?P<number>\b\d[\w.]*(?:(?<=[eE])-\d+)?)"
    r"|(?P<called>\b[A-Za-z_]\w*(?=\())"
    r"|(?P<word>\b[A-Za-z_]\w*)"
)
OUTSIDE = 0
QUOTES_LENGTH = 3
QUOTES = ("", '"""', "'''")
"""The state of a line is the index, in QUOTES, of the quotes of a string that continues after it; OUTSIDE if none
does."""
CONSTANTS = frozenset({"None", "True", "False", "self"})


class PythonColours(QSyntaxHighlighter):
    """Colours a document, line by line, whenever it changes."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._formats = {
            "comment": _format(theme.muted, italic=True),
            "string": _format(theme.good),
            "number": _format(theme.pooling),
            "keyword": _format(theme.activation),
            "called": _format(theme.accent),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Qt asks to colour one line."""
        start = 0
        # Qt's state is -1 before the first line
        state = max(OUTSIDE, self.previousBlockState())
        self.setCurrentBlockState(state)
        if state != OUTSIDE:
            end = text.find(QUOTES[state])
            start = len(text) if end < 0 else end + QUOTES_LENGTH
            self.setFormat(0, start, self._formats["string"])
            if end < 0:
                return
            self.setCurrentBlockState(OUTSIDE)
        for match in TOKENS.finditer(text, start):
            kind, piece = match.lastgroup or "", match.group()
            if kind == "long":
                kind = "string"
                quotes = piece[:QUOTES_LENGTH]
                if len(piece) < 2 * QUOTES_LENGTH or not piece.endswith(quotes):
                    self.setCurrentBlockState(QUOTES.index(quotes))
            elif kind in ("word", "called") and (keyword.iskeyword(piece) or piece in CONSTANTS):
                kind = "keyword"
            if kind in self._formats:
                self.setFormat(match.start(), len(piece), self._formats[kind])


def _format(ink: str, *, italic: bool = False) -> QTextCharFormat:
    text_format = QTextCharFormat()
    text_format.setForeground(QColor(ink))
    text_format.setFontItalic(italic)
    text_format.setFontWeight(QFont.Weight.Normal)
    return text_format

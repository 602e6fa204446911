"""The importance of each varied target, as bars; see :func:`~cnnviz.sweeps.results.importances`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.localized import percent
from cnnviz.gui.panels.sweep.painting import prepare
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QPaintEvent

    from cnnviz.gui.theme import Theme

ABOVE, ROW, NUMBER = 20, 17, 42
"""Height of the title and of a row, and width of a number, in pixels."""


class ImportanceBars(ThemedWidget):
    """A bar for each target, the most important on top; or the sentence why there is none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.shares: tuple[tuple[str, float], ...] = ()
        self.sentence = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What mattered"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(240, ABOVE + ROW * max(2, len(self.shares)))

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(120, ABOVE + 2 * ROW)

    def set_shares(self, shares: Mapping[str, float], sentence: str) -> None:
        """Show the share of each target; without shares the ``sentence``."""
        ranked = tuple(sorted(shares.items(), key=lambda entry: -entry[1]))
        if (ranked, sentence) != (self.shares, self.sentence):
            self.shares, self.sentence = ranked, sentence
            lines = [f"{target} {percent(share, 0)}" for target, share in ranked]
            self.setAccessibleDescription(", ".join(lines) or sentence)
            about = self.tr(
                "How far the values of the best trials differ from those of all, for each setting (PED-ANOVA). It says"
                " what mattered within the ranges that were tried."
            )
            self.setToolTip(literal("\n".join([about, *lines])))
            self.updateGeometry()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter, theme = QPainter(self), self._theme
        prepare(painter, self)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, 0, self.width(), ABOVE), Qt.AlignmentFlag.AlignTop, self.tr("What mattered"))
        if not self.shares:
            words = QRectF(0, ABOVE, self.width(), self.height() - ABOVE)
            painter.drawText(words, int(Qt.TextFlag.TextWordWrap), self.sentence)
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(target) for target, _ in self.shares), default=0)
        bars = min(widest + 8, self.width() * 0.45)  # where they begin
        room = max(1.0, self.width() - bars - NUMBER)
        middle = Qt.AlignmentFlag.AlignVCenter
        # the tooltip has those for which there is no room
        for number, (target, share) in enumerate(self.shares[: max(0, self.height() - ABOVE) // ROW]):
            row = QRectF(0, ABOVE + number * ROW, self.width(), ROW)
            painter.setPen(QColor(theme.text))
            fitting = metrics.elidedText(target, Qt.TextElideMode.ElideMiddle, int(bars) - 6)
            painter.drawText(row, middle, fitting)
            painter.fillRect(QRectF(bars, row.top() + 4, max(1.0, room * share), ROW - 8), QColor(theme.accent))
            painter.setPen(QColor(theme.muted))
            painter.drawText(row, middle | Qt.AlignmentFlag.AlignRight, percent(share, 0))
        painter.end()

"""What a node costs and how far it sees, below it while building."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.metrics import LEAST, SMALL, WIDTH, colour
from cnnviz.gui.theme import Theme
from cnnviz.network.check import NodeReport
from cnnviz.network.problems import spell

LINE = 14.0
PAIR = 2 * LINE + 6


class FactsItem(Below):
    """Learned parameters, multiply-accumulate operations and receptive field, each a muted title over its value."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self._facts: tuple[tuple[str, str], ...] = ()

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        facts = _facts(report)[: max(0, int(room // PAIR))]
        if facts != self._facts:
            self._facts = facts
            self._resize(len(facts) * PAIR)
            self.update()

    def _paint(self, painter: QPainter, zoom: float) -> None:
        size = max(LEAST, SMALL * zoom)
        for index, (title, value) in enumerate(self._facts):
            row = QRectF(0, index * PAIR * zoom, WIDTH * zoom, LINE * zoom)
            if row.height() >= LEAST - 0.5:
                text.draw(painter, row, title, size - 0.5, colour(self.theme.muted))
            row.translate(0, LINE * zoom)
            value_colour = self.theme.muted if value == "–" else self.theme.text
            text.draw(painter, row, value, size, colour(value_colour))


def _facts(report: NodeReport) -> tuple[tuple[str, str], ...]:
    """The same lines for every node, so that they can be read across; none for what has no input."""
    if not report.inputs or report.output is None:
        return ()
    sees = "–" if report.receptive_field is None else spell(report.receptive_field.size)
    return (
        (QApplication.translate("Canvas", "parameters"), short(report.parameter_count) if report.parameters else "–"),
        (QApplication.translate("Canvas", "MACs"), short(report.macs) if report.macs else "–"),
        (QApplication.translate("Canvas", "sees"), sees),
    )


def short(count: int) -> str:
    """A count in few characters: ``18,496``, ``2.23 M``."""
    if count < 1_000_000:
        return f"{count:,}"
    for unit in ("M", "G", "T"):
        count_in_unit = count / {"M": 1e6, "G": 1e9, "T": 1e12}[unit]
        if count_in_unit < 1000 or unit == "T":
            break
    return f"{count_in_unit:,.3g} {unit}"

"""The prediction below the Output: a bar for each class, or for the most probable classes if there are many."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from cnnviz.gui.builder.geometry.metrics import FOOTER, INSET, LEAST_FONT, ROW_HEIGHT, SMALL, TILE, TRACK, WIDTH, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below
from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.map_scales import ROBUST
from cnnviz.inspection.answers.prediction import NetworkOutput

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QGraphicsItem

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import Scale
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import NodeReport

NUMBER_SIZE = 11.5
"""Font size of the class numbers, where classes have no names."""
LABEL = 14.0
"""Width for a class number of one or two digits, in scene units."""
DIGIT = 12.0
"""Additional width for each further digit, in scene units."""
WIDEST_NAME = 48.0
"""The widest name of a class, in scene units; longer names are elided."""
EDGE = 2.0
"""Gap beside rows with names, which take the whole width of the column, in scene units."""
MEASURED = 20
"""How many of the longest names are measured to find the widest."""
BAR = 10.0
"""The greatest thickness of a bar, in scene units."""
LEAST_ROW = 11.0
"""The least height of a row where all classes have one, in scene units."""
FRAME_MARGIN = 2
"""How far the frame around a row reaches beyond it at the left and right, in pixels of the screen."""
TOLERANCE = 1e-6
"""By how many scene units the rows may exceed the room: what dividing it and adding it up again may round."""
MOST_LEADING = 8
"""How many of the most probable classes are shown where there is no room for all."""


class BarsItem(Below):
    """One row per class: its name, or its number if it has none, and a bar as long as its probability; the most
    probable class is emphasized, in the colour of right or wrong where the sample has a label.

    Without room for all classes only the most probable ones are shown, the most probable on top; a line below says
    how many classes there are. That line stands alone while there is no prediction.
    """

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self.classes: tuple[int, ...] = ()
        """The classes that have a row, from the top."""
        self._total = 0
        self._rows = 0
        self._height = ROW_HEIGHT
        self._shares: NDArray[np.float32] | None = None
        self._target: int | None = None
        """The label of the sample, if it has one."""
        self._class_names: tuple[str, ...] = ()
        self._left, self._name_width, self._right = INSET, LABEL, INSET + TILE
        """The left edge of the rows, the width of the names, and the right edge of the bars, in scene units."""
        self._names = QPixmap()
        self._names_key: tuple[float, float, int, bool, tuple[int, ...]] | None = None

    @property
    def complete(self) -> bool:
        """Whether every class has its row."""
        return self._rows == self._total

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        self.report, self.room = report, room
        total = 0 if report.output is None or len(report.output) != 1 else report.output[0]
        # every class keeps its bar if there is room for it: the predicted class may be the last
        height = min(ROW_HEIGHT, max(LEAST_ROW, room / total)) if total else ROW_HEIGHT
        rows, footer = total, 0.0
        if total * height > room + TOLERANCE:
            height, footer = ROW_HEIGHT, FOOTER if room >= FOOTER else 0.0
            rows = max(0, min(MOST_LEADING, total - 1, int((room - FOOTER) // height)))
        if (rows, height, total) != (self._rows, self._height, self._total):
            self._rows, self._height, self._total, self._names_key = rows, height, total, None
            self._resize(rows * height + footer)
            self._divide()
            self._choose()
            self.update()

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """See :meth:`Below.set_class_names`."""
        if names != self._class_names:
            self._class_names, self._names_key = names, None
            self._divide()
            self.update()

    def question(self) -> NetworkOutput | None:
        """See :meth:`Below.question`."""
        return NetworkOutput() if self._total else None

    def show_snapshot(self, snapshot: Snapshot | None, scale: Scale = ROBUST) -> None:
        """See :meth:`Below.show_snapshot`."""
        output = None if snapshot is None else snapshot.answer(NetworkOutput())
        new = None if output is None or len(output.probabilities) != self._total else output.probabilities
        if new is None and self._shares is None:
            return
        target = None if snapshot is None else snapshot.sample.label
        if target != self._target:
            self._target = target
            self.update()
        if new is None or self._shares is None or not np.array_equal(new, self._shares):
            self._shares = new
            self._choose()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._names_key = None

    def channel_at(self, point: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        row = int(point.y() // self._height)
        return self.classes[row] if self._left <= point.x() <= self._right and 0 <= row < len(self.classes) else None

    def tooltip_at(self, point: QPointF, zoom: float) -> str:
        """See :meth:`Below.tooltip_at`: the whole name of a class, which may be elided in its row."""
        number = self.channel_at(point, zoom)
        return self._name(number) if number is not None and self._named else ""

    def framed(self, frame: Frame, zoom: float) -> list[QRect]:
        """See :meth:`Below.framed`: the rows of the classes, neighbours as one."""
        areas: list[QRect] = []
        left = round(self._left * zoom) - FRAME_MARGIN
        width = round((self._right - self._left) * zoom) + 2 * FRAME_MARGIN
        for row, number in enumerate(self.classes if self._shares is not None else ()):
            top, bottom = round(row * self._height * zoom), round((row + 1) * self._height * zoom)
            if number not in frame.channels:
                continue
            if areas and areas[-1].bottom() + 1 == top:
                areas[-1].setBottom(bottom - 1)
            else:
                areas.append(QRect(left, top, width, bottom - top))
        return areas

    def _choose(self) -> None:
        """Choose the classes that have a row: all with room, else the most probable; none without a prediction."""
        if self.complete:
            self.classes = tuple(range(self._rows))
        elif self._shares is None or len(self._shares) != self._total or np.isnan(self._shares).any():
            self.classes = ()
        else:
            self.classes = tuple(np.argsort(-self._shares, kind="stable")[: self._rows].tolist())

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        shares = self._shares if self._shares is not None and len(self._shares) == self._total else None
        unknown = shares is None
        top = -1 if shares is None or np.isnan(shares).any() else int(shares.argmax())
        if ratio is None:
            self._write_names(painter, zoom, top, unknown)
        else:
            key = (zoom, ratio, top, unknown, self.classes)
            if self._names_key != key:
                self._names_key = key
                self._names = self._picture_of(zoom, ratio, lambda names: self._write_names(names, zoom, top, unknown))
            self._draw_picture(painter, self._names)
        if shares is None or top < 0 or not self.classes:
            return
        shown = shares[list(self.classes)]
        lengths = np.maximum(1, np.rint(self._longest * zoom * shown)).astype(int).tolist()
        bars = [QRect(*self._bar(row, zoom), length, self._thickness(zoom)) for row, length in enumerate(lengths)]
        best = self.classes.index(top)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.muted))
        painter.drawRects(bars[:best] + bars[best + 1 :])
        painter.fillRect(bars[best], colour(self.colour_of(top)))

    def colour_of(self, predicted: int) -> str:
        """The colour of the most probable class: whether it is the label, where there is one."""
        if self._target is None:
            return self.theme.accent
        return self.theme.good if predicted == self._target else self.theme.error

    @property
    def _named(self) -> bool:
        """Whether the classes have names that are not just their numbers."""
        names = self._class_names
        return len(names) == self._total and any(name != str(number) for number, name in enumerate(names))

    def _name(self, number: int) -> str:
        return class_name(self._class_names, number) if self._named else str(number)

    def _divide(self) -> None:
        """Divide the width of the column between the names and the bars."""
        if self._named:
            longest = nlargest(MEASURED, map(self._name, range(self._total)), key=len)
            widest = 1 + max(text.advance(name, SMALL, WIDEST_NAME, bold=True) for name in longest)
            self._left, self._name_width, self._right = EDGE, min(WIDEST_NAME, widest) + EDGE, WIDTH - EDGE
        else:
            width = LABEL + DIGIT * max(0, len(str(self._total - 1)) - 2)
            self._left, self._name_width, self._right = INSET, width, INSET + TILE

    @property
    def _longest(self) -> float:
        """The length of a bar whose probability is 1, in scene units."""
        return self._right - self._left - self._name_width

    def _thickness(self, zoom: float) -> int:
        return round(min(BAR, self._height - 2) * zoom)

    def _bar(self, row: int, zoom: float) -> tuple[int, int]:
        """The top left corner (x, y) of a bar, in pixels of the screen."""
        above = round((self._height * zoom - self._thickness(zoom)) / 2)
        return round((self._left + self._name_width) * zoom), round(row * self._height * zoom) + above

    def _write_names(self, painter: QPainter, zoom: float, top: int, unknown: bool) -> None:
        """Write the names of the classes and paint the backgrounds of their bars.

        Class ``top`` is emphasized, none if it is -1. With ``unknown`` there is no prediction, and no name is muted.
        """
        left, width, size = self._left * zoom, self._name_width * zoom + 2, max(LEAST_FONT, NUMBER_SIZE * zoom)
        least = text.SMALLEST
        if self._named:
            # all of one size: those that are too long are elided
            width, size = (self._name_width - EDGE) * zoom, max(LEAST_FONT, SMALL * zoom)
            least = size
        for row, number in enumerate(self.classes):
            ink = colour(self.theme.text if number == top or unknown else self.theme.muted)
            area = QRectF(left, round(row * self._height * zoom), width, self._height * zoom)
            name, bold, elide = self._name(number), number == top, Qt.TextElideMode.ElideRight
            text.draw(painter, area, name, size, ink, bold=bold, align=text.LEFT, least=least, elide=elide)
            ground = QRect(*self._bar(row, zoom), round(self._longest * zoom), self._thickness(zoom))
            painter.fillRect(ground, colour(self.theme.line, TRACK))
        if not self.complete:
            area = QRectF(0, round(len(self.classes) * self._height * zoom), WIDTH * zoom, FOOTER * zoom)
            text.draw(painter, area, self._footer(), max(LEAST_FONT, (SMALL - 1) * zoom), colour(self.theme.muted))

    def _footer(self) -> str:
        if not self.classes:
            return counted("{count} classes", "1 class", self._total)
        return QCoreApplication.translate("Canvas", "top {0} of {1}").format(len(self.classes), grouped(self._total))

"""The list of layer kinds, used in the palette and in quick add."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QDrag, QFontMetricsF, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnnviz.gui.builder.geometry.metrics import NAME, TRACK, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.language import text as translated
from cnnviz.gui.widgets.nothing_found import NothingFound
from cnnviz.gui.widgets.searching import rank
from cnnviz.network.layers import KINDS, Family, Layer
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from cnnviz.gui.theme import Theme

MIME = "application/x-cnnviz-layer"
"""MIME type of a drag from the palette; its data is the layer kind in UTF-8."""
LINE = 15
"""Height of a line of the headline, in pixels."""
NAME_ROW, FAMILY_ROW = 22, 21
"""Heights of the row with the name of a kind, and of the row with the title of a family, in pixels."""
FAMILY_SIZE, HEADLINE_SIZE, CHIP_SIZE = 10.5, 11, 12
"""Font sizes of the title of a family, of a headline, and of the name that is dragged, in pixels."""
CHIP_OPACITY = 235
"""Opacity, 0 to 255, of the ground of the name that is dragged."""
CLAUSE_END = re.compile(r"[;:]|\. ")
KIND = Qt.ItemDataRole.UserRole
"""Item role of an entry's kind; None for the title of a family."""

FAMILIES: dict[Family, str] = {
    "structure": "Beginning and end",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "dense": "Fully connected",
    "activation": "Activation",
    "normalization": "Normalization",
    "regularization": "Regularization",
    "attention": "Attention",
    "merge": "Joining paths",
    "shape": "Shape",
}
"""Families in the order of the list, with their titles."""


def summary(kind: type[Layer]) -> str:
    """What a layer does, in the user's language."""
    return translated(Sentence(kind.summary))


def headline(kind: type[Layer]) -> str:
    """The first clause of the summary: as much as a list has room for."""
    return CLAUSE_END.split(summary(kind), maxsplit=1)[0].removesuffix(".")


def matching(typed: str) -> list[tuple[Family, list[type[Layer]]]]:
    """The kinds that match what was typed, by family, best first; name, synonyms, family and summary are searched."""
    if not typed.strip():
        return [(family, [kind for kind in KINDS.values() if kind.family == family]) for family in FAMILIES]
    matches = []
    for family in FAMILIES:
        kinds = [kind for kind in KINDS.values() if kind.family == family]
        places = [(rank(typed, kind.kind, f"{family} {summary(kind)}", kind.aliases), kind) for kind in kinds]
        ranked = [(place, kind) for place, kind in places if place is not None]
        if ranked:
            ranked.sort(key=lambda pair: pair[0])
            best, _ = ranked[0]
            matches.append((best, family, [kind for _, kind in ranked]))
    matches.sort(key=lambda match: match[0])
    return [(family, kinds) for _, family, kinds in matches]


def mime(kind: str) -> QMimeData:
    """The data of a drag of a kind."""
    data = QMimeData()
    data.setData(MIME, QByteArray(kind.encode()))
    return data


class KindDelegate(QStyledItemDelegate):
    """Paints an entry: a mark in the family's colour, the name, and below it the headline in ``lines`` lines."""

    def __init__(self, theme: Theme, lines: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self._lines = theme, lines

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Qt asks how high an entry is."""
        return QSize(80, NAME_ROW + LINE * self._lines if index.data(KIND) else FAMILY_ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt asks to paint an entry."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        kind = index.data(KIND)
        if kind is None:
            area = rect.adjusted(4, 3, -4, 0)
            text.draw(painter, area, index.data(), FAMILY_SIZE, colour(self.theme.muted), bold=True, align=text.LEFT)
            painter.restore()
            return
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(colour(self.theme.line))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(colour(self.theme.line, TRACK))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        painter.setBrush(colour(self.theme.family(KINDS[kind].family)))
        painter.drawRoundedRect(QRectF(rect.left() + 6, rect.top() + 7, 3, rect.height() - 14), 1.5, 1.5)
        name = QRectF(rect.left() + 16, rect.top() + 3, rect.width() - 20, 16)
        text.draw(painter, name, kind, NAME, colour(self.theme.text), bold=True, align=text.LEFT)
        line = QRectF(rect.left() + 16, rect.top() + 18, rect.width() - 20, LINE)
        painter.setFont(text.font(HEADLINE_SIZE))
        painter.setPen(colour(self.theme.muted))
        for shown in text.lines(headline(KINDS[kind]), HEADLINE_SIZE, line.width(), self._lines):
            painter.drawText(line, int(text.LEFT), shown)
            line.translate(0, LINE)
        painter.restore()


class KindList(QListWidget):
    """The kinds that match what was typed, by family, each with its headline in ``lines`` lines below it.

    A list that was never filtered is filled with all kinds when it is first shown.
    """

    def __init__(self, theme: Theme, lines: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._delegate = KindDelegate(theme, lines, self)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.viewport().setBackgroundRole(QPalette.ColorRole.NoRole)
        self.nothing = NothingFound(self)
        self._filled = False

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        """Fill the list."""
        if not self._filled:
            self.filter("")
        super().showEvent(event)

    def filter(self, typed: str) -> None:
        """Show the kinds that match, and make the best match current."""
        self._filled = True
        self.clear()
        first: QListWidgetItem | None = None
        for family, kinds in matching(typed):
            title = QListWidgetItem(translated(Sentence(FAMILIES[family])), self)
            title.setFlags(Qt.ItemFlag.NoItemFlags)
            for kind in kinds:
                entry = QListWidgetItem(kind.kind, self)
                entry.setData(KIND, kind.kind)
                entry.setToolTip(summary(kind))
                entry.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.toolTip())
                entry.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
                if first is None:
                    first = entry
        if first is not None and typed.strip():
            self.setCurrentItem(first)
        self.nothing.follow()

    def chosen(self) -> str | None:
        """The kind of the current entry."""
        entry = self.currentItem()
        kind = None if entry is None else entry.data(KIND)
        return kind if isinstance(kind, str) else None

    def step(self, by: int) -> None:
        """Make the next (1) or previous (-1) kind current."""
        rows = [row for row in range(self.count()) if self.item(row).data(KIND)]
        if rows:
            if self.currentRow() in rows:
                self.setCurrentRow(rows[(rows.index(self.currentRow()) + by) % len(rows)])
            else:
                self.setCurrentRow(rows[0] if by > 0 else rows[-1])

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag a label with the name beside the pointer, which does not hide what is under the pointer."""
        kind = self.chosen()
        if kind is None:
            return
        drag = QDrag(self)
        drag.setMimeData(mime(kind))
        drag.setPixmap(_chip(kind, self._delegate.theme, self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(-14, -14))
        drag.exec(actions)

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        """Qt asks for the data of the drag."""
        return mime(items[0].data(KIND))


def _chip(kind: str, theme: Theme, ratio: float) -> QPixmap:
    bold = text.font(CHIP_SIZE, bold=True)
    rect = QRectF(0, 0, QFontMetricsF(bold).horizontalAdvance(kind) + 24, 26)
    pixmap = QPixmap(int(rect.width() * ratio), int(rect.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour(theme.family(KINDS[kind].family)))
        painter.setBrush(colour(theme.raised, CHIP_OPACITY))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        text.draw(painter, rect, kind, CHIP_SIZE, colour(theme.text), bold=True)
    return pixmap

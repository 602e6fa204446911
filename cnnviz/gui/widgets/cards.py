"""The cards of templates: their content, and painting it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnnviz.gui.document.sentences import about, epochs, roughly, span
from cnnviz.gui.localized import compact, memory, percent, spell
from cnnviz.gui.widgets.network_picture import NetworkPicture, paint_picture, picture_of
from cnnviz.network.check import examine
from cnnviz.network.memory import training_memory
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.training.estimate import Estimate

NAME = Qt.ItemDataRole.UserRole
"""Item role of the template's name; empty for the empty network."""

CARD = QSize(286, 232)
PICTURE = QSize(258, 84)
AROUND = 6
"""From the edge of a card to its frame, in pixels."""
MARGIN = 14
"""From the edge of a card to its content, at the sides, in pixels."""
TITLE_SCALE, SENTENCE_SCALE, FIGURE_SCALE = 1.08, 0.95, 0.9
"""Sizes of the fonts relative to the font of the list."""
ARM = 10
"""Half the length of the lines of the plus sign, in pixels."""
LINES = 3
"""The most lines of the sentence."""


@dataclass(frozen=True)
class Card:
    """The computed content of a template's card: its picture, size and cost, and its project with its report."""

    picture: NetworkPicture
    size: str
    cost: str
    project: Project
    report: Report


@cache
def card_of(name: str) -> Card:
    """The card of a template, computed from its network. It is cached."""
    translate = QCoreApplication.translate
    template = TEMPLATES[name]
    project = template.project()
    facts = facts_of_data(project)
    report = examine(project.network, facts)
    shape = report.nodes[project.network.order[0]].output or ()
    size = translate("Card", "{input} · {parameters} parameters").format(
        input=spell(shape), parameters=spell(report.parameters)
    )
    cost = translate("Card", "{macs} MACs · {memory} in batches of {batch}").format(
        macs=compact(report.macs),
        memory=memory(training_memory(report, facts).total),
        batch=project.recipe.batch_size,
    )
    return Card(picture_of(project, report), size, cost, project, report)


class CardDelegate(QStyledItemDelegate):
    """Paints cards. Figures and pictures of a template appear once :meth:`prepare` has computed them."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.seconds: Callable[[Project, Report], Estimate | None] = lambda *_: None
        """Returns how long a training takes on this machine; None if that is unknown."""
        self._pictures: dict[tuple[str, str, float], QPixmap] = {}
        self._ready: set[str] = set()

    def prepare(self, name: str) -> None:
        """Compute the content of a template's card, so that it can be painted quickly."""
        card_of(name)
        self._ready.add(name)

    def outcome(self, name: str) -> str:
        """The result of training a template, and how long it takes: here if that is known, else where it was measured.
        If the result is unknown, only the time of an epoch here, or nothing."""
        card, expected = card_of(name), TEMPLATES[name].expected
        seconds = self.seconds(card.project, card.report)
        translate = QCoreApplication.translate
        if expected is None:
            if seconds is None:
                return ""
            an_epoch = seconds * (1 / card.project.recipe.epochs)
            return translate("Card", "{time} an epoch here").format(time=about(an_epoch))
        template = translate("Card", "{accuracy}, {epochs}, {time}")
        if seconds is not None:
            template = translate("Card", "{accuracy}, {epochs}, {time} here")
        time = about(seconds) if seconds is not None else roughly(span(expected.seconds))
        return template.format(
            accuracy=percent(expected.accuracy),
            epochs=epochs(expected.epochs),
            time=time,
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Qt asks how large a card is."""
        return CARD

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt asks to paint a card."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(option.rect).adjusted(AROUND, AROUND, -AROUND, -AROUND)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(QColor(self.theme.accent if selected else self.theme.line), 2 if selected else 1))
        painter.setBrush(QColor(self.theme.raised if hovered or selected else self.theme.surface))
        painter.drawRoundedRect(frame, 9, 9)
        inner = frame.adjusted(MARGIN - AROUND, MARGIN - 4, AROUND - MARGIN, 4 - MARGIN)
        name = index.data(NAME)
        picture = QRectF(inner.left(), inner.top(), inner.width(), PICTURE.height())
        if name:
            self._paint_picture(painter, picture, name)
        else:
            self._paint_plus(painter, picture)
        y = picture.bottom() + 8
        y = self._line(painter, inner, y, index.data(), self.theme.text, TITLE_SCALE, bold=True)
        y = self._sentence(painter, inner, y, index.data(Qt.ItemDataRole.ToolTipRole))
        if name in self._ready:
            card = card_of(name)
            y = self._line(painter, inner, y + 4, card.size, self.theme.text, FIGURE_SCALE)
            y = self._line(painter, inner, y, card.cost, self.theme.text, FIGURE_SCALE)
            ink = self.theme.text if TEMPLATES[name].expected is None else self.theme.good
            self._line(painter, inner, y, self.outcome(name), ink, FIGURE_SCALE)
        painter.restore()

    def _paint_picture(self, painter: QPainter, area: QRectF, name: str) -> None:
        if name not in self._ready:
            return
        ratio = painter.device().devicePixelRatioF()
        key = (name, self.theme.name, ratio)
        if key not in self._pictures:
            pixmap = QPixmap(int(area.width() * ratio), int(area.height() * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as inside:
                whole = QRectF(0, 0, area.width(), area.height()).adjusted(1, 1, -1, -1)
                paint_picture(inside, whole, card_of(name).picture, self.theme)
            self._pictures[key] = pixmap
        painter.drawPixmap(area.topLeft(), self._pictures[key])

    def _paint_plus(self, painter: QPainter, area: QRectF) -> None:
        """Paint the picture of the empty network: an empty canvas with a plus sign."""
        painter.setPen(QPen(QColor(self.theme.muted), 1.4, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = area.adjusted(1, 2, -1, -2)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QPen(QColor(self.theme.accent), 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        middle = box.center()
        for dx, dy in ((ARM, 0), (0, ARM)):
            painter.drawLine(QPointF(middle.x() - dx, middle.y() - dy), QPointF(middle.x() + dx, middle.y() + dy))

    def _line(
        self, painter: QPainter, area: QRectF, y: float, text: str, colour: str, scale: float, *, bold: bool = False
    ) -> float:
        """Paint a line, elided if it is too long; returns the y coordinate of the next line."""
        painter.setFont(_font(self.parent_font(), scale, bold=bold))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(colour))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        rect = QRectF(area.left(), y, area.width(), metrics.height())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        return y + metrics.height() + 1

    def _sentence(self, painter: QPainter, area: QRectF, y: float, text: str) -> float:
        """Paint the sentence in at most :data:`LINES` lines, the last elided; returns the y coordinate below."""
        font = _font(self.parent_font(), SENTENCE_SCALE)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        painter.setPen(QColor(self.theme.muted))
        layout = QTextLayout(text, font)
        layout.beginLayout()
        for number in range(LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(area.width())
            start, length = line.textStart(), line.textLength()
            shown = text[start : start + length] if number < LINES - 1 else text[start:]
            shown = metrics.elidedText(shown.strip(), Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(QPointF(area.left(), y + number * metrics.height() + metrics.ascent()), shown)
        layout.endLayout()
        return y + LINES * metrics.height()

    def parent_font(self) -> QFont:
        """The font of the list that contains the cards."""
        parent = self.parent()
        assert isinstance(parent, QWidget)
        return parent.font()


def _font(base: QFont, scale: float, *, bold: bool = False) -> QFont:
    copy = QFont(base)
    copy.setPointSizeF(base.pointSizeF() * scale)
    copy.setBold(bold)
    return copy

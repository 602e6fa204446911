"""Finding layers by name or kind: a bar at the bottom of the canvas, and marks on what matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QHBoxLayout,
    QLineEdit,
    QStyleOptionGraphicsItem,
    QToolButton,
    QWidget,
)

from cnnviz.gui.builder.geometry.metrics import FOUND_Z, HEADER, LEAST_ZOOM, WIDTH, colour
from cnnviz.gui.language import text
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.network.graph import Network

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.project.layout import Point

FROM_EDGE = 10
"""Distance between the bar and the edge of the canvas, in pixels."""
DISTANCE = 3.0
"""Distance between a mark and its node, in scene units."""
LINE = 2
"""Width of the line of a mark, in pixels."""
SECOND_DISTANCE = 4
"""Distance between the second line around the current node and the first one, in pixels."""


def matches(network: Network, typed: str) -> tuple[str, ...]:
    """The nodes whose name, kind or caption contains what was typed, in the order of the network."""
    sought = typed.strip().casefold()
    if not sought:
        return ()
    return tuple(
        name
        for name in network.order
        if sought in name.casefold()
        or sought in network[name].kind.casefold()
        or sought in text(network[name].brief()).casefold()
    )


class FoundItem(QGraphicsItem):
    """Frames around the nodes that were found; a second line, not a colour, marks the current node."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._places: tuple[Point, ...] = ()
        self._current: Point | None = None
        self.setZValue(FOUND_Z)

    def show_places(self, places: tuple[Point, ...], current: Point | None) -> None:
        """Mark the nodes at these places of the layout; ``current`` is the place of the current node."""
        if (places, current) != (self._places, self._current):
            self.prepareGeometryChange()
            self._places, self._current = places, current
            self.update()

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        area = QRectF()
        for place in self._places:
            area = area.united(QRectF(*place, WIDTH, HEADER))
        # the lines are pixels of the screen: farthest from the nodes when zoomed out
        margin = DISTANCE + (SECOND_DISTANCE + LINE) / LEAST_ZOOM
        return area.adjusted(-margin, -margin, margin, margin)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        zoom = painter.worldTransform().m11()
        pen = QPen(colour(self.theme.pooling), LINE)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for place in self._places:
            area = QRectF(*place, WIDTH, HEADER).adjusted(-DISTANCE, -DISTANCE, DISTANCE, DISTANCE)
            painter.drawRoundedRect(area, 6, 6)
            if place == self._current:
                distance = SECOND_DISTANCE / zoom
                painter.drawRoundedRect(area.adjusted(-distance, -distance, distance, distance), 8, 8)


class FindBar(QFrame):
    """A search field with the number of matches; Enter and the arrows go to the next match.

    ``found(nodes, current)`` is emitted with the matches, ``reached(node)`` when the user goes to one; ``closed``
    follows Esc and the close button.
    """

    found = Signal(tuple, object)
    reached = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._network = Network()
        self._nodes: tuple[str, ...] = ()
        self._current = 0
        self.setObjectName("findBar")
        self.setAccessibleName(self.tr("Find layers"))
        self.field = QLineEdit(self)
        OwnUndo(self.field)
        self.field.setPlaceholderText(self.tr("Find a layer by name or kind"))
        self.field.setAccessibleName(self.tr("Name or kind of a layer"))
        self.field.setMinimumWidth(150)
        self.count = PlainLabel(parent=self)
        self.count.setProperty("role", "muted")
        self.count.setMinimumWidth(self.fontMetrics().horizontalAdvance(self.tr("{0} of {1}").format(88, 888)))
        previous = self._button("‹", self.tr("Previous (Shift+Enter)"), lambda: self.step(-1))
        following = self._button("›", self.tr("Next (Enter)"), lambda: self.step(1))
        close = self._button("✕", self.tr("Close (Esc)"), self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 6, 5)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        for button in (previous, following, close):
            row.addWidget(button)
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.setStyleSheet(
            f"#findBar {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 8px; }}"
            "QToolButton { border: 0; padding: 2px 6px; font-size: 15px; }"
            f"QToolButton:hover {{ background: {theme.line}; border-radius: 4px; }}"
        )

    def open(self, network: Network) -> None:
        """Show the bar with the last search text selected."""
        self.show()
        self.place()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()
        self.set_network(network)

    def close_bar(self) -> None:
        """Hide the bar and the marks."""
        if self.isVisible():
            self.hide()
            self.found.emit((), None)
            self.closed.emit()

    def set_network(self, network: Network) -> None:
        """Search in another network; the current match is kept if it still matches."""
        self._network = network
        if self.isVisible():
            self._search()

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) match, past the last to the first."""
        if self._nodes:
            self._current = (self._current + by) % len(self._nodes)
            self._publish_matches()
            self.reached.emit(self._nodes[self._current])

    def place(self) -> None:
        """Move to the lower left corner of the canvas, where the bar hides no names."""
        width = min(400, self._canvas.width() - 2 * FROM_EDGE)
        height = self.sizeHint().height()
        self.setGeometry(FROM_EDGE, self._canvas.height() - height - FROM_EDGE, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle keys of the field: Enter, Up and Down go from match to match, Esc closes."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self.step(-1 if back else 1)
                case Qt.Key.Key_Down:
                    self.step(1)
                case Qt.Key.Key_Up:
                    self.step(-1)
                case Qt.Key.Key_Escape:
                    self.close_bar()
                case _:
                    return False
            return True
        return False

    def _typed(self) -> None:
        self._search()
        if self._nodes:
            self.reached.emit(self._nodes[self._current])

    def _search(self) -> None:
        old = self._nodes[self._current] if self._nodes else None
        self._nodes = matches(self._network, self.field.text())
        self._current = self._nodes.index(old) if old in self._nodes else 0
        self._publish_matches()

    def _publish_matches(self) -> None:
        if self._nodes:
            self.count.setText(self.tr("{0} of {1}").format(self._current + 1, len(self._nodes)))
        else:
            self.count.setText(self.tr("none") if self.field.text().strip() else "")
        self.found.emit(self._nodes, self._nodes[self._current] if self._nodes else None)

    def _button(self, sign: str, name: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setText(sign)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(act)
        return button

"""The timeline below the curves: a sign for each recorded moment, and a handle at the moment that the window shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.curves.timeline_state import HEIGHT, NAMES_HEIGHT, TimelineState
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.ground import Ground
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from cnnviz.gui.run.moments import KnownMoment
    from cnnviz.gui.theme import Theme

MIDDLE = HEIGHT / 2
"""The height of the line on which the signs stand."""
DOT, DIAMOND, RING, HANDLE = 2.5, 4.5, 6.5, 6.0
"""Radii in pixels: of a moment that holds weights only, of an exact moment, of the ring of a named or pinned moment,
and of the handle."""
NEAR = 8.0
"""The largest distance at which the pointer is at a moment, in pixels."""
NAME_GAP = 10.0
"""Pixels between two names, and between the present and the text beside it, which the handle must not reach."""


class Timeline(ThemedWidget):
    """``asked(step)`` follows a press or a drag on it, ``moved(int)`` the arrow keys, ``nowAsked`` End and Escape.

    ``nameAsked(step)`` and ``pinAsked(step)`` follow its menu and the keys N and P.
    """

    asked = Signal(int)
    moved = Signal(int)
    nowAsked = Signal()
    nameAsked = Signal(int)
    pinAsked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state = TimelineState()
        self._names_shown = True
        self._ground = Ground()
        """The line and the signs, but for the last one."""
        self.commands: Sequence[QAction] = ()
        """Commands of the window that stand in the menu too."""
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline of recorded moments"))
        explain(self, "moment", menu=False)
        self._explain()

    @property
    def state(self) -> TimelineState:
        """The drawn state."""
        return self._state

    def set_state(self, state: TimelineState) -> None:
        """Draw a state."""
        before = self._state
        if state == before:
            return
        self._state = state
        if (state.all, state.fit) != (before.all, before.fit):
            self._explain()
        if state.step != before.step:
            at = self.tr("now") if state.step is None else self.tr("step {step}").format(step=grouped(state.step))
            self.setAccessibleDescription(at)
        if state.named != before.named:
            self.updateGeometry()
        self.update()

    def set_names_shown(self, shown: bool) -> None:
        """Set whether there is room for the names of moments; otherwise only the tooltip says them."""
        if shown != self._names_shown:
            self._names_shown = shown
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Qt: as wide as there is room."""
        return QSize(100, HEIGHT + (NAMES_HEIGHT if self._names_shown and self._state.named else 0))

    def moment_near(self, x: float) -> KnownMoment | None:
        """The moment whose sign is at ``x``, in pixels from the left edge."""
        state = self._state
        at = min(range(len(state.places)), key=lambda index: abs(state.places[index] - x), default=None)
        return None if at is None or abs(state.places[at] - x) > NEAR else state.moments[at]

    def about(self, moment: KnownMoment) -> str:
        """The tooltip of a moment."""
        title = self.tr("step {step}").format(step=grouped(moment.step))
        if moment.name:
            title = self.tr("step {step}: “{name}”").format(step=grouped(moment.step), name=moment.name)
        exact = self.tr("Training can go on from here exactly.")
        if not moment.exact:
            exact = self.tr("Cannot be continued exactly: only the weights were kept.")
        kept = self.tr("Pinned: it is kept, however many moments are recorded.") if moment.pinned else ""
        return "\n".join(part for part in (title, exact, kept) if part)

    def menu_for(self, moment: KnownMoment) -> QMenu:
        """The menu at a moment."""
        menu, step = QMenu(self), moment.step
        show = menu.addAction(self.tr("Show step {step}").format(step=grouped(step)))
        show.triggered.connect(lambda _=False: self.asked.emit(step))
        name = menu.addAction(self.tr("Rename …") if moment.name else self.tr("Name …"))
        name.triggered.connect(lambda _=False: self.nameAsked.emit(step))
        pin = menu.addAction(self.tr("Unpin") if moment.pinned else self.tr("Pin"))
        pin.triggered.connect(lambda _=False: self.pinAsked.emit(step))
        if self.commands:
            menu.addSeparator()
            menu.addActions(self.commands)
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: background, line, moments, handle and names."""
        state, theme = self._state, self._theme
        painter = QPainter(self)
        key = (state.moments, state.places, theme)
        painter.drawPixmap(
            0, 0, self._ground.picture(key, self.size(), self.devicePixelRatioF(), theme.surface, self._draw_signs)
        )
        if not state.places:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        last = QPointF(state.places[-1], MIDDLE)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(last, QPointF(max(last.x(), state.now), MIDDLE))
        _draw_moment(painter, state.moments[-1], last, theme.muted, theme.text)
        at, shown = QPointF(state.handle, MIDDLE), self._shown()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.muted if state.step is None else theme.activation))
        painter.drawEllipse(at, HANDLE, HANDLE)
        if shown is not None:
            _draw_moment(painter, shown, at, theme.surface, theme.activation)
        self._draw_present(painter)
        if self._names_shown:
            self._draw_names(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _draw_signs(self, painter: QPainter) -> None:
        """Draw the line and the signs of all moments but the last, from which the line goes on to the present."""
        state, theme = self._state, self._theme
        if not state.places:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(state.places[0], MIDDLE), QPointF(state.places[-1], MIDDLE))
        for moment, place in zip(state.moments[:-1], state.places, strict=False):
            _draw_moment(painter, moment, QPointF(place, MIDDLE), theme.muted, theme.text)

    def present_text(self) -> str:
        """What is written beside the present: nothing where there is no room right of it."""
        room = self.width() - self._state.now - NAME_GAP
        metrics = QFontMetricsF(self.font())
        return next((text for text in self._state.present if metrics.horizontalAdvance(text) <= room), "")

    def _draw_present(self, painter: QPainter) -> None:
        """Write beside the present that it is there: no moment is right of it, so the text covers nothing."""
        painter.setPen(QColor(self._theme.muted))
        left = self._state.now + NAME_GAP
        place = QRectF(left, 0, self.width() - left, HEIGHT)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, self.present_text())

    def _draw_names(self, painter: QPainter) -> None:
        """Write each name below its moment; a name that would cover the one before it is left out, or elided."""
        state, theme = self._state, self._theme
        font = QFont(self.font())
        font.setPixelSize(NAMES_HEIGHT - 4)
        painter.setFont(font)
        metrics, free = QFontMetricsF(font), 0.0
        named = [(m, x) for m, x in zip(state.moments, state.places, strict=True) if m.name]
        for at, (moment, place) in enumerate(named):
            wide = metrics.horizontalAdvance(moment.name)
            left = min(max(free, place - wide / 2), max(free, self.width() - wide))
            after = named[at + 1][1] if at + 1 < len(named) else float(self.width())
            room = max(after - NAME_GAP - left, 0.0)
            # a name ends before the next named moment
            text = metrics.elidedText(moment.name, Qt.TextElideMode.ElideRight, room)
            if room < NAMES_HEIGHT or place < left - NAME_GAP:
                continue
            painter.setPen(QColor(theme.activation if moment.step == state.step else theme.text))
            painter.drawText(QPointF(left, HEIGHT + metrics.ascent()), text)
            free = left + metrics.horizontalAdvance(text) + NAME_GAP

    def event(self, event: QEvent) -> bool:
        """Qt: the tooltip is about the moment at the pointer, if there is one."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            moment = self.moment_near(event.pos().x())
            if moment is not None:
                QToolTip.showText(event.globalPos(), literal(self.about(moment)), self)
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: go to the moment below the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.go_to_place(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.go_to_place(event.position().x())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt: open the menu at the moment below the pointer, or at the shown one."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        moment = self.moment_near(event.pos().x()) if mouse else self._shown()
        if moment is None:
            return
        menu = self.menu_for(moment)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrow keys go from moment to moment, Home to the first, End and Escape to now; N names the shown moment,
        P pins it."""
        key, state = event.key(), self._state
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if key == Qt.Key.Key_Right else -1)
        elif key == Qt.Key.Key_Home and state.steps:
            self.asked.emit(state.steps[0])
        elif key == Qt.Key.Key_End or (key == Qt.Key.Key_Escape and state.step is not None):
            self.nowAsked.emit()
        elif key == Qt.Key.Key_N and state.step is not None:
            self.nameAsked.emit(state.step)
        elif key == Qt.Key.Key_P and state.step is not None:
            self.pinAsked.emit(state.step)
        else:
            super().keyPressEvent(event)

    def go_to_place(self, x: float) -> None:
        """Go to the moment nearest to a place, in pixels from the left edge."""
        state = self._state
        if not state.places:
            return
        nearest = min(range(len(state.places)), key=lambda at: abs(state.places[at] - x))
        if abs(state.now - x) < abs(state.places[nearest] - x):
            self.nowAsked.emit()
        else:
            self.asked.emit(state.steps[nearest])

    def _shown(self) -> KnownMoment | None:
        return next((moment for moment in self._state.moments if moment.step == self._state.step), None)

    def _explain(self) -> None:
        """Say in the tooltip what the signs are, and how many moments there are."""
        state = self._state
        usage = self.tr(
            "Each sign is a recorded moment of this run. Drag along them, or press ← and →, to see kernels and maps as"
            " they were. End goes back to now. From a diamond training can go on exactly; a dot has weights only. N"
            " names the moment, P pins it: both keep it."
        )
        count = counted("{count} moments", "1 moment", state.all) if state.all else ""
        if state.fit:
            count = self.tr("{moments}, about {fit} fit").format(moments=count, fit=grouped(max(state.all, state.fit)))
        self.setToolTip(f"{usage}\n{count}." if count else usage)


def _draw_moment(painter: QPainter, moment: KnownMoment, at: QPointF, colour: str, ring: str) -> None:
    """Draw the sign of a moment: a diamond if training can go on from it exactly, else a dot; a ring if it is kept."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    if moment.exact:
        corners = ((0, -DIAMOND), (DIAMOND, 0), (0, DIAMOND), (-DIAMOND, 0))
        painter.drawPolygon([at + QPointF(x, y) for x, y in corners])
    else:
        painter.drawEllipse(at, DOT, DOT)
    if moment.marked:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(ring), 1.5))
        painter.drawEllipse(at, RING, RING)

"""The surface on which the user draws with mouse, finger, tablet pen or keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.panels.sample.history import Drawing
from cnnviz.gui.panels.sample.strokes import STEP, Strokes, Tool
from cnnviz.gui.widgets.own_undo import REDO, UNDO
from cnnviz.gui.widgets.pixel_image import draw_dashes
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.ink import Point
    from cnnviz.gui.theme import Theme

LEAST, MOST = 88, 336
"""Smallest and greatest width and height in pixels."""
FINE = 1 / 4
"""How far an arrow key with Shift moves the pen, in MNIST pixels."""
OVER_INK = "#8d97a6"
"""Colour of texts and outlines over the sheet, which is black and white in every theme."""
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_TOOLS = {"p": Tool.PEN, "e": Tool.ERASER, "m": Tool.MOVE}
_WIDTHS = {"+": 1.25, "-": 0.8}
_PASTE = QKeySequence("Ctrl+V")


class DrawingSurface(ThemedWidget):
    """Shows and changes a drawing, white on black as in MNIST.

    ``changed`` follows every change, also during a stroke, ``finished`` the end of each step, ``toolChanged`` another
    tool or width, ``pasteAsked`` Ctrl+V. Keys: arrows move the pen, Space lowers and lifts it, Ctrl with arrows moves
    the ink, Del clears the sheet, P, E and M choose the tool, + and - its width, I inverts.
    """

    changed = Signal()
    finished = Signal()
    toolChanged = Signal()
    pasteAsked = Signal()

    def __init__(self, theme: Theme, size: tuple[int, int], hint: str, parent: QWidget | None = None) -> None:
        """``size`` is (rows, columns) of the sheet; ``hint`` is shown on it while it is empty."""
        super().__init__(theme, parent)
        self._hint = hint
        self.strokes = Strokes(Drawing(size))
        self._pointer: QPointF | None = None
        self._pen: Point | None = None
        """The pen's position on the sheet while it is moved by keyboard; else None."""
        self._region: tuple[float, float, float, float] | None = None
        self._side = 168
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(self._side)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def drawing(self) -> Drawing:
        """The drawing."""
        return self.strokes.drawing

    def sizeHint(self) -> QSize:
        """The present height, and a usual width."""
        return QSize(168, self._side)

    def minimumSizeHint(self) -> QSize:
        """Large enough to draw on."""
        return QSize(84, self._side)

    def fit(self, width: int, height: int) -> None:
        """Make the sheet as large as this room allows, in pixels, but at least :data:`LEAST` high."""
        rows, columns = self.drawing.sheet.shape
        side = min(width, MOST) * rows // columns
        if (side := max(LEAST, min(side, height, MOST))) != self._side:
            self._side = side
            self.setMaximumWidth(side * columns // rows)
            self.updateGeometry()

    def show_region(self, region: tuple[float, float, float, float] | None) -> None:
        """Draw a dashed frame around (top, left, bottom, right) of the sheet; None removes it."""
        if region != self._region:
            self._region = region
            self.update()

    def region(self) -> tuple[float, float, float, float] | None:
        """The region with a dashed frame, or None."""
        return self._region

    def new_sheet(self, size: tuple[int, int]) -> None:
        """Begin an empty drawing of another size."""
        self.strokes.end()
        self.strokes.drawing = Drawing(size)
        self._pen = None
        self._end()

    def do(self, step: Callable[[], None]) -> None:
        """Call a method of :attr:`strokes` or :attr:`drawing`, then emit the signals of a change."""
        step()
        self._end()

    def choose(self, tool: Tool) -> None:
        """Choose a tool."""
        self.strokes.tool = tool
        self.toolChanged.emit()
        self.update()

    def frame(self) -> QRectF:
        """The rectangle of the sheet, in pixels of the widget."""
        rows, columns = self.drawing.sheet.shape
        scale = min(self.width() / columns, self.height() / rows)
        return QRectF(0, 0, columns * scale, rows * scale)

    def place(self, at: Point) -> QPointF:
        """A position on the sheet, converted to pixels of the widget."""
        scale = self.frame().width() / self.drawing.sheet.shape[1]
        return QPointF(at[0] * scale, at[1] * scale)

    def event(self, event: QEvent) -> bool:
        """Draw with a finger as with the mouse; keep the keys of the drawing from the window's shortcuts."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_mine(event):
            event.accept()
            return True
        if isinstance(event, QTouchEvent):
            at = self.mapFromGlobal(event.points()[0].globalPosition()) if event.points() else None
            if kind == QEvent.Type.TouchBegin and at is not None:
                self._press(at)
            elif kind == QEvent.Type.TouchUpdate and at is not None:
                self._drag(at)
            elif kind in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel):
                self._release()
            event.accept()
            return True
        return super().event(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a tablet pen; its other end erases."""
        if event.type() == QEvent.Type.TabletPress:
            self._press(event.position(), erase=event.pointerType() == QPointingDevice.PointerType.Eraser)
        elif event.type() == QEvent.Type.TabletMove:
            self._drag(event.position())
        else:
            self._release()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the stroke, or move the outline of the pen."""
        self._drag(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._release()

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the outline of the pen."""
        self._pointer = None
        self.update()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a stroke that was begun by keyboard."""
        if self._pen is not None:
            self._release()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys listed at the class."""
        keys, text = QKeySequence(event.keyCombination()), event.text().lower()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if keys in UNDO:
            self.do(self.strokes.undo)
        elif keys in REDO:
            self.do(self.strokes.redo)
        elif keys == _PASTE:
            self.pasteAsked.emit()
        elif arrow is not None and control:
            self.do(lambda: self.strokes.nudge(*arrow))
        elif arrow is not None:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_pen(*arrow, STEP * FINE if fine else STEP)
        elif control:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._toggle_pen()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.do(self.strokes.clear)
        elif event.key() == Qt.Key.Key_Escape and self.strokes.down:
            self._release()
        elif text in _TOOLS:
            self.choose(_TOOLS[text])
        elif text in _WIDTHS:
            self.strokes.change_width(_WIDTHS[text])
            self.choose(self.strokes.tool)
        elif text == "i":
            self.do(self.strokes.invert)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sheet, the framed region and the outline of the pen."""
        sheet, frame = self.drawing.sheet, self.frame()
        rows, columns = sheet.shape
        sheet = np.ascontiguousarray(sheet)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, QImage(sheet.data, columns, rows, columns, QImage.Format.Format_Grayscale8))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.drawing.empty:
            painter.setPen(QColor(OVER_INK))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(frame.adjusted(8, 8, -8, -8), flags, self._hint)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(self._theme.accent if focused else self._theme.line), 2 if focused else 1))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._region is not None:
            top, left, bottom, right = self._region
            area = QRectF(self.place((left, top)), self.place((right, bottom)))
            draw_dashes(painter, area.intersected(frame.adjusted(1, 1, -1, -1)), self._theme)
        at = self.place(self._pen) if self._pen is not None and focused else self._pointer
        if at is not None and frame.contains(at) and self.strokes.tool is not Tool.MOVE:
            width = self.strokes.width(erasing=self.strokes.tool is Tool.ERASER) * frame.width() / columns
            down = self._pen is not None and self.strokes.down
            painter.setPen(QPen(QColor(self._theme.accent if down else OVER_INK), 1.5))
            painter.drawEllipse(at, width / 2, width / 2)
        painter.end()

    def _on_sheet(self, at: QPointF) -> Point:
        scale = self.drawing.sheet.shape[1] / max(1.0, self.frame().width())
        return at.x() * scale, at.y() * scale

    def _press(self, at: QPointF, *, erase: bool = False) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pen, self._pointer = None, at
        self.strokes.begin(self._on_sheet(at), erase=erase)
        self._show()

    def _drag(self, at: QPointF) -> None:
        self._pointer = at
        if self.strokes.down and self._pen is None:
            self.strokes.extend(self._on_sheet(at))
            self._show()
        else:
            self.update()

    def _release(self) -> None:
        if self.strokes.end():
            self._end()

    def _move_pen(self, right: int, down: int, share: float) -> None:
        rows, columns = self.drawing.sheet.shape
        x, y = self._pen or (columns / 2, rows / 2)
        step = share * min(rows, columns)
        self._pen = max(0.0, min(columns, x + right * step)), max(0.0, min(rows, y + down * step))
        if self.strokes.down:
            self.strokes.extend(self._pen)
            self._show()
        else:
            self.update()

    def _toggle_pen(self) -> None:
        rows, columns = self.drawing.sheet.shape
        if self.strokes.down:
            self._release()
            return
        self._pen = self._pen or (columns / 2, rows / 2)
        self.strokes.begin(self._pen)
        self._show()

    def _end(self) -> None:
        self._show()
        self.finished.emit()

    def _show(self) -> None:
        self.update()
        self.changed.emit()


def _is_mine(event: QKeyEvent) -> bool:
    """Whether the drawing handles a key that is also a shortcut of the window."""
    keys = QKeySequence(event.keyCombination())
    mine = Qt.Key(event.key()) in _ARROWS or event.key() == Qt.Key.Key_Delete
    return mine or keys in UNDO or keys in REDO or keys == _PASTE

"""A few training images, and below them the same images augmented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.data.augment import Amounts, examples
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.fitted import draw_fitted
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.themed import ThemedWidget
from cnnviz.jobs import Job

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

Pixels = NDArray[np.uint8]
GAP = 4
USUAL_WIDTH, USUAL_SIDE = 280, 44
"""The usual width of the strip, and the side of an image in it, in pixels."""
POLL_MILLISECONDS = 15


class ExampleStrip(QWidget):
    """Shows images and, below, the same augmented by ``amounts``, computed on a thread while the strip is visible.

    ``drawn`` follows each result that is painted.
    """

    drawn = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._amounts = Amounts()
        self._images: Pixels | None = None
        self._seed = 0
        self._work: Job[None, Pixels] | None = None
        self._outdated = True
        """Whether the lower row has to be computed again."""
        self._rows = _Rows(theme)
        self._note = MutedLabel()
        self.draw_again = QPushButton(self.tr("Draw again"))
        self.draw_again.setToolTip(self.tr("Other changes of the same amounts"))
        self.draw_again.clicked.connect(self._draw_again)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._note, 1)
        foot.addWidget(self.draw_again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._rows)
        column.addLayout(foot)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        self._show_note()

    def set_images(self, images: Pixels) -> None:
        """Show images uint8 (N, C, H, W), C = 1 or 3."""
        self._images = images
        self._rows.show_rows(images, None)
        self._renew()

    def set_amounts(self, amounts: Amounts) -> None:
        """Set the largest changes by augmentation."""
        if amounts != self._amounts:
            self._amounts = amounts
            self._renew()

    def augmented(self) -> Pixels | None:
        """The lower row, uint8 (N, C, H, W); None before it is computed."""
        return self._rows.below

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._rows.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Compute the lower row if it was postponed."""
        super().showEvent(event)
        if self._outdated:
            self._renew()

    def hideEvent(self, event: QHideEvent) -> None:
        """Drop a running computation, and compute anew when the strip is shown again."""
        super().hideEvent(event)
        if self._work is not None:
            self._work, self._outdated = None, True
        self._timer.stop()

    def _draw_again(self) -> None:
        self._seed += 1
        self._renew()

    def _renew(self) -> None:
        """Compute the lower row again; a newer request waits for the running computation."""
        self._outdated = True
        self._show_note()
        if self._images is None or not self.isVisible() or self._work is not None:
            return
        self._outdated = False
        images, amounts, seed = self._images, self._amounts, self._seed
        self._work = Job("cnnviz-examples", lambda _: examples(images, amounts, seed), daemon=False).start()
        self._timer.start()

    def _poll(self) -> None:
        state = None if self._work is None else self._work.latest
        if state is None or not state.ended:
            return
        result, self._work = state.result, None
        self._timer.stop()
        self._rows.show_rows(self._images, result)
        if self._outdated:
            self._renew()
        else:
            self.drawn.emit()

    def _show_note(self) -> None:
        if self._images is None:
            text = self.tr("Loading images …")
        elif self._amounts == Amounts():
            text = self.tr("Nothing is changed: all amounts are 0.")
        else:
            text = self.tr("As they are, and as one step may see them.")
        self._note.setText(text)
        self.draw_again.setEnabled(self._amounts != Amounts())


class _Rows(ThemedWidget):
    """Two rows of images of the same size, enlarged without blurring."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._pictures: tuple[tuple[QImage, ...], ...] = ((), ())
        self.below: Pixels | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Training images, and the same as augmented"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: two rows of six squares in the usual width."""
        return QSize(USUAL_WIDTH, 2 * USUAL_SIDE + GAP)

    def show_rows(self, above: Pixels | None, below: Pixels | None) -> None:
        """Show both rows, each uint8 (N, C, H, W); None is an empty row."""
        self.below = below
        self._pictures = tuple(
            () if row is None else tuple(picture_of(channels_last(image)) for image in row) for row in (above, below)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        count = max(1, len(self._pictures[0]))
        side = min((self.height() - GAP) / 2, (self.width() + GAP) / count - GAP)
        pitch = (self.width() - side) / max(1, count - 1)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        for row, pictures in enumerate(self._pictures):
            for number in range(count):
                frame = QRectF(number * pitch, row * (side + GAP), side, side)
                if number < len(pictures):
                    draw_fitted(painter, pictures[number], frame)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

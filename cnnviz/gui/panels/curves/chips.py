"""The chips above the curves, one for each overlaid run: they hide, show and remove its curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.run.pale_lines import colour_of
from cnnviz.gui.widgets.plain import literal, menu_text
from cnnviz.gui.widgets.steps import wheel_step

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QWheelEvent

    from cnnviz.gui.run.overlays import Overlay, Overlays
    from cnnviz.gui.theme import Theme

MOST_LETTERS = 30
"""The most letters of a name."""
LEAST_LETTERS = 12
"""Where an elided title would have fewer letters, only the number of the run is shown."""
SWATCH = QSize(14, 10)
WHEEL = 40
"""Pixels that a notch of the wheel moves the line."""


class RunChips(QScrollArea):
    """A chip ``1 · fast · 22:06:11 · rate 0.01 · 98.6 %`` for each run of ``overlays``, hidden without runs.

    The chips share the width: long titles are elided. Where even the shortest do not fit, the wheel scrolls the line.
    """

    def __init__(self, overlays: Overlays, theme: Theme) -> None:
        super().__init__()
        self._overlays, self._theme = overlays, theme
        self._chips: dict[int, _Chip] = {}
        self._row = QHBoxLayout(line := QWidget())
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self.setWidget(line)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.fontMetrics().height() + 8)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Overlaid runs"))
        overlays.changed.connect(self.follow)
        self.follow()

    def chip(self, number: int) -> tuple[QToolButton, QToolButton]:
        """The buttons that hide and remove a run."""
        chip = self._chips[number]
        return chip.turn, chip.remove

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for chip in self._chips.values():
            chip.set_theme(theme)

    def follow(self) -> None:
        """Show the runs that are overlaid now."""
        present = {each.number: each for each in self._overlays.all}
        on_screen = self._overlays.on_screen()
        for number in self._chips.keys() - present.keys():
            chip = self._chips.pop(number)
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for place, (number, overlay) in enumerate(present.items()):
            if number not in self._chips:
                chip = self._chips[number] = _Chip(self._overlays, number, self._theme)
                self._row.insertWidget(place, chip)
            self._chips[number].show_run(overlay, drawn=overlay.folder != on_screen)
        self.setVisible(bool(present))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the chips share another width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Qt: titles have another width in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and "_chips" in vars(self):
            self._fit()

    def _fit(self) -> None:
        """Share the width: a chip takes its whole title if that is no more than its share, and leaves the rest."""
        room = self.viewport().width() - self._row.spacing() * len(self._chips)
        chips = sorted(self._chips.values(), key=lambda chip: chip.whole_width())
        for left, chip in zip(range(len(chips), 0, -1), chips, strict=True):
            room -= chip.fit(room // left)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: the wheel moves the line, whichever way it is turned."""
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() + WHEEL * wheel_step(event)[1])
        event.accept()


class _Chip(QFrame):
    def __init__(self, overlays: Overlays, number: int, theme: Theme) -> None:
        super().__init__()
        self._number, self._title = number, ""
        self.setProperty("chip", True)
        self.turn, self.remove = QToolButton(), QToolButton()
        self.turn.setCheckable(True)
        self.turn.setAutoRaise(True)
        self.turn.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.turn.setIconSize(SWATCH)
        self.turn.clicked.connect(lambda: overlays.turn(number))
        self.remove.setAutoRaise(True)
        self.remove.setToolTip(self.tr("Overlay this run no longer"))
        self.remove.clicked.connect(lambda: overlays.remove(number))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in (self.turn, self.remove):
            row.addWidget(button)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.remove.setIcon(icon("close", theme.muted))

    def whole_width(self) -> int:
        """The width with the whole title."""
        self.turn.setText(menu_text(self._title))
        return self.sizeHint().width()

    def fit(self, room: int) -> int:
        """Elide the title so that the chip has at most this width, but keep the number; returns the width."""
        wide = self.turn.fontMetrics().horizontalAdvance
        text = wide(self._title) - max(0, self.whole_width() - room)
        if text < wide(self._title):
            shown = self.turn.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, text)
            self.turn.setText(menu_text(shown if len(shown) >= LEAST_LETTERS else f"{self._number} …"))
        return self.sizeHint().width()

    def show_run(self, overlay: Overlay, *, drawn: bool) -> None:
        """Show the title of a run, and whether its curves are shown. The run on screen is not ``drawn`` once more."""
        on_screen = "" if drawn else " · " + self.tr("on screen")
        self._title = f"{overlay.number} · {overlay.title(MOST_LETTERS)}{on_screen}"
        self.turn.setText(menu_text(self._title))
        self.turn.setIcon(_swatch(colour_of(overlay.number), overlay.shown and drawn))
        self.turn.setChecked(overlay.shown)
        what = self.tr("Solid: accuracy while training, smoothed. Dashed: loss. Dots: accuracy on validation images.")
        tip = self.tr("Hide its curves") if overlay.shown else self.tr("Show its curves")
        self.turn.setToolTip(literal(f"{overlay.title()}{on_screen}\n{what}\n{tip}"))
        self.turn.setAccessibleName(f"{overlay.number} · {overlay.title()}{on_screen}")
        self.turn.setAccessibleDescription(tip)
        self.remove.setAccessibleName(self.tr("Remove run {number}").format(number=overlay.number))


def _swatch(colour: str, filled: bool) -> QIcon:
    """A sample of the colour of a run: filled if its curves are shown, else its outline."""
    picture = QPixmap(SWATCH * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setPen(QColor(colour))
        if filled:
            painter.setBrush(QColor(colour))
        painter.drawRect(QRectF(0.5, 2.5, SWATCH.width() - 1, SWATCH.height() - 5))
    return QIcon(picture)

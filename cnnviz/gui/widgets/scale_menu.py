"""The menu of colour scales, and the legend of the scale in use."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRect, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.map_scales import OWN
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import MapScale

OF_MAPS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "99.7 % of the values of each layer"),
    "full": QT_TRANSLATE_NOOP("scales", "All values of each layer"),
    "map": QT_TRANSLATE_NOOP("scales", "Each map on its own scale"),
    "network": QT_TRANSLATE_NOOP("scales", "One scale for all layers"),
}
OF_KERNELS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "99.7 % of the values of the layer"),
    "full": QT_TRANSLATE_NOOP("scales", "All values of the layer"),
    "map": QT_TRANSLATE_NOOP("scales", "Each slice on its own scale"),
    "network": QT_TRANSLATE_NOOP("scales", "One scale for all layers"),
}
_HINTS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "So that a few large values do not make all others dark"),
    "full": QT_TRANSLATE_NOOP("scales", "No value lies outside; a few large ones can make all others dark"),
    "map": QT_TRANSLATE_NOOP("scales", "Shows what is in each, but brightness cannot be compared"),
    "network": QT_TRANSLATE_NOOP("scales", "The widest range of all layers in view, so that layers compare"),
}
_WORDS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "Colours span 99.7 % of the values of the layer."),
    "full": QT_TRANSLATE_NOOP("scales", "Colours span all values of the layer shown so far."),
    "map": QT_TRANSLATE_NOOP("scales", "Each on a scale of its own: their brightness cannot be compared."),
    "network": QT_TRANSLATE_NOOP("scales", "Colours span the same range in all layers."),
}
_OF_RUN = QT_TRANSLATE_NOOP("scales", "Colours as in the whole run.")
"""The robust scale of a layer while a recorded moment is shown: the values of that moment span less of it."""


LONG_COUNT = 9_999
"""The legend has room for this number of values outside the scale."""
LEAST_BAR = 110
"""Least width of the colour bar with its limits, in pixels."""
BESIDE_BAR = 8
"""Pixels between the colour bar, which ends in a number, and the button."""


class ScaleMenu(QMenu):
    """``chosen(scale)`` follows a choice; ``titles`` are in English."""

    chosen = Signal(str)

    def __init__(self, titles: Mapping[MapScale, str], parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("scales", "Scale"), parent)
        self.setToolTipsVisible(True)
        group = QActionGroup(self)
        for scale, title in titles.items():
            action = self.addAction(QCoreApplication.translate("scales", title))
            action.setToolTip(QCoreApplication.translate("scales", _HINTS[scale]))
            action.setCheckable(True)
            action.setChecked(scale == "layer")
            action.triggered.connect(lambda _checked=False, scale=scale: self.chosen.emit(scale))
            group.addAction(action)


class ScaleLegend(QWidget):
    """A colour bar with limits, a button that opens ``menu``, and a line that names the scale."""

    def __init__(self, theme: Theme, menu: QMenu | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = ColourBar(theme)
        self._bar.setMinimumWidth(LEAST_BAR)
        self.button = ScaleButton()
        if menu is not None:
            self.button.setMenu(menu)
        # its number changes with many snapshots, and another kind of label would lay out the panel each time
        self._line = SteadyText()
        self._line.setProperty("role", "muted")
        self._line.set_ground(theme.surface)
        self._text = ""
        self._shown: tuple[MapScale, int, bool] | None = None
        """The arguments of the last :meth:`show_scale`: a text need not be made to see that it is the same."""
        self._line.setToolTip(held_words())
        explain(self._line, "scale")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(BESIDE_BAR)
        row.addWidget(self._bar, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the line keeps the height of the longest text, so that no other text moves what is around it."""
        super().resizeEvent(event)
        metrics, room = self._line.fontMetrics(), QRect(0, 0, self.width(), 0)
        texts = (describe_scale(scale, LONG_COUNT if scale in ("layer", "network") else 0) for scale in _WORDS)
        tallest = max(metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() for text in texts)
        if tallest != self._line.minimumHeight():
            self._line.setMinimumHeight(tallest)

    def set_low(self, low: bool) -> None:
        """In a low panel the line is only in the tooltip of the colour bar."""
        self._line.setHidden(low)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._bar.set_theme(theme)
        self._line.set_ground(theme.surface)

    def show_scale(self, limit: float, signed: bool, scale: MapScale, clipped: int, *, recorded: bool = False) -> None:
        """Show the limit of a scale, its name, and how many values it clips; see :func:`describe_scale`."""
        self._bar.set_scale(None if limit == OWN else limit, signed)
        if (shown := (scale, clipped, recorded)) != self._shown:
            self._shown, self._text = shown, describe_scale(scale, clipped, recorded=recorded)
            self._line.setText(escape(self._text))
            self._bar.setToolTip(literal(f"{self._text}\n\n{held_words()}"))

    def text(self) -> str:
        """The line below the colour bar."""
        return self._text


class ScaleButton(QToolButton):
    """The button that opens the menu of scales."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Scale") + " ▾")
        self.setToolTip(self.tr("The scale that is in use, and others"))
        self.setAccessibleName(self.tr("Scale"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("padding: 2px 6px;")


def held_words() -> str:
    """How the scale follows the values."""
    return QCoreApplication.translate(
        "scales",
        "While training the range widens at once and never narrows, so that the colours of two moments compare. It is"
        " measured anew when training has paused at another step.",
    )


def describe_scale(scale: MapScale, clipped: int, *, recorded: bool = False) -> str:
    """The name of a scale, and how many values lie beyond it, as text; ``recorded``: of a recorded moment."""
    text = QCoreApplication.translate("scales", _OF_RUN if recorded and scale == "layer" else _WORDS[scale])
    if not clipped:
        return text
    clipped_values = counted(
        "{count} values outside have the last colour.", "1 value outside has the last colour.", clipped
    )
    return f"{text} {clipped_values}"

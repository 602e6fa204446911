"""The menu of colour scales, and the legend of the scale in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.map_scales import OWN
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import MapScale

OF_MAPS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "Robust scale of each layer"),
    "full": QT_TRANSLATE_NOOP("scales", "Full scale of each layer"),
    "map": QT_TRANSLATE_NOOP("scales", "Each map on its own scale"),
    "network": QT_TRANSLATE_NOOP("scales", "One scale for all layers"),
}
OF_KERNELS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "Robust scale of the layer"),
    "full": QT_TRANSLATE_NOOP("scales", "Full scale of the layer"),
    "map": QT_TRANSLATE_NOOP("scales", "Each slice on its own scale"),
    "network": QT_TRANSLATE_NOOP("scales", "One scale for all layers"),
}
_HINTS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP(
        "scales", "Spans 99.7 % of the values, so that a few large ones do not make others dark"
    ),
    "full": QT_TRANSLATE_NOOP("scales", "Spans all values"),
    "map": QT_TRANSLATE_NOOP("scales", "Shows what is in each, but brightness cannot be compared"),
    "network": QT_TRANSLATE_NOOP("scales", "The widest robust scale of all layers in view"),
}
_WORDS: Mapping[MapScale, str] = {
    "layer": QT_TRANSLATE_NOOP("scales", "Robust scale of the layer."),
    "full": QT_TRANSLATE_NOOP("scales", "Full scale of the layer."),
    "map": QT_TRANSLATE_NOOP("scales", "Each on a scale of its own: their brightness cannot be compared."),
    "network": QT_TRANSLATE_NOOP("scales", "One scale for all layers."),
}


LEAST_BAR = 110
"""Least width of the colour bar with its limits, in pixels."""


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
        self._about = PlainLabel()
        self._about.setProperty("role", "muted")
        self._about.setWordWrap(True)
        self._about.setToolTip(self.tr("While training it widens at once and never narrows, so that colours compare."))
        explain(self._about, "robust scale")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._about)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._bar.set_theme(theme)

    def show_scale(self, limit: float, signed: bool, scale: MapScale, beyond: int) -> None:
        """Show the limit of a scale, its name, and how many values lie ``beyond`` it."""
        self._bar.set_scale(None if limit == OWN else limit, signed)
        if (text := about_scale(scale, beyond)) != self._about.text():
            self._about.setText(text)

    def text(self) -> str:
        """The line below the colour bar."""
        return self._about.text()


class ScaleButton(QToolButton):
    """The button that opens the menu of scales."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Scale") + " ▾")
        self.setToolTip(self.tr("The scale that is in use, and others"))
        self.setAccessibleName(self.tr("Scale"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("padding: 2px 6px;")


def about_scale(scale: MapScale, beyond: int) -> str:
    """The name of a scale, and how many values lie beyond it, as text."""
    text = QCoreApplication.translate("scales", _WORDS[scale])
    if not beyond:
        return text
    drawn = counted("{count} values beyond it are drawn full.", "1 value beyond it is drawn full.", beyond)
    return f"{text} {drawn}"

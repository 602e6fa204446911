"""Controls of the Kernels tab: which slices are shown, and on which colour scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.panels.kernels.state import Options
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.map_scales import MapScale, Scale
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.scale_menu import OF_KERNELS, ScaleLegend, ScaleMenu

if TYPE_CHECKING:
    from cnnviz.gui.panels.kernels.stacks import StackForm
    from cnnviz.gui.theme import Theme

ALL, AVERAGE = -1, -2
"""Choices of slices besides the numbers of the maps that they read."""


class KernelControls(QObject):
    """A choice of slices, and the legend with the menu of colour scales. ``changed`` follows a choice by the user."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.scale: MapScale = "layer"
        self._offered: StackForm | None = None
        self.slices = ChoiceBox()
        self.slices.setToolTip(self.tr("Which slices of each filter are shown"))
        self.slices.setAccessibleName(self.slices.toolTip())
        self.slices.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.slices.activated.connect(lambda _: self.changed.emit())
        menu = ScaleMenu(OF_KERNELS, parent)
        menu.chosen.connect(self._choose)
        self.legend = ScaleLegend(theme, menu)

    def offer(self, form: StackForm) -> None:
        """Offer the choices for a layer; the current choice is kept if ``form`` is unchanged."""
        if form == self._offered:
            return
        self._offered = form
        self.slices.clear()
        self.slices.addItem(self.tr("All") if form.dense else self.tr("All slices"), ALL)
        if form.slices > 1:
            self._offer(
                self.tr("Average"), AVERAGE, self.tr("The mean of the slices of each: it is not what is applied")
            )
        flat = form.dense and not form.folded
        template = self.tr("value {number}") if flat else self.tr("map {number}")
        tip = self.tr("Only the slices that read {what} of {node}")
        for source in range(form.sources):
            name = template.format(number=source)
            self._offer(name, source, literal(tip.format(what=name, node=form.source)))
        self.slices.setVisible(form.sources > 1)

    def _offer(self, text: str, choice: int, tip: str) -> None:
        self.slices.addItem(text, choice)
        self.slices.setItemData(self.slices.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def options(self) -> Options:
        """The chosen options."""
        chosen = self.slices.currentData()
        chosen = ALL if chosen is None else chosen
        return Options(Scale(self.scale), reads=chosen if chosen >= 0 else None, average=chosen == AVERAGE)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.legend.set_theme(theme)

    def show_scale(self, scale: Scale, limit: float, clipped: int) -> None:
        """Show the scale in use, its limit, and how many weights lie beyond it."""
        self.legend.show_scale(limit, True, scale.kind, clipped, recorded=scale.recorded)

    def scale_text(self) -> str:
        """The text of the legend."""
        return self.legend.text()

    def _choose(self, scale: MapScale) -> None:
        self.scale = scale
        self.changed.emit()

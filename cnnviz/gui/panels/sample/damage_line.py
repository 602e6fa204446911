"""A line that lists the damage of the sample, with a button that removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.panels.sample.small_button import small_button
from cnnviz.gui.widgets.steady_label import SteadyLabel

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.damage_part import DamagePart
    from cnnviz.gui.theme import Theme


class DamageLine(QWidget):
    """Hidden if there is no damage, and while the sliders, which show it as well, are unfolded."""

    def __init__(self, damage: DamagePart, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._damage = damage
        self.label = SteadyLabel("")
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reset = small_button(damage.reset.toolTip(), damage.reset.click)
        self.reset.setStyleSheet("padding: 0 2px;")
        self.reset.setIconSize(QSize(13, 13))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label, 1)
        row.addWidget(self.reset)
        self.hide()
        self.set_theme(theme)

    def follow(self) -> None:
        """Show the present damage."""
        words = self._damage.words()
        if words:
            self.label.setText(self.tr("damaged: {what}").format(what=words))
        self.setVisible(bool(words) and not self._damage.open)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.reset.setIcon(icon("restore", theme.text))

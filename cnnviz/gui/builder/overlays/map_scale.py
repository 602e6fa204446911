"""The control beside the network's title: the step that its maps show, and their colour scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.builder.items.drawn_maps import DrawnMaps
from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.widgets.scale_menu import OF_MAPS, ScaleMenu
from cnnviz.gui.widgets.steady_label import DOT, SteadyLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import MapScale


class ScaledMaps(Protocol):
    """The canvas or a panel: it draws maps, and has a menu in which their colour scale is chosen."""

    def set_scale_menu(self, menu: QMenu) -> None:
        """Offer ``menu`` to choose the scale."""

    def set_map_scale(self, scale: MapScale) -> None:
        """Draw the maps on another scale."""


class MapScaleControl(QWidget):
    """A label with step and scale, and two buttons.

    ``chosen(scale)`` follows a choice in the scale menu; ``choiceAsked`` asks to select the strongest maps again.
    """

    chosen = Signal(str)
    choiceAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: dict[MapScale, str] = {
            "layer": self.tr("colours span 99.7 % of the values of each layer"),
            "full": self.tr("colours span all values of each layer shown so far"),
            "map": self.tr("each map on a scale of its own: their brightness cannot be compared"),
            "network": self.tr("colours span the same range in all layers"),
        }
        self.scale: MapScale = "layer"
        """The present scale."""
        self._step: int | None = None
        self._chosen: tuple[tuple[int, int] | None, bool, bool] = (None, False, False)
        """When the drawn maps were chosen, whether at the step shown, and whether for another sample."""
        self._chosen_words = ("", "")
        self._step_words = self.tr("step {step}")
        self._drawn, self._recorded = DrawnMaps(), False
        longest = max(self._words.values(), key=len)
        self._label = SteadyLabel(self._joined(9_999_999, self._choice((9_999_999, 9_999_999))[0], longest))
        self._label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._label.setProperty("role", "muted")
        self.button = QToolButton()
        self.button.setText(self.tr("Scale") + " ▾")
        self.button.setToolTip(self.tr("The scale of the maps, and which maps are shown"))
        self.button.setAccessibleName(self.button.toolTip())
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setStyleSheet("padding: 2px 6px;")
        self.menu = self._menu()
        self.button.setMenu(self.menu)
        self.choose_again = QToolButton()
        self.choose_again.setText(self.tr("Choose again"))
        self.choose_again.setToolTip(self.tr("Show the maps that are strongest at the step shown"))
        self.choose_again.setStyleSheet("padding: 2px 6px;")
        # a click hides it, which would give the focus to the next widget
        self.choose_again.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choose_again.clicked.connect(self.choiceAsked)
        self.choose_again.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._label, 1)
        row.addWidget(self.choose_again)
        row.addWidget(self.button)

    def attach(self, maps: ScaledMaps) -> None:
        """Give ``maps`` the menu and the scale, now and whenever another scale is chosen."""
        maps.set_scale_menu(self.menu)
        maps.set_map_scale(self.scale)
        self.chosen.connect(maps.set_map_scale)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._label.set_ground(theme.surface)

    def show_step(self, step: int | None, drawn: DrawnMaps | None = None, *, recorded: bool = False) -> None:
        """Show the step of the maps (None: no maps) and what is to be said of those that are ``drawn``; ``recorded``:
        a recorded moment is shown, on its run's scale."""
        self._step, self._drawn, self._recorded = step, drawn or DrawnMaps(), recorded
        # it keeps its place from one recorded moment to the next: each change of the row would lay out the window
        self.choose_again.setVisible(self._drawn.outdated or (recorded and self._drawn.chosen_at is not None))
        self.choose_again.setEnabled(self._drawn.outdated)
        self._update_text()

    def text(self) -> str:
        """The displayed text."""
        return self._label.text()

    def _update_text(self) -> None:
        words = self._words[self.scale]
        if self._recorded and self.scale == "layer":
            words = self.tr("colours as in the whole run")
        if self._step is None:
            self._label.clear()
            return
        outside = ""
        if clipped := self._drawn.clipped:
            outside = counted(
                "{count} values outside have the last colour", "1 value outside has the last colour", clipped
            )
        at = self._drawn.chosen_at
        chosen = at, at == (self._step, self._step), self._drawn.other_sample
        if chosen != self._chosen:
            self._chosen, self._chosen_words = chosen, self._choice(*chosen)
        whole, short = self._chosen_words
        self._label.set_texts(
            self._joined(self._step, whole, words, outside),
            self._joined(self._step, short, words, outside),
            # the step shown is also elsewhere, but not that of the choice
            "" if whole == short else short,
        )

    def _joined(self, step: int, *parts: str) -> str:
        return DOT.join(filter(None, (self._step_words.format(step=grouped(step)), *parts)))

    def _choice(self, at: tuple[int, int] | None, now: bool = False, other_sample: bool = False) -> tuple[str, str]:
        """What the drawn maps are, and the same in short; empty if no map had to be chosen.

        ``at``: the first and the last step at which they were chosen; ``now``: both are the step shown;
        ``other_sample``: they were chosen for another image.
        """
        if at is None:
            return "", ""
        if other_sample:
            whole = self.tr("maps that were strongest before the sample changed")
            short = self.tr("strongest before the sample changed")
        elif now:
            whole = short = self.tr("strongest maps")
        elif at[0] == at[1]:
            whole, short = self.tr("maps that were strongest at step {first}"), self.tr("strongest at step {first}")
        else:
            whole = self.tr("maps that were strongest at steps {first} to {last}")
            short = self.tr("strongest at steps {first} to {last}")
        values = {"first": grouped(at[0]), "last": grouped(at[1])}
        return whole.format(**values), short.format(**values)

    def _menu(self) -> ScaleMenu:
        menu = ScaleMenu(OF_MAPS, self)
        menu.setTitle(self.tr("Scale of the maps"))
        menu.chosen.connect(self._choose)
        menu.addSeparator()
        again = menu.addAction(self.tr("Choose the strongest maps again"))
        again.triggered.connect(lambda _checked=False: self.choiceAsked.emit())
        return menu

    def _choose(self, scale: MapScale) -> None:
        self.scale = scale
        self._update_text()
        self.chosen.emit(scale)

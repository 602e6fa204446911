"""The controls and the legend of the curves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.panels.curves.replay_button import ReplayButton
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.plain import RichLabel
from cnnviz.gui.widgets.scale_switches import ScaleSwitches
from cnnviz.gui.widgets.steady_label import CountingLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from cnnviz.gui.theme import Theme


SPACING = 6
"""Pixels between the controls."""
MOST_ROOM = 2**15
"""Room for everything, in pixels."""


class CurveControls(QWidget):
    """Controls for the replay, the horizontal axis, the scales of loss and accuracy, resetting the zoom, and the
    menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = ChoiceBox()
        for text, axis in ((self.tr("steps"), "steps"), (self.tr("epochs"), "epochs"), (self.tr("seconds"), "seconds")):
            self.axis.addItem(text, axis)
        self.axis.setAccessibleName(self.tr("Horizontal axis"))
        self.axis.setToolTip(self.tr("Horizontal axis"))
        self.scales = ScaleSwitches(self)
        self.log, self.high = self.scales.switches
        self.whole = QToolButton()
        self.whole.setText(self.tr("Whole run"))
        self.whole.setToolTip(self.tr("Show the whole run again (Home, or double-click)"))
        self.menu_button = QToolButton()
        self.menu_button.setToolTip(self.tr("Copy or save the curves"))
        self.menu_button.setAccessibleName(self.menu_button.toolTip())
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setStyleSheet("padding: 4px 3px;")
        self.menu_button.setMinimumWidth(28)
        self.replay = ReplayButton()
        self.replay.setEnabled(False)
        self.past = CountingLabel()
        self.past.setProperty("role", "past")
        self.past.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.past.hide()
        self._room = MOST_ROOM
        self._step: int | None = None
        self._curves = self._zoomed = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        for part in (self.past, self.replay, self.whole, self.axis, self.log, self.high, self.menu_button):
            row.addWidget(part)

    def choices(self, parent: QObject) -> list[QAction]:
        """The switches of the scales and the reset of the zoom as actions of a menu."""
        show_all = QAction(self.whole.text(), parent)
        show_all.triggered.connect(self.whole.click)
        return [*self.scales.actions(parent), show_all]

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.menu_button.setIcon(icon("dots-vertical", theme.text))
        self.replay.set_theme(theme)
        self.past.set_ground(theme.surface)

    def show_past(self, step: int | None) -> None:
        """Say that the window looks at the moment after ``step``; None: at the present."""
        self._step = step
        self._arrange()

    def show_for(self, curves: bool, *, zoomed: bool) -> None:
        """Show the controls if there are ``curves``, and the button that resets the zoom if the user has ``zoomed``."""
        self._curves, self._zoomed = curves, zoomed
        self._arrange()

    def fit(self, room: int) -> None:
        """Take at most ``room`` pixels: the step of the past gives way first, then the switches of the scales, then the
        word PAST. The switches are in the menu too."""
        self._room = room
        self._arrange()

    def _arrange(self) -> None:
        always: list[QWidget] = [part for part in (self.replay, self.axis, self.menu_button) if self._curves]
        always += [self.whole] if self._zoomed else []
        switches = [part for part in (self.log, self.high) if self._curves]
        words = []
        if self._step is not None:
            words = [self.tr("PAST · step {step}").format(step=grouped(self._step)), self.tr("PAST")]
        nothing: tuple[str, list[QWidget]] = ("", [])
        # the step gives way first, then the switches, then the word
        ways = [*((text, switches) for text in words), *((text, []) for text in words[-1:]), ("", switches)]
        fitting = ((text, left) for text, left in ways if self._width(text, [*always, *left]) <= self._room)
        text, left = next(fitting, nothing)
        shown = [*always, *left]
        self.past.setText(text)
        self.past.setVisible(bool(text))
        for part in (self.replay, self.whole, self.axis, self.log, self.high, self.menu_button):
            part.setVisible(part in shown)

    def _width(self, text: str, parts: Sequence[QWidget]) -> int:
        words = self.past.width_for(text) + SPACING if text else 0
        return words + sum(part.sizeHint().width() + SPACING for part in parts)


class CurveLegend(RichLabel):
    """The legend: the meaning of colours, lines and symbols."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._tested, self._beyond, self._run = theme, False, 0.0, ""
        explain(self, "validation")
        self.setToolTip(
            self.tr(
                "Training: measured while learning, before each step. Faint: each batch. Bold: the mean of the last"
                " eighth of the run, at most 50 batches. Validation: after each epoch, on images that are not learned"
                " from, with dropout and augmentation off."
            )
        )
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._show()

    def show_marks(self, *, tested: bool, beyond: float) -> None:
        """Explain the symbol of the test if there was a test, and the triangles of losses above the axis; the highest
        of these losses is ``beyond``, or 0 if there are none."""
        if (tested, beyond) != (self._tested, self._beyond):
            self._tested, self._beyond = tested, beyond
            self._show()

    def show_overlaid(self, run: str) -> None:
        """Name the run that the colours belong to, and explain the lines of the overlaid runs; empty without overlaid
        runs."""
        if run != self._run:
            self._run = run
            self._show()

    def _show(self) -> None:
        theme = self._theme
        parts = [
            f'<b style="color:{theme.accent}">{self.tr("loss")}</b>&nbsp; '
            f'<b style="color:{theme.good}">{self.tr("accuracy")}</b>',
            f"━ {self.tr('training')}",
            f"┅●┅ {self.tr('validation')}",
        ]
        if self._tested:
            parts.append(f"◆ {self.tr('test')}")
        if self._beyond:
            text = self.tr("▲ higher than the axis, up to {loss}").format(loss=rounded(self._beyond, 3))
            parts.append(f'<span style="color:{theme.muted}">{text}</span>')
        if self._run:
            parts[0] = f"{escape(self._run)}: {parts[0]}"
            parts.append(self.tr("overlaid: ━ accuracy ┅ loss"))
        self.setText(" &nbsp; ".join(parts))

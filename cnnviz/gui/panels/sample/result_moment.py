"""A line that tells of which step a result is, and whether the window shows that step and the same image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.moment_study import same_run, same_weights
from cnnviz.gui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.inspection.moment import Moment


class ResultMoment(ElidedLabel):
    """Compares the moment of a result with the moment that the window shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "muted")
        self._made: Moment | None = None
        self._shown: Moment | None = None
        self._other_image = False

    def set_made(self, moment: Moment | None) -> None:
        """The moment of the result; None without a result."""
        self._made, self._other_image = moment, False
        self._tell()

    def set_shown(self, moment: Moment | None) -> None:
        """The moment that the window shows."""
        self._shown = moment
        self._tell()

    def mark_other_image(self) -> None:
        """Another image is on screen than the one that the result is about."""
        self._other_image = True
        self._tell()

    @property
    def foreign(self) -> bool:
        """Whether the result is of another network or another run than the window shows."""
        made, shown = self._made, self._shown
        return made is not None and shown is not None and not same_run(made, shown)

    def _tell(self) -> None:
        made, shown = self._made, self._shown
        if made is None:
            self.setText("")
        elif self.foreign:
            self.setText(self.tr("of another network or run"))
        elif self._other_image:
            self.setText(self.tr("of the image before"))
        elif shown is not None and same_weights(made, shown):
            self.setText(self.tr("step {step}").format(step=grouped(made.step)))
        else:
            self.setText(self.tr("step {step}, not the one shown").format(step=grouped(made.step)))

"""The section FOOL IT, folded at first: a small change of the sample that makes the network say another class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from cnnviz.gui.panels.sample.late_section import LateSection
from cnnviz.gui.widgets.glossary import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sample.fool_body import FoolBody
    from cnnviz.gui.run.fooling import Fooling
    from cnnviz.gui.run.robustness import RobustnessStudy
    from cnnviz.gui.theme import Theme


class FoolPart(LateSection["FoolBody"]):
    """The section. ``studies`` returns the objects that attack the sample and measure the accuracy under attack.

    Set ``studies`` before the section is unfolded.

    ``used(Sample)`` asks for a sample in all places: the changed image, or the original again. ``compared(Sample)``
    asks to compare the sample on screen with another one. ``said(str)`` tells what was saved.
    """

    used = Signal(object)
    compared = Signal(object)
    said = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("FOOL IT"), "adversarial image", theme, parent)
        self.studies: Callable[[], tuple[Fooling, RobustnessStudy]] | None = None

    def make(self, theme: Theme) -> FoolBody:
        """See :meth:`LateSection.make`."""
        assert self.studies is not None
        from cnnviz.gui.panels.sample.fool_body import FoolBody

        body = FoolBody(*self.studies(), theme)
        body.used.connect(self.used)
        body.compared.connect(self.compared)
        body.said.connect(self.said)
        explain(body.choices.method, lambda _: "PGD" if body.choices.method.currentData() == "pgd" else "FGSM")
        explain(body.choices.norm, "size of a change")
        explain(body.robustness, "robustness")
        return body

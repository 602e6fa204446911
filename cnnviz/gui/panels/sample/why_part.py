"""The section WHY, folded at first: explains the network's answer to the sample by attribution methods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from cnnviz.gui.panels.sample.late_section import LateSection
from cnnviz.gui.widgets.glossary import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sample.why_body import WhyBody
    from cnnviz.gui.run.explaining import Explaining
    from cnnviz.gui.theme import Theme

METHOD_TERMS = {"integrated_gradients": "integrated gradients", "grad_cam": "Grad-CAM", "occlusion": "occlusion"}
"""The glossary terms of methods; the term of the others is "gradient"."""


class WhyPart(LateSection["WhyBody"]):
    """The section. ``study`` returns the study that makes the explanations; it is to be set before it is unfolded.

    ``said(str)`` tells what was copied or saved, ``grown(QWidget)`` that a part has a result to be seen.
    """

    said = Signal(str)
    grown = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("WHY"), "attribution", theme, parent)
        self.study: Callable[[], Explaining] | None = None

    def make(self, theme: Theme) -> WhyBody:
        """See :meth:`LateSection.make`."""
        assert self.study is not None
        from cnnviz.gui.panels.sample.why_body import WhyBody

        body = WhyBody(self.study(), theme)
        _explain_words(body)
        body.menu.message.connect(self.said)
        body.grown.connect(self.grown)
        return body


def _term_of_method(body: WhyBody, at: int, _point: QPoint) -> str:
    return METHOD_TERMS.get(body.methods()[at], "gradient")


def _explain_words(body: WhyBody) -> None:
    """Lead from the words of the section to the glossary."""
    for at, box in enumerate((body.method, body.other)):
        explain(box, partial(_term_of_method, body, at))
    for part in (body.check, body.verdict):
        explain(part, "rank correlation")

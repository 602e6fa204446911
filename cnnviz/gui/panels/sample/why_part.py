"""The section WHY, folded at first: explains the network's answer to the sample by attribution methods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.widgets.folding_section import FoldingSection
from cnnviz.gui.widgets.glossary import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint

    from cnnviz.gui.panels.sample.state import SampleState
    from cnnviz.gui.panels.sample.why_body import WhyBody
    from cnnviz.gui.run.explaining import Explaining
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.snapshot import Snapshot

METHOD_TERMS = {"integrated_gradients": "integrated gradients", "grad_cam": "Grad-CAM", "occlusion": "occlusion"}
"""The glossary terms of methods; the term of the others is "gradient"."""


class WhyPart(QWidget):
    """The section; its body is made when it is first unfolded. ``folded`` follows when it is folded or unfolded.

    ``study`` returns the study that makes the explanations; it is to be set before that.
    """

    folded = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.study: Callable[[], Explaining] | None = None
        self._theme = theme
        self._body: WhyBody | None = None
        self._names: tuple[str, ...] = ()
        self._last: tuple[Sample | None, SampleState | None, Snapshot | None] = (None, None, None)
        self._holder = QWidget()
        column = QVBoxLayout(self._holder)
        column.setContentsMargins(0, 0, 0, 0)
        self._section = FoldingSection(self.tr("WHY"), self._holder, theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)
        self._section.title.setChecked(False)
        explain(self._section.title, "attribution")
        self._section.folded.connect(self._fold)

    @property
    def open(self) -> bool:
        """Whether the section is unfolded."""
        return self._section.title.isChecked()

    def unfold(self) -> None:
        """Unfold the section, and give the keyboard to its first control."""
        if not self.open:
            self._section.title.click()
        self.body().method.setFocus()

    def body(self) -> WhyBody:
        """The content of the section."""
        if self._body is None:
            assert self.study is not None
            from cnnviz.gui.panels.sample.why_body import WhyBody

            self._body = WhyBody(self.study(), self._theme)
            _explain_words(self._body)
            layout = self._holder.layout()
            assert layout is not None
            layout.addWidget(self._body)
            # Qt would show it only later, and until then it would count as nothing in the height
            self._body.show()
            self._body.set_names(self._names)
            self._body.follow(*self._last)
        return self._body

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        self._names = names
        if self._body is not None:
            self._body.set_names(names)

    def follow(self, sample: Sample | None, state: SampleState | None, snapshot: Snapshot | None) -> None:
        """Explain this sample; ``state`` is the network's answer to it, None if there is none yet."""
        self._last = sample, state, snapshot
        if self._body is not None:
            self._body.follow(sample, state, snapshot)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._section.set_theme(theme)
        if self._body is not None:
            self._body.set_theme(theme)

    def _fold(self) -> None:
        self.body().set_open(self.open)
        # the panel asks for its height before Qt has laid it out
        self._section.updateGeometry()
        self.folded.emit()


def _term_of_method(body: WhyBody, at: int, _point: QPoint) -> str:
    return METHOD_TERMS.get(body.methods()[at], "gradient")


def _explain_words(body: WhyBody) -> None:
    """Lead from the words of the section to the glossary."""
    for at, box in enumerate((body.method, body.other)):
        explain(box, partial(_term_of_method, body, at))
    for part in (body.check, body.verdict):
        explain(part, "rank correlation")

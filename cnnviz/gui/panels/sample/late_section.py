"""A section of the Sample place, folded at first, whose content is made when it is first unfolded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.widgets.folding_section import FoldingSection
from cnnviz.gui.widgets.glossary import explain

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.state import SampleState
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.snapshot import Snapshot


class Body(QWidget):
    """The content of a section. It works while it is open.

    ``arrived`` follows its first result since then, and before that where the room for it has moved.
    """

    arrived = Signal()

    def first(self) -> QWidget:
        """The control that gets the keyboard first."""
        raise NotImplementedError

    def result(self) -> tuple[QWidget, QWidget]:
        """The first and the last part of the result, from the top."""
        raise NotImplementedError

    def set_open(self, open_: bool) -> None:
        """Work from now on, or stop."""
        raise NotImplementedError

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        raise NotImplementedError

    def follow(self, sample: Sample | None, state: SampleState | None, snapshot: Snapshot | None) -> None:
        """Show this sample; ``state`` is the network's answer to it, None if there is none yet."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        raise NotImplementedError


B = TypeVar("B", bound=Body)


class LateSection(QWidget, Generic[B]):
    """The section, called ``title`` and explained by the glossary's ``term``. ``folded`` follows when it is folded or
    unfolded, ``arrived`` the first result since then."""

    folded = Signal()
    arrived = Signal()

    def __init__(self, title: str, term: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body: B | None = None
        self._names: tuple[str, ...] = ()
        self._last: tuple[Sample | None, SampleState | None, Snapshot | None] = (None, None, None)
        self._holder = QWidget()
        column = QVBoxLayout(self._holder)
        column.setContentsMargins(0, 0, 0, 0)
        self._section = FoldingSection(title, self._holder, theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)
        self._section.title.setChecked(False)
        explain(self._section.title, term)
        self._section.folded.connect(self._fold)

    def make(self, theme: Theme) -> B:
        """Make the content."""
        raise NotImplementedError

    @property
    def open(self) -> bool:
        """Whether the section is unfolded."""
        return self._section.title.isChecked()

    def unfold(self) -> None:
        """Unfold the section, and give the keyboard to its first control."""
        self.set_unfolded(True)
        self.body().first().setFocus()

    def set_unfolded(self, unfolded: bool) -> None:
        """Unfold the section, or fold it."""
        if self.open != unfolded:
            self._section.title.click()

    def body(self) -> B:
        """The content of the section."""
        if self._body is None:
            self._body = self.make(self._theme)
            self._body.arrived.connect(self.arrived)
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
        """See :meth:`Body.follow`."""
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

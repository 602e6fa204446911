"""The check of an explanation: a button that tells its progress, and the result below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.panels.sample import why_words
from cnnviz.gui.widgets.muted import MutedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.run.explaining import Explaining
    from cnnviz.inspection.studies.explanation import Asked, Similarity


class WhyCheck(QWidget):
    """Checks what ``asked`` returns, if anything, with ``study``. ``grown`` follows when there is a result."""

    grown = Signal()

    def __init__(
        self, study: Explaining, asked: Callable[[], tuple[Asked, ...]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._study, self._asked = study, asked
        self.button, self.verdict = QPushButton(), MutedLabel()
        self.button.setToolTip(
            self.tr(
                "Does the picture show what was learned? Compare it with the pictures of the same network with random"
                " weights, layer by layer"
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.button)
        column.addWidget(self.verdict)
        self.forget()
        self._show_button()
        self.button.clicked.connect(self._check)
        study.checked.connect(self._show)
        study.checking.connect(self._show_progress)
        study.checkCancelled.connect(self._show_button)

    @property
    def running(self) -> bool:
        """Whether a check goes on."""
        return self._study.is_checking

    def forget(self) -> None:
        """Hide the result, because something else is explained."""
        self.verdict.hide()

    def _check(self) -> None:
        """Check the first method, or cancel its check."""
        asked = self._asked()
        if self.running:
            self._study.stop_check()
        elif asked:
            self._study.check(asked[0])
            self.forget()
            self.button.setText(self.tr("Cancel the check"))

    def _show_progress(self, done: int, total: int) -> None:
        self.button.setText(self.tr("Cancel: {done} of {total} layers").format(done=done, total=total))

    def _show(self, found: tuple[Similarity, ...], step: int) -> None:
        self._show_button()
        self.verdict.setText(why_words.verdict(found, step))
        self.verdict.show()
        self.grown.emit()

    def _show_button(self) -> None:
        self.button.setText(self.tr("Check the picture"))

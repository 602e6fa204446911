"""What the network says of the sample: a line, a bar for each class, and a note below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.panels.sample.state import SampleState, Silence, best_of
from cnnviz.gui.widgets.class_bars import ClassBars
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.steady_label import Run, SteadyLine

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

SPACE = 7
"""Pixels between its parts."""


class AnswerPart(QWidget):
    """Shows a :class:`SampleState`; touches only what has changed. ``roomTaken``: a line has come or gone."""

    roomTaken = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._state = SampleState()
        self._more: tuple[str, ...] = ()
        self.says, self.before = SteadyLine(), SteadyLine()
        self.before.hide()
        self.bars = ClassBars(theme)
        self.note, self.pixel = PlainLabel(), PlainLabel()
        font = self.note.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        for label in (self.note, self.pixel):
            label.setProperty("role", "muted")
            label.setFont(font)
        self.note.setWordWrap(True)
        self.pixel.setFixedHeight(2 * self.pixel.fontMetrics().lineSpacing() + 2)
        # the note stays as high as it is while a pixel is read in its place
        foot = QStackedLayout()
        foot.setStackingMode(QStackedLayout.StackingMode.StackOne)
        self._foot = foot
        for label in (self.note, self.pixel):
            foot.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.says)
        column.addWidget(self.before)
        column.addWidget(self.bars)
        column.addLayout(foot)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Say the classes."""
        self._names = names
        self.bars.set_names(names)
        self._show_note()

    def set_note(self, *lines: str) -> None:
        """What stands below the bars, beside what is always there."""
        self._more = lines
        self._show_note()

    def fit(self, height: int) -> None:
        """Let line and bars take this height at most; the lines of the bars touch where it is too little."""
        rest = height - self._lines()
        self.bars.setFixedHeight(max(self.bars.minimumSizeHint().height(), min(self.bars.sizeHint().height(), rest)))

    def least_height(self) -> int:
        """Of line and bars, in pixels."""
        return self._lines() + self.bars.minimumSizeHint().height()

    def usual_height(self) -> int:
        """Of line and bars where there is room, in pixels."""
        return self._lines() + self.bars.sizeHint().height()

    def _lines(self) -> int:
        """The height of the lines above the bars."""
        return sum(line.sizeHint().height() + SPACE for line in (self.says, self.before) if not line.isHidden())

    def show_state(self, state: SampleState) -> None:
        """Draw what is said of the sample."""
        if state != self._state:
            self._state = state
            self._draw()

    def show_pixel(self, text: str) -> None:
        """Read a pixel in the place of the note; an empty text takes it away."""
        self.pixel.setText(text)
        self._foot.setCurrentWidget(self.pixel if text else self.note)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.bars.set_theme(theme)
        for line in (self.says, self.before):
            line.set_ground(theme.surface)
        self._draw()

    def _show_note(self) -> None:
        count = len(self._names)
        choice = self.tr("It must choose one of ten.") if count == 10 else self.tr("It must choose one of {0}.")
        lines = [self.tr("softmax · logit"), choice.format(grouped(count))]
        if self._state.silence is Silence.BLANK:
            lines = [self.tr("The maps are those of an empty sheet.")]
        self.note.setText("\n".join([*lines, *self._more]))

    def _draw(self) -> None:
        state, theme = self._state, self._theme
        self._show_note()
        self.bars.show_answer(state.answer, state.undamaged)
        runs: list[Run] = []
        if state.label is not None:
            runs += _around(self.tr("label {name}"), Run(self.name(state.label), theme.text))
        if state.answer and state.best is not None:
            said = self.tr("says {name} {share}").replace("{share}", percent(state.answer[state.best][0]))
            runs += [Run(" · ")] if runs else []
            runs += _around(said, Run(self.name(state.best), self._colour(state.right(state.best))))
        elif state.silence is Silence.BLANK:
            runs.append(Run(self.tr("nothing drawn: no answer")))
        elif state.silence is Silence.MUTE:
            runs += [Run(" · ")] if runs else []
            runs.append(Run(self.tr("no answer yet")))
        self.says.set_runs(runs)
        if self.before.isHidden() is not (state.undamaged is None):
            self.before.setVisible(state.undamaged is not None)
            self.roomTaken.emit()
        if state.undamaged is not None:
            best = best_of(state.undamaged)
            said = self.tr("│ undamaged: {name} {share}").replace("{share}", percent(state.undamaged[best][0]))
            self.before.set_runs(_around(said, Run(self.name(best), self._colour(state.right(best)))))

    def _colour(self, right: bool | None) -> str:
        """Of an answer that is right, wrong, or neither."""
        theme = self._theme
        return theme.text if right is None else theme.good if right else theme.error

    def name(self, label: int) -> str:
        """How a class is called."""
        return self._names[label] if label < len(self._names) else str(label)


def _around(sentence: str, name: Run) -> list[Run]:
    """A sentence in pieces, with a name where it has ``{name}``."""
    before, _, after = sentence.partition("{name}")
    return [Run(before), name, Run(after)]

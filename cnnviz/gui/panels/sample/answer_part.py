"""The network's answer to the sample: a line of text, a bar for each class, and a note below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from cnnviz.gui.localized import fixed, grouped, percent
from cnnviz.gui.panels.sample.state import SampleState, Silence, best_of, pixel_seen
from cnnviz.gui.widgets.calm import Calm
from cnnviz.gui.widgets.class_bars import ClassBars
from cnnviz.gui.widgets.class_names import class_name, csv_class_name
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.steady_label import DOT, Piece, SteadyLine

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QResizeEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network

SPACE = 7
"""Pixels between its parts."""
NAME_COLOUR = "x"
"""Any colour: text that has one is wider, as it is bold."""


class AnswerPart(QWidget):
    """Shows a :class:`SampleState`. ``roomTaken`` follows when a line appears or disappears.

    This widget holds the bars and the note. The lines of text above them are in ``lines``, a widget of its own, so that
    they stay on screen when the bars are scrolled away.
    """

    roomTaken = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._state = SampleState()
        self._calm = Calm()
        self._run_name = ""
        """The name of the run that answers, if it trains another network than the one drawn."""
        self.says, self.before = SteadyLine(), SteadyLine()
        self.before.hide()
        self._keeps_room = False
        self._fitted: tuple[tuple[str, ...], bool, int, QFont] | None = None
        """What the number of rows was chosen for."""
        self.lines = QWidget()
        above = QVBoxLayout(self.lines)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(SPACE)
        above.addWidget(self.says)
        above.addWidget(self.before)
        self.bars = ClassBars(theme)
        self.bars.logitsTurned.connect(self._show_note)
        self.note, self.pixel = PlainLabel(), PlainLabel()
        font = small_font(self.note.font())
        for label in (self.note, self.pixel):
            label.setProperty("role", "muted")
            label.setFont(font)
        self.note.setWordWrap(True)
        self.pixel.setFixedHeight(2 * self.pixel.fontMetrics().lineSpacing() + 2)
        # stacked, so that the height stays the same when a pixel is shown in place of the note
        foot = QStackedLayout()
        foot.setStackingMode(QStackedLayout.StackingMode.StackOne)
        self._foot = foot
        for label in (self.note, self.pixel):
            foot.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.bars)
        column.addLayout(foot)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        self._names = names
        self.bars.set_names(names)
        self._show_note()
        self._choose_rows()

    def set_trained(self, run: str) -> None:
        """Say that the run of this name answers, which trains another network than the one drawn; "" says nothing."""
        if run != self._run_name:
            self._run_name = run
            self._show_note()
            self.roomTaken.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show label and answer in two rows where a single row has no room for them."""
        super().resizeEvent(event)
        self._choose_rows()

    def _choose_rows(self) -> None:
        """The label of the sample and the answer take two rows if long names have no room in a single row."""
        if not self.lines.isVisible():
            return
        about = (self._names, self._state.label is not None, self.says.width(), self.says.font())
        if about == self._fitted:
            return
        self._fitted = about
        longest = max(self._names, key=len, default="")
        answer_template = self.tr("predicts {name} ({share})").replace("{share}", percent(1.0))
        name = Piece(longest, NAME_COLOUR)
        pieces = [*_around(self.tr("label {name}"), name), Piece(DOT), *_around(answer_template, name)]
        rows = 2 if self._state.label is not None and self.says.width_of(pieces) > self.says.width() else 1
        if rows != self.says.rows:
            self.says.set_rows(rows)
            self.roomTaken.emit()

    def take_bars(self) -> None:
        """Put the bars above the note again, after they stood elsewhere."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, self.bars)

    def fit(self, height: int) -> int:
        """Give the bars this height, within their least and preferred height. Returns the height that they got."""
        height = max(self.bars.minimumSizeHint().height(), min(self.bars.sizeHint().height(), height))
        self.bars.setFixedHeight(height)
        return height

    def usual_height(self) -> int:
        """The preferred height of the bars, in pixels."""
        return self.bars.sizeHint().height()

    def foot_height(self) -> int:
        """The height of note and spacing below the bars, in pixels."""
        return SPACE + max(self.pixel.height(), self.note.heightForWidth(self.width()))

    def keep_room(self, keep: bool) -> None:
        """Set whether the line about the undamaged sample takes its room also while it is empty."""
        self._keeps_room = keep
        self._show_before()

    def _show_before(self) -> None:
        shown = self._keeps_room or self._state.undamaged is not None
        if self.before.isHidden() is shown:
            self.before.setVisible(shown)
            self.roomTaken.emit()

    def show_snapshot(self, state: SampleState, snapshot: Snapshot) -> None:
        """Show the answer in a snapshot; while training goes on not in every one, see :class:`Calm`, but always another
        predicted class, as the canvas beside it shows that at once."""
        if self._calm.take(snapshot) or state.best != self._state.best:
            self.show_state(state)

    def show_state(self, state: SampleState) -> None:
        """Show another state; only if it differs from the last."""
        if state != self._state:
            self._state = state
            self._draw()

    def show_pixel(self, row: int, column: int, raw: list[int], network: Network | None) -> None:
        """Show the values of a pixel, 0 to 255, and those that the network sees, in place of the note."""
        normal = [fixed(value, 3) for value in pixel_seen(network, raw)]
        network_sees = self.tr("the network sees {values}").format(values=", ".join(normal)) if normal else ""
        position = self.tr("row {row}, column {column}").format(row=row, column=column)
        self.pixel.setText(f"{position}: {', '.join(map(str, raw))}" + (f"\n{network_sees}" if network_sees else ""))
        self._foot.setCurrentWidget(self.pixel)

    def show_no_pixel(self) -> None:
        """Show the note again."""
        self.pixel.setText("")
        self._foot.setCurrentWidget(self.note)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.bars.set_theme(theme)
        for line in (self.says, self.before):
            line.set_ground(theme.surface)
        self._draw()

    def _show_note(self) -> None:
        count = len(self._names)
        choice = self.tr("It must choose one of ten.") if count == 10 else self.tr("It must choose one of {0}.")
        numbers = self.tr("softmax · logit") if self.bars.with_logits else self.tr("softmax")
        lines = [numbers, choice.format(grouped(count))]
        if self._run_name and self._state.answer:
            lines[1] = self.tr("The answer of “{run}”, not of the network drawn.").format(run=self._run_name)
        if self._state.silence is Silence.BLANK:
            lines = [self.tr("The maps are those of an empty sheet.")]
        self.note.setText("\n".join(lines))

    def _draw(self) -> None:
        state, theme = self._state, self._theme
        self._show_note()
        self.bars.show_answer(state.answer, state.undamaged)
        pieces: list[Piece] = []
        if state.label is not None:
            pieces += _around(self.tr("label {name}"), Piece(class_name(self._names, state.label), theme.text))
        if state.answer and state.best is not None:
            share = percent(state.answer[state.best][0])
            answer_template = self.tr("predicts {name} ({share})").replace("{share}", share)
            name = Piece(class_name(self._names, state.best), self._colour(state.right(state.best)))
            pieces += [Piece(DOT)] if pieces else []
            pieces += _around(answer_template, name)
        elif state.answer:
            pieces += [Piece(DOT)] if pieces else []
            pieces.append(Piece(self.tr("no answer: NaN"), theme.error))
        elif state.silence is Silence.BLANK:
            pieces.append(Piece(self.tr("nothing drawn: no answer")))
        elif state.silence is Silence.MUTE:
            pieces += [Piece(DOT)] if pieces else []
            pieces.append(Piece(self.tr("no answer yet")))
        self.says.set_pieces(pieces)
        self._choose_rows()
        self._show_before()
        best = None if state.undamaged is None else best_of(state.undamaged)
        if state.undamaged is None or best is None:
            self.before.set_pieces([])
        else:
            original_template = self.tr("│ original: {name} ({share})").replace(
                "{share}", percent(state.undamaged[best][0])
            )
            self.before.set_pieces(
                _around(original_template, Piece(class_name(self._names, best), self._colour(state.right(best))))
            )

    def _colour(self, right: bool | None) -> str:
        """The colour of an answer that is right, wrong, or neither (None)."""
        theme = self._theme
        return theme.text if right is None else theme.good if right else theme.error

    def as_csv(self) -> str:
        """Probability and logit of each class, as CSV."""
        shares = enumerate(self.bars.answer() or ())
        lines = [f"{csv_class_name(self._names, label)},{share!r},{logit!r}" for label, (share, logit) in shares]
        return "\n".join(["class,probability,logit", *lines]) + "\n"


def _around(sentence: str, name: Piece) -> list[Piece]:
    """The pieces of a sentence before, at and after its field ``{name}``."""
    before, _, after = sentence.partition("{name}")
    return [Piece(before), name, Piece(after)]

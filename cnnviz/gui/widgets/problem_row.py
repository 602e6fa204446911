"""The row of a problem: an icon, a sentence, and a button for each fix."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QPushButton, QSizePolicy, QWidget

from cnnviz.gui.document.sentences import fix_label, problem_sentence
from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.breaking import breakable, shortened
from cnnviz.gui.widgets.flow import SPACE, Flow
from cnnviz.gui.widgets.plain import PlainLabel, literal
from cnnviz.network.problems import Fix, Problem, Severity

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent

    from cnnviz.gui.theme import Theme


ICON, ICON_HEIGHT = 16, 18
"""Side of the icon, and the height of its label, in which it is level with the first line; in pixels."""
BESIDE = 440
"""From this width of the row on, in pixels, its buttons stand beside the sentence if they take less than half of it."""


class FixButton(QPushButton):
    """The button of a fix.

    ``pointed(bool)`` follows when the pointer or the focus enters, or both have left. ``chosen(fix)`` follows a click,
    if the button had the same fix when it was pressed.
    """

    pointed = Signal(bool)
    chosen = Signal(object)

    def __init__(self, fix: Fix, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_fix(fix)
        self._pressed = fix
        self.pressed.connect(self._press)
        self.clicked.connect(self._choose)

    def show_fix(self, fix: Fix) -> None:
        """Set the fix of the button."""
        self.fix = fix
        label = fix_label(fix)
        short = shortened(label)
        self.setText(short)
        self.setToolTip("" if short == label else literal(label))
        self.setAccessibleName(label)

    def _press(self) -> None:
        self._pressed = self.fix

    def _choose(self) -> None:
        if self._pressed == self.fix:
            self.chosen.emit(self.fix)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer has entered."""
        super().enterEvent(event)
        self.pointed.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has left."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self.pointed.emit(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The button has got the focus."""
        super().focusInEvent(event)
        self.pointed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The button has lost the focus."""
        super().focusOutEvent(event)
        if not self.underMouse():
            self.pointed.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter act like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class ProblemRow(QFrame):
    """The row of a problem. A click or Enter emits ``chosen``, a button ``fixChosen(fix)``.

    ``fixPointed(fix)`` follows when pointer or focus enter a button, with None when they leave it; ``stepped(1)``
    and ``stepped(-1)`` ask to focus the row below or above.
    """

    chosen = Signal()
    stepped = Signal(int)
    fixChosen = Signal(object)
    fixPointed = Signal(object)

    def __init__(self, problem: Problem, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown_icon: tuple[str, str] | None = None
        """Name and colour of the icon."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = PlainLabel(parent=self)
        self._icon.setFixedSize(ICON, ICON_HEIGHT)
        self.sentence = PlainLabel(parent=self)
        self.sentence.setWordWrap(True)
        policy = self.sentence.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.sentence.setSizePolicy(policy)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(4)
        self._body.addWidget(self.sentence, 1)
        self._fix_area: QWidget | None = None
        self.buttons: list[FixButton] = []
        """The displayed fixes, which mend the problem; a line is kept free for fixes still being tried."""
        self._all_buttons: list[FixButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 5, 6, 5)
        row.setSpacing(7)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._body, 1)
        self.show_problem(problem)

    def show_problem(self, problem: Problem) -> None:
        """Set the problem of the row."""
        self.problem = problem
        sentence = problem_sentence(problem)
        self.sentence.setText(breakable(sentence))
        error = problem.severity is Severity.ERROR
        self.setAccessibleName(f"{self.tr('Error') if error else self.tr('Warning')}: {sentence}")
        self._show_fixes(problem.fixes, problem.untried)
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        error = self.problem.severity is Severity.ERROR
        name_and_colour = ("alert-circle", theme.error) if error else ("alert", theme.pooling)
        if name_and_colour != self._shown_icon:
            self._shown_icon = name_and_colour
            self._icon.setPixmap(icon(*name_and_colour).pixmap(ICON, ICON))

    def _show_fixes(self, fixes: tuple[Fix, ...], untried: tuple[Fix, ...]) -> None:
        """Show a button for each fix, or an empty line for fixes still being tried."""
        if self._fix_area is None:
            if not fixes and not untried:
                return
            self._fix_area = QWidget(self)
            self._body.addWidget(self._fix_area)
        shown, self.buttons = self.buttons, self._buttons_of(fixes, untried)
        layout = self._flow() if self.buttons else self._fix_area.layout()
        unchanged = len(list(takewhile(lambda pair: pair[0] is pair[1], zip(shown, self.buttons, strict=False))))
        for button in shown[unchanged:]:
            assert layout is not None
            layout.removeWidget(button)
            if button not in self.buttons:
                if button.hasFocus():
                    self.setFocus(Qt.FocusReason.OtherFocusReason)
                button.hide()
        for button in self.buttons[unchanged:]:
            assert layout is not None
            layout.addWidget(button)
            button.show()
        keeps_line = untried and not self.buttons
        self._fix_area.setMinimumHeight(self._all_buttons[0].sizeHint().height() if keeps_line else 0)
        self._fix_area.setVisible(bool(self.buttons or keeps_line))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the buttons for another width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the buttons beside the sentence, if there is room for them in one line, else below it."""
        if self._fix_area is None:
            return
        buttons = self.buttons or self._all_buttons
        needed = sum(button.sizeHint().width() + SPACE for button in buttons)
        beside = self.width() >= BESIDE and 2 * needed <= self.width()
        self._fix_area.setMinimumWidth(needed if beside else 0)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _flow(self) -> QLayout:
        """The layout of the buttons, created with the first button."""
        assert self._fix_area is not None
        return self._fix_area.layout() or Flow(self._fix_area)

    def _buttons_of(self, fixes: tuple[Fix, ...], untried: tuple[Fix, ...]) -> list[FixButton]:
        """A button for each fix: one that already has this fix, else an unused or a new one."""
        matching = [next((button for button in self.buttons if button.fix == fix), None) for fix in fixes]
        spare = [button for button in self._all_buttons if button not in matching]
        buttons: list[FixButton] = []
        for fix, match in zip(fixes, matching, strict=True):
            button = match or (spare.pop() if spare else self._new_button(fix))
            if match is None:
                button.show_fix(fix)
            buttons.append(button)
        if not self._all_buttons and untried:
            # measured for the line that is kept free, and for where the buttons will stand
            self._new_button(untried[0])
        return buttons

    def _new_button(self, fix: Fix) -> FixButton:
        assert self._fix_area is not None
        button = FixButton(fix, self._fix_area)
        button.chosen.connect(self.fixChosen)
        button.pointed.connect(lambda on: self.fixPointed.emit(button.fix if on else None))
        self._all_buttons.append(button)
        return button

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Handle a click anywhere on the row."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, Up and Down go to the neighbouring rows."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

"""Says all over the window that a recorded moment is shown, and leads back to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.previous_run_offer import PREVIOUS_RUN
from cnnviz.gui.run.project_run import CONTINUED
from cnnviz.gui.run.run_notices import ADDED_EPOCHS
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from cnnviz.gui.actions import Actions
    from cnnviz.gui.run.going_on import GoingOn
    from cnnviz.gui.run.past import Past
    from cnnviz.gui.shell.places import Places
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.gui.workbench import Workbench
    from cnnviz.training.channels import Status


OF_PRESENT_RUN = frozenset({PREVIOUS_RUN, ADDED_EPOCHS, CONTINUED})
"""The subjects of notices about the present run that could be taken for notices about a run that is looked at."""
MOST_LETTERS = 30
"""The longest name of a run in a title line."""


class PastBar(QWidget):
    """The word PAST and the buttons Now and New run from here, for the top bar; hidden in the present.

    ``shown(str)`` follows with the words for what is of the present run; they are empty in the present.
    """

    shown = Signal(str)

    def __init__(self, past: Past, going_on: GoingOn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.word = word = PlainLabel(self.tr("PAST"))
        word.setProperty("role", "past")
        explain(word, "past")
        self.now = QPushButton(self.tr("Now"))
        self.now.setToolTip(self.tr("Back to the present: kernels and maps as they are now"))
        self.now.clicked.connect(past.now)
        self.new_run = QPushButton(self.tr("New run from here"))
        self.new_run.setToolTip(self.tr("Begin a new run at this moment; the present one is paused and kept"))
        self.new_run.clicked.connect(going_on.new_run)
        for button in (self.now, self.new_run):
            # a click hides them: Qt would give the focus to the next widget, which would be framed as if it were chosen
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(word)
        row.addWidget(self.now)
        row.addWidget(self.new_run)
        self.hide()
        self._past = past
        for changed in (past.changed, past.opened):
            changed.connect(self._follow)

    def _follow(self, *_: object) -> None:
        step, elsewhere = self._past.step, self._past.folder is not None
        self.setVisible(step is not None)
        # the top bar hides it again if there is no room
        self.new_run.show()
        self.shown.emit(self.tr("present run:") if elsewhere else "" if step is None else self.tr("now:"))


class PastNotices(QObject):
    """Posts what concerns recorded moments in the bar of a window, and enables the commands that need such a moment."""

    def __init__(self, bench: Workbench, bar: NoticeBar, actions: Actions[Any]) -> None:
        super().__init__(bar)
        past, going_on = bench.past, bench.going_on
        for source in (past, going_on, bench.moments, bench.project_run, bench.archives):
            source.failed.connect(lambda sentence: bar.post("past", sentence))
        bench.project_run.continued.connect(lambda sentence: bar.tell(CONTINUED, sentence))
        going_on.asked.connect(lambda sentence, choices: bar.post("train", sentence, *choices))
        going_on.answered.connect(lambda: bar.withdraw("train"))
        for changed in (past.changed, past.recorded):
            changed.connect(lambda _: actions.refresh())
        past.opened.connect(lambda: bar.set_aside(frozenset() if past.folder is None else OF_PRESENT_RUN))


class PastFrames(QObject):
    """Frames the places of a window while a recorded moment is shown, and says which."""

    def __init__(self, bench: Workbench, places: Places, parent: QObject) -> None:
        super().__init__(parent)
        past, bridge = bench.past, bench.bridge
        self._past, self._places, self._watching = past, places, bench.watching
        self._shown = ("", "")
        self._run = ""
        past.opened.connect(self._read_name)
        past.changed.connect(lambda _: self._show(bridge.session.status))
        bridge.status.connect(self._show)
        bench.watching.changed.connect(lambda: self._show(bridge.session.status))
        bench.requests.runsNamed.connect(self._read_name)
        bench.requests.runsNamed.connect(lambda: self._show(bridge.session.status))

    def _read_name(self) -> None:
        """Read the name of the run of the library that was opened."""
        from cnnviz.runs.names import shortened
        from cnnviz.runs.summary import name_in

        self._run = "" if self._past.folder is None else shortened(name_in(self._past.folder), MOST_LETTERS)

    def _show(self, status: Status) -> None:
        step = self._past.step
        short = long = ""
        if step is not None:
            short = self.tr("PAST · step {step}").format(step=grouped(step))
            long = short
            if self._watching.live and step == self._past.steps[-1]:
                short = self.tr("WATCHING · step {step}").format(step=grouped(step))
                long = self.tr("WATCHING · step {step} of “{run}”").format(step=grouped(step), run=self._run)
            elif self._past.folder is not None:
                long = self.tr("PAST · step {step} of “{run}”").format(step=grouped(step), run=self._run)
            elif status.state in MOVING:
                long = self.tr("PAST · step {step} of {last} · training goes on").format(
                    step=grouped(step), last=grouped(status.step)
                )
        if (short, long) != self._shown:
            self._shown = (short, long)
            self._places.show_past(short, long)

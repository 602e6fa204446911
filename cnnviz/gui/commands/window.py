"""The interface of the window that commands act on, and the conditions under which commands are enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cnnviz.training.channels import MOVING, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import SignalInstance

    from cnnviz.gui.actions import Actions
    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.document.document import Document
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.panels.curves.panel import CurvesPanel
    from cnnviz.gui.panels.sample.panel import SamplePanel
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.layer_times import LayerTimes
    from cnnviz.gui.run.run_notices import RunNotices
    from cnnviz.gui.shell.data_place import DataPlace
    from cnnviz.gui.shell.importing import Importing
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.shell.pasting import Pasting
    from cnnviz.gui.shell.picture_export import PictureExport
    from cnnviz.gui.shell.places import Places
    from cnnviz.gui.shell.run_place import RunPlace
    from cnnviz.gui.shell.sweep_place import SweepPlace
    from cnnviz.gui.shell.top_bar import TopBar
    from cnnviz.gui.workbench import Workbench
    from cnnviz.training.session import Session


class Window(Protocol):
    """The part of the main window that the commands use."""

    bench: Workbench
    editor: ProjectEditor
    selection: Selection
    document: Document
    bridge: Bridge
    times: LayerTimes
    canvas: Canvas
    middle: MiddlePlace
    data: DataPlace
    sweeps: SweepPlace
    places: Places
    importing: Importing
    pasting: Pasting
    picture: PictureExport
    notices: RunNotices
    sample: SamplePanel
    curves: CurvesPanel
    top: TopBar
    bottom: RunPlace
    arrangement: str
    actions_by_id: Actions[Any]

    @property
    def asked(self) -> SignalInstance:
        """Signal with the id of a command that concerns more than one window."""
        ...

    def arrange(self, identifier: str) -> None:
        """Arrange the places of the window for building, training or inspecting."""
        ...

    def show_panel(self, identifier: str) -> None:
        """Bring a panel to the front of its place."""
        ...

    def show_sample(self, page: str) -> None:
        """Show the Sample place; ``page`` is ``"pick"`` or ``"draw"``."""
        ...

    def show_damage(self, field: str = "") -> None:
        """Show the sliders that damage the sample; ``field`` names the one that takes the focus."""
        ...

    def typed_first(self, command: Callable[[], object]) -> None:
        """Apply the text being typed in a field, then call ``command``."""
        ...

    def keep_training(self) -> None:
        """Ask for a folder and keep the training there."""
        ...

    def open_film(self) -> None:
        """Show the film strip of the current filter of the selected layer."""
        ...

    def save_replay(self, part: str) -> None:
        """Ask for a file and save the replay of a part of the window there: ``"network"`` or ``"layer"``."""
        ...

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        ...

    def close(self) -> bool:
        """Close the window."""
        ...


PACES: Mapping[str, float] = {"full_speed": 0.0, "pace_10": 10.0, "pace_4": 4.0, "pace_1": 1.0, "pace_half": 0.5}
"""Batches per second, by command id; 0 is full speed."""


def pace_command(pace: float) -> str:
    """The id of the command that sets this speed."""
    return next(identifier for identifier, each in PACES.items() if each == pace)


def ask(identifier: str) -> Callable[[Window], None]:
    """A command that the application carries out: it emits :attr:`Window.asked` with ``identifier``."""
    return lambda window: window.asked.emit(identifier)


def train(command: Callable[[Session], None]) -> Callable[[Window], None]:
    """A command that trains. The text being typed in a field is applied before.

    While a recorded moment is shown, the user is asked whether to train from there or from the present.
    """

    def begin(window: Window) -> None:
        command(window.bridge.session)
        # the data page also closes by itself once it sees training go on, but may not see a single batch
        window.data.leave()

    return lambda window: window.typed_first(lambda: window.bench.going_on.train(begin))


def play(window: Window) -> None:
    """Train, or pause; asks as :func:`train` does. Where one builds, the curves are shown once training starts."""

    def begin(window: Window) -> None:
        if window.arrangement == "build" and window.bridge.session.status.state not in MOVING:
            window.bottom.await_training()
        window.bridge.toggle()

    window.typed_first(lambda: window.bench.going_on.train(begin))


def pace(identifier: str) -> Callable[[Window], None]:
    """A command that sets the speed of training."""
    return lambda window: window.bridge.session.pace(PACES[identifier])


def can_undo(window: Window) -> bool:
    """Whether there is an edit to undo."""
    return window.editor.undo_stack.canUndo()


def can_redo(window: Window) -> bool:
    """Whether there is an edit to redo."""
    return window.editor.undo_stack.canRedo()


def selected(window: Window) -> bool:
    """Whether a layer is selected."""
    return bool(window.selection.nodes)


def can_look_into(window: Window) -> bool:
    """Whether the microscope can be opened: a layer is selected, and it is not in front yet."""
    return window.selection.current is not None and not window.middle.is_deep


def is_away(window: Window) -> bool:
    """Whether another page stands in the place of the network."""
    return not window.middle.on_canvas


def is_deep(window: Window) -> bool:
    """Whether the microscope is in front."""
    return window.middle.is_deep


def can_train(window: Window) -> bool:
    """Whether training can start or continue."""
    status = window.bridge.session.status
    return (window.editor.report.trainable or status.begun) and status.state is not State.FAILED


def can_measure(window: Window) -> bool:
    """Whether the times of layers can be measured."""
    return window.editor.report.trainable and not window.times.running


def can_keep(window: Window) -> bool:
    """Whether there is a training that can be stored."""
    status = window.bridge.session.status
    return status.step > 0 and status.state is not State.FAILED


def begun(window: Window) -> bool:
    """Whether there is a run that was trained or has failed."""
    status = window.bridge.session.status
    return status.begun or status.state is State.FAILED


def can_start_over(window: Window) -> bool:
    """Whether there is a run that can be started over with the network on screen."""
    return begun(window) and window.editor.report.trainable


def can_stop(window: Window) -> bool:
    """Whether a run can be stopped."""
    status = window.bridge.session.status
    return status.begun and status.state in (State.RUNNING, State.PAUSED)


def has_previous_run(window: Window) -> bool:
    """Whether there is a previous run to return to."""
    return window.bridge.session.standing.previous is not None


def shows_moment(window: Window) -> bool:
    """Whether the window shows a recorded moment."""
    return window.bench.past.step is not None


def can_continue(window: Window) -> bool:
    """Whether the run can continue with the project on screen."""
    return can_train(window) and window.editor.report.trainable and window.notices.continuable


def can_transfer(window: Window) -> bool:
    """Whether a new run can keep what layers of the present one have learned."""
    return window.bridge.session.status.state is not State.FAILED and window.notices.transferring.possible


def has_moments(window: Window) -> bool:
    """Whether the run that the window shows has recorded moments."""
    return bool(window.bench.past.steps)


def shows_past(window: Window) -> bool:
    """Whether the window shows a recorded moment, or a run of the library, even without a moment."""
    past = window.bench.past
    return past.step is not None or past.folder is not None

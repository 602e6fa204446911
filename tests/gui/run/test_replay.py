"""Replay: every recorded moment is drawn before the next is taken, with the bits that were shown live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moments_kit import go_to, same_answers, shown, train

from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.snapshot import Snapshot


def test_every_moment_is_drawn_in_turn_and_the_replay_ends_now(window: MainWindow, recording: None) -> None:
    live: dict[int, Snapshot] = {}
    for batches in (1, 4):
        train(window, batches)
        live[shown(window).step] = shown(window)
    person, replay, past, button = Person(window), window.bench.replay, window.bench.past, window.curves.head.replay
    drawn: list[Snapshot] = []
    asked: list[int | None] = []
    window.bridge.snapshot.connect(lambda snapshot: drawn.append(snapshot))

    def follow(step: int | None) -> None:
        # the moment before has been drawn when the next is asked for
        assert not asked or drawn[-1].step == asked[-1]
        asked.append(step)

    past.changed.connect(follow)
    replay.set_speed(8.0)
    person.shortcut("replay")
    assert replay.playing and button.text() == "Pause"
    person.until(lambda: not replay.playing, "the end")
    assert asked == [*past.steps, None] and button.text() == "Replay"
    person.until(lambda: shown(window).settled and shown(window).step == 5, "the present")
    replayed = {snapshot.step: snapshot for snapshot in drawn[:-1]}
    assert list(replayed) == list(past.steps)
    assert all(same_answers(replayed[step], snapshot) for step, snapshot in live.items())


def test_it_begins_at_the_shown_moment_and_pauses_for_the_user(window: MainWindow, recording: None) -> None:
    train(window, 8)
    person, replay, past = Person(window), window.bench.replay, window.bench.past
    second = past.steps[1]
    go_to(window, second)
    replay.toggle()
    person.until(lambda: past.step == past.steps[2], "the next moment")
    past.go_to(0)
    assert not replay.playing
    person.until(lambda: shown(window).step == 0, "the chosen moment")
    replay.toggle()
    replay.toggle()
    assert not replay.playing and past.step == 0
    replay.toggle()
    past.now()
    assert not replay.playing


def test_a_run_of_the_library_is_replayed_to_its_last_moment(
    application: Application, window: MainWindow, recording: None
) -> None:
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    other = application.open_window(window.editor.project)
    person, past, replay = Person(other), other.bench.past, other.bench.replay
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    assert not other.actions_by_id["replay"].isEnabled() and not other.curves.head.replay.isEnabled()
    other.panel(RunsPanel).looked.emit(recorder.folders[1], "curves")
    person.until(lambda: shown(other).step == 2, "the last moment")
    replay.set_speed(8.0)
    steps: list[int | None] = []
    past.changed.connect(steps.append)
    person.shortcut("replay")
    person.until(lambda: not replay.playing, "the end")
    assert steps == [0, 1, 2] and past.step == 2 and past.folder is not None

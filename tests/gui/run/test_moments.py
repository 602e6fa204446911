"""Names and pins of moments: given on the timeline, kept in the folder of the run, told by shape and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moments_kit import go_to, train
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from runs_kit import recorded_run

from cnnviz.gui.panels.curves.name_field import NameField
from cnnviz.gui.panels.curves.timeline import Timeline
from cnnviz.gui.panels.curves.timeline_state import TimelineState, signs_of, state_of
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.moments import KnownMoment, KnownMoments
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.runs.folder import MARKS
from cnnviz.runs.marks import MomentMark, read_marks, write_mark

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def test_a_moment_is_named_and_pinned_by_keys_and_commands(
    application: Application, window: MainWindow, recording: None
) -> None:
    train(window, 4)
    person, timeline, moments = Person(window), window.curves.timeline, window.bench.moments
    assert not window.actions_by_id["name_moment"].isEnabled()
    go_to(window, 2)
    person.until(lambda: timeline.isVisible() and timeline.state.step == 2, "the timeline")
    QTest.keyClick(timeline, Qt.Key.Key_N)
    (field,) = window.curves.findChildren(NameField)
    # the field leaves the signs of the moments free
    assert field.isVisible() and field.geometry().bottom() < timeline.y()
    QTest.keyClicks(field, "first edges")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible() and moments.known.at(2) == KnownMoment(2, name="first edges")
    QTest.keyClick(timeline, Qt.Key.Key_P)
    person.shortcut("name_moment")
    QTest.keyClicks(field, "lost")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    recorder = window.bridge.recorder
    assert recorder is not None
    folder = recorder.folders[1]
    assert read_marks(folder) == {2: MomentMark("first edges", pinned=True)}
    person.until(lambda: timeline.state.named, "the name")
    other = application.open_window(window.editor.project)
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    other.panel(RunsPanel).looked.emit(folder, "curves")
    assert other.bench.moments.known.at(2) == KnownMoment(2, name="first edges", pinned=True)
    person.shortcut("pin_moment")
    last = other.bench.past.step
    assert last is not None and read_marks(folder)[last].pinned
    person.shortcut("pin_moment")
    assert last not in read_marks(folder)


def test_a_name_that_cannot_be_kept_is_said(window: MainWindow, recording: None) -> None:
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    (recorder.folders[1] / MARKS).mkdir()
    window.bench.moments.set_name(1, "first")
    assert "could not be kept" in window.notice.text() and window.bench.moments.known.at(1) == KnownMoment(1)


def test_exact_moments_are_told_from_others(window: MainWindow, recording: None) -> None:
    train(window, 2)
    Person(window).until(lambda: window.bench.moments.known.moments[-1].exact, "the moment of the pause")
    known, timeline = window.bench.moments.known, window.curves.timeline
    first, last = known.moments[0], known.moments[-1]
    assert (first.exact, last.exact) == (False, True) and known.fit >= len(known.moments)
    assert timeline.about(first).endswith("Cannot be continued exactly: only the weights were kept.")
    assert timeline.about(last).endswith("Training can go on from here exactly.")
    Person(window).until(lambda: f"{len(known.moments)} moments, about " in timeline.toolTip(), "how many fit")


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    timeline = Timeline(LIGHT)
    qtbot.addWidget(timeline)
    timeline.resize(400, timeline.sizeHint().height())
    return timeline


def drawn(timeline: Timeline, *moments: KnownMoment) -> bytes:
    places = [100.0 + 80 * number for number, _ in enumerate(moments)]
    known, span = KnownMoments(moments), (0.0, 400.0)
    timeline.set_state(state_of(known, signs_of(known, places, span), (300.0, 300.0), span, None))
    timeline.resize(400, timeline.sizeHint().height())
    image = timeline.grab().toImage()
    return bytes(image.constBits())


def test_signs_differ_by_shape_and_names_have_their_line(timeline: Timeline) -> None:
    plain = drawn(timeline, KnownMoment(1))
    low = timeline.height()
    assert len({plain, drawn(timeline, KnownMoment(1, exact=True)), drawn(timeline, KnownMoment(1, pinned=True))}) == 3
    named = drawn(timeline, KnownMoment(1, name="a name"), KnownMoment(2, name="another that is long" * 5))
    assert timeline.height() > low and named != plain
    timeline.set_names_shown(False)
    assert timeline.sizeHint().height() == low
    timeline.set_theme(DARK)
    assert drawn(timeline, KnownMoment(1)) != plain


def test_the_handle_stays_where_the_shown_moment_is_thinned_out(timeline: Timeline) -> None:
    known, span = KnownMoments((KnownMoment(0), KnownMoment(8))), (5.0, 400.0)
    state = state_of(known, signs_of(known, [10.0, 200.0], span), (90.0, 300.0), span, 4)
    assert (state.handle, state.now, state.places, state.steps) == (95.0, 305.0, (15.0, 205.0), (0, 8))
    timeline.set_state(state)
    middle = timeline.grab().toImage().pixelColor(95, timeline.height() // 2)
    assert middle.name() == LIGHT.activation


def test_the_words_about_the_present_stand_right_of_all_moments_and_are_never_clipped(timeline: Timeline) -> None:
    known, words = KnownMoments((KnownMoment(0), KnownMoment(8))), ("now, still training", "now")
    span = (5.0, 400.0)

    def written(now: float, present: tuple[str, ...] = words) -> str:
        signs = signs_of(known, [10.0, now - 5], span)
        timeline.set_state(state_of(known, signs, (10.0, now), span, 0, present))
        return timeline.present_text()

    timeline.resize(445, timeline.sizeHint().height())
    assert (written(200.0), written(390.0), written(420.0), written(200.0, ())) == (*words, "", "")
    timeline.resize(410, timeline.sizeHint().height())
    assert written(390.0) == ""
    timeline.resize(445, timeline.sizeHint().height())
    written(200.0, ())
    plain = timeline.grab().toImage()
    written(200.0)
    with_words = timeline.grab().toImage()
    edge = round(timeline.state.now) + 7
    left = QRect(0, 0, edge, timeline.height())
    assert plain.copy(left) == with_words.copy(left) and plain != with_words


def test_the_menu_is_about_the_moment_at_the_pointer(timeline: Timeline) -> None:
    drawn(timeline, KnownMoment(1, name="first", pinned=True), KnownMoment(2))
    first, between = timeline.moment_near(103.0), timeline.moment_near(140.0)
    assert first is not None and first.step == 1 and between is None
    texts = [action.text() for action in timeline.menu_for(first).actions() if action.text()]
    assert texts == ["Show step 1", "Rename …", "Unpin"]
    assert timeline.about(first).startswith("step 1: “first”\n") and "Pinned" in timeline.about(first)
    assert TimelineState().steps == ()


def test_names_that_a_run_takes_over_from_the_run_before_are_shown_though_its_folder_was_there_first(
    window: MainWindow, recording: None, tmp_path: Path
) -> None:
    folder, bench = recorded_run(tmp_path / "run"), window.bench
    bench.past.open(folder, (0, 4))
    assert bench.moments.known.at(4) == KnownMoment(4)
    # as the recorder does with the first moment of a run that goes on from another
    write_mark(folder, 4, MomentMark("early", pinned=True))
    bench.past.grow((0, 4, 9))
    assert bench.moments.known.at(4) == KnownMoment(4, name="early", pinned=True)

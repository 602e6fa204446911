"""A notice about something done disappears by itself, one with buttons stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets import notice_bar
from cnnviz.gui.widgets.notice_bar import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[NoticeBar]:
    holder = QWidget()
    bar = NoticeBar(DARK, holder)
    bar._timer.setInterval(1)
    qtbot.addWidget(holder)
    # away from the pointer, under which a notice stays
    holder.setGeometry(300, 300, 400, 200)
    # room for its icon: Qt warns of a picture without pixels
    bar.setGeometry(0, 0, 400, 60)
    holder.show()
    yield bar
    holder.close()


def test_what_is_done_passes_and_a_question_stays(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post("changed", "Continue with the change?", ("Continue", lambda: None))
    bar.tell("kept", "Started over.")
    assert bar.text() == "Started over."
    qtbot.waitUntil(lambda: not bar.says("kept"))
    assert bar.text() == "Continue with the change?" and not bar._timer.isActive()


def test_its_time_begins_when_it_is_displayed(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.tell("kept", "Started over.")
    bar.post("file", "The file could not be read.")
    assert bar.says("kept") and not bar._timer.isActive()
    bar.withdraw("file")
    qtbot.waitUntil(lambda: not bar.says("kept"))
    assert bar.isHidden()


def test_a_question_on_the_same_subject_does_not_pass(bar: NoticeBar) -> None:
    bar.tell("kept", "Started over.")
    bar.post("kept", "Go back?")
    assert not bar._timer.isActive()


@pytest.mark.parametrize(("seconds", "comes_back"), [(14.9, True), (15.0, False)])
def test_what_was_done_long_before_a_newer_notice_does_not_come_back_after_it(
    bar: NoticeBar, monkeypatch: pytest.MonkeyPatch, seconds: float, comes_back: bool
) -> None:
    now = 100.0
    monkeypatch.setattr(notice_bar, "time", SimpleNamespace(monotonic=lambda: now))
    bar.post("changed", "Continue with the change?", ("Continue", lambda: None))
    bar.tell("kept", "Started over.", ("Back to it", lambda: None))
    now += seconds
    bar.post("wrong", "The loss is too high.", ("Find a rate", lambda: None))
    bar.withdraw("wrong")
    assert bar.text() == ("Started over." if comes_back else "Continue with the change?")


def test_a_notice_that_is_being_used_stays(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.tell("kept", "Started over.")
    bar.window().activateWindow()
    bar._close.setFocus()
    qtbot.waitUntil(bar._close.hasFocus)
    with qtbot.waitSignal(bar._timer.timeout):
        pass
    assert bar.says("kept")
    bar._close.clearFocus()
    qtbot.waitUntil(lambda: not bar.says("kept"))

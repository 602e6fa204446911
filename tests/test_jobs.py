"""Jobs: what they report, how they fail, that they can be cancelled, and that one follows the other."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any

from cnnviz.jobs import Job, JobError, JobState
from cnnviz.runs.folder import project_at, project_path
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cnnviz.project.project import Project

PATIENCE = 60.0


def fail(_: Job[Any, Any]) -> None:
    raise ValueError("no room")


def test_progress_and_result_are_polled() -> None:
    reported, go_on = threading.Event(), threading.Event()

    def work(job: Job[int, str]) -> str:
        job.report(1)
        job.report(2)
        reported.set()
        assert go_on.wait(PATIENCE)
        return threading.current_thread().name

    job = Job("worker", work)
    assert job.latest == JobState()
    assert job.start() is job
    assert reported.wait(PATIENCE)
    assert job.latest == JobState(progress=2)
    go_on.set()
    assert job.wait(PATIENCE)
    assert job.latest == JobState(ended=True, progress=2, result="worker")


def test_a_failure_is_a_sentence_with_its_traceback_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def work(job: Job[int, None]) -> None:
        job.report(3)
        fail(job)

    job = Job("worker", work, lambda error: Sentence("It stopped: {reason}.", reason=str(error))).start()
    assert job.wait(PATIENCE)
    state = job.latest
    assert (state.ended, state.progress, state.result) == (True, 3, None)
    assert state.failure is not None and str(state.failure.sentence) == "It stopped: no room."
    assert state.failure.detail.startswith("Traceback") and "in fail" in state.failure.detail
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "worker has failed")


def test_the_sentence_of_a_job_error_is_its_own_and_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def work(_: Job[None, None]) -> None:
        raise JobError(Sentence("There is no GPU."))

    for job in (Job("worker", work), Job("worker", work, lambda _: Sentence("Something else."))):
        assert job.start().wait(PATIENCE)
        assert job.latest.failure is not None and str(job.latest.failure.sentence) == "There is no GPU."
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_an_error_with_a_sentence_is_explained_without_an_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another program may damage or delete a recorded run at any time."""
    project = project_path(tmp_path, 0)

    def failure() -> str:
        job: Job[None, Project] = Job("worker", lambda _: project_at(tmp_path, 0), said).start()
        assert job.wait(PATIENCE) and job.latest.failure is not None
        return str(job.latest.failure.sentence)

    project.write_text('{"project": "{')
    assert "is damaged. It is not as it was written." in failure()
    project.unlink()
    project.mkdir()
    assert "could not be read: it is a folder" in failure()
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_what_nobody_explains_reaches_the_hook_for_exceptions_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda found: caught.append(found.exc_value))
    job = Job("worker", fail).start()
    assert job.wait(PATIENCE)
    assert [str(error) for error in caught] == ["no room"]
    assert job.latest.failure is not None and str(job.latest.failure.sentence) == "no room"


def test_closing_cancels_and_says_whether_the_thread_has_ended() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(job: Job[None, str]) -> str:
        begun.set()
        assert job.cancelled.wait(PATIENCE) and go_on.wait(PATIENCE)
        return "as far as it went"

    job = Job("worker", work).start()
    assert begun.wait(PATIENCE)
    assert not job.close(0)
    go_on.set()
    assert job.close(PATIENCE)
    assert job.latest == JobState(ended=True, result="as far as it went")
    assert Job("worker", work).close()


def test_one_job_follows_the_other_and_one_that_was_cancelled_before_does_nothing() -> None:
    order: list[str] = []
    go_on = threading.Event()

    def first(_: Job[None, None]) -> None:
        assert go_on.wait(PATIENCE)
        order.append("first")
        raise JobError(Sentence("The next one begins all the same."))

    one = Job("first", first).start()
    two: Job[None, None] = Job("second", lambda _: order.append("second"), after=one).start()
    three: Job[None, None] = Job("third", lambda _: order.append("third"), after=two).start()
    two.cancel()
    assert not two.wait(0)
    go_on.set()
    assert three.wait(PATIENCE)
    assert order == ["first", "third"] and two.latest == JobState(ended=True)


def test_a_job_that_has_ended_holds_neither_its_work_nor_the_job_before_it() -> None:
    def work(_: Job[None, None]) -> None:
        pass

    def explain(error: Exception) -> Sentence:
        return said(error)

    before = Job("before", work).start()
    held = weakref.ref(before), weakref.ref(work), weakref.ref(explain)
    job = Job("worker", work, explain, after=before).start()
    assert job.wait(PATIENCE)
    del before, work, explain
    gc.collect()
    assert [one() for one in held] == [None, None, None]

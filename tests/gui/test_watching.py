"""A run that another process writes is followed live, also when it is killed and another process goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from moments_kit import shown
from recorded_run import record
from small_images import small_images

from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.exciting import Exciting
from cnnviz.gui.run.watching import read_state, successor
from cnnviz.gui.shell.watch_run import project_of, watch
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import run_in
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warm_python import WarmPython

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

SECONDS = 120.0


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    """A command that trains for long."""
    return ["train", "lenet-5", "--data", str(small_images(tmp_path)), "--epochs", "10000", "--threads", "1", "--json"]


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended after the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(warm: WarmPython, line: list[str], processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Start a training, and wait for its first validation."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CNNVIZ_RECORD": "1"}
    command = [*warm.line, "-m", "cnnviz", *line]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes.append(process)
    assert process.stdout is not None and process.stdout.readline()
    return process


def test_a_run_of_another_process_is_followed(
    application: Application,
    warm_python: WarmPython,
    line: list[str],
    started: list[subprocess.Popen[str]],
    recording: None,
) -> None:
    process = start(warm_python, line, started)
    (run,) = Library(runs_folder()).runs()
    folder = Library(runs_folder()).folder(run.id)
    watch(application.open_window(TEMPLATES["fast"].project()).bench, folder.parent)
    # the window was not used: one with the network of the run takes its place
    window = application.windows[-1]
    bench, person = window.bench, Person(window)
    assert window.editor.project.network == project_of(folder).network
    person.until(lambda: bench.past.folder == folder, "the run", SECONDS)
    person.until(lambda: bench.watching.live, "that it grows", SECONDS)
    first = bench.past.steps[-1]
    person.until(lambda: bench.past.step == bench.past.steps[-1] > first, "the next moment", SECONDS)
    person.until(lambda: shown(window).step > first, "its maps", SECONDS)
    assert len(window.curves.history) >= first
    assert window.bridge.session.status.step == 0
    assert "WATCHING" in window.places.middle.past.text()
    # an earlier moment stays on screen
    bench.past.go_to(0)
    longer = len(bench.past.steps)
    person.until(lambda: len(bench.past.steps) > longer, "another moment", SECONDS)
    assert bench.past.step == 0

    process.send_signal(signal.SIGKILL)
    # until nothing can write to its output any more
    process.communicate()
    start(warm_python, ["runs", "resume", run.id, "--json"], started)
    person.until(lambda: bench.past.folder not in (None, folder), "the run that goes on", SECONDS)
    assert bench.past.folder is not None
    assert Library(runs_folder()).find(bench.past.folder.name).facts.parent == run.id
    bench.past.now()
    assert not bench.watching.live


def test_looking_into_a_watched_run_writes_nothing_to_it(application: Application, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "20260101-000000-a"
    record(folder)
    before = contents(folder.parent)
    window = application.open_window(project_of(folder))
    bench, person = window.bench, Person(window)
    said: list[str] = []
    for failed in (bench.requests.failed, bench.predicting.failed, bench.moments.failed):
        failed.connect(said.append)
    watch(bench, folder)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 9, "its last moment")
    for name in ("curves", "mistakes", "excites", "runs"):
        window.show_panel(name)
    window.show_panel("mistakes")
    person.until(lambda: bench.predicting.latest is not None, "the predictions")
    exciting = Exciting(window.bridge, bench.past, window)
    exciting.failed.connect(said.append)
    exciting.choose_layer("conv1")
    exciting.renew()
    person.until(lambda: exciting.latest is not None, "what excites a layer")
    assert said == [] and contents(folder.parent) == before
    bench.moments.toggle_pin(9)
    assert len(said) == 1 and "is only watched, and nothing is written to it" in said[0]
    assert contents(folder.parent) == before


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """When each file and folder was changed, and what it holds."""
    paths = [folder, *folder.rglob("*")]
    return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in paths}


def test_a_watched_run_that_is_deleted_is_no_error(application: Application, tmp_path: Path) -> None:
    folder = tmp_path / "20260101-000000-a"
    record(folder)
    window = application.open_window(project_of(folder))
    past, watching, person = window.bench.past, window.bench.watching, Person(window)
    watch(window.bench, folder)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 9, "its last moment")
    shutil.rmtree(folder)
    # a run that was finished before is not read again
    watching._restart()
    watching.poll()
    job = watching._job
    assert job is not None
    person.until(lambda: job.latest.ended, "the reading")
    assert job.latest.failure is None and past.folder == folder


def test_a_folder_without_a_run_is_a_sentence(window: MainWindow, tmp_path: Path) -> None:
    said: list[str] = []
    window.bench.requests.failed.connect(said.append)
    watch(window.bench, tmp_path)
    watch(window.bench, tmp_path / "nowhere")
    assert "There is no recorded run in" in said[0]
    assert len(said) == 2
    assert window.bench.past.folder is None


def test_runs_are_found_in_folders_and_nothing_is_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("20260101-000000-a", "20260102-000000-b"):
        (home / "runs" / name).mkdir(parents=True)
        (home / "runs" / name / "numbers.blocks").write_bytes(b"")
    newest = home / "runs" / "20260102-000000-b"
    assert run_in(home) == run_in(home / "runs") == run_in(newest) == newest
    assert run_in(tmp_path) is None
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "data").symlink_to(home)
    assert run_in(tmp_path / "named") == tmp_path / "named" / "data" / "runs" / newest.name
    before = sorted(home.rglob("*"))
    for folder in (home, home / "runs", newest):
        folder.chmod(0o555)
    try:
        state = read_state(newest, None, 0.0)
        assert (state.bytes, state.steps, state.finished) == (0, (), False)
        assert read_state(newest, state, 0.0).history is None
        assert successor(newest, 0.0) is None
    finally:
        for folder in (home, home / "runs", newest):
            folder.chmod(0o755)
    assert sorted(home.rglob("*")) == before


def test_a_run_that_goes_on_with_other_layers_is_not_followed(tmp_path: Path) -> None:
    first, other, same = (tmp_path / f"20260101-00000{second}-a" for second in range(3))
    record(first)
    project = project_of(first)
    for folder, network in ((other, TEMPLATES["lenet-5"].project().network), (same, project.network)):
        facts = Facts("small", 2.0, 5, parent=first.name, parent_step=9)
        writer = RunWriter(folder, replace(project, network=network), facts, 10**9)
        writer.flush()
        writer.close()
        assert successor(first, 1.0) == (same if folder == same else None)

"""The ground of all tests: no display, no traces in the user's folders, nothing left behind.

A Qt message of level warning or above fails the test that caused it (``qt_log_level_fail`` in pyproject.toml), and so
does every Python warning. Threads, running QTimers and top-level widgets that outlive a test fail it as well.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# tests run beside each other and beside other programs
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["CNNVIZ_HOME"] = os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="cnnviz-tests-")
os.environ["KERAS_BACKEND"] = "torch"
# a test that is about recorded runs turns recording on again
os.environ["CNNVIZ_RECORD"] = "0"

from typing import TYPE_CHECKING

import hypothesis
import pytest
from held_memory import give_back
from warm_python import WarmPython

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

try:
    import qt_patience  # noqa: F401 # it makes the waits of pytest-qt longer
    from qt_leftovers import Leftovers

    from cnnviz.gui.run.keeping import TrainingKeeper
except ModuleNotFoundError as missing:
    # what needs no Qt is tested where there is none
    if missing.name not in ("PySide6", "shiboken6"):
        raise
    Leftovers = TrainingKeeper = None  # type: ignore[assignment, misc]

hypothesis.settings.register_profile("ci", max_examples=30, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

THREAD_PATIENCE = 20.0
"""Seconds that a thread may take to end after its test: a step of training is not interrupted."""

_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = report.failed or item.stash.get(_failed, False)
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs a GPU runs where there is one."""
    if item.get_closest_marker("cuda") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("PyTorch finds no NVIDIA GPU on this computer")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay. No collection of garbage examines them: they are 750,000 objects, which takes half a
    second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Windows of the tests before do not add up, and collections examine only what a test makes itself. A command that
    prepares for a window and ends switches the collection of garbage off, as the end of the process follows."""
    gc.enable()
    give_back()
    gc.collect(1)
    # also what the end of the last window has unfrozen
    gc.freeze()


def pytest_sessionfinish() -> None:
    """The last collection, by pytest, examines everything."""
    gc.unfreeze()


def pytest_unconfigure() -> None:
    """The folder of this process goes with it; a test has one of its own."""
    shutil.rmtree(os.environ["CNNVIZ_HOME"], ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread, a running timer or a top-level widget; silent where it failed already."""
    threads = set(threading.enumerate())
    leftovers = Leftovers() if Leftovers is not None else None
    yield
    if request.node.stash.get(_failed, False):
        return
    left = [f"thread {thread.name}" for thread in _living(threads)]
    if leftovers is not None:
        left += leftovers.new()
    if left:
        pytest.fail("left behind: " + ", ".join(left), pytrace=False)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all homes. Beside thousands of others, pytest takes milliseconds to number the next folder."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own for every test: settings, recent files, recovery."""
    folder = Path(tempfile.mkdtemp(dir=homes))
    monkeypatch.setenv("CNNVIZ_HOME", str(folder))
    return folder


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of this test are recorded."""
    monkeypatch.delenv("CNNVIZ_RECORD")


@pytest.fixture
def asks_about_trainings() -> None:
    """A test that wants it is asked about trainings that nobody keeps."""


@pytest.fixture(autouse=True)
def trainings_are_given_up(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of all other tests close without that question."""
    if TrainingKeeper is not None and asks_about_trainings.__name__ not in request.fixturenames:
        monkeypatch.setattr(TrainingKeeper, "unkept", ())


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython]:
    """Processes that have torch at once, for tests that are not about starting."""
    warm = WarmPython(tmp_path_factory.mktemp("warm"))
    yield warm
    warm.close()


@pytest.fixture
def warm_program(warm_python: WarmPython, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that this program starts are such processes."""
    monkeypatch.setattr("cnnviz.program._beginning", lambda: [*warm_python.line, "-m", "cnnviz"])


@pytest.fixture(scope="module")
def one_torch_thread() -> Iterator[None]:
    """Tiny tensors are computed faster by one thread, above all where other programs want the processor too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _living(before: set[threading.Thread]) -> list[threading.Thread]:
    """The threads since ``before`` that do not end by themselves within :data:`THREAD_PATIENCE`."""
    deadline = time.monotonic() + THREAD_PATIENCE
    new = [thread for thread in threading.enumerate() if thread not in before]
    new = [thread for thread in new if not isinstance(thread, threading._DummyThread)]
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in new if thread.is_alive()]

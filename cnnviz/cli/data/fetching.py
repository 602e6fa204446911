"""``cnnviz data fetch``: downloads a public dataset, as the Data panel of the window does."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as ProgressBar

from cnnviz.cli.data.listing import entry_of
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.streams import write_note
from cnnviz.data.sources.download import Arrived
from cnnviz.data.sources.public import PUBLIC
from cnnviz.data.sources.unpacked import is_unpacked
from cnnviz.interruption import SIGNALLED
from cnnviz.jobs import CancelledError
from cnnviz.numerals import memory

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from cnnviz.data.sources.preparing import Progress

INTERRUPTED = SIGNALLED + signal.SIGINT
"""The exit code where Ctrl+C has ended a download."""


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``fetch``."""
    parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(PUBLIC)}")
    text = "a folder with the files as their authors publish them; nothing is downloaded then"
    parser.add_argument("--from", dest="given", type=Path, metavar="DIR", help=text)


def run_fetch(arguments: argparse.Namespace) -> int:
    """Fetch a dataset; Ctrl+C keeps what has arrived."""
    from cnnviz.data.sources.fetching import fetch

    public = PUBLIC.get(arguments.name)
    if public is None:
        raise CommandError(f"There is no public dataset of this name. There are {', '.join(PUBLIC)}.")
    if not arguments.json and arguments.given is None and not is_unpacked(public):
        console().print(f"{public.title}: {memory(public.size)} to download.", markup=False)
    try:
        with _interruptible() as cancelled, _progress(arguments) as report:
            found = fetch(public, arguments.given, report, cancelled)
    except CancelledError:
        write_note("Cancelled. What has arrived is kept: the same command goes on from there.")
        return INTERRUPTED
    if arguments.json:
        write_json(entry_of(found.description))
    else:
        text = f"{public.title} is here: train with “cnnviz train TEMPLATE --data {public.name}”."
        console().print(text, markup=False)
    return 0


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl+C was pressed, which no longer raises an error."""
    pressed = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(arguments: argparse.Namespace) -> Iterator[Callable[[Arrived | Progress], object]]:
    """A function that shows how much has arrived and is read; it shows nothing where JSON is written."""
    if arguments.json:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with ProgressBar(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(state: Arrived | Progress) -> None:
            if isinstance(state, Arrived):
                bar.update(task, description=state.name, completed=state.done, total=state.total or None)
            else:
                bar.update(task, description="reading images", completed=state.done, total=state.total)

        yield report

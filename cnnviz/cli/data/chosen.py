"""The options that choose images, and say how they are made from pictures."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console
from cnnviz.data.catalogue import DESCRIPTIONS
from cnnviz.data.choice import DatasetChoice
from cnnviz.data.description import LARGEST_SIDE, Fit
from cnnviz.data.sources import registry
from cnnviz.data.sources.public import PUBLIC
from cnnviz.data.sources.unpacked import is_unpacked
from cnnviz.files import is_there, shown
from cnnviz.numerals import memory

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from cnnviz.data.sources.own import Described
    from cnnviz.data.sources.preparing import Progress
    from cnnviz.data.sources.source import Form
    from cnnviz.data.survey import Stage

FORM = ("size", "channels", "scale")
"""The options of :func:`add_form`."""


def add_form(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how images are made from pictures."""
    parser.add_argument("--size", metavar="N|HxW", help="height and width of the images, in pixels")
    parser.add_argument("--channels", type=int, choices=(1, 3), help="1 for grey images, 3 for colours")
    parser.add_argument(
        "--scale", choices=get_args(Fit), help="what happens to pictures of another aspect ratio (default: crop)"
    )


def form_from(arguments: argparse.Namespace) -> Callable[[Form], Form]:
    """A function that returns the form that the options ask for, given the suggested form."""
    found = None if arguments.size is None else re.fullmatch(r"(\d{1,4})(?:[x×](\d{1,4}))?", arguments.size)
    sides = [] if found is None else [int(side) for side in found.groups() if side is not None]
    if arguments.size is not None and not (sides and all(1 <= side <= LARGEST_SIDE for side in sides)):
        raise CommandError(f"--size takes a side such as 32, or height and width such as 32x48, up to {LARGEST_SIDE}.")

    def form(suggested: Form) -> Form:
        height, width = (sides[0], sides[-1]) if sides else (suggested.height, suggested.width)
        return replace(
            suggested,
            height=height,
            width=width,
            channels=arguments.channels or suggested.channels,
            fit=arguments.scale or suggested.fit,
        )

    return form


def choice_of(text: str, arguments: argparse.Namespace) -> DatasetChoice:
    """The dataset of a name, or of a folder or file, which is read now; raises CommandError or DataError."""
    if (choice := named(text)) is not None:
        if any(getattr(arguments, option) is not None for option in FORM):
            raise CommandError("--size, --channels and --scale are for a folder or a file, not for a name.")
        return choice
    return described(path_of(text), arguments).choice


def named(name: str) -> DatasetChoice | None:
    """The dataset that the program knows, or that was added, under a name; None if there is none."""
    if name in DESCRIPTIONS:
        # of images that are not on this machine none can be set aside
        return DatasetChoice(name, DatasetChoice().validation if DESCRIPTIONS[name].at_hand else 0)
    return registry.find(name)


def path_of(text: str) -> Path:
    """The folder or file of an argument; raises CommandError if there is none."""
    path = Path(text)
    if not is_there(path):
        if (public := PUBLIC.get(text)) is not None:
            if is_unpacked(public):
                raise CommandError(
                    f"{public.title} was removed from the list. “cnnviz data fetch {text}” adds it again."
                )
            raise CommandError(
                f"{public.title} is not on this machine. “cnnviz data fetch {text}” downloads it"
                f" ({memory(public.size)})."
            )
        names = ", ".join([*DESCRIPTIONS, *registry.names()])
        raise CommandError(f"“{shown(text)}” is neither a folder, nor a file, nor a dataset ({names}).")
    return path


def described(path: Path, arguments: argparse.Namespace, name: str = "") -> Described:
    """Read and describe the images at a path, with a progress bar."""
    from cnnviz.data.sources.own import describe_path

    form = form_from(arguments)
    with progress(arguments) as report:
        return describe_path(path, form, name, report=report)


@contextmanager
def progress(arguments: argparse.Namespace) -> Iterator[Callable[[Progress | Stage], object]]:
    """A function that shows how many images are read; it shows nothing where JSON is written."""
    if arguments.json:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("reading images", total=None)
        yield lambda state: bar.update(task, completed=state.done, total=state.total)

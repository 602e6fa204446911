"""``cnnviz data list`` and ``show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from cnnviz.cli.data.chosen import add_form, choice_of, progress
from cnnviz.cli.output import console, write_json
from cnnviz.data.catalogue import DESCRIPTIONS, describe, origin_path
from cnnviz.data.sources import registry
from cnnviz.data.sources.public import PUBLIC
from cnnviz.data.sources.unpacked import is_unpacked
from cnnviz.data.survey import survey
from cnnviz.numerals import memory, spell

if TYPE_CHECKING:
    import argparse

    from cnnviz.data.catalogue import Dataset
    from cnnviz.data.description import Description
    from cnnviz.data.sources.source import Fault
    from cnnviz.data.survey import Survey

SHOWN_FAULTS = 20


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``list``: none."""


def run_list(arguments: argparse.Namespace) -> int:
    """List the datasets that cnnviz knows, and those that it can download."""
    added = [choice for name in registry.names() if (choice := registry.find(name)) is not None]
    every = [*(each for each in DESCRIPTIONS.values() if each.at_hand), *map(describe, added)]
    others = [public for public in PUBLIC.values() if public.name not in registry.names()]
    if arguments.json:
        fetchable = [
            {
                "name": each.name,
                "title": each.title,
                "bytes": each.size,
                "fetched": False,
                "on_this_machine": is_unpacked(each),
            }
            for each in others
        ]
        write_json([*map(entry_of, every), *fetchable])
        return 0
    table = Table("Name", "Title", "Classes", "Image", "Training", "Test", "Where")
    for each in every:
        origin = "comes with cnnviz" if each.origin is None else str(origin_path(each))
        table.add_row(
            each.name,
            escape(each.title),
            f"{len(each.classes):,}",
            spell(each.image),
            f"{each.training:,}",
            f"{each.test:,}",
            escape(origin if each.at_hand else f"{origin} (not there)"),
        )
    out = console()
    out.print(table)
    if others:
        out.print("“cnnviz data fetch NAME” downloads these:")
        table = Table("Name", "Title", "Download", "About")
        for public in others:
            size = "nothing: it is here" if is_unpacked(public) else memory(public.size)
            table.add_row(public.name, public.title, size, public.about)
        out.print(table)
    return 0


def add_show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``show``."""
    parser.add_argument("source", metavar="NAME|PATH", help="the name of a dataset, or a folder or file of images")
    add_form(parser)


def run_show(arguments: argparse.Namespace) -> int:
    """Read a dataset, and show what is in it."""
    choice = choice_of(arguments.source, arguments)
    with progress(arguments) as report:
        found = survey(choice, report)
    assert found is not None, "nothing cancels it"
    if arguments.json:
        facts = {
            "splits": _counts(found.dataset),
            "faults": _faults(found.faults),
            "duplicates": found.census.duplicate_count,
        }
        write_json({**entry_of(describe(found.choice)), **facts})
    else:
        _print(found)
    return 0


def entry_of(description: Description) -> dict[str, Any]:
    """A description as it is written to JSON for programs."""
    return {
        "name": description.name,
        "title": description.title,
        "image": list(description.image),
        "classes": list(description.classes),
        "training": description.training,
        "test": description.test,
        "mean": list(description.mean),
        "std": list(description.std),
        "path": None if description.origin is None else str(origin_path(description)),
        "at_hand": description.at_hand,
    }


def _counts(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """For each split its number of images, and how many of them are of each class."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {
        name: {
            "images": len(split),
            "classes": np.bincount(split.labels, minlength=len(dataset.classes)).tolist(),
        }
        for name, split in splits.items()
    }


def _faults(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    return [{"name": fault.name, "trouble": fault.trouble.value, "sentence": str(fault.said)} for fault in faults]


def _print(found: Survey) -> None:
    out, counts = console(), _counts(found.dataset)
    description, faults = describe(found.choice), found.faults
    mean, std = (", ".join(f"{number:.4f}" for number in numbers) for numbers in (description.mean, description.std))
    out.print(f"{description.title}: images of {spell(description.image)}, mean {mean}, deviation {std}", markup=False)
    table = Table("Class")
    for split in counts:
        table.add_column(split.capitalize(), justify="right")
    for label, name in enumerate(description.classes):
        table.add_row(escape(name), *(f"{count['classes'][label]:,}" for count in counts.values()))
    table.add_row("[bold]all[/bold]", *(f"{count['images']:,}" for count in counts.values()))
    out.print(table)
    if faults:
        word = "file is" if len(faults) == 1 else "files are"
        out.print(f"[yellow]{len(faults):,} {word} left out:[/yellow]")
    for fault in faults[:SHOWN_FAULTS]:
        out.print(f"  {fault.said}", markup=False)
    if len(faults) > SHOWN_FAULTS:
        out.print(f"  and {len(faults) - SHOWN_FAULTS:,} more; --json lists all")
    if count := found.census.duplicate_count:
        word = "image is" if count == 1 else "images are"
        out.print(f"[yellow]{count:,} {word} in two splits.[/yellow]")

"""``cnnviz tour``: uses the real window like a person, with pictures and measurements; also the soak test."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.window import prepare_anywhere
from cnnviz.files import cause, write_atomically
from cnnviz.numerals import memory

if TYPE_CHECKING:
    import argparse

LEAST_MINUTES = 1.5
SMALLEST, LARGEST = (960, 600), (7680, 4320)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the pictures and tour.json")
    parser.add_argument(
        "--soak",
        type=float,
        metavar="MINUTES",
        help="train for so long instead, with the panels in turn, and say whether memory grows or training slows down",
    )
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help="how long it trains (default: 20)")
    parser.add_argument("--size", default="1600x1000", metavar="WxH", help="size of the window (default: 1600x1000)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the tour; returns 0 if it has finished."""
    size = _size(arguments.size)
    if not 1 <= arguments.seconds <= 86400:
        raise CommandError("--seconds takes a number from 1 to 86400.")
    if arguments.soak is not None:
        return _soak(arguments, size)
    if arguments.out is None:
        raise CommandError("--out names a folder for the pictures.")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"“{arguments.out}” cannot be used for the pictures: {cause(error)}.") from error
    prepare_anywhere()
    from cnnviz.gui.robot.tour import run as tour

    output = console()
    try:
        measured = tour(arguments.out, arguments.seconds, size, (lambda _: None) if arguments.json else output.print)
        result = asdict(measured)
        write_atomically(arguments.out / "tour.json", json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    except (RuntimeError, TimeoutError, OSError) as error:
        raise CommandError(f"The tour could not go on. {error}") from error
    if arguments.json:
        write_json(result)
        return 0
    table = Table("Measured", "Value")
    table.add_row("first paint", f"{measured.first_paint_seconds:.2f} s")
    table.add_row("training can start", f"{measured.ready_seconds:.2f} s")
    speed = measured.images_per_second
    table.add_row("images/s, window and alone", f"{speed['window']:,} and {speed['alone']:,} ({speed['ratio']:.0%})")
    beats = measured.heartbeat_ms
    table.add_row("event loop late, p95 and p99", f"{beats['p95']:.1f} and {beats['p99']:.1f} ms")
    table.add_row("snapshots drawn", f"{measured.snapshots_per_second:.1f} a second")
    deep = measured.microscope_live
    speeds = f"{deep['ratio']:.0%} of the speed, {deep['snapshots_per_second']:.1f} snapshots a second"
    table.add_row("with the microscope", speeds)
    scope = measured.microscope_ms
    table.add_row("click to arithmetic while it trains, p50 and p95", f"{scope['p50']:.0f} and {scope['p95']:.0f} ms")
    table.add_row("sweep while it trains", f"{measured.sweep_per_second:.1f} steps a second")
    wrong = measured.mistakes_ms
    table.add_row("test images predicted, all of Mistakes drawn", f"{wrong['all']:,.0f} ms")
    table.add_row("click on a cell to its images, p50 and p95", f"{wrong['p50']:.0f} and {wrong['p95']:.0f} ms")
    strokes = measured.stroke_ms
    table.add_row("pen to maps while it trains, p50 and p95", f"{strokes['p50']:.0f} and {strokes['p95']:.0f} ms")
    for title, scrubs in (
        ("step of the timeline to its moment", measured.scrub_ms),
        ("the same while it trains", measured.scrub_live),
        ("the same, 12 million parameters", measured.scrub_large_ms),
    ):
        if scrubs:
            table.add_row(f"{title}, p50 and p95", f"{scrubs['p50']:.0f} and {scrubs['p95']:.0f} ms")
    if measured.scrub_live:
        table.add_row("images/s while scrubbing, of those alone", f"{measured.scrub_live['ratio']:.0%}")
    many = measured.maps_512_ms
    table.add_row("512 maps of 28×28 drawn, p50 and p95", f"{many['p50']:.0f} and {many['p95']:.0f} ms")
    table.add_row("peak memory", memory(measured.peak_memory_bytes))
    output.print(table)
    output.print(f"{len(measured.pictures)} pictures and tour.json are in {arguments.out}.")
    return 0


def _soak(arguments: argparse.Namespace, size: tuple[int, int]) -> int:
    if not LEAST_MINUTES <= arguments.soak <= 10_000:
        raise CommandError(f"--soak takes from {LEAST_MINUTES:g} to 10,000 minutes; the first one is not judged.")
    prepare_anywhere()
    from cnnviz.gui.robot.soak import run as soak

    output = console()
    try:
        found = soak(arguments.soak, size, (lambda _: None) if arguments.json else output.print)
    except (RuntimeError, TimeoutError, OSError) as error:
        raise CommandError(f"The training could not go on. {error}") from error
    if arguments.json:
        write_json(asdict(found))
        return 0
    speed = found.images_per_second
    output.print(
        f"Memory grew by {memory(found.growth_bytes)} after the first minute. At the end {speed['end']:,}"
        f" images/s, {found.ratio:.0%} of the {speed['begin']:,} after the first minute."
    )
    return 0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(low <= value <= high for low, value, high in zip(SMALLEST, size, LARGEST, strict=True)):
        raise CommandError(f"--size takes WIDTHxHEIGHT from {SMALLEST[0]}x{SMALLEST[1]}, such as 1600x1000.")
    return size

"""``cnnviz check-device``: checks that a GPU, or the processor, trains correctly. It needs no display.

All checks are made, one after the other, even if some fail. Each prints its finding at once.
"""

from __future__ import annotations

import json
import logging
import platform
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from cnnviz.training.device import Placement

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "kinds": "every kind of layer, forward and gradients, beside the processor in float64",
        "losses": "the losses of many steps beside those of the processor",
        "repeating": "the same bits when repeated, stopped, kept, and gone on with in another process",
        "looking": "looking inside, steps, slow motion and pauses change nothing",
        "precisions": "the speed of each precision, and the choice of “auto”",
        "waiting": "no step waits for a GPU",
        "fast": "the template “fast” to 99 %",
        "memory": "what a training is told to take of a GPU's memory",
        "too_much": "a batch that does not fit is a sentence, and the session goes on",
        "lost": "a GPU that is not there or is lost is a sentence",
        "speed": "the speed beside the tutorial's script and a loop written by hand",
    }
)
"""All checks in order, by the name of their module in :mod:`cnnviz.cli.device`."""

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    lines = "; ".join(f"{name}: {text.replace('%', '%%')}" for name, text in CHECKS.items())
    parser.add_argument("--only", nargs="+", choices=CHECKS, metavar="CHECK", help=f"make these checks alone ({lines})")
    parser.add_argument("--quick", action="store_true", help="few steps: whether the checks work, not the device")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all figures as JSON there, after each check")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the checks; returns 0 if none failed."""
    from cnnviz.training.device import DeviceError, place

    try:
        placement = place(arguments.device, "float32", None)
    except DeviceError as error:
        raise CommandError(str(error)) from error
    result: dict[str, Any] = {"machine": _machine(placement), "quick": arguments.quick, "checks": {}}
    for name in arguments.only or CHECKS:
        entry = _check(name, f"{placement.device}", quick=arguments.quick)
        result["checks"][name] = entry
        if arguments.out is not None:
            _write(arguments.out, result)
        if not arguments.json:
            _print_check(name, entry)
    result["ok"] = all(each["passed"] is not False for each in result["checks"].values())
    if arguments.out is not None:
        _write(arguments.out, result)
    if arguments.json:
        write_json(result)
    return 0 if result["ok"] else 1


def _check(name: str, device: str, *, quick: bool) -> dict[str, Any]:
    """The finding of a check; an exception counts as failure."""
    from cnnviz.cli.device.finding import Finding, Setting

    began = time.perf_counter()
    with TemporaryDirectory(prefix="cnnviz-check-", ignore_cleanup_errors=True) as folder:
        try:
            module: Any = import_module(f"cnnviz.cli.device.{name}")
            finding: Finding = module.run(Setting(device, Path(folder), quick))
        except Exception as error:
            log.exception("the check %s stopped", name)
            finding = Finding(False, f"It stopped: {type(error).__name__}: {error}")
    return {**asdict(finding), "seconds": round(time.perf_counter() - began, 1)}


def _machine(placement: Placement) -> dict[str, Any]:
    import torch

    return {
        "device": placement.describe(),
        "threads": placement.threads,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call] # torch does not say
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def _write(path: Path, result: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"“{path}” could not be written: {error.strerror or error}.") from error


def _print_check(name: str, entry: Mapping[str, Any]) -> None:
    word = {True: "passed", False: "FAILED", None: "–"}[entry["passed"]]
    sys.stdout.write(f"{word:<7} {name:<11} {entry['seconds']:>6.1f} s  {entry['sentence']}\n")
    sys.stdout.flush()

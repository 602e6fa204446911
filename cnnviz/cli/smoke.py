"""``cnnviz smoke``: a test that the installed program works."""

from __future__ import annotations

import os
import traceback
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.window import prepare_anywhere
from cnnviz.settings import HOME

if TYPE_CHECKING:
    import argparse

FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Try everything once; returns 0, or 1 if something does not work."""
    # the test must not change the user's settings, such as recent files and window size
    with TemporaryDirectory(prefix="cnnviz-smoke-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        try:
            result = _try(Path(folder))
        except Exception as error:  # noqa: BLE001 - whatever fails is the result
            detail = "".join(traceback.format_exception(error))
            result = {"ok": False, "failed": str(error) or type(error).__name__, "detail": detail}
    if arguments.json:
        write_json(result)
    elif result["ok"]:
        _print_result(result)
    else:
        console().print(f"It does not work here. {result['failed']}", markup=False)
        console().print("(“cnnviz smoke --json” shows the details.)")
    return 0 if result["ok"] else FAILED


def _try(folder: Path) -> dict[str, object]:
    prepare_anywhere()
    from cnnviz.gui.robot.smoke import run as smoke

    return {"ok": True, **asdict(smoke(folder))}


def _print_result(result: dict[str, object]) -> None:
    output = console()
    output.print("Everything works.")
    for name, value in result.items():
        if name not in ("ok", "versions"):
            output.print(f"  {name.replace('_', ' '):<20} {value}", markup=False)
    for line in result["versions"] if isinstance(result["versions"], list) else ():
        output.print(f"  {line}", markup=False)

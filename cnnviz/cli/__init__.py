"""The command line. Each command is a file of its own; without a command the window opens."""

from __future__ import annotations

import argparse
import errno
import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz import __version__
from cnnviz.cli.commands import COMMANDS, INTERNAL
from cnnviz.cli.ending import ended_by_signals, exit_code
from cnnviz.cli.streams import discard_output, prepare_streams, write_note
from cnnviz.files import is_there, shown
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 2
"""Exit code if a command could not do its work; 1 means a negative result."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a disk without room, of a used-up quota, and of a limit of file sizes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: ``sys.argv``) and return its exit code. Errors are printed as sentences."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # errors are printed as sentences; details go to the log file, if there is one
    logging.getLogger("cnnviz").addHandler(logging.NullHandler())
    prepare_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt as error:
        return exit_code(error)
    except BrokenPipeError:
        # the reader of the output has closed the pipe
        discard_output()
        return 0
    except Exception as error:  # noqa: BLE001 - every failure ends in a sentence and an exit status
        return _failed(error)


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    command = COMMANDS.get(name) or INTERNAL.get(name)
    if command is not None:
        module: Any = import_module(command.module)
        parser = argparse.ArgumentParser(prog=f"cnnviz {name}", description=_sentence(command.summary))
        module.add_arguments(parser)
        with ended_by_signals():
            code: int = _exit_code(parser, arguments[1:], module.run)
        return code
    return _exit_code(_window_parser(), arguments, _open_window)


def _exit_code(parser: argparse.ArgumentParser, arguments: list[str], run: Any) -> int:
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    code: int = run(parsed)
    return code


def _window_parser() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:<13} {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="cnnviz",
        usage="cnnviz [FILE]\n       cnnviz COMMAND ...",
        description="Build a convolutional network, train it, and look inside while it learns.",
        epilog=f"commands, which need no display:\n{lines}\n\n“cnnviz COMMAND --help” says more of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a project to open in the window")
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    return parser


def _open_window(arguments: argparse.Namespace) -> int:
    from cnnviz.cli.errors import CommandError
    from cnnviz.cli.window import open_window

    path = None if arguments.file is None else Path(arguments.file)
    if path is not None and not (is_there(path) and path.is_file()):
        names = ", ".join(COMMANDS)
        raise CommandError(f"“{shown(path)}” is neither a project file nor a command ({names}).")
    return open_window(path)


def _failed(error: Exception) -> int:
    """Print an error as a sentence; the traceback of an unexpected error goes to the log."""
    from cnnviz.cli.errors import CommandError
    from cnnviz.sentence import SaidError

    if isinstance(error, CommandError | SaidError):
        return _print_error(str(error))
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return _print_error(f"There is no room for what is written, or for the output itself: {error.strerror}.")
    from cnnviz.log import start_logging

    file = start_logging()
    logging.getLogger(__name__).error("Unexpected failure", exc_info=error)
    details = f" The details are in {file}." if file is not None else ""
    return _print_error(f"Something unexpected went wrong ({type(error).__name__}: {quoted(str(error))}).{details}")


def _print_error(sentence: str) -> int:
    try:
        sys.stdout.flush()
    except OSError:
        # otherwise Python would print another error while flushing at exit
        discard_output()
    write_note(f"cnnviz: {sentence}")
    return FAILED


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."

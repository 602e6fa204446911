"""Commands with actions, such as ``cnnviz runs list``. The functions of an action are in a module of the command."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnviz.cli.output import add_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


def add_actions(parser: argparse.ArgumentParser, package: str, actions: Mapping[str, tuple[str, str]]) -> None:
    """Add ``actions``, each with its module in ``package`` and its summary; the parser's epilog follows the summary."""
    subparsers = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (module, summary) in actions.items():
        sentences = [f"{summary[0].upper()}{summary[1:]}.", *([parser.epilog] if parser.epilog else [])]
        action = subparsers.add_parser(name, help=summary, description=" ".join(sentences))
        getattr(_module(package, module), f"add_{name}_arguments")(action)
        add_json(action)


def run_action(arguments: argparse.Namespace, package: str, actions: Mapping[str, tuple[str, str]]) -> int:
    """Carry out the action of the arguments; returns its exit code."""
    name = arguments.action
    code: int = getattr(_module(package, actions[name][0]), f"run_{name}")(arguments)
    return code


def _module(package: str, name: str) -> Any:
    return import_module(f"{package}.{name}")

"""``cnnviz templates``: lists the template networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from cnnviz.cli.output import add_json, console, write_json
from cnnviz.network.check import examine
from cnnviz.network.layers import Input
from cnnviz.numerals import spell
from cnnviz.project.templates import TEMPLATES, Template
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the templates; returns 0."""
    entries = [_entry(template) for template in TEMPLATES.values()]
    if arguments.json:
        write_json(entries)
        return 0
    table = Table("Name", "Title", "About")
    for heading in ("Parameters", "MACs", "Input"):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in entries:
        numbers = (spell(entry["parameters"]), spell(entry["macs"]), spell(tuple(entry["input"])))
        table.add_row(entry["name"], entry["title"], entry["about"], *numbers)
    console().print(table)
    return 0


def _entry(template: Template) -> dict[str, Any]:
    project = template.project()
    report = examine(project.network, facts_of_data(project))
    (start,) = project.network.of_kind(Input)
    return {
        "name": template.name,
        "title": template.title,
        "about": template.about,
        "parameters": report.parameters,
        "macs": report.macs,
        "input": list(report.nodes[start].output or ()),
    }

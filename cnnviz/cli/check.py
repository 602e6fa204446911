"""``cnnviz check``: a report on a network without training it. The exit code is 1 if it cannot be trained."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from cnnviz import numerals
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.source import add_source, project_of
from cnnviz.network.check import check
from cnnviz.network.memory import TrainingMemory, training_memory
from cnnviz.network.problems import Problem, Severity
from cnnviz.numerals import spell
from cnnviz.training.computation import Computation, computation
from cnnviz.training.facts import facts_for, facts_of_data

if TYPE_CHECKING:
    import argparse

    from cnnviz.network.graph import Network
    from cnnviz.network.receptive_field import Fractions, ReceptiveField
    from cnnviz.network.report import NodeReport, Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_source(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check a network; returns 0 if it can be trained, else 1."""
    project = project_of(arguments.source, arguments.network)
    facts = facts_for(project)
    # a project for images on another machine is checked without these images and without this machine's memory
    report = check(project.network, facts_of_data(project) if facts.absent else facts)
    memory = training_memory(report, facts)
    if arguments.json:
        write_json(_entry(project.network, report, memory))
    else:
        _show(project.network, report)
        _print_memory(memory, facts.batch_size)
        _print_problems(report)
    return 0 if report.trainable else 1


def _entry(network: Network, report: Report, memory: TrainingMemory) -> dict[str, Any]:
    return {
        "trainable": report.trainable,
        "parameters": report.parameters,
        "macs": report.macs,
        "training_memory": {**asdict(memory), "total": memory.total},
        "nodes": [_node(network, report, name) for name in network.order],
        "problems": [_problem(problem) for problem in report.problems],
    }


def _node(network: Network, report: Report, name: str) -> dict[str, Any]:
    node = report.nodes[name]
    field = node.receptive_field
    return {
        "id": name,
        "kind": network[name].kind,
        "inputs": list(network.inputs[name]),
        "used": name in report.used,
        "shape": None if node.output is None else list(node.output),
        "parameter_shapes": {parameter: list(shape) for parameter, shape in node.parameters.items()},
        "parameters": node.parameter_count,
        "macs": node.macs,
        "computed": computation(network[name], node).value,
        "receptive_field": None
        if field is None
        else {"size": list(field.size), "step": _numbers_of(field.step), "start": _numbers_of(field.start)},
    }


def _numbers_of(fractions: Fractions) -> list[float]:
    return [fraction if isinstance(fraction, int) else float(fraction) for fraction in fractions]


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "node": problem.node,
        "code": problem.code,
        "sentence": problem.sentence(),
        "fixes": [fix.label() for fix in problem.fixes],
    }


def _show(network: Network, report: Report) -> None:
    out = console()
    table = Table("Layer", "Kind", "From")
    for heading in ("Output", "Weights", "Parameters", "MACs", "Receptive field"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name in network.order:
        node = report.nodes[name]
        kind = network[name].kind
        if computation(network[name], node) is not Computation.AS_SET:
            kind += " (float32)"
        table.add_row(name, kind, ", ".join(network.inputs[name]), *_numbers(node), _field_size(node.receptive_field))
    out.print(table)
    if any(computation(network[name], report.nodes[name]) is not Computation.AS_SET for name in network.order):
        out.print("(float32): on a processor computed in float32 also where the rest is computed in bfloat16")
    out.print(f"{report.parameters:,} parameters, {report.macs:,} multiply-accumulates an image")


def _print_memory(memory: TrainingMemory, batch_size: int) -> None:
    parts = ", ".join(f"{numerals.memory(size)} {name}" for name, size in asdict(memory).items() if size)
    images = "1 image" if batch_size == 1 else f"{batch_size:,} images"
    console().print(f"training in batches of {images} takes about {numerals.memory(memory.total)} of memory ({parts})")


def _print_problems(report: Report) -> None:
    out = console()
    for problem in report.problems:
        style, word = ("red", "error") if problem.severity is Severity.ERROR else ("yellow", "warning")
        out.print(f"[{style}]{word}[/{style}] {escape(problem.sentence())}")
        for fix in problem.fixes:
            out.print(f"      fix: {escape(fix.label())}")
    if not report.problems:
        out.print("[green]No problems found.[/green]")


def _numbers(node: NodeReport) -> tuple[str, str, str, str]:
    shape = "?" if node.output is None else spell(node.output)
    weight = node.parameters.get("weight")
    return shape, "" if weight is None else spell(weight), _count(node.parameter_count), _count(node.macs)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _field_size(field: ReceptiveField | None) -> str:
    return "" if field is None else spell(field.size)

"""``cnnviz import``: previews what of a file goes where in a network, and writes the network with these weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.data.fitting import add_data, with_data
from cnnviz.cli.errors import CommandError
from cnnviz.cli.imported import NOT_WRITTEN, sentences_about, write_imported
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.source import project_of
from cnnviz.files import shown
from cnnviz.imports.weights.choosing import fitting_template
from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.prepared import about_import, prepare
from cnnviz.imports.weights.torchvision_names import template_of
from cnnviz.numerals import spell
from cnnviz.project.file import SUFFIX
from cnnviz.runs import archive

if TYPE_CHECKING:
    import argparse

    from cnnviz.imports.weights.prepared import Prepared
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = (
        "weights: a safetensors file, or a state dict that torch.save has written, which is never unpickled;"
        " or a network: an ONNX file"
    )
    parser.add_argument("file", metavar="FILE", type=Path, help=text)
    parser.add_argument(
        "--into",
        dest="source",
        metavar="FILE|TEMPLATE",
        help="the network: a project, a template, or torchvision's name of it, such as resnet18"
        " (default: the template for which the file has all weights)",
    )
    parser.add_argument(
        "--head",
        choices=("file", "new"),
        default="new",
        help="if the numbers of classes differ: take the file's last layer, or initialize a new one (default)",
    )
    add_data(parser)
    text = (
        f"write the network with its weights: a project (NAME{SUFFIX}) with a run in the library, or one archive for"
        f" any machine (NAME{archive.SUFFIX}); without this nothing is written"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help=text)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what goes where, and write the network if asked; returns 0."""
    if arguments.out is not None and arguments.out.suffix not in (SUFFIX, archive.SUFFIX):
        raise CommandError(f"--out takes a name that ends in {SUFFIX} or {archive.SUFFIX}.")
    if arguments.file.suffix.lower() == ".onnx":
        from cnnviz.cli.import_network import run_network

        return run_network(arguments)
    file = open_weights(arguments.file)
    prepared = prepare(file, *_network(arguments, file), file_head=arguments.head == "file")
    if not prepared.plan.pairs:
        raise CommandError(f"Nothing in “{shown(arguments.file.name)}” fits the layers of {prepared.network}.")
    written = None if arguments.out is None else _written(arguments, prepared)
    notes = [*prepared.notes, *(() if written is None else written.notes)]
    if arguments.json:
        write_json(_entry(arguments, prepared, written, notes))
    else:
        _print(arguments, prepared, written, notes)
    return 0


@dataclass(frozen=True)
class _Written:
    """The ``run`` in the library, empty for an archive, and notes about the values of the weights."""

    run: str
    notes: tuple[Sentence, ...]


def _network(arguments: argparse.Namespace, file: WeightsFile) -> tuple[Project, str]:
    """The project to import into, and its name; ``arguments.source`` becomes the name that was found."""
    if arguments.source is None:
        arguments.source = fitting_template(file)
        if not arguments.source:
            raise CommandError(
                f"No template has the layers of “{shown(arguments.file.name)}”; name the network with --into."
            )
    else:
        arguments.source = template_of(arguments.source)
    # with_data reads arguments.source, too: a template is fitted to the images
    project = with_data(project_of(arguments.source), arguments)
    return project, Path(arguments.source).stem


def _written(arguments: argparse.Namespace, prepared: Prepared) -> _Written:
    """Write the network with its weights to ``--out``."""
    # not at the top of the file: a preview needs no torch
    from cnnviz.imports.weights.filling import filled

    tensors, notes = filled(prepared.project, prepared.file, prepared.plan)
    about = str(about_import(prepared))
    run = write_imported(arguments.out, prepared.project, tensors, prepared.network, arguments.file, about)
    return _Written(run, notes)


def _entry(
    arguments: argparse.Namespace, prepared: Prepared, written: _Written | None, notes: list[Sentence]
) -> dict[str, Any]:
    plan, head = prepared.plan, prepared.head
    classes = None if head is None else {"layer": head.node, "network": head.network_classes, "file": head.file_classes}
    return {
        "file": str(arguments.file),
        "format": prepared.file.format,
        "into": prepared.network,
        "tensors": plan.tensors,
        "pairs": [
            {
                "file": pair.stored.name,
                "layer": pair.node,
                "tensor": pair.tensor,
                "shape": list(pair.shape),
                "dtype": pair.stored.dtype,
                "by": pair.found.value,
            }
            for pair in plan.pairs
        ],
        "left_over": [
            {"file": left.stored.name, "shape": list(left.stored.shape), "reason": str(left.reason)}
            for left in plan.left_over
        ],
        "initialized": [
            {
                "layer": missing.node,
                "tensor": missing.tensor,
                "shape": list(missing.shape),
                "reason": str(missing.reason),
            }
            for missing in plan.missing
        ],
        "head": classes if classes is None else {**classes, "file_head": prepared.file_head},
        "notes": [str(note) for note in notes],
        "out": None if written is None else str(arguments.out),
        "run": written.run if written is not None and written.run else None,
    }


def _print(arguments: argparse.Namespace, prepared: Prepared, written: _Written | None, notes: list[Sentence]) -> None:
    plan, head, output = prepared.plan, prepared.head, console()
    table = Table("From the file", "Layer", "Shape", "By")
    for pair in plan.pairs:
        table.add_row(*map(escape, (pair.stored.name, pair.key, spell(pair.shape), pair.found.value)))
    for left in plan.left_over:
        table.add_row(*map(escape, (left.stored.name, "", spell(left.stored.shape), f"left out: {left.reason}")))
    for missing in plan.missing:
        table.add_row(*map(escape, ("", missing.key, spell(missing.shape), f"initialized: {missing.reason}")))
    output.print(table)
    lines = [
        f"{len(plan.pairs):,} of {plan.tensors:,} tensors of “{shown(arguments.file.name)}” fit {prepared.network}."
    ]
    if head is not None and not prepared.file_head:
        lines.append(
            f"The file has {head.file_classes:,} classes, the network {head.network_classes:,}: “{head.node}” begins"
            " anew. --head file takes the file's."
        )
    lines += map(str, notes)
    lines += [NOT_WRITTEN] if written is None else sentences_about(arguments.out, written.run)
    for line in lines:
        output.print(line, markup=False)

"""The options of ``cnnviz train`` that choose other images, and fit a network to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.cli.data.chosen import FORM, add_form, choice_of
from cnnviz.cli.errors import CommandError
from cnnviz.data.catalogue import describe
from cnnviz.network.problems import UseDataset
from cnnviz.project.adapting import use_dataset
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    import argparse

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose other images."""
    parser.add_argument(
        "--data",
        metavar="NAME|PATH",
        help="other images: a dataset of “cnnviz data list”, or a folder or file of images",
    )
    parser.add_argument(
        "--fit", action="store_true", help="fit the network of FILE to these images; a template is always fitted"
    )
    add_form(parser)


def with_data(project: Project, arguments: argparse.Namespace) -> Project:
    """The project with the images that the options choose."""
    if arguments.data is None:
        if arguments.fit or any(getattr(arguments, option) is not None for option in FORM):
            raise CommandError("--fit, --size, --channels and --scale are for images that --data chooses.")
        return project
    choice = choice_of(arguments.data, arguments)
    if not arguments.fit and arguments.source not in TEMPLATES:
        return replace(project, dataset=choice)
    about = describe(choice)
    edit = UseDataset(about.name, about.title, about.image, len(about.classes), about.mean, about.std)
    return use_dataset(project, edit, choice)


def unfit(arguments: argparse.Namespace, report: Report) -> bool:
    """Whether a network was not fitted to other images, and does not fit them."""
    other = getattr(arguments, "data", None) is not None and not arguments.fit
    return other and report.errors[0].code in ("input_shape", "output_classes")

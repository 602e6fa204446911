"""The options of ``train``, ``sweep`` and the imports that choose other images, and fit a network to them; and other
images for a network that is trained, as ``evaluate`` chooses them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.cli.data.chosen import FORM, add_form, choice_of, named, path_of
from cnnviz.cli.errors import CommandError
from cnnviz.data.catalogue import describe
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form
from cnnviz.numerals import spell
from cnnviz.project.adapting import fitted_to
from cnnviz.project.templates import TEMPLATES
from cnnviz.quoting import quoted
from cnnviz.training.fitting_batch import with_fitting_batch

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from cnnviz.data.choice import DatasetChoice
    from cnnviz.data.description import Description
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
    """The project with the images that the options choose.

    The network is fitted to them with ``--fit``, or if ``arguments.source`` is the name of a template.
    """
    if arguments.data is None:
        if arguments.fit or any(getattr(arguments, option) is not None for option in FORM):
            raise CommandError("--fit, --size, --channels and --scale are for images that --data chooses.")
        return project
    choice = choice_of(arguments.data, arguments)
    if not arguments.fit and arguments.source not in TEMPLATES:
        return replace(project, dataset=choice)
    return with_fitting_batch(fitted_to(project, choice))


def unfit(arguments: argparse.Namespace, report: Report) -> bool:
    """Whether a network was not fitted to other images, and does not fit them."""
    other = getattr(arguments, "data", None) is not None and not arguments.fit
    return other and report.errors[0].code in ("input_shape", "output_classes")


def other_images(text: str, project: Project) -> DatasetChoice:
    """Other images for a trained network: in the form of its own, and of the same classes; raises CommandError."""
    about = describe(project.dataset)
    choice = named(text) or _in_form_of(about, path_of(text))
    other = describe(choice)
    if (other.image, other.classes) != (about.image, about.classes):
        raise CommandError(
            f"This network was trained on images of {spell(about.image)} of {len(about.classes):,} classes"
            f" ({quoted(', '.join(about.classes))}). Those of {other.title} have {spell(other.image)} and"
            f" {len(other.classes):,} classes ({quoted(', '.join(other.classes))})."
        )
    return choice


def _in_form_of(about: Description, path: Path) -> DatasetChoice:
    """The images at a path in the form of others, and with the same numbers for the same classes."""
    fit = "crop" if about.origin is None else about.origin.fit
    return describe_path(path, lambda _: Form(*about.image, fit), classes=about.classes).choice

"""The arguments of commands that look at a recorded moment and at images: ``evaluate``, ``explain`` and ``fool``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.runs.rows import library
from cnnviz.data.loading import load_choice

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.project.project import Project

SPLITS = ("validation", "test")


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose a moment of a run, and images."""
    parser.add_argument("run", metavar="RUN", help="a recorded run: its id, a beginning of its id, or its name")
    parser.add_argument("--split", choices=SPLITS, default=SPLITS[0], help="the images (default: validation)")
    parser.add_argument("--step", type=int, metavar="N", help="the recorded moment (default: the last one)")


def moment_of(arguments: argparse.Namespace) -> tuple[Project, Moment]:
    """The moment that the arguments choose, and its project; raises CommandError or RunError."""
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.shapes import infer
    from cnnviz.runs.folder import weights

    own_library = library()
    run = own_library.find(arguments.run)
    steps = [moment.step for moment in run.moments]
    step = arguments.step if arguments.step is not None else max(steps, default=-1)
    if step not in steps:
        recorded_steps = ", ".join(f"{each:,}" for each in steps) or "none"
        raise CommandError(f"There is no such recorded moment. This run has moments at the steps: {recorded_steps}.")
    project, tensors = weights(own_library.folder(run.id), step)
    return project, Moment(project.network, infer(project.network), tensors, 0, step, settled=True)


def split_of(project: Project, name: str) -> Split:
    """The validation or test images of a project; raises CommandError if there are none."""
    dataset = load_choice(project.dataset)
    split = dataset.test if name == "test" else dataset.validation
    if not len(split):
        raise CommandError(f"This run has set aside no {name} images.")
    return split


def add_image(parser: argparse._ActionsContainer, *, required: bool) -> None:
    """Add the argument that chooses an image."""
    parser.add_argument(
        "--image", type=int, required=required, metavar="N", help="the number of the image in its split"
    )


def sample_of(split: Split, name: str, number: int) -> Sample:
    """The image with this number of the split called ``name``; raises CommandError if there is none."""
    from cnnviz.inspection.moment import Sample

    if not 0 <= number < len(split):
        raise CommandError(f"--image takes a number from 0 to {len(split) - 1:,}.")
    return Sample(split.images[number], int(split.labels[number]), number, name)


def check_ending(out: Path | None) -> None:
    """Raise CommandError unless the name of the file to write ends in .npy or .png."""
    if out is not None and out.suffix not in (".npy", ".png"):
        raise CommandError("The name of the file ends in .npy or .png.")

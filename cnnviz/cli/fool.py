"""``cnnviz fool``: an adversarial version of an image for a recorded run, and the accuracy under attack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.recorded_moment import add_image, add_run, check_ending, moment_of, sample_of, split_of
from cnnviz.inspection.adversarial.attack import METHODS, NORMS, Attack, largest_size
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    import argparse

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.adversarial.attack import Adversarial
    from cnnviz.inspection.moment import Moment

UNITS = {"linf": "for each pixel", "l2": "for the length of the whole change"}
"""What a size limits, by norm, for a sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run(parser)
    one_or_many = parser.add_mutually_exclusive_group(required=True)
    add_image(one_or_many, required=False)
    one_or_many.add_argument(
        "--images",
        type=int,
        metavar="N",
        help="attack the first N images, and print the accuracy by size",
    )
    parser.add_argument("--class", type=int, dest="target", metavar="C", help="the class to reach (default: any other)")
    parser.add_argument("--method", choices=METHODS, default=METHODS[0], help="the attack (default: pgd)")
    parser.add_argument(
        "--norm", choices=NORMS, default=NORMS[0], help="what the size limits (default: linf, each pixel)"
    )
    parser.add_argument(
        "--size", type=int, metavar="S", help="in pixel units of 0 to 255 (default: smallest that works)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .png picture or a .npy file of the changed image")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Attack, write the file, and print the result; returns 0."""
    check_ending(arguments.out)
    project, moment = moment_of(arguments)
    split = split_of(project, arguments.split)
    if arguments.images is not None:
        return _measure(arguments, moment, split)
    return _fool(arguments, moment, split)


def _fool(arguments: argparse.Namespace, moment: Moment, split: Split) -> int:
    from cnnviz.files import write_atomically
    from cnnviz.inspection.studies.fooling import fool

    sample = sample_of(split, arguments.split, arguments.image)
    largest = largest_size(arguments.norm, sample.image.shape)
    if arguments.size is not None and not 1 <= arguments.size <= largest:
        raise CommandError(f"--size takes a whole number from 1 to {largest:,}.")
    attack = Attack(arguments.method, arguments.norm, arguments.size, arguments.target)
    adversarial = fool(moment, sample, attack, cancelled=lambda: False)
    assert adversarial is not None
    if arguments.out is not None:
        write_atomically(
            arguments.out, as_npy(adversarial.image) if arguments.out.suffix == ".npy" else picture(adversarial.image)
        )
    if arguments.json:
        write_json(
            {
                "step": moment.step,
                "image": arguments.image,
                "label": sample.label,
                "predicted": adversarial.said_before,
                "fooled": adversarial.fooled,
                "says": adversarial.said,
                "method": attack.method,
                "norm": attack.norm,
                "size": adversarial.size,
                "largest_change": adversarial.largest,
                "length_of_change": adversarial.length,
                "probabilities_before": adversarial.before.tolist(),
                "probabilities_after": adversarial.after.tolist(),
            }
        )
    else:
        _print(adversarial)
    return 0


def _print(adversarial: Adversarial) -> None:
    output, attack = console(), adversarial.asked
    limit = f"at most {adversarial.size:,} of 255 {UNITS[attack.norm]}"
    if adversarial.fooled:
        output.print(
            f"With a change of {limit} the network says {adversarial.said} instead of {adversarial.said_before}."
        )
        if attack.size is None:
            output.print("No smaller size that was tried works.")
    else:
        class_name = "another class" if attack.target is None else f"{attack.target}"
        output.print(f"A change of {limit} does not make the network say {class_name} by this method.")
    for label in dict.fromkeys([adversarial.said_before, adversarial.said]):
        output.print(f"Class {label}: {adversarial.before[label]:.1%} before, {adversarial.after[label]:.1%} after.")


def _measure(arguments: argparse.Namespace, moment: Moment, split: Split) -> int:
    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.studies.fooling import measure_robustness

    if arguments.images < 1:
        raise CommandError("--images takes a number of at least 1.")
    if arguments.target is not None or arguments.size is not None or arguments.out is not None:
        raise CommandError("--images cannot be combined with --class, --size or --out.")
    attacked = Split(split.images[: arguments.images], split.labels[: arguments.images])
    robustness = measure_robustness(
        moment, attacked, arguments.method, arguments.norm, report=lambda _: None, cancelled=lambda: False
    )
    assert robustness is not None
    if arguments.json:
        write_json(
            {
                "step": robustness.step,
                "split": arguments.split,
                "images": robustness.images,
                "method": robustness.method,
                "norm": robustness.norm,
                "sizes": robustness.sizes,
                "right": robustness.right,
                "accuracy": robustness.accuracy,
            }
        )
        return 0
    table = Table("Size", "Right", "Accuracy")
    for size, right, accuracy in zip(robustness.sizes, robustness.right, robustness.accuracy, strict=True):
        table.add_row(f"{size:,}", f"{right:,}", f"{accuracy:.1%}")
    output = console()
    output.print(
        f"Of {robustness.images:,} {arguments.split} images, at step {robustness.step:,}, by the largest change"
        " allowed:"
    )
    output.print(table)
    return 0


def picture(image: NDArray[np.uint8]) -> bytes:
    """A PNG of an image, uint8 (C, H, W), with one pixel for each pixel."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(file, "png")
    return file.getvalue()

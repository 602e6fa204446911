"""``cnnviz explain``: which pixels of an image moved a logit of a recorded run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.recorded_moment import add_image, add_run, check_ending, moment_of, sample_of, split_of
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.studies.explanation import METHODS, Asked, layers_with_maps, usual_side

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray

NEGATIVE, ZERO, POSITIVE = (31, 111, 214), (255, 255, 255), (196, 90, 0)
"""Red, green and blue of the picture at the ends of its scale and at 0."""
ENLARGED = 10
"""How many pixels of the picture a pixel of the image is high and wide."""
NAMES = {method.replace("_", "-"): method for method in METHODS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run(parser)
    add_image(parser, required=True)
    parser.add_argument("--class", type=int, dest="target", metavar="C", help="the class (default: that predicted)")
    parser.add_argument("--method", choices=NAMES, default="integrated-gradients", help="the method of attribution")
    parser.add_argument("--layer", metavar="NAME", help="the layer for grad-cam (default: the last one with maps)")
    parser.add_argument(
        "--side",
        type=int,
        metavar="N",
        help="side of the square for occlusion (default: 4, on images from 56 pixels on more)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .npy file of the values or a .png picture")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explain, write the file, and print the sum; returns 0."""
    from cnnviz.files import write_atomically
    from cnnviz.inspection.studies.explaining import explain
    from cnnviz.inspection.studies.predicting import predict

    out = arguments.out
    check_ending(out)
    if arguments.side is not None and arguments.side < 1:
        raise CommandError("The side of the square is at least 1.")
    project, moment = moment_of(arguments)
    split = split_of(project, arguments.split)
    number = arguments.image
    sample = sample_of(split, arguments.split, number)
    split_of_image = type(split)(split.images[number : number + 1], split.labels[number : number + 1])
    predictions = predict(moment, split_of_image, arguments.split, report=lambda _: None, cancelled=lambda: False)
    assert predictions is not None
    predicted = int(predictions.predicted[0])
    layers = layers_with_maps(moment)
    layer = arguments.layer or (layers[-1] if layers else "")
    method = NAMES[arguments.method]
    if method == "grad_cam" and layer not in layers:
        raise CommandError(f"Grad-CAM needs one of the layers whose outputs are maps: {', '.join(layers) or 'none'}.")
    side = arguments.side or usual_side(min(split.images.shape[2:]))
    asked = Asked(method, predicted if arguments.target is None else arguments.target, layer, side)
    explanation = explain(moment, sample, asked, cancelled=lambda: False)
    assert explanation is not None
    if out is not None:
        write_atomically(out, as_npy(explanation.values) if out.suffix == ".npy" else picture(explanation.values))
    result = {
        "step": moment.step,
        "image": number,
        "label": sample.label,
        "predicted": predicted,
        "class": asked.target,
        "method": arguments.method,
        "sum": explanation.total,
        "logit": explanation.logit,
        "logit_of_black": explanation.black,
    }
    if arguments.json:
        write_json(result)
        return 0
    output = console()
    output.print(f"Image {number:,} has label {sample.label}, and the network says {predicted}.")
    output.print(
        f"The values for class {asked.target} sum to {explanation.total:+.4f}; its logit is {explanation.logit:+.4f},"
        f" and {explanation.black:+.4f} for a black image."
    )
    output.print("They show which pixels moved this number, not a reason.")
    return 0


def picture(values: NDArray[np.float32]) -> bytes:
    """A PNG of values, float32 (H, W): blue below 0, white at 0, orange above; the largest has the full colour."""
    from io import BytesIO

    from PIL import Image

    most = float(np.abs(values).max()) or 1.0
    shares = (values / most)[..., np.newaxis]  # (H, W, 1)
    ends = np.where(shares < 0, np.array(NEGATIVE), np.array(POSITIVE))  # (H, W, 3)
    colours = np.array(ZERO) + np.abs(shares) * (ends - np.array(ZERO))
    pixels = np.rint(colours).astype(np.uint8).repeat(ENLARGED, 0).repeat(ENLARGED, 1)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()

"""The studies that explain a logit of a sample at a moment, and that check a method with random weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.attribution import methods
from cnnviz.inspection.attribution.methods import CancelledError, logits_of
from cnnviz.inspection.studies.explanation import Asked, Explanation, Similarity, rank_correlation
from cnnviz.inspection.viewer import pixels_of
from cnnviz.jobs import JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build, build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.training.model import CompiledNetwork

STEPS, MOST_STEPS = 64, 1024
"""Points of the integration at first, and at most. They are doubled until the error is at most MOST_ERROR."""
MOST_ERROR = 0.01
"""The largest error of the sum of the attributions, as a share of the difference that they explain."""
SAMPLES, DEVIATION = 64, 0.15
"""The noisy copies of SmoothGrad, and the standard deviation of their noise, in [0, 1]; its authors use 0.1 to 0.2."""
SEED = 0


def explain(moment: Moment, sample: Sample, asked: Asked, cancelled: Callable[[], bool]) -> Explanation | None:
    """The attribution of the pixels of ``sample``; None if ``cancelled``.

    Raises :class:`~cnnviz.jobs.JobError` if the network has no such class, or an output is not finite.
    """
    module = build_with(moment.network, moment.shapes, moment.tensors)
    try:
        return _explained(module, pixels_of(sample), asked, cancelled)
    except CancelledError:
        return None


def check(
    moment: Moment,
    sample: Sample,
    asked: Asked,
    report: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> tuple[Similarity, ...] | None:
    """Replace the weights of the layers by random ones, from the last layer to the first, and compare the pictures.

    This is the cascading randomization of Adebayo et al., arXiv:1810.03292. None if ``cancelled``; see :func:`explain`
    for errors.
    """
    network = moment.network
    random = build(network, moment.shapes, SEED).state_dict()
    weighted = [name for name in moment.shapes.used if any(key.startswith(f"{name}.") for key in moment.tensors)]
    tensors = dict(moment.tensors)
    pixels = pixels_of(sample)
    try:
        true = _explained(build_with(network, moment.shapes, tensors), pixels, asked, cancelled)
        found = []
        for done, name in enumerate(reversed(weighted), 1):
            tensors |= {key: tensor for key, tensor in random.items() if key.startswith(f"{name}.")}
            picture = _explained(build_with(network, moment.shapes, tensors), pixels, asked, cancelled)
            found.append(Similarity(name, rank_correlation(true.values, picture.values)))
            report(done, len(weighted))
    except CancelledError:
        return None
    return tuple(found)


def _explained(module: CompiledNetwork, x: Tensor, asked: Asked, cancelled: Callable[[], bool]) -> Explanation:
    with torch.inference_mode():
        logits = logits_of(module, torch.cat([x, torch.zeros_like(x)]))
    if not 0 <= asked.target < logits.shape[1]:
        raise JobError(Sentence("The network has no class number {number}.", number=asked.target))
    if not logits.isfinite().all():
        raise JobError(Sentence("The network's output is not a number, so that it cannot be explained."))
    logit, black = logits[:, asked.target].tolist()
    return Explanation(asked, _values(module, x, asked, logit - black, cancelled).numpy(), logit, black)


def _values(
    module: CompiledNetwork, x: Tensor, asked: Asked, difference: float, cancelled: Callable[[], bool]
) -> Tensor:
    """float32 (H, W)."""
    target = asked.target
    if asked.method == "grad_cam":
        return methods.grad_cam(module, x, target, asked.layer)
    if asked.method == "occlusion":
        side = min(asked.side, *x.shape[2:])
        # about 50 x 50 positions, however large the image is
        stride = max(1, min(side, max(x.shape[2:]) // 50))
        return methods.occlusion(module, x, target, side, stride, cancelled)
    if asked.method == "integrated_gradients":
        return _integrated(module, x, target, difference, cancelled).sum(0)
    if asked.method == "smooth_gradient":
        generator = torch.Generator().manual_seed(SEED)
        return methods.smooth_gradient(module, x, target, SAMPLES, DEVIATION, generator, cancelled).sum(0)
    if asked.method == "gradient_times_input":
        return methods.gradient_times_input(module, x, target).sum(0)
    return methods.gradient(module, x, target).sum(0)


def _integrated(
    module: CompiledNetwork, x: Tensor, target: int, difference: float, cancelled: Callable[[], bool]
) -> Tensor:
    steps = STEPS
    while True:
        found = methods.integrated_gradients(module, x, target, steps, cancelled)
        missed = abs(float(found.double().sum()) - difference)
        if missed <= MOST_ERROR * abs(difference) or steps >= MOST_STEPS:
            return found
        steps *= 2

"""The studies that explain a logit of a sample at a moment, and that check a method with random weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.attribution import methods
from cnnviz.inspection.attribution.methods import logits_of
from cnnviz.inspection.studies.explanation import MOST_ERROR, Explanation, Similarity, rank_correlation
from cnnviz.inspection.viewer import pixels_of
from cnnviz.jobs import CancelledError, JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build, build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnnviz.inspection.attribution.methods import Progress
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.studies.explanation import Asked
    from cnnviz.training.model import CompiledNetwork

STEPS, MOST_STEPS = 64, 256
"""Points of the integration at first, and at most. They are doubled while it misses its sum by more than MOST_ERROR."""
LARGEST_PASS = 2e9
"""The MACs of one pass are at most LARGEST_PASS, unless one image takes more: a cancelled study ends after the pass."""
MOST_MACS = 2e11
"""The points of the integration are not doubled beyond this work, and occlusion moves its square in longer steps."""
POSITIONS = 50
"""The most squares in a row of an occlusion; a large network has at least as many as lie side by side."""
SAMPLES, DEVIATION = 64, 0.15
"""The noisy copies of SmoothGrad, and the standard deviation of their noise, in [0, 1]; its authors use 0.1 to 0.2."""
SEED = 0


def explain(
    moment: Moment,
    sample: Sample,
    asked: Asked,
    cancelled: Callable[[], bool],
    report: Progress = lambda _done, _total: None,
) -> Explanation | None:
    """The attribution of the pixels of ``sample``; None if ``cancelled``. ``report`` takes the work done and all of it.

    Raises :class:`~cnnviz.jobs.JobError` if the network has no such class, or an output is not finite.
    """
    work = _Work(moment.shapes.macs, asked, cancelled, report)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    try:
        return work.explained(module, pixels_of(sample))
    except CancelledError:
        return None


def check(
    moment: Moment,
    sample: Sample,
    asked: Asked,
    cancelled: Callable[[], bool],
    report: Progress,
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
    work = _Work(moment.shapes.macs, asked, cancelled, lambda _done, _total: None)
    try:
        true = work.explained(build_with(network, moment.shapes, tensors), pixels)
        found = []
        for done, name in enumerate(reversed(weighted), 1):
            tensors |= {key: tensor for key, tensor in random.items() if key.startswith(f"{name}.")}
            picture = work.explained(build_with(network, moment.shapes, tensors), pixels)
            found.append(Similarity(name, rank_correlation(true.values, picture.values)))
            report(done, len(weighted))
    except CancelledError:
        return None
    return tuple(found)


@dataclass(frozen=True)
class _Work:
    """An explanation of a logit of a network that takes ``macs`` for one image."""

    macs: int
    asked: Asked
    cancelled: Callable[[], bool]
    report: Progress

    @property
    def together(self) -> int:
        """How many images make one pass."""
        return max(1, min(methods.TOGETHER, int(LARGEST_PASS / max(1, self.macs))))

    def explained(self, module: CompiledNetwork, x: Tensor) -> Explanation:
        """The attribution of the pixels of ``x``, float32 (1, C, H, W)."""
        asked = self.asked
        with torch.inference_mode():
            logits = logits_of(module, torch.cat([x, torch.zeros_like(x)]))
        if not 0 <= asked.target < logits.shape[1]:
            raise JobError(Sentence("The network has no class number {number}.", number=asked.target))
        if not logits.isfinite().all():
            raise JobError(Sentence("The network's output is not a number, so that it cannot be explained."))
        logit, black = logits[:, asked.target].tolist()
        if asked.method == "integrated_gradients":
            return self._integrated(module, x, logit, black)
        return Explanation(asked, self._values(module, x).numpy(), logit, black)

    def _values(self, module: CompiledNetwork, x: Tensor) -> Tensor:
        """The attribution by any other method than integrated gradients, float32 (H, W)."""
        asked, cancelled, report, together = self.asked, self.cancelled, self.report, self.together
        if asked.method == "grad_cam":
            return methods.grad_cam(module, x, asked.target, asked.layer)
        if asked.method == "occlusion":
            side = min(asked.side, *x.shape[2:])
            stride = self._stride(side, max(x.shape[2:]))
            return methods.occlusion(module, x, asked.target, side, stride, cancelled, report, together)
        if asked.method == "smooth_gradient":
            generator = torch.Generator().manual_seed(SEED)
            return methods.smooth_gradient(
                module, x, asked.target, SAMPLES, DEVIATION, generator, cancelled, report, together
            ).sum(0)
        if asked.method == "gradient_times_input":
            return methods.gradient_times_input(module, x, asked.target).sum(0)
        return methods.gradient(module, x, asked.target).sum(0)

    def _integrated(self, module: CompiledNetwork, x: Tensor, logit: float, black: float) -> Explanation:
        steps = STEPS
        while True:
            values = methods.integrated_gradients(
                module, x, self.asked.target, steps, self.cancelled, self.report, self.together
            ).sum(0)
            found = Explanation(self.asked, values.numpy(), logit, black)
            affordable = 2 * steps <= MOST_STEPS and 2 * steps * self.macs <= MOST_MACS
            if found.error <= MOST_ERROR or not affordable:
                return found
            steps *= 2

    def _stride(self, side: int, length: int) -> int:
        """By how many pixels the squares of an occlusion are apart, at most ``side`` so that each pixel is covered."""
        in_a_row = min(POSITIONS, int((MOST_MACS / max(1, self.macs)) ** 0.5))
        return max(1, min(side, -(-length // max(1, in_a_row))))

"""The studies that fool a network at a moment: an adversarial version of a sample, and the accuracy under attack."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.inspection.adversarial.attack import Adversarial, Robustness, largest_size, sizes_of_study
from cnnviz.inspection.adversarial.methods import Attempt, Goal, attack
from cnnviz.inspection.studies.image_batches import check_images
from cnnviz.jobs import CancelledError, JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.adversarial.attack import Attack, Method, Norm
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.training.model import CompiledNetwork

TOGETHER = 32
"""The most images in one pass of a search."""
MOST_TOGETHER = 128
"""The most images in one pass of a study of a split."""
LARGEST_PASS = 2e9
"""The MACs of one pass are at most LARGEST_PASS, unless one image takes more: a cancelled study ends after the pass."""
SIZES = 16
"""The most sizes that PGD tries together in a search."""
PRECISION = 0.01
"""By L2 the search ends when the size is known up to this share."""


def fool(
    moment: Moment,
    sample: Sample,
    asked: Attack,
    cancelled: Callable[[], bool],
    report: Callable[[int], None] = lambda _: None,
) -> Adversarial | None:
    """The adversarial version of ``sample``; None if ``cancelled``.

    ``report`` is told each size that a search is about to try. Raises :class:`~cnnviz.jobs.JobError` if the network has
    no such class or one class only, says the class already, or has an output that is not finite.
    """
    module = build_with(moment.network, moment.shapes, moment.tensors)
    image = torch.from_numpy(sample.image.astype(np.float32)).unsqueeze(0)  # (1, C, H, W)
    before = _probabilities(module, image)
    predicted = int(before.argmax())
    target = asked.target
    if target is not None and not 0 <= target < len(before):
        raise JobError(Sentence("The network has no class number {number}.", number=target))
    if target == predicted:
        raise JobError(Sentence("The network says this class already."))
    goal = Goal(torch.tensor([predicted if target is None else target]), target is not None)
    search = _Search(module, image, goal, asked, moment.shapes.macs, cancelled, report)
    try:
        size, attempt = search.smallest() if asked.size is None else (asked.size, search.tried([asked.size]))
    except CancelledError:
        return None
    found = attempt.images[:1]
    after = _probabilities(module, found)
    pixels = found[0].numpy().astype(np.uint8)
    return Adversarial(asked, sample.image, pixels, size, bool(attempt.reached[0]), before, after)


def measure_robustness(
    moment: Moment,
    split: Split,
    method: Method,
    norm: Norm,
    report: Callable[[float], None],
    cancelled: Callable[[], bool],
    grown: Callable[[Robustness], None] = lambda _: None,
) -> Robustness | None:
    """The accuracy on the images of ``split`` by the size of the attack; None if ``cancelled``.

    An image that PGD fools at a size counts as fooled at every larger size, because these allow the same change. FGSM
    always changes an image by the whole size, so that each size is tried. ``report`` takes the share of the work that
    is done, in [0, 1], and ``grown`` the accuracy for the sizes so far. Raises :class:`~cnnviz.jobs.JobError` if the
    images do not fit the network, or its output is not finite or has one class only.
    """
    check_images(moment, split.images)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    sizes = sizes_of_study(norm, split.images.shape[1:])
    together = max(1, min(MOST_TOGETHER, int(LARGEST_PASS / max(1, moment.shapes.macs))))
    labels = torch.tensor(split.labels)  # (N,)
    right = torch.zeros(len(split), dtype=torch.bool)
    for first in range(0, len(split), together):
        if cancelled():
            return None
        part = slice(first, first + together)
        right[part] = _logits(module, _images(split, part)).argmax(1) == labels[part]
    found = Robustness(method, norm, moment.step, len(split), sizes, (int(right.sum()),))
    rows_right = right.nonzero()[:, 0]
    for number, size in enumerate(sizes[1:]):
        grown(found)
        report(number / (len(sizes) - 1))
        unfooled = []
        for first in range(0, len(rows_right), together):
            rows = rows_right[first : first + together]
            goal = Goal(labels[rows], towards=False)
            allowed = torch.full((len(rows),), size)
            try:
                attempt = attack(module, _images(split, rows.numpy()), goal, allowed, method, norm, cancelled)
            except CancelledError:
                return None
            unfooled.append(rows[~attempt.reached])
            report((number + min(1.0, (first + together) / len(rows_right))) / (len(sizes) - 1))
        still = torch.cat([torch.empty(0, dtype=torch.int64), *unfooled])
        found = replace(found, right=(*found.right, len(still)))
        if method == "pgd":
            rows_right = still
    report(1.0)
    return found


@dataclass(frozen=True)
class _Search:
    """The attack of one ``image``, float32 (1, C, H, W), of a network that takes ``macs`` for it."""

    module: CompiledNetwork
    image: Tensor
    goal: Goal
    asked: Attack
    macs: int
    cancelled: Callable[[], bool]
    report: Callable[[int], None]

    def tried(self, sizes: list[int]) -> Attempt:
        """One attempt for each size, in one pass."""
        self.report(sizes[0])
        count = len(sizes)
        images, goal = self.image.repeat(count, 1, 1, 1), Goal(self.goal.classes.repeat(count), self.goal.towards)
        asked = self.asked
        return attack(self.module, images, goal, torch.tensor(sizes), asked.method, asked.norm, self.cancelled)

    def smallest(self) -> tuple[int, Attempt]:
        """The smallest size that works, with its attempt; if none works, the largest size and its attempt.

        FGSM is tried at every whole size by L-infinity, because it may work at a size and fail at a larger one. In the
        other cases the sizes first grow by a constant factor. Then the sizes between the last that failed and the first
        that worked are tried.
        """
        largest = largest_size(self.asked.norm, tuple(self.image.shape[1:]))
        every = self.asked.method == "fgsm" and self.asked.norm == "linf"
        found = self._first(list(range(1, largest + 1)) if every else self._scale(largest))
        if found is None:
            return largest, self.tried([largest])
        below, size, attempt = found
        precision = 0.0 if self.asked.norm == "linf" else PRECISION
        while size - below > max(1, precision * size):
            between = np.linspace(below, size, min(self.together + 1, size - below) + 1)[1:-1]
            found = self._first(sorted({round(middle) for middle in between} - {below, size}), below)
            if found is None:
                below = round(between[-1])
            else:
                below, size, attempt = found
        # logits of a batch of another length may differ in the last bits, so that the size is tried by itself
        alone = self.tried([size])
        return size, alone if bool(alone.reached[0]) else attempt

    @property
    def together(self) -> int:
        """How many images make one pass."""
        most = TOGETHER if self.asked.method == "fgsm" else SIZES
        return max(1, min(most, int(LARGEST_PASS / max(1, self.macs))))

    def _scale(self, largest: int) -> list[int]:
        """Sizes that grow by about a half, or double if few fit into a pass."""
        factor = 1.5 if self.together >= SIZES else 2.0
        sizes = [1]
        while sizes[-1] < largest:
            sizes.append(min(largest, max(sizes[-1] + 1, int(sizes[-1] * factor))))
        return sizes

    def _first(self, sizes: list[int], below: int = 0) -> tuple[int, int, Attempt] | None:
        """The last size that fails before the first that works, the size that works, and its attempt.

        ``sizes`` ascend, and all are above ``below``, a size that fails. None if no size works.
        """
        for first in range(0, len(sizes), self.together):
            part = sizes[first : first + self.together]
            attempt = self.tried(part)
            if attempt.reached.any():
                at = int(attempt.reached.int().argmax())
                last = part[at - 1] if at else sizes[first - 1] if first else below
                return last, part[at], Attempt(attempt.images[at : at + 1], attempt.reached[at : at + 1])
        return None


def _images(split: Split, rows: slice | NDArray[np.int64]) -> Tensor:
    """Some images of a split, float32 (n, C, H, W) in [0, 255]."""
    return torch.from_numpy(np.asarray(split.images[rows], np.float32))


def _logits(module: CompiledNetwork, images: Tensor) -> Tensor:
    """The logits, float32 (N, K); raises :class:`~cnnviz.jobs.JobError` if they cannot be attacked."""
    with torch.inference_mode():
        logits: Tensor = module.logits(images / 255).float()
    if not logits.isfinite().all():
        raise JobError(Sentence("The network's output is not a number, so that it cannot be fooled."))
    if logits.shape[1] < 2:
        raise JobError(Sentence("The network has one class only, so that it cannot be fooled."))
    return logits


def _probabilities(module: CompiledNetwork, image: Tensor) -> NDArray[np.float32]:
    """The probabilities of the classes of one image, float32 (1, C, H, W): float32 (K,)."""
    probabilities: NDArray[np.float32] = _logits(module, image)[0].softmax(0).numpy()
    return probabilities

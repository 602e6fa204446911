"""Verifies an export: another process computes the same images, and the logits are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.export.peer import Peer
from cnnviz.export.subject import ExportError
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.export.formats import Format
    from cnnviz.export.subject import Subject

TOLERANCE = 1e-4
"""The largest difference of a logit, as a share of the largest logit, of an export that holds: float32 sums in another
order differ by less."""
MADE_IMAGES, NOISE_SEED = 64, 0
"""Images of noise, where there are no others, and the seed that they are drawn with."""
BATCH_VALUES = 1_000_000
"""The most values of the largest output of a layer in a batch."""
MOST_IMAGES = 500
"""The most images in a batch."""


@dataclass(frozen=True)
class Verification:
    """The result: what ``program`` computed from the exported files, beside what is computed here.

    ``split`` are the images: "validation", "test", or "made" for noise, which has no labels. ``right_here`` and
    ``right_there`` count the images of the right class, None for noise. ``changed`` counts images that get another
    class there. ``largest_difference`` is the largest difference of a logit, ``largest_logit`` the largest absolute
    logit here.
    """

    program: str
    split: str
    images: int
    right_here: int | None
    right_there: int | None
    changed: int
    largest_difference: float
    largest_logit: float

    @property
    def holds(self) -> bool:
        """Whether the logits are equal but for rounding; then only images between two classes can change theirs."""
        return self.largest_difference <= TOLERANCE * self.largest_logit

    @property
    def sentence(self) -> Sentence:
        """The result for the user."""
        values = {"program": self.program, "images": self.images, "difference": self.largest_difference}
        if not self.holds:
            return Sentence(
                "Not the same: {program} computes logits that differ by up to {difference:.2g}. Do not use the files.",
                **values,
            )
        if self.right_here is None:
            return Sentence(
                "Verified: {program} computes the same logits for {images} images of noise, but for {difference:.2g}.",
                **values,
            )
        return Sentence(
            "Verified: {program} gives the same answer for {same} of {images} images. {there} of its answers are right,"
            " here {here}. The largest difference of a logit is {difference:.2g}.",
            same=self.images - self.changed,
            there=self.right_there,
            here=self.right_here,
            **values,
        )


def verify(
    format: Format,
    files: Sequence[Path],
    subject: Subject,
    images: tuple[str, Split] | None,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Verification | None:
    """Compare an export with the network here, on ``images``: the name of a split, and the split. None takes noise.

    ``report`` is told the number of images done. Returns None if ``cancelled``. Raises
    :class:`~cnnviz.export.subject.ExportError` if the images do not fit, or the files cannot be run.
    """
    name, pixels, labels = _images(subject, images)
    try:
        peer = Peer(format, files, cancelled)
    except ExportError:
        if cancelled():
            return None
        raise
    try:
        return _compared(peer, subject, name, pixels, labels, report, cancelled)
    except ExportError:
        if cancelled():
            return None
        raise
    finally:
        peer.close()


def _images(
    subject: Subject, images: tuple[str, Split] | None
) -> tuple[str, NDArray[np.uint8], NDArray[np.int64] | None]:
    shape = subject.input.shape
    if images is None or not len(images[1]):
        noise = np.random.default_rng(NOISE_SEED).integers(0, 256, (MADE_IMAGES, *shape), np.uint8)
        return "made", noise, None
    name, split = images
    if split.images.shape[1:] != shape:
        raise ExportError(Sentence("The images do not have the size that this network takes."))
    return name, split.images, split.labels


def _compared(
    peer: Peer,
    subject: Subject,
    name: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64] | None,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Verification | None:
    import torch

    from cnnviz.training.model import build_with

    tensors = {key: torch.from_numpy(np.array(array)) for key, array in subject.tensors.items()}
    module = build_with(subject.network, subject.report, tensors)
    together = max(1, min(MOST_IMAGES, BATCH_VALUES // module.largest_output))
    difference = largest = 0.0
    right_here = right_there = changed = 0
    for first in range(0, len(pixels), together):
        if cancelled():
            return None
        part = np.array(pixels[first : first + together])  # (B, C, H, W)
        peer.ask(part)
        with torch.inference_mode():
            ours = module.logits(torch.from_numpy(part).float().div_(255)).numpy()  # (B, classes)
        theirs = peer.answer()
        if theirs.shape != ours.shape:
            raise ExportError(
                Sentence("The other program returns {there}, not {here}.", there=theirs.shape, here=ours.shape)
            )
        # a NaN stays in the maximum
        difference = float(np.maximum(difference, np.abs(ours - theirs).max()))
        largest = float(np.maximum(largest, np.abs(ours).max()))
        changed += int((ours.argmax(1) != theirs.argmax(1)).sum())
        if labels is not None:
            own = labels[first : first + together]
            right_here += int((ours.argmax(1) == own).sum())
            right_there += int((theirs.argmax(1) == own).sum())
        report(first + len(part))
    return Verification(
        peer.program,
        name,
        len(pixels),
        None if labels is None else right_here,
        None if labels is None else right_there,
        changed,
        difference,
        largest,
    )

"""ConvNeXt-Tiny: Liu et al., "A ConvNet for the 2020s", arXiv:2201.03545.

As in torchvision, where the two linear layers of a block read each position: here they are convolutions of 1 x 1.
"""

from __future__ import annotations

from cnnviz.network.layers import (
    GELU,
    Add,
    Conv2d,
    Dense,
    GlobalAvgPool2d,
    LayerNorm,
    LayerNorm2d,
    LayerScale,
    StochasticDepth,
)
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Template

STAGES = ((3, 96), (3, 192), (9, 384), (3, 768))
"""Blocks and maps of each stage; the first three are followed by a convolution that halves height and width."""
EPSILON = 1e-6
LAST_DROP_PROBABILITY = 0.1
"""The probability with which the last block is dropped while training; it grows from 0 at the first block."""


def _block(draft: Draft, name: str, maps: int, dropped: float) -> None:
    """Add a residual block: each map by itself with a kernel of 7 x 7, then four times the maps and back."""
    before = draft.last
    draft.add(f"{name}_depth", Conv2d(maps, (7, 7), padding=(3, 3), groups=maps))
    draft.add(f"{name}_norm", LayerNorm2d(EPSILON))
    draft.add(f"{name}_expand", Conv2d(4 * maps, (1, 1)))
    draft.add(f"{name}_gelu", GELU())
    draft.add(f"{name}_project", Conv2d(maps, (1, 1)))
    draft.add(f"{name}_scale", LayerScale(init_value=1e-6))
    if dropped:
        draft.add(f"{name}_drop", StochasticDepth(dropped))
    draft.add(f"{name}_add", Add(), draft.last, before)


def _network(draft: Draft, *, patch: int, divisor: int, counts: tuple[int, ...], classes: int) -> Drawn:
    widths = [maps // divisor for _, maps in STAGES]
    draft.add("stem_conv", Conv2d(widths[0], (patch, patch), (patch, patch)))
    draft.add("stem_norm", LayerNorm2d(EPSILON))
    number = 0
    for stage, (count, maps) in enumerate(zip(counts, widths, strict=True), start=1):
        with draft.block(f"stage{stage}", folded=False):
            for index in range(count):
                with draft.block(f"stage{stage}.{index}"):
                    dropped = LAST_DROP_PROBABILITY * number / (sum(counts) - 1)
                    _block(draft, f"stage{stage}_{index}", maps, dropped)
                number += 1
        if stage < len(counts):
            draft.add(f"down{stage}_norm", LayerNorm2d(EPSILON))
            draft.add(f"down{stage}_conv", Conv2d(widths[stage], (2, 2), (2, 2)))
    draft.add("pool", GlobalAvgPool2d())
    draft.add("norm", LayerNorm(EPSILON))
    draft.add("fc", Dense(classes))
    return draft.finish()


def published() -> Drawn:
    """ConvNeXt-Tiny as published: 28,589,128 parameters."""
    return _network(
        Draft.for_imagenet(), patch=4, divisor=1, counts=tuple(count for count, _ in STAGES), classes=IMAGENET_CLASSES
    )


def small() -> Drawn:
    """For 28 x 28: patches of 2 x 2, a quarter of the maps, and a third of the blocks."""
    return _network(Draft(), patch=2, divisor=4, counts=tuple(count // 3 for count, _ in STAGES), classes=10)


CONVNEXT_28 = Template(
    "convnext-28",
    "ConvNeXt-Tiny, 28×28",
    "ConvNeXt (2022) cut to small images: six blocks modelled on transformers, with large kernels for each map.",
    small,
    Recipe("adamw", 0.004, weight_decay=0.05, batch_size=128, epochs=3, schedule="one-cycle"),
)

CONVNEXT = Template(
    "convnext",
    "ConvNeXt-Tiny",
    "Eighteen blocks with large kernels, layer normalization and GELU (2022), at its published size.",
    published,
    Recipe("adamw", 0.004, weight_decay=0.05, batch_size=4096, epochs=300, schedule="cosine"),
    IMAGENET,
)

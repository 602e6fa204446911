"""Self-attention over the positions of maps, after convolutions.

The multi-head attention of Vaswani et al., "Attention is all you need", arXiv:1706.03762, in residual blocks with
normalization first (Xiong et al., arXiv:2002.04745), placed where a convolutional network has few positions left
(Srinivas et al., "Bottleneck transformers for visual recognition", arXiv:2101.11605). The padding of the
convolutions tells each position where it is (Islam, Jia and Bruce, arXiv:2001.08248).
"""

from __future__ import annotations

from cnnviz.network.layers import (
    GELU,
    Add,
    BatchNorm2d,
    Conv2d,
    Dense,
    GlobalAvgPool2d,
    LayerNorm,
    MultiheadSelfAttention,
    ReLU,
)
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import Draft, Drawn
from cnnviz.project.templates.template import Expected, Template

BLOCKS, WIDTH, HEADS = 2, 64, 4


def attention() -> Drawn:
    """Two convolutions with stride 2, then two blocks in which each of 7 x 7 positions looks at all others."""
    draft = Draft()
    for number, maps in enumerate((WIDTH // 2, WIDTH), start=1):
        draft.add(f"conv{number}", Conv2d(maps, (3, 3), (2, 2), (1, 1), bias=False))
        draft.add(f"norm{number}", BatchNorm2d())
        draft.add(f"relu{number}", ReLU())
    for number in range(1, BLOCKS + 1):
        before = draft.last
        draft.add(f"ln{number}a", LayerNorm())
        attended = draft.add(f"attention{number}", MultiheadSelfAttention(HEADS))
        before = draft.add(f"add{number}a", Add(), attended, before)
        draft.add(f"ln{number}b", LayerNorm())
        draft.add(f"wide{number}", Conv2d(2 * WIDTH, (1, 1)))
        draft.add(f"gelu{number}", GELU())
        narrow = draft.add(f"narrow{number}", Conv2d(WIDTH, (1, 1)))
        draft.add(f"add{number}b", Add(), narrow, before)
    draft.add("pool", GlobalAvgPool2d())
    draft.add("fc", Dense(10))
    return draft.finish()


ATTENTION = Template(
    "attention",
    "Self-attention",
    "Two convolutions, then two blocks in which every position of the maps looks at all others.",
    attention,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=3, schedule="one-cycle"),
    expected=Expected(accuracy=0.9842, epochs=3, seconds=250),
)

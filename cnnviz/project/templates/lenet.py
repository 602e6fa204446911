"""LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition".

Proceedings of the IEEE 86(11), 1998. It has tanh and average pooling as in the paper. Left out are the learned weights
of the pooling, the table that connects maps to the second convolution, and the radial basis functions at the end.
"""

from __future__ import annotations

from cnnviz.network.layers import AvgPool2d, Conv2d, Dense, Flatten, Tanh
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import Draft, Drawn
from cnnviz.project.templates.template import Expected, Template


def lenet_5() -> Drawn:
    """LeNet-5: 61,706 parameters; the first convolution pads 28 x 28 to the 32 x 32 of the paper."""
    draft = Draft()
    draft.add("conv1", Conv2d(6, (5, 5), padding=(2, 2)))
    draft.add("tanh1", Tanh())
    draft.add("pool2", AvgPool2d())
    draft.add("conv3", Conv2d(16, (5, 5)))
    draft.add("tanh3", Tanh())
    draft.add("pool4", AvgPool2d())
    draft.add("conv5", Conv2d(120, (5, 5)))
    draft.add("tanh5", Tanh())
    draft.add("flatten", Flatten())
    draft.add("fc6", Dense(84))
    draft.add("tanh6", Tanh())
    draft.add("fc7", Dense(10))
    return draft.finish()


LENET_5 = Template(
    "lenet-5",
    "LeNet-5",
    "The network that read handwritten digits in 1998: tanh and averaging where later ones have ReLU and maxima.",
    lenet_5,
    Recipe("adamw", 0.004, weight_decay=0.01, batch_size=64, epochs=3, schedule="one-cycle"),
    expected=Expected(accuracy=0.9886, epochs=3, seconds=27),
)

"""Input and Output, the beginning and the end of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Mismatch, Remedy, refuse
from cnnviz.network.layers.shaping import Flatten
from cnnviz.parameters import numbers, shape

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class Input(Layer):
    """The images, scaled to [0, 1], then normalized: ``(image - mean) / std`` for each channel
    (LeCun et al., "Efficient BackProp", 1998, section 4.3; http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf).
    """

    family = "structure"
    summary = "Where images enter: scaled to [0, 1], then normalized by mean and standard deviation."
    aliases = ("image", "source")
    formula = "y = (x − mean) / std"
    least_inputs = 0
    most_inputs = 0

    shape: Shape = shape((1, 28, 28), 4096, "Channels, height and width of an image.")
    mean: tuple[float, ...] = numbers(
        (0.1307,), -1e3, 1e3, "Subtracted from every pixel; one for all channels or one each."
    )
    std: tuple[float, ...] = numbers(
        (0.3081,), 1e-6, 1e3, "Every pixel is divided by it; one for all channels or one each."
    )

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        mismatches = []
        settings = (("mean", "the mean", self.mean), ("std", "the standard deviation", self.std))
        for parameter, what, values in settings:
            if len(values) not in (1, self.shape[0]):
                remedy = Remedy("set", parameter, values[:1])
                counts = {"what": what, "channels": self.shape[0], "count": len(values)}
                mismatches.append(Mismatch("normalization_length", (remedy,), counts))
        refuse(mismatches)
        return Inference(self.shape)


@dataclass(frozen=True)
class Output(Layer):
    """The end: one number (logit) for each class. The loss is the cross-entropy of their softmax
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
    """

    family = "structure"
    summary = "Where the network answers: one number (logit) for each class; softmax turns them into probabilities."
    aliases = ("logits", "classifier", "cross entropy", "loss")
    formula = "pᵢ = exp(zᵢ) / Σⱼ exp(zⱼ);  loss = −log p(label)"

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        (only,) = inputs
        if len(only) != 1:
            raise Misfit("output_not_flat", (Remedy("insert", layer=Flatten()),), shape=only)
        return Inference(only)

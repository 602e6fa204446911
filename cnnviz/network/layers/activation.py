"""Activations: functions of each value alone, and Softmax. Without them a stack of layers is one linear map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer
from cnnviz.parameters import choice, number, switch

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class _Activation(Layer):
    family = "activation"
    keeps_sign = True
    elementwise = True

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(inputs[0])


@dataclass(frozen=True)
class ReLU(_Activation):
    """Rectified linear unit (Nair and Hinton, ICML 2010): negative values become 0.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """

    summary = "Sets negative values to 0 and leaves the others as they are."
    aliases = ("rectifier",)
    formula = "y = max(0, x)"
    keeps_positive = True
    signed = False


@dataclass(frozen=True)
class ReLU6(_Activation):
    """Rectified linear unit that ends at 6 (Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
    """

    summary = "Sets negative values to 0 and values above 6 to 6, as in MobileNet-V2."
    aliases = ("relu 6", "clipped relu", "capped relu")
    formula = "y = min(max(0, x), 6)"
    signed = False


@dataclass(frozen=True)
class LeakyReLU(_Activation):
    """Leaky rectified linear unit (Maas, Hannun and Ng, ICML 2013): negative values are scaled down.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
    """

    summary = "Multiplies negative values by a small slope, so that they keep a gradient."
    aliases = ("lrelu",)
    formula = "y = x for x ≥ 0;  y = slope · x otherwise"
    keeps_positive = True

    negative_slope: float = number(0.01, 0.0, 1.0, "What negative values are multiplied by.")

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "slope_of_one" if self.negative_slope == 1 else ""


@dataclass(frozen=True)
class PReLU(_Activation):
    """Parametric rectified linear unit (He et al.): the slope of negative values is learned.

    https://arxiv.org/abs/1502.01852
    """

    summary = "Multiplies negative values by a slope that is learned, from 0.25 on."
    aliases = ("parametric relu",)
    formula = "y = x for x ≥ 0;  y = a · x otherwise, a learned"
    keeps_positive = True

    per_channel: bool = switch(False, "Whether each map learns a slope of its own; otherwise all share one.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        (only,) = inputs
        return Inference(only, {"weight": (only[0] if self.per_channel else 1,)})


@dataclass(frozen=True)
class ELU(_Activation):
    """Exponential linear unit (Clevert, Unterthiner and Hochreiter, https://arxiv.org/abs/1511.07289)."""

    summary = "Bends negative values smoothly towards −α and leaves the others as they are."
    aliases = ("exponential linear unit",)
    formula = "y = x for x > 0;  y = α · (exp(x) − 1) otherwise"
    keeps_positive = True

    alpha: float = number(1.0, 0.0, 100.0, "The value −α that very negative inputs come close to.")


@dataclass(frozen=True)
class SELU(_Activation):
    """Scaled exponential linear unit (Klambauer et al., "Self-normalizing neural networks").

    https://arxiv.org/abs/1706.02515
    """

    summary = "An ELU with two fixed numbers, chosen so that values keep mean 0 and variance 1 from layer to layer."
    aliases = ("scaled exponential linear unit", "self-normalizing")
    formula = "y = λ · x for x > 0;  y = λ · α · (exp(x) − 1) otherwise;  λ = 1.0507, α = 1.6733"


@dataclass(frozen=True)
class GELU(_Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel); Φ is the normal distribution function.

    https://arxiv.org/abs/1606.08415
    """

    summary = "Weighs each value by the probability that a normal random number is smaller."
    aliases = ("gaussian error linear unit",)
    formula = "y = x · Φ(x);  with “tanh”: y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))"

    approximate: str = choice("none", ("none", "tanh"), "Whether Φ is computed exactly or by a formula with tanh.")


@dataclass(frozen=True)
class SiLU(_Activation):
    """Sigmoid linear unit, also called swish (Ramachandran, Zoph and Le, https://arxiv.org/abs/1710.05941)."""

    summary = "Multiplies each value by its own sigmoid: smooth, and slightly negative below 0."
    aliases = ("swish",)
    formula = "y = x / (1 + exp(−x))"


@dataclass(frozen=True)
class Mish(_Activation):
    """Mish (Misra, "Mish: A self regularized non-monotonic activation function", https://arxiv.org/abs/1908.08681)."""

    summary = "Multiplies each value by the tanh of its softplus: smooth, and slightly negative below 0."
    formula = "y = x · tanh(log(1 + exp(x)))"


@dataclass(frozen=True)
class Hardswish(_Activation):
    """Hard swish (Howard et al., "Searching for MobileNetV3"): swish made of straight lines.

    https://arxiv.org/abs/1905.02244
    """

    summary = "A swish from cheap parts: 0 below −3, x above 3, a parabola between."
    aliases = ("hard swish", "h-swish")
    formula = "y = x · min(max(x + 3, 0), 6) / 6"


@dataclass(frozen=True)
class Sigmoid(_Activation):
    """Logistic function (``torch.nn.Sigmoid``; Rumelhart, Hinton and Williams, Nature 323, 1986).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    """

    summary = "Squeezes each value into the range from 0 to 1."
    aliases = ("logistic",)
    formula = "y = 1 / (1 + exp(−x))"
    signed = False


@dataclass(frozen=True)
class Hardsigmoid(_Activation):
    """Hard sigmoid as MobileNetV3 has it (Howard et al., https://arxiv.org/abs/1905.02244): straight lines.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
    """

    summary = "A sigmoid made of straight lines: 0 below −3, 1 above 3, a slope between."
    aliases = ("hard sigmoid", "h-sigmoid")
    formula = "y = min(max(x + 3, 0), 6) / 6"
    signed = False


@dataclass(frozen=True)
class Tanh(_Activation):
    """Hyperbolic tangent (``torch.nn.Tanh``; LeCun et al., "Efficient BackProp", 1998).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """

    summary = "Squeezes each value into the range from −1 to 1."
    aliases = ("hyperbolic tangent",)
    formula = "y = (exp(x) − exp(−x)) / (exp(x) + exp(−x))"


@dataclass(frozen=True)
class Softplus(_Activation):
    """Softplus (Dugas et al., NIPS 2000): a smooth ReLU; ``torch.nn.Softplus``.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html
    """

    summary = "A ReLU without a corner: always above 0, close to x for large values."
    aliases = ("smooth relu",)
    formula = "y = log(1 + exp(β · x)) / β;  y = x where β · x > threshold"
    signed = False

    beta: float = number(1.0, 0.01, 100.0, "How sharp the bend at 0 is; the larger, the closer to a ReLU.")
    threshold: float = number(20.0, 0.0, 80.0, "Where β · x is larger, y = x is taken, so that nothing overflows.")


@dataclass(frozen=True)
class Softmax(Layer):
    """Softmax over the channels (Bridle, NATO ASI F68, 1990); ``torch.nn.Softmax(dim=1)``.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
    """

    family = "activation"
    summary = "Turns the channels at each position, or the numbers of a flat input, into shares that sum to 1."
    aliases = ("probabilities",)
    formula = "y[c] = exp(x[c]) / Σ(k) exp(x[k])"
    signed = False

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(inputs[0])

    def constant(self, inputs: tuple[Shape, ...]) -> bool:
        return inputs[0][0] == 1

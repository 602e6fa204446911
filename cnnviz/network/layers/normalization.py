"""Normalization: values are shifted and scaled so that training stays in a good range."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from math import gcd, prod
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Remedy, channels_first
from cnnviz.parameters import integer, number, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalization (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167), a mean and variance for each channel.

    In training they are computed over the batch; in evaluation their running averages are used.
    """

    family = "normalization"
    formula = "y = γ · (x − mean) / √(var + ε) + β"

    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    momentum: float = number(0.1, 0.0, 1.0, "Share of the newest batch in the running mean and variance.")
    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        output = self.fitting(inputs)
        channels = output[:1]
        parameters: dict[str, Shape] = {"weight": channels, "bias": channels} if self.affine else {}
        buffers: dict[str, Shape] = {"running_mean": channels, "running_var": channels, "num_batches_tracked": ()}
        return Inference(output, parameters, buffers)

    @abstractmethod
    def fitting(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of the only input; raises a :class:`Misfit` if the layer needs another number of axes."""


@dataclass(frozen=True)
class BatchNorm2d(BatchNorm):
    """Batch normalization of maps (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167)."""

    summary = "Brings each map to mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers."
    aliases = ("bn", "batch norm", "batch normalization", "batchnormalization")

    def fitting(self, inputs: tuple[Shape, ...]) -> Shape:
        return channels_first(inputs)


@dataclass(frozen=True)
class BatchNorm1d(BatchNorm):
    """Batch normalization of flat vectors (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """

    summary = (
        "Brings each number of a flat vector to mean 0 and variance 1 over the batch, then scales and shifts it by"
        " learned numbers."
    )
    aliases = ("batch norm of vectors", "batch normalization after dense")

    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each number.")

    def fitting(self, inputs: tuple[Shape, ...]) -> Shape:
        (only,) = inputs
        if len(only) != 1:
            raise Misfit("needs_flat", shape=only)
        return only


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Layer normalization (Ba, Kiros and Hinton), over all values of a sample together.

    https://arxiv.org/abs/1607.06450
    """

    family = "normalization"
    summary = "Brings all values of a sample together to mean 0 and variance 1, then scales and shifts each."
    aliases = ("ln", "layer norm", "layer normalization")
    formula = "y = γ · (x − mean) / √(var + ε) + β, mean and variance over c, i, j"
    sees_all = True

    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each value.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        (only,) = inputs
        return Inference(only, {"weight": only, "bias": only} if self.affine else {})

    def constant(self, inputs: tuple[Shape, ...]) -> bool:
        return prod(inputs[0]) == 1


@dataclass(frozen=True)
class LayerNorm2d(Layer):
    """Layer normalization over the channels, position by position, as in ConvNeXt (Liu et al.).

    https://arxiv.org/abs/2201.03545
    """

    family = "normalization"
    summary = "Brings the values of all maps at a position to mean 0 and variance 1, then scales and shifts each map."
    aliases = ("layer norm over channels", "channel norm", "convnext")
    formula = "y = γ · (x − mean) / √(var + ε) + β, mean and variance over c"

    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        parameters: dict[str, Shape] = {"weight": (channels,), "bias": (channels,)} if self.affine else {}
        return Inference((channels, height, width), parameters)

    def constant(self, inputs: tuple[Shape, ...]) -> bool:
        return inputs[0][0] == 1


@dataclass(frozen=True)
class LayerScale(Layer):
    """A learned factor for each map (Touvron et al., "Going deeper with image transformers").

    At the end of a residual branch it starts near 0, so that each block begins as the identity.
    https://arxiv.org/abs/2103.17239
    """

    family = "normalization"
    summary = "Multiplies each map by a number that is learned; a small start lets a residual branch fade in."
    aliases = ("layer scale", "gamma")
    formula = "y[c] = γ[c] · x[c], γ learned"

    init_value: float = number(1e-6, -100.0, 100.0, "The value from which each γ is learned.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        return Inference((channels, height, width), {"weight": (channels,)})


@dataclass(frozen=True)
class GroupNorm(Layer):
    """Group normalization (Wu and He, https://arxiv.org/abs/1803.08494): between layer and instance normalization."""

    family = "normalization"
    summary = "Brings each group of maps of a sample to mean 0 and variance 1, then scales and shifts each map."
    aliases = ("gn", "group norm", "group normalization")
    formula = "y = γ · (x − mean) / √(var + ε) + β, mean and variance over the maps of a group"
    sees_all = True

    num_groups: int = integer(1, 1, 65536, "Into how many groups the maps are split; each is normalized for itself.")
    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        if channels % self.num_groups:
            remedy = Remedy("set", "num_groups", gcd(self.num_groups, channels))
            raise Misfit("groups_in", (remedy,), groups=self.num_groups, channels=channels)
        if channels * height * width == self.num_groups:
            raise Misfit("one_value_per_group", (*self._fewer_groups(channels), Remedy("remove")))
        parameters: dict[str, Shape] = {"weight": (channels,), "bias": (channels,)} if self.affine else {}
        return Inference((channels, height, width), parameters)

    def brief(self) -> Sentence:
        return unchanged(f"GroupNorm {self.num_groups}")

    def _fewer_groups(self, channels: int) -> tuple[Remedy, ...]:
        """A remedy with the most groups of at least two maps each; none if there is one map."""
        least = next((count for count in range(2, channels + 1) if channels % count == 0), None)
        return () if least is None else (Remedy("set", "num_groups", channels // least),)


@dataclass(frozen=True)
class InstanceNorm2d(Layer):
    """Instance normalization (Ulyanov, Vedaldi and Lempitsky): each map of each sample by itself.

    https://arxiv.org/abs/1607.08022
    """

    family = "normalization"
    summary = "Brings each map of each sample to mean 0 and variance 1, so that contrast no longer matters."
    aliases = ("instance norm", "instance normalization")
    formula = "y = γ · (x − mean) / √(var + ε) + β, mean and variance over i, j"
    sees_all = True

    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    affine: bool = switch(False, "Whether a scale γ and a shift β are learned for each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        if height * width == 1:
            raise Misfit("one_value_per_map", (Remedy("remove"),))
        parameters: dict[str, Shape] = {"weight": (channels,), "bias": (channels,)} if self.affine else {}
        return Inference((channels, height, width), parameters)


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Local response normalization of AlexNet (Krizhevsky, Sutskever and Hinton, NIPS 2012, section 3.3).

    As ``torch.nn.LocalResponseNorm`` does it, ``alpha`` is divided by ``size``.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
    """

    family = "normalization"
    summary = "Divides each value by the strength of the maps beside it at the same place."
    aliases = ("lrn", "local response normalization")
    formula = "y[c] = x[c] / (k + (α / n) Σ x[c']²)^β over the n maps c' around c"
    keeps_sign = True

    size: int = integer(5, 1, 4096, "How many neighbouring maps count.", "maps")
    alpha: float = number(1e-4, 0.0, 100.0, "How much the neighbours weigh.")
    beta: float = number(0.75, 0.0, 10.0, "Exponent: how strongly the sum divides.")
    k: float = number(1.0, 1e-3, 100.0, "Added to the sum so that nothing is divided by 0.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(channels_first(inputs))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "divides_by_one" if self.beta == 0 or (self.alpha == 0 and self.k == 1) else ""

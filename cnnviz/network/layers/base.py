"""The base class of layer kinds: parameters, ports, and the inference of shapes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cnnviz.parameters import Parameter, parameters_of
from cnnviz.quoting import described
from cnnviz.sentence import SaidError, Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.network.shape import Shape

Pair = tuple[int, int]
"""(height, width)"""

Family = Literal[
    "structure",
    "convolution",
    "pooling",
    "dense",
    "activation",
    "normalization",
    "regularization",
    "attention",
    "merge",
    "shape",
]


class ParameterError(SaidError, ValueError):
    """A parameter out of its range."""

    def __init__(self, kind: str, parameter: Parameter, value: object) -> None:
        self.kind, self.parameter, self.value = kind, parameter, value
        super().__init__(
            Sentence(
                "{kind}: {parameter} must be {expected}, not {value}.",
                kind=kind,
                parameter=parameter.name,
                expected=parameter.expected,
                value=described(value),
            )
        )


@dataclass(frozen=True)
class Inference:
    """What follows from a layer and the shapes of its inputs. Shapes have no batch axis.

    ``parameters`` and ``buffers`` map torch's names (``weight``, ``bias``, ``running_mean`` ...) to shapes. ``macs``
    are multiply-accumulate operations for one image, without additions of a bias.
    """

    output: Shape
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    macs: int = 0


@dataclass(frozen=True)
class Window:
    """The sliding window of a layer: what one output value reads. ``padding`` is that at the top and left.

    For a layer that enlarges its input, the window slides over the input with ``enlarged - 1`` empty rows and columns
    between neighbouring values.
    """

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair = (1, 1)
    enlarged: Pair = (1, 1)

    @lru_cache(maxsize=1024)  # noqa: B019 (windows are small values, and few differ)
    def reading(self, axis: int) -> Reading:
        """The positions that the window reads along one axis."""
        kernel, stride, dilation = self.kernel[axis], self.stride[axis], self.dilation[axis]
        padding, enlarged = self.padding[axis], self.enlarged[axis]
        if enlarged == 1:
            return Reading((range(-padding, -padding + dilation * kernel, dilation),), stride)
        outputs = enlarged // gcd(stride, enlarged)
        shared = gcd(dilation, enlarged)
        inputs: list[range] = []
        for output in range(outputs):
            first = output * stride - padding  # in the enlarged input, where every `enlarged`-th row holds a value
            if first % shared:
                inputs.append(range(0))
                continue
            holding = enlarged // shared  # every `holding`-th row of the kernel meets a value
            row = -first // shared * pow(dilation // shared, -1, holding) % holding
            at, step = (first + row * dilation) // enlarged, dilation // shared
            inputs.append(range(at, at + step * len(range(row, kernel, holding)), step))
        return Reading(tuple(inputs), stride * outputs // enlarged)


@dataclass(frozen=True)
class Reading:
    """What the outputs of a layer read along one axis: output ``i`` reads ``inputs[i]``, which may be in the padding.

    After ``len(inputs)`` outputs the pattern repeats, ``shift`` inputs further on.
    """

    inputs: tuple[range, ...]
    shift: int


@dataclass(frozen=True)
class Remedy:
    """A fix without a node id, as a layer kind knows it: set a parameter, insert a layer before it, or remove it."""

    code: Literal["set", "insert", "remove"]
    parameter: str = ""
    value: Any = None
    layer: Layer | None = None


@dataclass(frozen=True)
class Mismatch:
    """One reason why inputs do not fit a layer.

    ``code`` is the code of a :class:`~cnnviz.network.problem_kind.ProblemKind`, ``values`` are those of its sentence.
    """

    code: str
    remedies: tuple[Remedy, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


class Misfit(Exception):
    """The inputs do not fit the layer, for the reasons in ``mismatches``; ``code`` is the code of the first.

    The reasons are no exceptions themselves: an exception in a list of a function that it was raised in is a cycle of
    references, and keeps the frames of all callers alive until garbage is collected.
    """

    def __init__(self, code: str, remedies: tuple[Remedy, ...] = (), **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.mismatches: tuple[Mismatch, ...] = (Mismatch(code, remedies, values),)

    @classmethod
    def of(cls, mismatches: Sequence[Mismatch]) -> Misfit:
        """The exception with all of these reasons."""
        misfit = cls(mismatches[0].code)
        misfit.mismatches = tuple(mismatches)
        return misfit


def refuse(mismatches: Sequence[Mismatch]) -> None:
    """Raise a :class:`Misfit` with these reasons; do nothing if there are none."""
    if mismatches:
        raise Misfit.of(mismatches)


@dataclass(frozen=True)
class Layer(ABC):
    """The base of all layer kinds: frozen values whose fields are the parameters.

    A parameter out of its range raises :class:`ParameterError`, so there is no layer with invalid parameters.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    summary: ClassVar[str]
    """One sentence: what the layer does."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other search terms for the kind, in lower case: its names in papers and programs, and related kinds."""
    formula: ClassVar[str]
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    """None means any number."""
    signed: ClassVar[bool] = True
    """True if an output can be negative. Maps that cannot be negative are drawn on a one-sided scale."""
    keeps_sign: ClassVar[bool] = False
    """True if no output is negative when no input is, also for a kind that is ``signed``."""
    elementwise: ClassVar[bool] = False
    """True if each output value depends on one input value alone; the shape stays."""
    sees_all: ClassVar[bool] = False
    """True if each output value reads the input at every position."""
    keeps_positive: ClassVar[bool] = False
    """True if values >= 0 are not changed."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = cls.__name__

    def __post_init__(self) -> None:
        for parameter in self.parameters():
            value = parameter.normalized(getattr(self, parameter.name))
            if value is None:
                raise ParameterError(self.kind, parameter, getattr(self, parameter.name))
            object.__setattr__(self, parameter.name, value)

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """The parameters, in the order of the form."""
        return parameters_of(cls)

    @abstractmethod
    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        """Output shape, parameter shapes and MACs for inputs of these shapes.

        Raises a :class:`Misfit` that holds everything that is wrong, as far as it can be found out.
        """

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        """The sliding window; None for a layer without a window."""
        return None

    def readings(self, inputs: tuple[Shape, ...]) -> tuple[Reading, Reading] | None:
        """What outputs read along the height and along the width; None if they do not read a part of the maps."""
        window = self.window(inputs)
        return None if window is None else (window.reading(0), window.reading(1))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        """Why the output always equals the input, as the code of a problem kind; empty if it does not."""
        return ""

    def constant(self, inputs: tuple[Shape, ...]) -> bool:
        """Whether the output is the same for every input."""
        return False

    def brief(self) -> Sentence:
        """The kind and its most important parameter, in a few characters: ``Conv2d 3×3``."""
        return unchanged(self.kind)

    def caption(self) -> str:
        """:meth:`brief` in English."""
        return str(self.brief())


def channels_first(inputs: tuple[Shape, ...], besides: Sequence[Mismatch] = ()) -> tuple[int, int, int]:
    """The only input as ``(C, H, W)``. For a flat input, raises a :class:`Misfit` that also holds ``besides``."""
    (only,) = inputs
    if len(only) != 3:
        refuse([Mismatch("needs_maps", values={"shape": only}), *besides])
    return only[0], only[1], only[2]

"""What every layer kind says of itself: its parameters, its ports, and what it makes of a shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cnnviz.parameters import Parameter, parameters_of
from cnnviz.quoting import described

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


class ParameterError(ValueError):
    """A parameter out of its range. ``str()`` is a sentence for the user."""

    def __init__(self, kind: str, parameter: Parameter, value: object) -> None:
        self.kind, self.parameter, self.value = kind, parameter, value
        super().__init__(f"{kind}: {parameter.name} must be {parameter.expected}, not {described(value)}.")


@dataclass(frozen=True)
class Inference:
    """What a layer makes of its inputs. Shapes are without the batch axis.

    ``parameters`` and ``buffers`` map the names that torch gives them (``weight``, ``bias``, ``running_mean`` ...) to
    their shapes; ``macs`` are multiply-accumulate operations for one sample, additions of a bias not counted.
    """

    output: Shape
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    macs: int = 0


@dataclass(frozen=True)
class Window:
    """The sliding window of a layer: what one output value reads, per axis. ``padding`` is that at the top and left.

    Where a layer enlarges its input, the window slides over the input with ``enlarged - 1`` empty rows and columns
    between two of its values.
    """

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair = (1, 1)
    enlarged: Pair = (1, 1)

    @lru_cache(maxsize=1024)  # noqa: B019 (windows are small values, and few differ)
    def reading(self, axis: int) -> Reading:
        """What the window reads along one axis."""
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
            holding = enlarged // shared  # every so many rows of the kernel meet a value
            row = -first // shared * pow(dilation // shared, -1, holding) % holding
            at, step = (first + row * dilation) // enlarged, dilation // shared
            inputs.append(range(at, at + step * len(range(row, kernel, holding)), step))
        return Reading(tuple(inputs), stride * outputs // enlarged)


@dataclass(frozen=True)
class Reading:
    """What the outputs of a layer read along one axis: output ``i`` the ``inputs[i]``, which may lie in the padding.

    After ``len(inputs)`` outputs the same follows ``shift`` inputs further on.
    """

    inputs: tuple[range, ...]
    shift: int


@dataclass(frozen=True)
class Remedy:
    """A fix as the layer knows it, before it has a node id: change parameters, or insert a layer in front."""

    code: Literal["set", "insert", "remove"]
    parameter: str = ""
    value: Any = None
    layer: Layer | None = None


class Misfit(Exception):
    """The inputs do not fit this layer. ``code`` names a kind in :mod:`cnnviz.network.problem_kinds`.

    ``every`` holds this one and all others that are wrong with the layer at the same time.
    """

    def __init__(self, code: str, remedies: tuple[Remedy, ...] = (), **values: Any) -> None:
        super().__init__(code)
        self.code, self.remedies, self.values = code, remedies, values
        self.every: tuple[Misfit, ...] = (self,)


def refuse(misfits: Sequence[Misfit]) -> None:
    """Raises the first of them, with the others in it; nothing where there are none."""
    if misfits:
        misfits[0].every = tuple(misfits)
        raise misfits[0]


@dataclass(frozen=True)
class Layer(ABC):
    """One layer kind: a frozen value whose fields are its parameters.

    A value outside its range raises :class:`ParameterError`, so that no such layer can exist.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    summary: ClassVar[str]
    """One sentence: what the layer does."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """What people also type to find the kind, in lower case: its names in papers and programs, and near relatives."""
    formula: ClassVar[str]
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    """None: as many as are connected."""
    signed: ClassVar[bool] = True
    """Whether an output can be negative; maps that cannot are drawn on a one-sided scale."""
    keeps_sign: ClassVar[bool] = False
    """Where no input is negative, no output is, even if the kind is ``signed``."""
    elementwise: ClassVar[bool] = False
    """The layer acts on each value alone and keeps the shape."""
    sees_all: ClassVar[bool] = False
    """Each output value reads the input at every position."""
    keeps_positive: ClassVar[bool] = False
    """Numbers from 0 up come out as they are; only negative ones are changed."""

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
        """The parameters in the order in which they are entered."""
        return parameters_of(cls)

    @abstractmethod
    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        """Output shape, parameter shapes and MACs for inputs of these shapes.

        Raises a :class:`Misfit` that names everything that is wrong, as far as it can be told.
        """

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        """The sliding window, or None for a layer without one."""
        return None

    def readings(self, inputs: tuple[Shape, ...]) -> tuple[Reading, Reading] | None:
        """What is read along the height and along the width; None where that is no part of the maps."""
        window = self.window(inputs)
        return None if window is None else (window.reading(0), window.reading(1))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        """Why what comes out is what came in, whatever that is: a code of :mod:`cnnviz.network.problems`; or empty."""
        return ""

    def constant(self, inputs: tuple[Shape, ...]) -> bool:
        """Whether what comes out is the same whatever comes in."""
        return False

    def caption(self) -> str:
        """A few characters that tell this layer from others of its kind, the name of the kind first: ``Conv2d 3×3``."""
        return self.kind


def channels_first(inputs: tuple[Shape, ...], besides: Sequence[Misfit] = ()) -> tuple[int, int, int]:
    """The single input as ``(C, H, W)``; for a flat one raises a :class:`Misfit` with those ``besides`` in it."""
    (only,) = inputs
    if len(only) != 3:
        refuse([Misfit("needs_maps", shape=only), *besides])
    return only[0], only[1], only[2]

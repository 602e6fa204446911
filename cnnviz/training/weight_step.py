"""The arithmetic of the optimizer for one weight in one step, line by line. No torch.

Numbers that the optimizer stores are taken from the run, bit for bit. Intermediate results, such as the gradient with
weight decay, are computed from them in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.project.recipe import OptimizerName

    Compute = Callable[[Mapping[str, float]], float]
    """Computes a line from the values of others."""

LineCode = Literal[
    "gradient",
    "decayed gradient",
    "decayed weight",
    "velocity",
    "direction",
    "mean",
    "square mean",
    "square sum",
    "corrected mean",
    "corrected square mean",
    "step",
    "new weight",
]


@dataclass(frozen=True)
class Line:
    """One line of the arithmetic: its code, its formula in symbols, and its result.

    In formulas w is the weight, g its gradient, η the rate, λ the weight decay, μ the momentum, ε the constant that
    keeps divisors from 0, t the number of the step; other symbols are defined by earlier lines. ``kept``: the optimizer
    stores the number. ``compute`` gives the value from "weight", "rate" and the values of other lines by their codes;
    None if that takes further numbers, such as what the optimizer remembered.
    """

    code: LineCode
    formula: str
    value: float
    kept: bool = False
    compute: Compute | None = field(default=None, compare=False)


@dataclass(frozen=True)
class WeightStep:
    """One step of one weight: its values ``before`` and ``after``, and its ``gradient`` for the batch, after clipping.

    ``index`` is the weight's place in ``parameter`` of ``node``. ``step`` counts all steps of ``run``, with this one.
    ``options`` are the optimizer's, as torch names them: "lr", the rate of this step with schedule and warm-up in it,
    "weight_decay", and as far as it has them "momentum", "nesterov", "beta1", "beta2", "alpha", "eps". ``state_before``
    and ``state_after`` are what the optimizer remembers of this weight ("momentum_buffer", "exp_avg", "exp_avg_sq",
    "square_avg", "sum", "step"); before the first step most remember nothing. All numbers of the run are float32.
    """

    node: str
    parameter: str
    index: tuple[int, ...]
    run: int
    step: int
    optimizer: OptimizerName
    options: Mapping[str, float]
    gradient: float
    before: float
    after: float
    state_before: Mapping[str, float]
    state_after: Mapping[str, float]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The arithmetic from the gradient to the new weight."""
        last = Line("new weight", "w − Δ", self.after, kept=True, compute=_new_weight)
        return (self._given, *ARITHMETIC[self.optimizer](self), last)

    @property
    def total(self) -> float:
        """The new weight as computed by the lines, in float64; it differs from ``after`` by rounding only."""
        return _new_weight({"weight": self.before} | {line.code: line.value for line in self.lines})

    @property
    def _given(self) -> Line:
        """The gradient for the batch."""
        return Line("gradient", "g", self.gradient, kept=True)

    def _decayed(self) -> tuple[Line, str, list[Line]]:
        """The line of the gradient that the optimizer uses, its symbol, and the lines to it from the given gradient."""
        decay = self.options["weight_decay"]
        if not decay:
            return self._given, "g", []
        decayed = Line("decayed gradient", "g′ = g + λ · w", self.gradient + decay * self.before)
        return decayed, "g′", [decayed]


def _new_weight(values: Mapping[str, float]) -> float:
    return values.get("decayed weight", values["weight"]) - values["step"]


def _rate_times(code: LineCode) -> Compute:
    """A step that is the rate times the value of a line."""
    return lambda values: values["rate"] * values[code]


def _scaled(change: WeightStep, code: LineCode, square: LineCode) -> Compute:
    """A step that is the rate times the value of a line, divided by the root of a mean or sum of squares."""
    return lambda values: values["rate"] * values[code] / (sqrt(values[square]) + change.options["eps"])


def _sgd(change: WeightStep) -> list[Line]:
    gradient, symbol, lines = change._decayed()
    rate, momentum = change.options["lr"], change.options["momentum"]
    if not momentum:
        step = _rate_times(gradient.code)
        return [*lines, Line("step", f"Δ = η · {symbol}", rate * gradient.value, compute=step)]
    velocity = change.state_after["momentum_buffer"]
    past = "momentum_buffer" in change.state_before
    lines.append(Line("velocity", f"b = μ · b + {symbol}" if past else f"b = {symbol}", velocity, kept=True))
    if not change.options["nesterov"]:
        return [*lines, Line("step", "Δ = η · b", rate * velocity, compute=_rate_times("velocity"))]
    direction = gradient.value + momentum * velocity
    return [
        *lines,
        Line("direction", f"d = {symbol} + μ · b", direction),
        Line("step", "Δ = η · d", rate * direction, compute=_rate_times("direction")),
    ]


def _adam(change: WeightStep) -> list[Line]:
    if change.optimizer == "adamw":
        decay = change.options["weight_decay"]
        symbol = "g"
        weight = change.before * (1 - change.options["lr"] * decay)
        lines = [Line("decayed weight", "w = w · (1 − η · λ)", weight)] if decay else []
    else:
        _, symbol, lines = change._decayed()
    mean, square, count = (change.state_after[name] for name in ("exp_avg", "exp_avg_sq", "step"))
    corrected = mean / (1 - change.options["beta1"] ** count)
    corrected_square = square / (1 - change.options["beta2"] ** count)
    step = _scaled(change, "corrected mean", "corrected square mean")
    rate = change.options["lr"]
    moved = {"rate": rate, "corrected mean": corrected, "corrected square mean": corrected_square}
    return [
        *lines,
        Line("mean", f"m = β₁ · m + (1 − β₁) · {symbol}", mean, kept=True),
        Line("square mean", f"v = β₂ · v + (1 − β₂) · {symbol}²", square, kept=True),
        Line("corrected mean", "m̂ = m / (1 − β₁ᵗ)", corrected),
        Line("corrected square mean", "v̂ = v / (1 − β₂ᵗ)", corrected_square),
        Line("step", "Δ = η · m̂ / (√v̂ + ε)", step(moved), compute=step),
    ]


def _rmsprop(change: WeightStep) -> list[Line]:
    gradient, symbol, lines = change._decayed()
    square, rate = change.state_after["square_avg"], change.options["lr"]
    lines.append(Line("square mean", f"v = α · v + (1 − α) · {symbol}²", square, kept=True))
    if not change.options["momentum"]:
        step = _scaled(change, gradient.code, "square mean")
        size = step({"rate": rate, gradient.code: gradient.value, "square mean": square})
        return [*lines, Line("step", f"Δ = η · {symbol} / (√v + ε)", size, compute=step)]
    velocity = change.state_after["momentum_buffer"]
    return [
        *lines,
        Line("velocity", f"b = μ · b + {symbol} / (√v + ε)", velocity, kept=True),
        Line("step", "Δ = η · b", rate * velocity, compute=_rate_times("velocity")),
    ]


def _adagrad(change: WeightStep) -> list[Line]:
    gradient, symbol, lines = change._decayed()
    total = change.state_after["sum"]
    step = _scaled(change, gradient.code, "square sum")
    size = step({"rate": change.options["lr"], gradient.code: gradient.value, "square sum": total})
    return [
        *lines,
        Line("square sum", f"s = s + {symbol}²", total, kept=True),
        Line("step", f"Δ = η · {symbol} / (√s + ε)", size, compute=step),
    ]


ARITHMETIC: Mapping[OptimizerName, Callable[[WeightStep], list[Line]]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
"""For each optimizer the lines between the gradient and the new weight, "step" the last; see torch's documentation of
each, whose order of operations is kept."""

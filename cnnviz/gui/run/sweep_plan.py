"""What a sweep varies and how its trials are trained, as the command line says it. No Qt."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnviz.parameters import parameters_of
from cnnviz.project.recipe import SETTINGS
from cnnviz.sweeps.space import FIXED, NUMBERS
from cnnviz.sweeps.trials import USUAL_TRIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.parameters import Parameter
    from cnnviz.project.project import Project

Kind = Literal["log", "range", "values"]
VARIED = (*NUMBERS, "switch", "choice")
"""The forms of parameters that can be varied."""
USUAL: dict[str, tuple[Kind, str, str]] = {
    "momentum": ("range", "0", "0.99"),
    "weight_decay": ("log", "1e-05", "0.1"),
    "warm_up": ("range", "0", "1"),
    "step_factor": ("range", "0.1", "0.9"),
    "label_smoothing": ("range", "0", "0.2"),
    "clip_norm": ("log", "0.1", "10"),
    "shift": ("range", "0", "4"),
    "rotation": ("range", "0", "20"),
    "scaling": ("range", "0", "0.2"),
    "shear": ("range", "0", "15"),
    "elastic": ("range", "0", "3"),
    "noise": ("range", "0", "0.2"),
    "erasing": ("range", "0", "0.4"),
}
"""Ranges that are usually tried, by the name of the setting."""
DOUBLED_FROM = 4
"""Of a whole number from here on, half and twice as much is suggested; of a smaller one the next."""
DECADE = 10
"""A logarithmic range reaches from this part of the present value to this multiple of it."""


@dataclass(frozen=True)
class Target:
    """A setting of the recipe, or with ``node`` a parameter of this layer, and its present ``value``."""

    parameter: Parameter
    value: object
    node: str = ""

    @property
    def name(self) -> str:
        """The name on the command line."""
        return f"{self.node}.{self.parameter.name}" if self.node else self.parameter.name


@dataclass(frozen=True)
class Values:
    """The values of a setting: a range from ``low`` to ``high``, or those ``listed`` with commas between them."""

    kind: Kind
    low: str = ""
    high: str = ""
    listed: str = ""

    def over(self, target: str) -> str:
        """The value of the option ``--over``."""
        if self.kind == "values":
            return f"{target}={self.listed}"
        return f"{target}={'log:' if self.kind == 'log' else ''}{self.low.strip()}:{self.high.strip()}"


@dataclass(frozen=True)
class Plan:
    """The options of a sweep; ``epochs`` is 0 for as many as the recipe has, ``storage`` is empty for this machine."""

    source: str
    name: str
    over: tuple[str, ...]
    trials: int = USUAL_TRIALS
    epochs: int = 0
    jobs: int = 1
    pruner: str = "median"
    device: str = "auto"
    storage: str = ""

    def arguments(self) -> list[str]:
        """The command and its arguments, without the name of the program."""
        line = ["sweep", self.source, *(part for values in self.over for part in ("--over", values))]
        line += ["--trials", f"{self.trials}"]
        for option, value, usual in (
            ("epochs", self.epochs, 0),
            ("jobs", self.jobs, 1),
            ("pruner", self.pruner, "median"),
            ("device", self.device, "auto"),
            ("storage", self.storage, ""),
        ):
            if value != usual:
                line += [f"--{option}", f"{value}"]
        return [*line, "--name", self.name]

    def command(self) -> str:
        """The line to type into a terminal."""
        return shlex.join(["cnnviz", *self.arguments()])


def targets(project: Project) -> Iterator[Target]:
    """What can be varied: the settings of the recipe, then the parameters of each layer."""
    for name, setting in SETTINGS.items():
        if name not in FIXED:
            yield Target(setting.parameter, getattr(project.recipe, name))
    for node in project.network.nodes:
        layer = project.network[node]
        for parameter in parameters_of(type(layer)):
            if parameter.form in VARIED:
                yield Target(parameter, getattr(layer, parameter.name), node)


def suggested(target: Target) -> Values:
    """The values that a new row offers, near the present value."""
    parameter, value = target.parameter, target.value
    if parameter.form == "switch":
        return Values("values", listed="true,false")
    if parameter.form == "choice":
        return Values("values", listed=",".join(parameter.choices))
    if parameter.name in USUAL and not target.node:
        return Values(*USUAL[parameter.name])
    if parameter.form == "number":
        return _range_about(parameter, float(value))  # type: ignore[arg-type]
    # of a pair or of paddings the first number, which the trials take for all of them
    first = value[0] if isinstance(value, tuple) else value
    start = first if isinstance(first, int) else 0
    if parameter.name == "kernel_size":
        numbers: tuple[int, ...] = (start, start + 2)
    else:
        numbers = (start // 2, start, 2 * start) if start >= DOUBLED_FROM else (start, start + 1)
    fitting = dict.fromkeys(int(min(parameter.high, max(parameter.low, number))) for number in numbers)
    return Values("values", listed=",".join(map(str, fitting)))


def _range_about(parameter: Parameter, value: float) -> Values:
    """A range around a value on a logarithmic scale if there is room for it, else all that is allowed up to 1."""
    if 0 < value <= parameter.high / DECADE:
        low, high = max(parameter.low, value / DECADE), min(parameter.high, DECADE * value)
        return Values("log", f"{low:.4g}", f"{high:.4g}")
    return Values("range", f"{parameter.low:g}", f"{min(parameter.high, 1.0):g}")

"""What a sweep varies: settings of the recipe and parameters of layers, each over a range or some values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Literal

from cnnviz.parameters import Parameter, parameters_of
from cnnviz.project import edits
from cnnviz.project.recipe import SETTINGS
from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.project.project import Project

FIXED = frozenset({"epochs", "threads", "repeatable"})
"""Settings that say how a trial is trained, so a sweep does not vary them."""
WHOLE = ("integer", "pair", "padding", "sides")
"""The forms of parameters that can be varied over a range of whole numbers."""
NUMBERS = (*WHOLE, "number")
"""The forms of parameters that can be varied over a range."""
Value = float | int | str | bool
Scale = Literal["linear", "log"]


class SpaceError(SaidError):
    """What was asked to be varied cannot be."""


@dataclass(frozen=True)
class Axis:
    """A setting or parameter, named ``target``, with the values to try.

    ``target`` is a setting of the recipe, such as ``learning_rate``, or a layer and its parameter, such as
    ``conv1.out_channels``. The values are ``choices``, or all from ``low`` to ``high`` (inclusive), whole numbers only
    if ``whole``.
    """

    target: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    scale: Scale = "linear"
    whole: bool = False


def axis(text: str, project: Project) -> Axis:
    """The axis in a text such as ``learning_rate=log:1e-4:1`` or ``conv1.out_channels=8,16,32``.

    ``LOW:HIGH`` is a range, ``log:LOW:HIGH`` a range in which all magnitudes are tried equally often, values with
    commas between them are choices. Raises :class:`SpaceError`.
    """
    target, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not values:
        raise SpaceError(
            Sentence(
                "“{text}” does not say what to vary over which values; write it as learning_rate=log:1e-4:1 or"
                " conv1.out_channels=8,16,32.",
                text=quoted(text),
            )
        )
    parameter = _parameter(target, project)
    first, *rest = values.split(":")
    if rest:
        if first == "log":
            return _range(target, parameter, rest, "log")
        return _range(target, parameter, [first, *rest], "linear")
    choices = tuple(_value(target, parameter, each.strip()) for each in values.split(","))
    if len(set(choices)) < len(choices):
        raise SpaceError(Sentence("A value of {target} is given twice.", target=target))
    return Axis(target, choices)


def applied(project: Project, values: Mapping[str, Value]) -> Project:
    """The project with these values, by target. Raises RecipeError and ParameterError for values that do not fit."""
    settings = {target: value for target, value in values.items() if "." not in target}
    project = replace(project, recipe=replace(project.recipe, **settings))  # type: ignore[arg-type]
    for target, value in values.items():
        node, dot, parameter = target.rpartition(".")
        if dot:
            project = edits.set_parameter(project, node, parameter, value)
    return project


def own_values(project: Project, axes: Iterable[Axis]) -> dict[str, Value] | None:
    """The values that the project itself has, by target; None if an axis does not include its value."""
    values = {axis.target: _own(axis, project) for axis in axes}
    return None if None in values.values() else values  # type: ignore[return-value]


def _own(axis: Axis, project: Project) -> Value | None:
    """The value of the axis that is the project's own; None if there is none."""
    parameter = _parameter(axis.target, project)
    node, dot, name = axis.target.rpartition(".")
    own = getattr(project.network[node] if dot else project.recipe, name)
    if axis.choices:
        return next((each for each in axis.choices if parameter.normalized(each) == own), None)
    number = own[0] if isinstance(own, tuple) else own
    if isinstance(number, str) or parameter.normalized(number) != own or not axis.low <= number <= axis.high:
        return None
    return number  # type: ignore[no-any-return]


def _parameter(target: str, project: Project) -> Parameter:
    node, dot, name = target.rpartition(".")
    if not dot:
        if target not in SETTINGS or target in FIXED:
            allowed = ", ".join(sorted(SETTINGS.keys() - FIXED))
            raise SpaceError(
                Sentence(
                    "“{target}” is no setting of the recipe that can be varied; these are: {allowed}.",
                    target=quoted(target),
                    allowed=allowed,
                )
            )
        return SETTINGS[target].parameter
    if node not in project.network.nodes:
        raise SpaceError(Sentence("The network has no layer “{node}”.", node=quoted(node)))
    layer = project.network[node]
    parameters = {each.name: each for each in parameters_of(type(layer))}
    if name not in parameters:
        raise SpaceError(
            Sentence(
                "The layer “{node}” has no parameter “{name}”; it has: {allowed}.",
                node=quoted(node),
                name=quoted(name),
                allowed=", ".join(parameters) or "-",
            )
        )
    return parameters[name]


def _range(target: str, parameter: Parameter, ends: list[str], scale: Scale) -> Axis:
    try:
        low, high = (float(end) for end in ends)
    except ValueError:
        low = high = 0.0  # no range: refused below
    whole = parameter.form in WHOLE
    good = (
        parameter.form in NUMBERS
        and isfinite(low)
        and isfinite(high)
        and parameter.low <= low < high <= parameter.high
        and (scale == "linear" or low > 0)
        and (not whole or (low.is_integer() and high.is_integer()))
    )
    if not good:
        raise SpaceError(
            Sentence(
                "{target}={ends} is no range that can be tried; {target} takes {expected}, and a range is LOW:HIGH or"
                " log:LOW:HIGH, the latter above 0.",
                target=target,
                ends=quoted(":".join(ends)),
                expected=parameter.expected,
            )
        )
    return Axis(target, low=low, high=high, scale=scale, whole=whole)


def _value(target: str, parameter: Parameter, text: str) -> Value:
    """A value that the parameter takes; raises :class:`SpaceError` for others."""
    value: Value = text
    if parameter.form == "switch":
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif parameter.form != "choice":
        for kind in (int, float):
            try:
                value = kind(text)
                break
            except ValueError:
                continue
    if parameter.normalized(value) is None:
        raise SpaceError(
            Sentence(
                "{target} takes {expected}, not {text}.", target=target, expected=parameter.expected, text=quoted(text)
            )
        )
    return value

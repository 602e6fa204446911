"""The pages of normalizations, activations and pixels, which are computed in steps from a single value. No Qt."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.choices import source_cells, spelled_source
from cnnviz.gui.panels.microscope.facts import SMALLEST_LIMIT, Facts, Options, largest, number, spell_place
from cnnviz.gui.panels.microscope.page import Amount, Graph, Line, Number, Page, Row, Sign, Text, Words, text
from cnnviz.gui.panels.microscope.terms import equation, own_part, seen_note
from cnnviz.gui.panels.microscope.weight_moves import own_weight
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.numerals import exact, fixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.inspection.arithmetic.forms import Curve, Divided, Normalized, Pixel, Scaled
    from cnnviz.inspection.arithmetic.terms import Place

Step = tuple[str, Text, float, float]
"""(sign, name of the operand, operand, result) of a step."""


def limit_of(start: float, steps: Sequence[Step]) -> float:
    """The largest absolute value among the first value of the steps and all their results."""
    return max(SMALLEST_LIMIT, abs(start), *(abs(result) for *_, result in steps))


def step_rows(
    first: Text, start: float, steps: Sequence[Step], leads: Place | None, *, written: str = ""
) -> tuple[Row, ...]:
    """A row for the value that it begins with, on a scale of its own where its number is ``written``, and one for each
    step."""
    limit = limit_of(start if not written else 0.0, steps)
    widest = max((fixed(by, 4) for _, _, by, _ in steps), key=len, default="0")
    amount = Amount(start, max(limit, abs(start)), written=written)
    rows = [Row("", first, (Sign(""), Words(first), Number("", widest), Sign(""), amount), leads)]
    for sign, name, by, result in steps:
        cells = (Sign(sign), Words(name), Number(fixed(by, 4), widest), Sign("="), Amount(result, limit))
        rows.append(Row("", name, cells, strong=len(rows) == len(steps)))
    return tuple(rows)


ORIGINS = {
    "running": QT_TRANSLATE_NOOP(
        "microscope",
        "Mean and variance are running averages over {count} batches of training. While training those of the batch"
        " itself are used.",
    ),
    "layer": QT_TRANSLATE_NOOP("microscope", "Mean and variance are those of all {count} values of this sample."),
    "position": QT_TRANSLATE_NOOP(
        "microscope", "Mean and variance are those of the {count} values of all maps at this position."
    ),
    "group": QT_TRANSLATE_NOOP(
        "microscope", "Mean and variance are those of the {count} values of maps {first} to {last} of this sample."
    ),
    "map": QT_TRANSLATE_NOOP("microscope", "Mean and variance are those of the {count} values of this map."),
}


def normalized_page(facts: Facts, normal: Normalized, _: Options) -> Page:
    """The page of a normalization: minus mean, divided by deviation, times gamma, plus beta."""
    x = normal.x - normal.mean
    steps: list[Step] = [
        ("−", text(QT_TRANSLATE_NOOP("microscope", "mean")), normal.mean, x),
        ("÷", text(QT_TRANSLATE_NOOP("microscope", "√(variance + ε)")), normal.deviation, normal.standardized),
    ]
    scaled = normal.standardized
    if normal.gamma is not None:
        scaled *= normal.gamma
        steps.append(("×", text(QT_TRANSLATE_NOOP("microscope", "γ, learned")), normal.gamma, scaled))
    if normal.beta is not None:
        steps.append(("+", text(QT_TRANSLATE_NOOP("microscope", "β, learned")), normal.beta, scaled + normal.beta))
    limit = limit_of(normal.x, steps)
    source = spelled_source(facts.value, normal.place)
    first, last = normal.channels
    origin = text(ORIGINS[normal.origin], count=normal.count, first=first, last=last - 1)
    learned = "γ · " if normal.gamma is not None else ""
    shift = " + β" if normal.beta is not None else ""
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {source} is normalized, step by step"),
            place=spell_place(facts),
            source=source,
        ),
        *own_part(
            facts,
            limit,
            Line(text("{source}", source=source), number(normal.x, limit)),
            Line(text(QT_TRANSLATE_NOOP("microscope", "mean")), fixed(normal.mean, 4)),
            Line(text(QT_TRANSLATE_NOOP("microscope", "variance")), fixed(normal.variance, 4)),
            *_learned(facts, "weight", text(QT_TRANSLATE_NOOP("microscope", "γ, learned")), normal.gamma),
            *_learned(facts, "bias", text(QT_TRANSLATE_NOOP("microscope", "β, learned")), normal.beta),
        ),
        rows=step_rows(text("{source}", source=source), normal.x, steps, normal.place),
        notes=(origin, *seen_note(facts)),
        symbols=f"<i>y</i> = {learned}(<i>x</i> − μ) / √(σ² + ε){shift}",
        numbers=equation(facts, limit),
    )


def scaled_page(facts: Facts, scaled: Scaled, _: Options) -> Page:
    """The page of a LayerScale: the value times the learned factor of its map."""
    name = text(QT_TRANSLATE_NOOP("microscope", "γ, learned"))
    steps: list[Step] = [("×", name, scaled.gamma, scaled.total)]
    limit = limit_of(scaled.x, steps)
    source = spelled_source(facts.value, scaled.place)
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {source} times the learned factor of its map"),
            place=spell_place(facts),
            source=source,
        ),
        *own_part(
            facts,
            limit,
            Line(text("{source}", source=source), number(scaled.x, limit)),
            *_learned(facts, "weight", name, scaled.gamma),
        ),
        rows=step_rows(text("{source}", source=source), scaled.x, steps, scaled.place),
        notes=seen_note(facts),
        symbols="<i>y</i> = γ · <i>x</i>",
        numbers=equation(facts, limit),
    )


def _learned(facts: Facts, parameter: str, name: Text, value: float | None) -> tuple[Line, ...]:
    """The line of a learned number, which leads to its gradient; none for a layer without it."""
    if value is None:
        return ()
    return (Line(name, fixed(value, 4, True), exact=exact(value), leads=own_weight(facts.value, parameter)),)


def pixel_page(facts: Facts, pixel: Pixel, _: Options) -> Page:
    """The page of a pixel: from 0 to 255 to the normalized value."""
    steps: list[Step] = [("÷", text("255"), 255.0, pixel.scaled)]
    if pixel.mean:
        steps.append(("−", text(QT_TRANSLATE_NOOP("microscope", "mean")), pixel.mean, pixel.scaled - pixel.mean))
    if pixel.std != 1:
        steps.append(("÷", text(QT_TRANSLATE_NOOP("microscope", "standard deviation")), pixel.std, pixel.total))
    limit = limit_of(0.0, steps)
    name = text(QT_TRANSLATE_NOOP("microscope", "the pixel, 0 to 255"))
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: the pixel of the sample as the network sees it"),
            place=spell_place(facts),
        ),
        *own_part(facts, limit, Line(name, str(pixel.raw))),
        rows=step_rows(name, float(pixel.raw), steps, None, written=str(pixel.raw)),
        notes=(text(QT_TRANSLATE_NOOP("microscope", "Here it begins: this value comes from the image itself.")),),
        symbols="<i>y</i> = (<i>pixel</i> / 255 − mean) / std",
        numbers=equation(facts, limit),
    )


def curve_page(facts: Facts, curve: Curve, _: Options) -> Page:
    """The page of an activation: its curve with the point of the value."""
    kind = facts.network[facts.value.place.node].kind
    limit = max(SMALLEST_LIMIT, abs(curve.x), abs(curve.total))
    source = spelled_source(facts.value, curve.place)
    notes: list[Text] = [text(QT_TRANSLATE_NOOP("microscope", "Each value is changed alone, all by the same curve."))]
    if curve.learned is not None:
        template = QT_TRANSLATE_NOOP("microscope", "The slope of negative values is learned: {slope}.")
        notes = [text(template, slope=fixed(curve.learned, 4, True))]
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {kind} of {source}. The curve, and this value on it"),
            place=spell_place(facts),
            kind=kind,
            source=source,
        ),
        *own_part(
            facts,
            limit,
            Line(text("{source}", source=source), number(curve.x, limit)),
            *_learned(facts, "weight", text(QT_TRANSLATE_NOOP("microscope", "slope, learned")), curve.learned),
        ),
        rows=(
            Row(
                str(curve.place.channel),
                text("{source}", source=source),
                (
                    *source_cells(facts, curve.place),
                    Sign("→"),
                    Amount(curve.x, limit),
                    Sign("→"),
                    Amount(curve.total, limit),
                ),
                curve.place,
            ),
        ),
        heads=(
            text(QT_TRANSLATE_NOOP("microscope", "from {node}"), node=curve.place.node),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "comes in")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "goes out")),
        ),
        notes=(*notes, *seen_note(facts)),
        symbols=f"<i>y</i> = {escape(kind)}(<i>x</i>)",
        numbers=equation(facts, limit),
        graph=Graph(
            curve.xs,
            curve.ys,
            (curve.x, curve.total),
            text(QT_TRANSLATE_NOOP("microscope", "comes in")),
            text(QT_TRANSLATE_NOOP("microscope", "goes out")),
        ),
    )


def divided_page(facts: Facts, divided: Divided, _: Options) -> Page:
    """The page of a local response normalization: squares of neighbouring maps, and the divisor."""
    squares = divided.squares
    limit = max(SMALLEST_LIMIT, float(squares.max()))
    node = divided.place.node
    inputs = facts.value.inputs[node]
    rows = []
    for at, channel in enumerate(divided.channels.tolist()):
        source = type(divided.place)(node, channel, divided.place.row, divided.place.column)
        value = float(divided.values[at])
        size = max(SMALLEST_LIMIT, largest(inputs))
        cells = (
            *source_cells(facts, source),
            Number(number(value, size), number(-size, size)),
            Sign("²"),
            Sign("="),
            Amount(float(squares[at]), limit, signed=False),
        )
        name = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=channel, node=node)
        rows.append(Row(str(channel), name, cells, source, strong=channel == divided.place.channel))
    own = max(SMALLEST_LIMIT, abs(divided.x))
    source_name = spelled_source(facts.value, divided.place)
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {source} divided by the strength of the maps beside it"),
            place=spell_place(facts),
            source=source_name,
        ),
        *own_part(
            facts,
            own,
            Line(text("{source}", source=source_name), number(divided.x, own)),
            Line(text(QT_TRANSLATE_NOOP("microscope", "sum of the squares")), fixed(float(squares.sum()), 4)),
            Line(text(QT_TRANSLATE_NOOP("microscope", "divisor")), fixed(divided.divisor, 4)),
        ),
        (
            text(QT_TRANSLATE_NOOP("microscope", "map of {node}"), node=node),
            text(QT_TRANSLATE_NOOP("microscope", "value")),
            None,
            None,
            text(QT_TRANSLATE_NOOP("microscope", "its square")),
        ),
        tuple(rows),
        notes=seen_note(facts),
        symbols="<i>y</i> = <i>x</i> / (k + α/n · Σ <i>x</i><sub>m</sub>²)<sup>β</sup>",
        numbers=(
            f"k = {divided.k:g}, α = {divided.alpha:g}, n = {divided.size}, β = {divided.beta:g}<br>"
            f"{number(divided.x, own)} / {fixed(divided.divisor, 4)} = <b>{number(facts.value.value, own)}</b>"
        ),
    )

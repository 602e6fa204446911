"""The pages of normalizations, activations and pixels, which are computed in steps from a single value. No Qt."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from cnnviz.equations import decimals_for, equals
from cnnviz.gui.panels.microscope.choices import source_cells, spelled_source
from cnnviz.gui.panels.microscope.facts import Facts, Options, number, spell_place
from cnnviz.gui.panels.microscope.page import Amount, Graph, Line, Number, Page, Row, Sign, Text, text
from cnnviz.gui.panels.microscope.step_rows import Step, step_rows, written_steps
from cnnviz.gui.panels.microscope.terms import equation, own_part, seen_note
from cnnviz.gui.panels.microscope.weight_moves import own_weight
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.numerals import exact, significant

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.forms import Curve, Divided, Normalized, Pixel, Scaled

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
    steps = [
        Step("−", text(QT_TRANSLATE_NOOP("microscope", "mean")), normal.mean, x),
        Step("÷", text(QT_TRANSLATE_NOOP("microscope", "√(variance + ε)")), normal.deviation, normal.standardized),
    ]
    scaled = normal.standardized
    if normal.gamma is not None:
        scaled *= normal.gamma
        steps.append(Step("×", text(QT_TRANSLATE_NOOP("microscope", "γ, learned")), normal.gamma, scaled))
    if normal.beta is not None:
        steps.append(Step("+", text(QT_TRANSLATE_NOOP("microscope", "β, learned")), normal.beta, scaled + normal.beta))
    written = written_steps(normal.x, steps)
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
            written.style,
            Line(text("{source}", source=source), written.results[0]),
            Line(text(QT_TRANSLATE_NOOP("microscope", "mean")), written.operands[0]),
            Line(text(QT_TRANSLATE_NOOP("microscope", "variance")), significant(normal.variance)),
            *_learned(facts, "weight", text(QT_TRANSLATE_NOOP("microscope", "γ, learned")), normal.gamma),
            *_learned(facts, "bias", text(QT_TRANSLATE_NOOP("microscope", "β, learned")), normal.beta),
        ),
        rows=step_rows(text("{source}", source=source), normal.place, written),
        notes=(origin, *seen_note(facts)),
        symbols=f"<i>y</i> = {learned}(<i>x</i> − μ) / √(σ² + ε){shift}",
        numbers=equation(facts, written.style),
    )


def scaled_page(facts: Facts, scaled: Scaled, _: Options) -> Page:
    """The page of a LayerScale: the value times the learned factor of its map."""
    name = text(QT_TRANSLATE_NOOP("microscope", "γ, learned"))
    written = written_steps(scaled.x, [Step("×", name, scaled.gamma, scaled.total)])
    source = spelled_source(facts.value, scaled.place)
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {source} times the learned factor of its map"),
            place=spell_place(facts),
            source=source,
        ),
        *own_part(
            facts,
            written.style,
            Line(text("{source}", source=source), written.results[0]),
            *_learned(facts, "weight", name, scaled.gamma),
        ),
        rows=step_rows(text("{source}", source=source), scaled.place, written),
        notes=seen_note(facts),
        symbols="<i>y</i> = γ · <i>x</i>",
        numbers=equation(facts, written.style),
    )


def _learned(facts: Facts, parameter: str, name: Text, value: float | None) -> tuple[Line, ...]:
    """The line of a learned number, which leads to its gradient; none for a layer without it."""
    if value is None:
        return ()
    return (Line(name, significant(value), exact=exact(value), leads=own_weight(facts.value, parameter)),)


def pixel_page(facts: Facts, pixel: Pixel, _: Options) -> Page:
    """The page of a pixel: from 0 to 255 to the normalized value."""
    steps = [Step("÷", text("255"), 255.0, pixel.scaled)]
    if pixel.mean:
        steps.append(Step("−", text(QT_TRANSLATE_NOOP("microscope", "mean")), pixel.mean, pixel.scaled - pixel.mean))
    if pixel.std != 1:
        steps.append(Step("÷", text(QT_TRANSLATE_NOOP("microscope", "standard deviation")), pixel.std, pixel.total))
    written = written_steps(float(pixel.raw), steps, whole=str(pixel.raw))
    name = text(QT_TRANSLATE_NOOP("microscope", "the pixel, 0 to 255"))
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: the pixel of the sample as the network sees it"),
            place=spell_place(facts),
        ),
        *own_part(facts, written.style, Line(name, str(pixel.raw))),
        rows=step_rows(name, leads=None, written=written),
        notes=(text(QT_TRANSLATE_NOOP("microscope", "Here it begins: this value comes from the image itself.")),),
        symbols="<i>y</i> = (<i>pixel</i> / 255 − mean) / std",
        numbers=equation(facts, written.style),
    )


def curve_page(facts: Facts, curve: Curve, _: Options) -> Page:
    """The page of an activation: its curve with the point of the value."""
    kind = facts.network[facts.value.place.node].kind
    limit = max(SMALLEST_LIMIT, abs(curve.x), abs(curve.total))
    style = decimals_for(limit)
    source = spelled_source(facts.value, curve.place)
    notes: list[Text] = [text(QT_TRANSLATE_NOOP("microscope", "Each value is changed alone, all by the same curve."))]
    if curve.learned is not None:
        template = QT_TRANSLATE_NOOP("microscope", "The slope of negative values is learned: {slope}.")
        notes = [text(template, slope=significant(curve.learned))]
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {kind} of {source}. The curve, and this value on it"),
            place=spell_place(facts),
            kind=kind,
            source=source,
        ),
        *own_part(
            facts,
            style,
            Line(text("{source}", source=source), style.write(curve.x, plus=True)),
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
        numbers=equation(facts, style),
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
    for index, channel in enumerate(divided.channels.tolist()):
        source = replace(divided.place, channel=channel)
        value = float(divided.values[index])
        size = max(SMALLEST_LIMIT, largest(inputs))
        cells = (
            *source_cells(facts, source),
            Number(number(value, size), number(-size, size)),
            Sign("²"),
            Sign("="),
            Amount(float(squares[index]), limit, signed=False),
        )
        term = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=channel, node=node)
        rows.append(Row(str(channel), term, cells, source, strong=channel == divided.place.channel))
    name = text(QT_TRANSLATE_NOOP("microscope", "divisor"))
    written = written_steps(divided.x, [Step("÷", name, divided.divisor, facts.value.value)])
    source_name = spelled_source(facts.value, divided.place)
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: {source} divided by the strength of the maps beside it"),
            place=spell_place(facts),
            source=source_name,
        ),
        *own_part(
            facts,
            written.style,
            Line(text("{source}", source=source_name), written.results[0]),
            Line(text(QT_TRANSLATE_NOOP("microscope", "sum of the squares")), significant(float(squares.sum()))),
            Line(name, written.operands[0]),
        ),
        heads=(
            text(QT_TRANSLATE_NOOP("microscope", "map of {node}"), node=node),
            text(QT_TRANSLATE_NOOP("microscope", "value")),
            None,
            None,
            text(QT_TRANSLATE_NOOP("microscope", "its square")),
        ),
        rows=tuple(rows),
        notes=seen_note(facts),
        symbols="<i>y</i> = <i>x</i> / (k + α/n · Σ <i>x</i><sub>m</sub>²)<sup>β</sup>",
        numbers=(
            f"k = {divided.k:g}, α = {divided.alpha:g}, n = {divided.size}, β = {divided.beta:g}<br>"
            f"{written.results[0]} / {written.operands[0]} {equals(written.holds[0])} "
            f"<b>{written.results[1]}</b>"
        ),
    )

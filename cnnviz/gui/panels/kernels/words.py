"""The texts of the Kernels tab."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.pins import PINNED
from cnnviz.gui.document.sentences import parameters
from cnnviz.gui.language import counted
from cnnviz.gui.localized import compact, grouped, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm
    from cnnviz.gui.panels.kernels.state import State
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport

MOST_LABEL = 9
"""The most characters of a class name beside its weights."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("KernelsPanel", text)


def title(state: State, sorted_at: tuple[int, int] | None) -> str:
    """The title, as rich text. ``sorted_at`` are the first and the last step at which the slices in view were sorted,
    if that order is out of date; None if it is not."""
    text = _contents(state, sorted_at)
    if state.options.since is None:
        return text
    return (
        _tr("By how much the weights have changed since step {step}.").format(step=grouped(state.options.since))
        + f" {text}"
    )


def _contents(state: State, sorted_at: tuple[int, int] | None) -> str:
    """What the tiles are, and their order."""
    form, options = state.form, state.options
    if options.reads is not None:
        return _readers(state, options.reads)
    text = _filters(form)
    if options.average:
        return f"{text} " + _tr("Shown is the average of the slices of each: it is not what is applied.")
    if form.slices == 1:
        return text
    if sorted_at is not None:
        first, last = map(grouped, sorted_at)
        if first == last:
            return f"{text} " + _tr("Slices in the order of step {step}.").format(step=first)
        return f"{text} " + _tr("Slices in the order of steps {first} to {last}.").format(first=first, last=last)
    return f"{text} " + (_tr("Strongest first.") if form.dense else _tr("Strongest slices first."))


def _readers(state: State, map: int) -> str:
    """How many filters or units are shown, each with the slice or the weights for one map, or one value of a vector."""
    form, count = state.form, len(state.filters)
    values = {"map": str(map), "source": _bold(form.source)}
    if form.folded:
        return counted(
            "The weights of {count} units for map {map} of {source}.",
            "The weights of 1 unit for map {map} of {source}.",
            count,
            **values,
        )
    if form.dense:
        return counted(
            "The weights of {count} units for value {map} of {source}.",
            "The weights of 1 unit for value {map} of {source}.",
            count,
            **values,
        )
    return counted(
        "The slices of {count} filters that read map {map} of {source}.",
        "The slices of 1 filter that reads map {map} of {source}.",
        count,
        **values,
    )


def _filters(form: StackForm) -> str:
    """How many filters or units the layer has, and what each of them reads."""
    count, values = form.filters, {"slices": form.slices, "source": _bold(form.source)}
    if form.classes and form.folded:
        return counted(
            "{count} classes, each with a weight for every value of the {slices} maps of {source}.",
            "1 class, with a weight for every value of the {slices} maps of {source}.",
            count,
            **values,
        )
    if form.classes:
        return counted(
            "{count} classes, each with {slices} weights, one for each value of {source}.",
            "1 class, with {slices} weights, one for each value of {source}.",
            count,
            **values,
        )
    if form.folded:
        return counted(
            "{count} units, each with a weight for every value of the {slices} maps of {source}.",
            "1 unit, with a weight for every value of the {slices} maps of {source}.",
            count,
            **values,
        )
    if form.dense:
        return counted(
            "{count} units, each with {slices} weights, one for each value of {source}.",
            "1 unit, with {slices} weights, one for each value of {source}.",
            count,
            **values,
        )
    if form.groups > 1 and form.slices > 1:
        return counted(
            "{count} filters, each a stack of {slices} slices for its group of the maps of {source}.",
            "1 filter, a stack of {slices} slices for its group of the maps of {source}.",
            count,
            **values,
        )
    if form.slices > 1:
        return counted(
            "{count} filters, each a stack of {slices} slices, one for each map of {source}.",
            "1 filter, a stack of {slices} slices, one for each map of {source}.",
            count,
            **values,
        )
    if form.groups > 1:
        return counted(
            "{count} filters, each for a single map of {source}.",
            "1 filter for a single map of {source}.",
            count,
            **values,
        )
    return counted(
        "{count} filters of a single slice: {source} has one map.",
        "1 filter of a single slice: {source} has one map.",
        count,
        **values,
    )


def without_kernels(node: str | None, layer: Layer | None, report: NodeReport | None, has_kernels: bool) -> str:
    """Why there are no kernels, as rich text."""
    if node is None or layer is None:
        return _tr("Select a layer to see its kernels.")
    if has_kernels:
        return _tr("The kernels of {node} appear as soon as it can run.").format(node=_bold(node))
    if report is not None and report.parameters:
        return _other_parameters(layer, report)
    if report is None or report.output is None:
        return _tr("Nothing is known of {node} yet: it has a problem to be solved first.").format(node=_bold(node))
    return _tr("{kind} has no kernels: there is nothing in it to be learned.").format(kind=layer.kind)


def _other_parameters(layer: Layer, report: NodeReport) -> str:
    """What a layer learns besides kernels."""
    if "bias" not in report.parameters:
        template = _tr("{kind} has no kernels. Numbers that it learns: {count}.")
    elif report.parameters["bias"] == report.output:
        template = _tr("{kind} has no kernels: it learns a scale γ and a shift β for each value, {count} numbers.")
    else:
        template = _tr("{kind} has no kernels: it learns a scale γ and a shift β for each map, {count} numbers.")
    return template.format(kind=layer.kind, count=grouped(report.parameter_count))


def costs(report: NodeReport | None) -> str:
    """The lines below the kernels."""
    if report is None or report.output is None:
        return ""
    size = _tr("{parameters} · {macs} MACs").format(
        parameters=parameters(report.parameter_count), macs=compact(report.macs)
    )
    out = _tr("out {shape}").format(shape=spell(report.output)).replace(" ", "\u00a0")
    seen, field = report.seen, report.receptive_field
    if seen is not None and field is not None:
        sees = _tr("sees {size} of the image") if seen != report.image else _tr("sees all of the image ({size})")
        out = sees.format(size=spell(seen if seen != report.image else field.size)) + " · " + out
    return f"{size}\n{out}"


def tile_name(state: State, position: int, order: SliceOrder, classes: Sequence[str]) -> str:
    """The description of a tile, for the line below the tiles."""
    form, filter = state.form, state.filter_at(position)
    slice = state.slice_at(position, order)
    template = _tr("unit {number}") if form.dense else _tr("filter {number}")
    name = template.format(number=filter)
    if form.classes and filter < len(classes):
        name = _tr("class {name}").format(name=classes[filter])
    if slice is None:
        return _tr("{filter}, average of its slices").format(filter=name)
    values = {"filter": name, "map": form.reads(filter, slice), "source": form.source}
    if form.dense and not form.folded:
        return _tr("{filter}, value {map} of {source}").format(**values)
    return _tr("{filter}, map {map} of {source}").format(**values)


def number_of_read_map(state: State, position: int, order: SliceOrder) -> str:
    """The number of the map that the slice of a tile reads, where every slice has a tile."""
    return order.numbers(state.filter_at(position), state.form, state.stack)[position % state.columns]


def counts(state: State, rows: int, columns: int, placed_columns: int) -> str:
    """How many of all filters and slices are in view: in ``rows`` and ``columns`` of tiles.

    ``placed_columns`` is the number of columns of the whole grid.
    """
    form, all_rows = state.form, len(state.filters)
    unit = _tr("classes") if form.classes else _tr("units") if form.dense else _tr("filters")
    count = rows if not state.single else min(all_rows, rows * placed_columns)
    template = _tr("{shown} of {all} {unit}")
    text = template.format(shown=count, all=grouped(all_rows), unit=unit)
    if not state.single and columns < form.slices:
        template = _tr("{shown} of {all} slices")
        if form.dense and not form.folded:
            template = _tr("{shown} of {all} weights")
        text += " · " + template.format(shown=columns, all=grouped(form.slices))
    # the text may break only between the two counts
    return text.replace(" ", "\u00a0").replace("·\u00a0", "· ")


def _bold(name: str) -> str:
    return f"<b>{escape(name)}</b>"


def filter_label(form: StackForm, filter: int, classes: tuple[str, ...], pinned: tuple[int, ...]) -> str:
    """The label beside a filter: its number, or the name of the class whose score it makes."""
    label = str(filter)
    if form.classes and filter < len(classes):
        name = classes[filter]
        label = name if len(name) <= MOST_LABEL else name[: MOST_LABEL - 1] + "…"
    return f"{PINNED}{label}" if filter in pinned else label

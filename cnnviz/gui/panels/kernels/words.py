"""What the Kernels tab says of what it draws."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import parameters
from cnnviz.gui.localized import compact, grouped, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm
    from cnnviz.gui.panels.kernels.state import State
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


def _tr(text: str) -> str:
    return QCoreApplication.translate("KernelsPanel", text)


def title(state: State, stale: int | None) -> str:
    """What is on screen, as rich text; ``stale``: the step whose order the slices have, where it tells lies by now."""
    text = _values(state, stale)
    if state.options.since is None:
        return text
    return (
        _tr("By how much the weights have changed since step {step}.").format(step=grouped(state.options.since))
        + f" {text}"
    )


def _values(state: State, stale: int | None) -> str:
    form, options = state.form, state.options
    if options.reads is not None:
        one = _tr("The slices of {count} filters that read map {map} of {source}.")
        if form.dense:
            one = _tr("The weights of {count} units for value {map} of {source}.")
        if form.folded:
            one = _tr("The weights of {count} units for map {map} of {source}.")
        return one.format(count=grouped(len(state.filters)), map=options.reads, source=_bold(form.source))
    text = _what(form)
    if options.average:
        return f"{text} " + _tr("Shown is the average of the slices of each: it is not what is applied.")
    if form.slices == 1:
        return text
    if stale is not None:
        return f"{text} " + _tr("Slices in the order of step {step}.").format(step=grouped(stale))
    return f"{text} " + (_tr("Strongest first.") if form.dense else _tr("Strongest slices first."))


def _what(form: StackForm) -> str:
    if form.classes and form.folded:
        text = _tr("{filters} classes, each with a weight for every value of the {slices} maps of {source}.")
    elif form.classes:
        text = _tr("{filters} classes, each with {slices} weights, one for each value of {source}.")
    elif form.folded:
        text = _tr("{filters} units, each with a weight for every value of the {slices} maps of {source}.")
    elif form.dense:
        text = _tr("{filters} units, each with {slices} weights, one for each value of {source}.")
    elif form.groups > 1 and form.slices > 1:
        text = _tr("{filters} filters, each a stack of {slices} slices for its group of the maps of {source}.")
    elif form.slices > 1:
        text = _tr("{filters} filters, each a stack of {slices} slices, one for each map of {source}.")
    elif form.groups > 1:
        text = _tr("{filters} filters, each for a single map of {source}.")
    else:
        text = _tr("{filters} filters of a single slice: {source} has one map.")
    return text.format(filters=grouped(form.filters), slices=grouped(form.slices), source=_bold(form.source))


def nothing(node: str | None, layer: Layer | None, report: NodeReport | None, has_kernels: bool) -> str:
    """Why there are no kernels, as rich text."""
    if node is None or layer is None:
        return _tr("Select a layer to see its kernels.")
    if has_kernels:
        return _tr("The kernels of {node} appear as soon as it can run.").format(node=_bold(node))
    if report is not None and report.parameters:
        template = _tr("{kind} has no kernels: it learns a scale γ and a shift β for each map, {count} numbers.")
        return template.format(kind=layer.kind, count=grouped(report.parameter_count))
    if report is None or report.output is None:
        return _tr("Nothing is known of {node} yet: it has a problem to be solved first.").format(node=_bold(node))
    return _tr("{kind} has no kernels: there is nothing in it to be learned.").format(kind=layer.kind)


def costs(report: NodeReport | None) -> str:
    """The lines below the kernels."""
    if report is None or report.output is None:
        return ""
    first = _tr("{parameters} · {macs} MACs").format(
        parameters=parameters(report.parameter_count), macs=compact(report.macs)
    )
    out = _tr("out {shape}").format(shape=spell(report.output)).replace(" ", "\u00a0")
    seen = report.receptive_field
    if seen is not None:
        out = _tr("sees {size} of the image").format(size=spell(seen.size)) + " · " + out
    return f"{first}\n{out}"


def tile_name(state: State, position: int, order: SliceOrder, classes: Sequence[str]) -> str:
    """What a tile is, for the line below the tiles."""
    form, filter = state.form, state.filter_at(position)
    slice = state.slice_at(position, order)
    who = _tr("unit {number}") if form.dense else _tr("filter {number}")
    who = who.format(number=filter)
    if form.classes and filter < len(classes):
        who = _tr("class {name}").format(name=classes[filter])
    if slice is None:
        return _tr("{filter}, average of its slices").format(filter=who)
    values = {"filter": who, "map": form.reads(filter, slice), "source": form.source}
    if form.dense and not form.folded:
        return _tr("{filter}, value {map} of {source}").format(**values)
    return _tr("{filter}, map {map} of {source}").format(**values)


def shown(state: State, rows: int, columns: int, placed_columns: int) -> str:
    """How many of how many are on screen."""
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
    return text.replace(" ", "\u00a0").replace("\u00a0·\u00a0", " · ")


def _bold(name: str) -> str:
    return f"<b>{escape(name)}</b>"

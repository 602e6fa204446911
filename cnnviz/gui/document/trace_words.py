"""Explains the frames of a trace in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, spell
from cnnviz.inspection.tracing import Pixel

if TYPE_CHECKING:
    from cnnviz.inspection.tracing import Trace

MOST_LAYERS = 12
"""The most layers that are listed."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Traces", text)


def legend(trace: Trace | None, node: str) -> str:
    """A sentence about the frame in the maps or values of ``node``; empty without a frame."""
    if trace is None or node not in trace.frames:
        return ""
    target = trace.target
    if not isinstance(target, Pixel) and target.node == node and not trace.ahead:
        return _tr("Framed in the layers before: the values that it depends on. In the sample they are dashed.")
    if trace.ahead:
        template = _tr("Framed: what {place} reaches, {values}.")
    else:
        template = _tr("Framed: what {place} depends on, {values}.")
    return template.format(place=_place(trace), values=values(trace, node))


def reach(trace: Trace | None) -> str:
    """Which values of each layer a pixel, or a value of the Input, reaches, a line for each layer; empty for any
    other trace."""
    if trace is None or not trace.ahead:
        return ""
    nodes = list(trace.frames)[1:]
    lines = [_tr("{place} reaches:").format(place=_place(trace))]
    lines += [f"{node}: {values(trace, node)}" for node in nodes[:MOST_LAYERS]]
    if more := len(nodes[MOST_LAYERS:]):
        lines.append(counted("and values of {count} other layers", "and values of 1 other layer", more))
    return "\n".join(lines) if nodes else ""


def values(trace: Trace, node: str) -> str:
    """Which values of a node are in its frame: how many of a vector, how large a region of maps."""
    frame, (channels, *size) = trace.frames[node], trace.sides[node]
    count = frame.channel_count
    if size == [1, 1]:
        if count == len(frame.channels):
            return counted("{count} values", "1 value", count)
        first, last = grouped(frame.channels.start), grouped(frame.channels.stop - 1)
        return counted("{count} of the values {first} to {last}", "1 value", count, first=first, last=last)
    shape = spell((len(frame.rows), len(frame.columns)))
    if count == channels:
        return _tr("a region of {shape} in each map").format(shape=shape)
    if count == 1:
        return _tr("a region of {shape} in map {number}").format(shape=shape, number=frame.channels.start)
    return counted("a region of {shape} in {count} maps", "a region of {shape} in 1 map", count, shape=shape)


def _place(trace: Trace) -> str:
    target = trace.target
    # a value of the Input is traced ahead too, as its pixel
    if isinstance(target, Pixel) or trace.ahead:
        return _tr("row {row}, column {column} of the sample").format(row=target.row, column=target.column)
    named = {"row": target.row, "column": target.column, "number": target.channel, "node": target.node}
    if trace.sides[target.node][1:] == (1, 1):
        return _tr("value {number} of {node}").format(**named)
    return _tr("row {row}, column {column} of map {number} of {node}").format(**named)

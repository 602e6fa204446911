"""The texts of the Maps tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.maps.state import State


def _tr(text: str) -> str:
    return QCoreApplication.translate("MapsPanel", text)


class MapWords:
    """The texts; ``classes`` are the names of the dataset's classes."""

    def __init__(self) -> None:
        self.classes: tuple[str, ...] = ()

    def title(self, now: State, node: str) -> str:
        """The lines above the maps of ``node``."""
        text = self._values(now, node)
        if now.options.since is None:
            return text
        return _tr("Change since step {step}. {values}").format(step=grouped(now.options.since), values=text)

    def _values(self, now: State, node: str) -> str:
        if now.form.shape is None:
            if now.form.classes:
                text = _tr("{node} for this sample: a score (logit) for each class.")
                return text.format(node=node)
            return counted(
                "{count} values of {node} for this sample, in order.",
                "1 value of {node} for this sample.",
                now.maps.total,
                node=node,
            )
        count, high, wide = now.form.shape
        values = {"node": node, "shape": spell((high, wide)), "source": now.form.source}
        if now.form.source:
            text = counted(
                "{node} for this sample, laid out as the {count} maps of {source} that it came from, {shape} each.",
                "{node} for this sample, laid out as the map of {source} that it came from, {shape}.",
                count,
                **values,
            )
        else:
            text = counted(
                "{count} maps of {node}, {shape} each, for this sample.",
                "1 map of {node}, {shape}, for this sample.",
                count,
                **values,
            )
        if now.silent:
            text += " " + counted("{count} of them silent.", "{count} of them silent.", len(now.silent))
        return text

    def label(self, now: State) -> Callable[[int], str]:
        """The function that gives the label of a bar."""
        if now.form.classes and len(self.classes) == now.maps.total:
            return self.classes.__getitem__
        return str

    def name(self, now: State) -> Callable[[int], str]:
        """The function that gives the description of a map or value, for the line below."""
        if now.form.classes and len(self.classes) == now.maps.total:
            template = _tr("class {name}")
            return lambda channel: template.format(name=self.classes[channel])
        if now.form.shape is None:
            value = _tr("value {number}")
            return lambda channel: value.format(number=channel)
        map, silent = _tr("map {number}"), _tr("{map} (silent)")
        if now.form.source:
            map = _tr("map {number} of {source}")

        def named(channel: int) -> str:
            name = map.format(number=channel, source=now.form.source)
            return silent.format(map=name) if channel in now.silent else name

        return named

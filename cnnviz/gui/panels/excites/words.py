"""The texts of the Excites tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import exact, grouped, localized, spell
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.numerals import significant

if TYPE_CHECKING:
    from cnnviz.gui.panels.excites.state import ClassMeans, Example
    from cnnviz.inspection.studies.excitation import Climbed, Excitations, Order


def _tr(text: str) -> str:
    return QCoreApplication.translate("ExcitesPanel", text)


class ExciteWords:
    """The texts about the maps or values of a layer. ``classes`` are the names of the dataset's classes; ``scores``
    tells whether each value is the score of a class."""

    def __init__(self) -> None:
        self.classes: tuple[str, ...] = ()
        self.scores = False

    def channel(self, found: Excitations, channel: int) -> str:
        """The name of a map, a value, or a class."""
        if not found.vector:
            return _tr("map {number}").format(number=channel)
        if self.scores:
            return _tr("class {name}").format(name=class_name(self.classes, channel))
        return _tr("value {number}").format(number=channel)

    def heading(self, found: Excitations, order: Order, channel: int, seen: tuple[int, ...] | None) -> str:
        """The line above the images. ``seen`` is the height and width of the largest frame; None if none is drawn."""
        named = {"channel": self.channel(found, channel), "node": found.node, "total": grouped(found.count)}
        text = {
            "strongest": _tr("Of {total} validation images, those that excite {channel} of {node} most."),
            "weakest": _tr("Of {total} validation images, those that excite {channel} of {node} least."),
            "lowest": _tr("Of {total} validation images, those with the lowest values of {channel} of {node}."),
        }[order].format(**named)
        if seen is None:
            return text
        return _tr("{text} The frame is what the value sees: {size}.").format(text=text, size=spell(seen))

    def image(self, example: Example, *, located: bool) -> str:
        """A sentence about an image; it says where the value is if ``located``."""
        if example.label is None:
            text = _tr("Made image: {value} at ({row}, {column})") if located else _tr("Made image: {value}")
        elif located:
            text = _tr("Image {index}, label {label}: {value} at ({row}, {column})")
        else:
            text = _tr("Image {index}, label {label}: {value}")
        return text.format(
            index=grouped(example.image),
            label="" if example.label is None else class_name(self.classes, example.label),
            value=exact(example.value),
            row=example.place.row,
            column=example.place.column,
        )

    def means(self, found: Excitations, means: ClassMeans) -> str:
        """The line above the bars."""
        single = found.shape[1:] == (1, 1)
        text = _tr("Mean by class:") if single else _tr("Mean of the map's largest value by class:")
        if len(means.classes) < means.of:
            text = _tr("{text} the {shown} highest of {total}").format(
                text=text, shown=len(means.classes), total=grouped(means.of)
            )
        return text

    def class_of(self, label: int) -> str:
        """The name of a class."""
        return class_name(self.classes, label)

    def mean(self, label: int) -> str:
        """The text for the bar of a class."""
        return _tr("class {name}").format(name=class_name(self.classes, label))

    def made(self, found: Excitations, made: Climbed | None, channel: int, step: int) -> str:
        """The text beside the image that was made at ``step`` to excite a map, or beside the empty place."""
        name = self.channel(found, channel)
        if made is None:
            return _tr("The image that would excite {channel} most, made from noise by climbing the gradient.").format(
                channel=name
            )
        value = localized(significant(made.value, 3))
        if made.step < made.steps:
            return _tr("Step {step} of {steps}: it excites {channel} with {value}.").format(
                step=made.step, steps=made.steps, channel=name, value=value
            )
        text = _tr("It excites {channel} with {value}.").format(channel=name, value=value)
        if step != found.step:
            return _tr("{text} Made at step {step}.").format(text=text, step=grouped(step))
        strongest = found.rankings["strongest"].values[channel]
        if not len(strongest):
            return text
        best = localized(significant(float(strongest[0]), 3))
        return _tr("{text} No validation image does more than {best}.").format(text=text, best=best)

    def progress(self, done: int, total: int) -> str:
        """How far the study is."""
        return _tr("{done} of {total} images …").format(done=grouped(done), total=grouped(total))

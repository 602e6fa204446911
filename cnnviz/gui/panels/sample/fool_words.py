"""Explains adversarial images in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped, percent, rounded
from cnnviz.gui.panels.sample.fool_state import pixel
from cnnviz.gui.widgets.class_names import class_name

if TYPE_CHECKING:
    from cnnviz.inspection.adversarial.attack import Adversarial, Robustness


def _tr(text: str) -> str:
    return QCoreApplication.translate("Fool", text)


def verdict(found: Adversarial, names: tuple[str, ...]) -> str:
    """Whether the change works, how large it is, and whether a smaller one was looked for."""
    target = found.asked.target
    said_name = class_name(names, found.said if found.fooled or target is None else target)
    facts = {"before": class_name(names, found.said_before), "said": said_name}
    if not found.fooled:
        return _failure(found).format(**facts)
    if found.asked.norm == "linf":
        words = _tr("No pixel changes by more than {largest} of 255, and the network says {said} instead of {before}.")
    else:
        words = _tr(
            "The change is {length} long, at most {largest} of 255 in a pixel, and the network says {said} instead of"
            " {before}."
        )
    if found.asked.size is None:
        words += " " + _tr("No smaller size that was tried works.")
    return words.format(largest=grouped(found.largest), length=rounded(found.length, 3), **facts)


def _failure(found: Adversarial) -> str:
    aimed, searched = found.asked.target is not None, found.asked.size is None
    if searched:
        if aimed:
            return _tr("No size makes the network say {said} by this method.")
        return _tr("No size makes the network say anything but {before} by this method.")
    if aimed:
        return _tr("With this size the network does not say {said}. A larger size or PGD may do it.")
    return _tr("With this size the network still says {before}. A larger size or PGD may change that.")


def of_pixel(found: Adversarial, row: int, column: int) -> str:
    """The values of a pixel before and after the change."""
    before, after = pixel(found, row, column)
    words = _tr("row {row}, column {column}: {before} → {after}")
    return words.format(row=row, column=column, before=before, after=after)


def accuracy(found: Robustness) -> str:
    """How many images stay right without a change, and at which size half of them do not."""
    facts = {"images": grouped(found.images), "clean": percent(found.accuracy[0]), "step": grouped(found.step)}
    words = _tr("Of the first {images} validation images the network gets {clean} right at step {step}.")
    if not found.right[0]:
        return words.format(**facts)
    if found.halved is None:
        more = _tr("More than half of these stay right at every size tried.")
    else:
        more = _tr("With changes of at most {size}, half of these or fewer stay right.")
    return (words + " " + more).format(size=grouped(found.halved or 0), **facts)

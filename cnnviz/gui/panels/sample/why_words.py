"""Explains explanations of logits in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import fixed, grouped, percent, rounded
from cnnviz.gui.widgets.steady_label import DOT
from cnnviz.inspection.studies.explanation import MOST_ERROR, fails

if TYPE_CHECKING:
    from cnnviz.inspection.studies.explanation import Explanation, Similarity


def _tr(text: str) -> str:
    return QCoreApplication.translate("Why", text)


def numbers(one: Explanation) -> str:
    """The logit of a class; with integrated gradients also the sum of the values, and what it should be."""
    logit = _tr("logit {logit}").format(logit=fixed(one.logit, 2, True))
    if one.asked.method == "grad_cam" and not one.values.any():
        return f"{logit}\n" + _tr("0 everywhere")
    if one.asked.method != "integrated_gradients":
        return logit
    known = {"logit": logit, "black": fixed(one.black, 2, True), "total": fixed(one.total, 2, True)}
    return _tr("{logit}\nblack {black}\nsum {total}").format(**known)


def meaning(found: tuple[Explanation, ...]) -> str:
    """What the values of the pictures mean, a sentence for each method."""
    methods = {one.asked.method: one for one in found}
    texts = [_meaning(one, found) for one in methods.values()]
    if len(texts) > 1:
        texts.append(_tr("Each picture has a scale of its own."))
    return " ".join(texts)


def verdict(found: tuple[Similarity, ...], step: int) -> str:
    """The result of a check at a step."""
    if not found:
        return _tr("This network has no weights to replace.")
    steps = DOT.join(f"{one.node} {fixed(one.correlation, 2)}" for one in found)
    if fails(found):
        judged = _tr(
            "It fails the check: with random weights the picture is nearly the same, so it does not show what was"
            " learned."
        )
    else:
        judged = _tr("It passes the check: with random weights the picture is another.")
    words = _tr(
        "{judged} How alike the picture of step {step} stays (1: the same, 0: not at all) while one layer after the"
        " other gets random weights, from the last: {steps}"
    )
    return words.format(judged=judged, step=grouped(step), steps=steps)


def _meaning(one: Explanation, found: tuple[Explanation, ...]) -> str:
    method = one.asked.method
    if method == "integrated_gradients":
        return _completeness([each for each in found if each.asked.method == method])
    if method == "occlusion":
        return _tr("Orange: the logit falls if a black square covers the pixel. Blue: it rises.")
    if method == "grad_cam":
        layer = one.asked.layer
        if not any(each.values.any() for each in found if each.asked.method == method):
            return _tr("Nowhere do the maps of {layer} raise the logit.").format(layer=layer)
        return _tr("The stronger the colour, the more the maps of {layer} raise the logit there.").format(layer=layer)
    if method == "gradient_times_input":
        return _tr("Each pixel times how much the logit changes with it.")
    return _tr("Orange: the logit rises if the pixel gets brighter. Blue: it falls.")


def _completeness(found: list[Explanation]) -> str:
    """What integrated gradients sum to, and by how much they miss it."""
    worst = max(found, key=lambda one: one.error)
    difference = abs(worst.logit - worst.black)
    error = {"missed": rounded(worst.missed, 1), "share": percent(worst.missed / difference if difference else 0.0)}
    if worst.error > MOST_ERROR:
        words = _tr(
            "The values should sum to the difference of the logit from that of a black image, but miss it by {missed}"
            " ({share})."
        )
    elif worst.cancels:
        words = _tr(
            "The values sum to the difference of the logit from that of a black image, within {missed}. It is small"
            " because positive and negative values cancel."
        )
    else:
        words = _tr(
            "The values sum to the difference of the logit from that of a black image, within {missed} ({share})."
        )
    return words.format(**error)

"""Explains explanations of logits in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.equations import Decimals, equals, settled
from cnnviz.gui.localized import fixed, grouped, localized, percent, rounded
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.gui.widgets.steady_label import DOT
from cnnviz.inspection.studies.explanation import INEXACT_ERROR, MOST_ERROR, fails

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.inspection.studies.explanation import Explanation, Method, Similarity

    NameOf = Callable[[int], str]

TITLES = {
    "integrated_gradients": QT_TRANSLATE_NOOP("methods", "Integrated gradients"),
    "gradient_times_input": QT_TRANSLATE_NOOP("methods", "Gradient × input"),
    "gradient": QT_TRANSLATE_NOOP("methods", "Gradient"),
    "smooth_gradient": QT_TRANSLATE_NOOP("methods", "SmoothGrad"),
    "grad_cam": QT_TRANSLATE_NOOP("methods", "Grad-CAM"),
    "occlusion": QT_TRANSLATE_NOOP("methods", "Occlusion"),
}
SMALL_SUM = 1.0
"""A smaller sum is called small: as a logit it changes the odds of a class by less than a factor of e."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Why", text)


def numbers(explanation: Explanation, name_of: NameOf) -> str:
    """The class and its logit, below its picture. The class is named because another one
    may be chosen already, whose picture is still being made."""
    logit = _tr("score of {name}: {logit}").format(
        name=name_of(explanation.asked.target), logit=fixed(explanation.logit, 2, True)
    )
    if explanation.asked.method == "grad_cam" and not explanation.values.any():
        return f"{logit}\n" + _tr("0 everywhere")
    return logit


def legend(method: Method) -> str:
    """What the colours stand for."""
    if method in ("gradient", "smooth_gradient"):
        return _tr("orange: raises the score if it gets brighter\nblue: lowers it")
    if method == "grad_cam":
        return _tr("the stronger, the more it speaks for the class")
    return _tr("orange: speaks for the class\nblue: speaks against it")


def meaning(found: tuple[Explanation, ...], name_of: NameOf) -> str:
    """What the values of the pictures mean, a sentence for each method."""
    methods = {explanation.asked.method: explanation for explanation in found}
    texts = [_meaning(explanation, found, name_of) for explanation in methods.values()]
    if len(texts) > 1:
        texts.append(_tr("Each picture has a scale of its own."))
    return " ".join(texts)


def warning(found: tuple[Explanation, ...], name_of: NameOf) -> str:
    """That the sums of integrated gradients are not exact, and what to do; empty if they are nearly."""
    integrated = [each for each in found if each.asked.method == "integrated_gradients"]
    if not integrated or (worst := _worst(integrated)).error <= INEXACT_ERROR:
        return ""
    words = _tr(
        "Not exact: the sum for {name} is off by {missed} ({share}). Compare with Occlusion, which needs no sum."
    )
    return words.format(name=name_of(worst.asked.target), **_miss(worst))


def verdict(found: tuple[Similarity, ...], step: int) -> str:
    """The result of a check at a step."""
    if not found:
        return _tr("This network has no weights to replace.")
    steps = DOT.join(f"{each.node} {fixed(each.correlation, 2)}" for each in found)
    if fails(found):
        judged = _tr(
            "Not passed: a network with random weights, which knows nothing, gives nearly the same picture. So the"
            " picture does not show what was learned."
        )
    else:
        judged = _tr(
            "Passed: a network with random weights, which knows nothing, gives another picture. So the picture depends"
            " on what was learned. Whether its values are exact is another question."
        )
    words = _tr(
        "{judged} How alike the picture of step {step} stays (1: the same, 0: not at all) with random weights in the"
        " last layer, then also in the layer before, and so on: {steps}"
    )
    return words.format(judged=judged, step=grouped(step), steps=steps)


def _meaning(explanation: Explanation, found: tuple[Explanation, ...], name_of: NameOf) -> str:
    method = explanation.asked.method
    if method == "integrated_gradients":
        return _completeness([each for each in found if each.asked.method == method], name_of)
    if method == "occlusion":
        return _tr(
            "A black square covers each pixel in turn: how far the score falls. Where it rises the pixel is blue."
        )
    if method == "grad_cam":
        layer = explanation.asked.layer
        if not any(each.values.any() for each in found if each.asked.method == method):
            return _tr("Nowhere do the maps of {layer} raise the score.").format(layer=layer)
        return _tr("The stronger the colour, the more the maps of {layer} raise the score there.").format(layer=layer)
    if method == "gradient_times_input":
        return _tr("Each pixel times how much the score changes with it.")
    return _tr("How much the score changes if the pixel gets brighter.")


def _completeness(found: list[Explanation], name_of: NameOf) -> str:
    """What integrated gradients sum to, and how exact that is, unless :func:`warning` says it."""
    worst = _worst(found)
    lines = [
        _tr("The pixels add up to the score (logit), minus the score of a black image:"),
        *(f"{name_of(explanation.asked.target)}: {localized(_sum(explanation))}" for explanation in found),
    ]
    if worst.error <= MOST_ERROR:
        lines.append(_tr("The sums are complete."))
    elif worst.error <= INEXACT_ERROR:
        lines.append(_tr("The sums are nearly complete: they miss this by {missed} ({share}).").format(**_miss(worst)))
    if worst.error <= INEXACT_ERROR:
        small = _tr("The sum for {name} is small because orange and blue cancel.")
        lines += [small.format(name=name_of(each.asked.target)) for each in found if _is_small(each)]
    return "\n".join(lines)


def _is_small(explanation: Explanation) -> bool:
    return explanation.cancels and abs(explanation.total) < SMALL_SUM


def _worst(found: Sequence[Explanation]) -> Explanation:
    return max(found, key=lambda explanation: explanation.error)


def _miss(explanation: Explanation) -> dict[str, str]:
    """By how much the sum of integrated gradients misses the difference of the logits, and which share that is."""
    return {"missed": rounded(explanation.missed, 1), "share": percent(explanation.error)}


def _sum(explanation: Explanation) -> str:
    """``+6.23 ≈ 4.69 − (−1.58)``: the sum of integrated gradients, and ``logit - black`` which it nearly is."""

    def holds(tried: Decimals) -> bool:
        return tried.agrees(tried.read(explanation.logit) - tried.read(explanation.black), explanation.total)

    style, held = settled(Decimals(2), holds, more=1)
    black = style.write(explanation.black)
    subtracted = f"({black})" if black.startswith("−") else black
    return f"{style.write(explanation.total, plus=True)} {equals(held)} {style.write(explanation.logit)} − {subtracted}"

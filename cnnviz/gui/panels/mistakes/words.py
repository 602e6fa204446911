"""The sentences of the Mistakes tab. No Qt but for translations."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import fixed, grouped, loss, percent
from cnnviz.gui.panels.mistakes.state import SURE
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.gallery import Caption
from cnnviz.gui.widgets.steady_label import DOT
from cnnviz.inspection.studies.epochs import LEAST_EPOCHS, NEARLY_EVERY
from cnnviz.inspection.studies.predictions import BINS
from cnnviz.training.channels import wrong_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.panels.mistakes.epochs_state import ClassCurves
    from cnnviz.gui.panels.mistakes.state import Facts, Filter
    from cnnviz.inspection.studies.epochs import Doubt, EpochResult
    from cnnviz.inspection.studies.predictions import Predictions
    from cnnviz.training.channels import Evaluation


def split_name(split: str) -> str:
    """The name of a split, for a sentence."""
    translate = QCoreApplication.translate
    return translate("MistakesPanel", "test") if split == "test" else translate("MistakesPanel", "validation")


def heading(found: Predictions, wish: Filter, count: int, names: tuple[str, ...]) -> str:
    """The sentence about the ``count`` images that the gallery shows."""
    translate = QCoreApplication.translate
    split, total = split_name(found.split), grouped(len(found))
    if wish.label is not None:
        label = class_name(names, wish.label)
        if wish.predicted is None:
            return counted(
                "{count} {split} images of class {label}, highest loss first",
                "1 {split} image of class {label}",
                count,
                split=split,
                label=label,
            )
        said_name = class_name(names, wish.predicted)
        return counted(
            "{count} {split} images of {label} where it says {said}, the surest first",
            "1 {split} image of {label} where it says {said}",
            count,
            split=split,
            label=label,
            said=said_name,
        )
    if wish.bin is not None:
        return counted(
            "{count} {split} images that it is {low} to {high} % sure of, the wrong ones first",
            "1 {split} image that it is {low} to {high} % sure of",
            count,
            split=split,
            low=fixed(100 * wish.bin / BINS, 0),
            high=fixed(100 * (wish.bin + 1) / BINS, 0),
        )
    if wish.order == "unsure":
        template = translate("MistakesPanel", "{total} {split} images, the most undecided first")
        return template.format(total=total, split=split)
    if wish.order == "right":
        return counted(
            "{count} of {total} {split} images are right, the surest first",
            "1 of {total} {split} images is right",
            count,
            total=total,
            split=split,
        )
    if count == 0:
        template = translate("MistakesPanel", "No mistakes: all {total} {split} images are right")
        return template.format(total=total, split=split)
    return counted(
        "{count} of {total} {split} images are wrong, the surest mistakes first",
        "1 of {total} {split} images is wrong",
        count,
        total=total,
        split=split,
    )


def rounding(found: Predictions, trained: Evaluation | None) -> str:
    """Why the number of wrong predictions is not that of training, ``trained`` in bfloat16; empty if it is."""
    before = None if trained is None else wrong_of(trained.accuracy, len(found))
    if before is None or before == len(found) - int(found.right.sum()):
        return ""
    return counted(
        "Computed in float32 here; while training, in bfloat16, {count} were wrong.",
        "Computed in float32 here; while training, in bfloat16, 1 was wrong.",
        before,
    )


def sure(facts: Facts) -> str:
    """Which share of the predictions that are called sure is right; empty if none is sure."""
    if not facts.sure:
        return ""
    return QCoreApplication.translate(
        "MistakesPanel", "of the {count} that it calls at least {sure} % sure, {share} are right"
    ).format(count=grouped(facts.sure), sure=fixed(100 * SURE, 0), share=percent(facts.sure_right, 2))


def facts(facts: Facts, addition: str = "") -> str:
    """Accuracy, loss and calibration in a line; ``addition`` is a further part, after the loss."""
    translate = QCoreApplication.translate
    parts = [
        translate("MistakesPanel", "{share} right at step {step}").format(
            share=percent(facts.accuracy, 2), step=grouped(facts.step)
        ),
        translate("MistakesPanel", "loss {loss}").format(loss=loss(facts.loss)),
        addition,
        sure(facts),
        calibration_error(facts),
    ]
    return DOT.join(part for part in parts if part)


def calibration_error(facts: Facts) -> str:
    """The expected calibration error, in percent."""
    template = QCoreApplication.translate("MistakesPanel", "calibration error {error} %")
    return template.format(error=fixed(100 * facts.calibration_error, 2))


def calibration_lines(facts: Facts) -> tuple[str, ...]:
    """The sentences beside the reliability diagram."""
    translate = QCoreApplication.translate
    surest = sure(facts)
    # the same words stand within a line of facts, where they begin with a small letter
    first = (
        f"{surest[:1].upper()}{surest[1:]}."
        if surest
        else translate("MistakesPanel", "It calls no image at least {sure} % sure.").format(sure=fixed(100 * SURE, 0))
    )
    return (
        first,
        translate(
            "MistakesPanel",
            "Calibration error {error} %: the mean distance between how sure it is and how often it is right.",
        ).format(error=fixed(100 * facts.calibration_error, 2)),
    )


def epochs_heading(results: Sequence[EpochResult], curves: ClassCurves | None, missing: int) -> str:
    """What the plot by class shows, or why it is empty."""
    translate = QCoreApplication.translate
    if curves is None:
        return _no_epochs(missing)
    if len(curves.lines) < curves.of:
        template = translate("MistakesPanel", "The {count} weakest of {of} classes of the validation images")
        return template.format(count=len(curves.lines), of=grouped(curves.of))
    return counted(
        "Validation images by class after {count} epochs; click a class",
        "Validation images by class after 1 epoch; click a class",
        len(results),
    )


def suspicious_heading(results: Sequence[EpochResult], doubts: Sequence[Doubt], missing: int) -> str:
    """How many labels are suspicious, or why none can be."""
    if not results:
        return _no_epochs(missing)
    if len(results) < LEAST_EPOCHS:
        translate = QCoreApplication.translate
        template = translate(
            "MistakesPanel", "Labels are suspicious if nearly every epoch denies them; this takes {count} epochs."
        )
        return template.format(count=LEAST_EPOCHS)
    least = ceil(NEARLY_EVERY * len(results))
    return counted(
        "{count} labels that at least {least} of {of} epochs deny: the label is wrong, or the image hard",
        "1 label that at least {least} of {of} epochs deny: the label is wrong, or the image hard",
        len(doubts),
        least=least,
        of=len(results),
    )


def doubt_caption(doubt: Doubt, names: tuple[str, ...]) -> Caption:
    """The words beside an image with a suspicious label."""
    translate = QCoreApplication.translate
    label, said_name = class_name(names, doubt.label), class_name(names, doubt.said)
    words = translate(
        "MistakesPanel",
        "Image {index}: label {label}, denied after {denied} of {of} epochs; {times} of them say {said}",
    )
    return Caption(
        translate("MistakesPanel", "{label}? {denied} of {of}").format(label=label, denied=doubt.denied, of=doubt.of),
        said_name,
        translate("MistakesPanel", "({times} times)").format(times=doubt.said_times),
        right=False,
        sentence=words.format(
            index=doubt.image, label=label, denied=doubt.denied, of=doubt.of, times=doubt.said_times, said=said_name
        ),
    )


def _no_epochs(missing: int) -> str:
    translate = QCoreApplication.translate
    if missing:
        return translate("MistakesPanel", "The validation images have to be predicted after each epoch first.")
    return translate("MistakesPanel", "This needs a recorded run of at least one epoch.")

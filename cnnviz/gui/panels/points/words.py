"""The sentences of the Points tab. No Qt but for translations."""

from __future__ import annotations

from math import ceil, isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import fixed, grouped, percent
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.gallery import Caption

if TYPE_CHECKING:
    from cnnviz.gui.run.projecting import Projecting
    from cnnviz.inspection.studies.points import Embedding, Points


def facts(points: Points, age: float | None = None) -> str:
    """How much of the variance lies along the axes, and at which step and to how many images they were fitted.

    ``age``: that of the oldest point in seconds, if they are of several steps.
    """
    translate = QCoreApplication.translate
    axes = points.axes
    if not axes.components.total or any(isnan(share) for share in points.shares):
        return translate("PointsPanel", "All outputs of {layer} are equal").format(layer=axes.node)
    # a label without room for all parts leaves out the last ones
    sentence = translate(
        "PointsPanel",
        "{now} of the variance · {across} across, {up} up · axes of step {step}, from {images} images",
    )
    if age is not None:
        sentence = translate(
            "PointsPanel",
            "{now} of the variance · {across} across, {up} up · up to {seconds} s old · axes of step {step}, from"
            " {images} images",
        )
    across, up = points.shares[:2]
    return sentence.format(
        step=grouped(axes.step),
        images=grouped(axes.components.rows),
        now=percent(across + up),
        across=percent(across),
        up=percent(up),
        seconds=grouped(max(1, ceil(age or 0))),
    )


def embedded(embedding: Embedding) -> str:
    """The step of an embedding, or how to read it once it is done, and its divergence."""
    translate, axes = QCoreApplication.translate, embedding.points.axes
    if not embedding.done:
        sentence = translate("PointsPanel", "t-SNE of {layer}: step {step} of {steps}, divergence {divergence}")
    else:
        sentence = translate("PointsPanel", "t-SNE of {layer}: only neighbours count (divergence {divergence})")
    return sentence.format(
        layer=axes.node,
        step=grouped(embedding.step),
        steps=grouped(embedding.steps),
        divergence=fixed(embedding.divergence, 2),
    )


def heading(points: Points) -> str:
    """How many images are drawn, and how many are predicted wrong."""
    wrong, total = int((~points.predictions.right).sum()), grouped(len(points.chosen))
    if not points.whole:
        first = grouped(int(points.steps.min()))
        return counted(
            "{count} of {total} images wrong · validation set · steps {first} to {step}",
            "1 of {total} images wrong · validation set · steps {first} to {step}",
            wrong,
            total=total,
            first=first,
            step=grouped(points.step),
        )
    return counted(
        "{count} of {total} images wrong · validation set · step {step}",
        "1 of {total} images wrong · validation set · step {step}",
        wrong,
        total=total,
        step=grouped(points.step),
    )


def why_empty(study: Projecting, *, embeds: bool) -> str:
    """Why there are no points; ``embeds``: those of an embedding were to be shown, not of principal components."""
    translate, dataset = QCoreApplication.translate, study.dataset
    if dataset is not None and not len(dataset.validation):
        return translate(
            "PointsPanel", "There are no validation images. Set some aside on the data page to see them as points."
        )
    if study.running or study.embedding.running:
        return translate("PointsPanel", "Computing points …")
    if embeds and study.can_embed:
        return translate("PointsPanel", "Fit again arranges the images by the outputs of this layer.")
    return translate(
        "PointsPanel", "The outputs of a layer for 2,000 validation images appear here as soon as the network can run."
    )


def without_frame(wrong: int) -> str:
    """What is listed while there is no frame: the images that are wrong."""
    translate = QCoreApplication.translate
    if not wrong:
        return translate("PointsPanel", "No image is wrong. Drag a frame around points to list their images.")
    return translate("PointsPanel", "Drag a frame around points to list their images. The wrong ones:")


def in_frame(count: int, wrong: int) -> str:
    """How many images are in the frame that the user drew, and how many of them are wrong."""
    return counted(
        "{count} images in the frame, {wrong} wrong", "1 image in the frame, {wrong} wrong", count, wrong=grouped(wrong)
    )


def about(points: Points, row: int, names: tuple[str, ...]) -> str:
    """A sentence about the image of a point."""
    predictions = points.predictions
    sentence = QCoreApplication.translate("PointsPanel", "Image {index}: label {label}, predicts {said} ({share})")
    return sentence.format(
        index=grouped(int(points.chosen.indices[row])),
        label=class_name(names, int(predictions.labels[row])),
        said=class_name(names, int(predictions.predicted[row])),
        share=percent(float(predictions.confidence[row])),
    )


def caption(points: Points, row: int, names: tuple[str, ...]) -> Caption:
    """The words beside the image of a point."""
    predictions, template = points.predictions, QCoreApplication.translate("PointsPanel", "label {label}")
    return Caption(
        template.format(label=class_name(names, int(predictions.labels[row]))),
        class_name(names, int(predictions.predicted[row])),
        f"({percent(float(predictions.confidence[row]), 0)})",
        right=bool(predictions.right[row]),
        sentence=about(points, row, names),
    )

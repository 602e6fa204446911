"""The order of the classes of a source, in which labels count them: a choice that was made before keeps its order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnviz.data.sources.source import identity_of

if TYPE_CHECKING:
    from cnnviz.data.sources.image_folder import PictureFiles
    from cnnviz.data.sources.source import Source


def ordered(source: Source, classes: tuple[str, ...]) -> Source:
    """The source with its classes in the order of ``classes``; the same source if its classes are others.

    The pictures of a folder are listed class by class, in the same order.
    """
    contents = source.contents
    label_of = {name: label for label, name in enumerate(classes)}
    if contents.classes == classes or set(contents.classes) != set(classes) or len(contents.classes) != len(label_of):
        return source
    new_labels = np.array([label_of[name] for name in contents.classes])
    labels = {split: new_labels[old] for split, old in contents.labels.items()}
    moved: dict[str, object] = {}
    if source.kind == "folder":
        files = cast("PictureFiles", source).files
        orders = {split: np.argsort(each, kind="stable") for split, each in labels.items()}
        labels = {split: each[orders[split]] for split, each in labels.items()}
        moved["files"] = {split: tuple(files[split][at] for at in order) for split, order in orders.items()}
    identity = identity_of("ordered", (contents.identity, *classes))
    changed = replace(contents, classes=classes, labels=labels, identity=identity)
    return cast("Source", replace(cast("Any", source), contents=changed, **moved))

"""The sentences of the data page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.data.catalogue import origin_path
from cnnviz.data.decoded_cache import DAYS, MOST_BYTES
from cnnviz.files import shown
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import fixed, grouped, memory, spell

if TYPE_CHECKING:
    from cnnviz.data.census import Duplicate
    from cnnviz.data.description import Description
    from cnnviz.data.sources.source import Form, Sizes
    from cnnviz.data.survey import Stage, Survey
    from cnnviz.gui.panels.data.state import Change, ClassRow, Entry, Use

MOST_CHANGES = 4
"""So many changes are written out."""
MOST_FAULTS = 1000
"""So many files that are left out, and so many classes without images, are listed."""


def facts(about: Description) -> str:
    """Sizes and counts of a dataset."""
    translate = QCoreApplication.translate
    sentence = translate("DataPage", "{classes}, images of {shape}, {training} to learn from and {test} for the test")
    return sentence.format(
        classes=counted("{count} classes", "1 class", len(about.classes)),
        shape=spell(about.image),
        training=grouped(about.training),
        test=grouped(about.test),
    )


def short(about: Description) -> str:
    """The size of a dataset, in a few words."""
    if not about.at_hand:
        return QCoreApplication.translate("DataPage", "not there")
    count, classes = about.training + about.test, len(about.classes)
    return counted("{images} · {count} classes", "{images} · 1 class", classes, images=grouped(count))


def place(about: Description) -> str:
    """Where the images are."""
    if about.origin is None:
        return QCoreApplication.translate("DataPage", "Comes with the program")
    return shown(str(origin_path(about)))


def gone(about: Description) -> str:
    """That the images are not there any more."""
    sentence = QCoreApplication.translate(
        "DataPage",
        "The images are not at {path}. Bring them back there, or show where they are now: add that folder or file."
        " The network, its trained weights and its runs are kept.",
    )
    return sentence.format(path=place(about))


def missing(entry: Entry | None) -> str:
    """As :func:`gone`, for a dataset that was read before; empty if its images are there."""
    about = None if entry is None else entry.description
    return "" if about is None or about.at_hand else gone(about)


def progress(stage: Stage) -> str:
    """How far reading has come."""
    translate = QCoreApplication.translate
    if stage.work == "read":
        sentence = translate("DataPage", "Reading pictures: {done} of {total}")
    else:
        sentence = translate("DataPage", "Counting: {done} of {total} images")
    return sentence.format(done=grouped(stage.done), total=grouped(stage.total))


def changes(use: Use) -> str:
    """What using the dataset does to the network."""
    translate = QCoreApplication.translate
    if use.fits:
        return translate("DataPage", "These are the images of the network.") if use.used else ""
    written = [change(each) for each in use.changes[:MOST_CHANGES]]
    if (more := len(use.changes) - len(written)) > 0:
        written.append(counted("{count} more", "1 more", more))
    sentence = translate("DataPage", "The network does not fit these images. To fit it: {changes}.")
    sentence = sentence.format(changes=", ".join(written))
    if use.errors:
        sentence += " " + counted(
            "{count} problems remain then: they stand under Problems, with their remedies.",
            "1 problem remains then: it stands under Problems, with its remedies.",
            use.errors,
        )
    return sentence


def change(each: Change) -> str:
    """A change of a layer."""
    translate = QCoreApplication.translate
    if not each.node:
        sentence = translate("DataPage", "batch size {before} → {after}")
        return sentence.format(before=grouped(int(str(each.before))), after=grouped(int(str(each.after))))
    if not each.parameter:
        return translate("DataPage", "a new {kind} “{node}”").format(kind=each.kind, node=each.node)
    sentence = translate("DataPage", "{kind} “{node}” {before} → {after}")
    return sentence.format(kind=each.kind, node=each.node, before=spell(each.before), after=spell(each.after))


def form(chosen: Form) -> str:
    """The form of the images."""
    translate = QCoreApplication.translate
    colours = translate("DataPage", "grey") if chosen.channels == 1 else translate("DataPage", "in colour")
    return translate("DataPage", "{height} × {width}, {colours}, {fit}").format(
        height=chosen.height, width=chosen.width, colours=colours, fit=fit_name(chosen.fit)
    )


def sizes(found: Sizes | None) -> str:
    """The sizes of the pictures themselves; empty if they are not known."""
    if found is None:
        return ""
    translate = QCoreApplication.translate
    least, middle, greatest = (
        translate("DataPage", "{height} × {width}").format(height=grouped(height), width=grouped(width))
        for height, width in (found.least, found.middle, found.greatest)
    )
    if least == greatest:
        return translate("DataPage", "The pictures have {size} pixels").format(size=least)
    # pictures of different sizes are two or more, so that no singular is needed
    sentence = translate("DataPage", "{count} of the pictures: {least} to {greatest} pixels, median {middle}")
    return sentence.format(count=grouped(found.count), least=least, greatest=greatest, middle=middle)


def fit_name(fit: str) -> str:
    """What happens to pictures of another aspect ratio."""
    translate = QCoreApplication.translate
    return {
        "crop": translate("DataPage", "cropped"),
        "pad": translate("DataPage", "padded"),
        "stretch": translate("DataPage", "stretched"),
    }[fit]


def left(found: Survey) -> str:
    """How many images are left for the training."""
    sentence = QCoreApplication.translate("DataPage", "{train} training images")
    return sentence.format(train=grouped(len(found.dataset.train)))


def split(found: Survey) -> str:
    """How many images each split has."""
    dataset = found.dataset
    sentence = QCoreApplication.translate("DataPage", "{train} training, {validation} validation, {test} test images")
    return sentence.format(
        train=grouped(len(dataset.train)), validation=grouped(len(dataset.validation)), test=grouped(len(dataset.test))
    )


def cached(size: int) -> str:
    """How much the decoded images of all datasets take, and what becomes of them; empty if there are none."""
    if not size:
        return ""
    sentence = QCoreApplication.translate(
        "DataPage",
        "Decoded images take {size} on the disk. What was not used for {days} days, and beyond {most} what was unused"
        " for the longest time, is removed by itself.",
    )
    return sentence.format(size=memory(size), days=DAYS, most=memory(MOST_BYTES))


def mean_and_deviation(about: Description) -> str:
    """Mean and deviation of the pixels."""
    mean, std = (" ".join(fixed(each, 4) for each in numbers) for numbers in (about.mean, about.std))
    return QCoreApplication.translate("DataPage", "Mean {mean}\nDeviation {std}").format(mean=mean, std=std)


def row(each: ClassRow) -> str:
    """The counts of a class, in one line."""
    sentence = QCoreApplication.translate("DataPage", "{train} · {validation} · {test}")
    return sentence.format(train=grouped(each.train), validation=grouped(each.validation), test=grouped(each.test))


def row_spoken(each: ClassRow) -> str:
    """A class for assistive technology and tooltips."""
    sentence = QCoreApplication.translate(
        "DataPage", "{name}: {train} training, {validation} validation, {test} test images"
    )
    return sentence.format(
        name=each.name, train=grouped(each.train), validation=grouped(each.validation), test=grouped(each.test)
    )


def troubles(found: Survey) -> tuple[str, list[str]]:
    """A heading, and lines about classes without images, files that were left out, and images that two splits share."""
    lines = [text(fault.said) for fault in found.faults[:MOST_FAULTS]]
    facts = []
    classes, learned = found.dataset.classes, found.census.counts["train"]
    if len(classes) == 1:
        facts.append(QCoreApplication.translate("DataPage", "A single class: there is nothing to tell apart"))
    if empty := [name for name, count in zip(classes, learned.tolist(), strict=True) if not count]:
        facts.append(counted("{count} classes have no training images", "1 class has no training images", len(empty)))
        line = QCoreApplication.translate("DataPage", "“{name}” has no training images.")
        lines = [*(line.format(name=name) for name in empty[:MOST_FAULTS]), *lines]
    if found.faults:
        facts.append(counted("{count} files are left out", "1 file is left out", len(found.faults)))
    if count := found.census.duplicate_count:
        facts.append(counted("{count} images are in two splits", "1 image is in two splits", count))
        lines += [duplicate(each) for each in found.census.duplicates]
    if not facts:
        return QCoreApplication.translate("DataPage", "No damaged files, and no image is in two splits."), []
    return " · ".join(facts), lines


def duplicate(each: Duplicate) -> str:
    """An image that two splits share."""
    translate = QCoreApplication.translate
    names = {
        "train": translate("DataPage", "training image {row}"),
        "validation": translate("DataPage", "validation image {row}"),
        "test": translate("DataPage", "test image {row}"),
    }
    image_name = names[each.split].format(row=grouped(each.row))
    earlier_name = names[each.earlier].format(row=grouped(each.earlier_row))
    return translate("DataPage", "{one} equals {other}").format(one=image_name, other=earlier_name)

"""A folder of pictures: a subfolder for each class, or folders for train, validation and test above them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.description import LONGEST_NAME, MOST_CLASSES
from cnnviz.data.errors import DataError
from cnnviz.data.pictures import SUFFIXES
from cnnviz.data.sources.decoding import MOST_BYTES, PictureTrouble, decoded, header
from cnnviz.data.sources.source import Block, Contents, Fault, Form, Trouble, identity_of, sizes_of, suggested_side
from cnnviz.files import cause, distinct, open_ordinary, read_ordinary, shown, to_unicode
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Sizes

SPLIT_NAMES = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders and files that stand for a split, in lower case."""
DEEPEST = 16
"""So many folders inside each other are searched, that of the class included."""
LONGEST_NUMBER = 18
"""In the order of names, numbers with up to so many digits are compared by value, and longer ones as text."""
MOST_FILES = 20_000_000
SAMPLED = 200
"""At least so many pictures, evenly chosen, decide which form is suggested."""
_HEAD_BYTES = 2**16
"""Size and colours of a picture are in its first bytes."""
_IGNORED = ("__MACOSX", "System Volume Information")
"""Folders that archives and systems add."""


@dataclass(frozen=True, eq=False)
class PictureFiles:
    """A source of pictures in a folder or of a table; ``files`` are their paths below ``path`` for each split."""

    path: Path
    files: dict[str, tuple[str, ...]]
    contents: Contents
    kind: str = "folder"
    slow: bool = True
    scattered: bool = True

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """Decode pictures: uint8 (n, C, H, W)."""
        return read_pictures(self.path, self.files[split][first:stop], form)


def open_folder(path: Path) -> PictureFiles:
    """List a folder of pictures; raises :class:`DataError` if it holds no classes."""
    folders = _folders(path)
    named = {SPLIT_NAMES[name.lower()]: name for name in folders if name.lower() in SPLIT_NAMES}
    # "test" without "train", or "train" as the only split beside other folders, is the name of a class
    splits = named if "train" in named and (len(named) > 1 or len(folders) == 1) else {"train": ""}
    for name in folders if splits is named else ():
        if (other := named.get(SPLIT_NAMES.get(name.lower(), ""), name)) != name:
            raise DataError(
                Sentence(
                    "The folders “{name}” and “{other}” stand for the same images: rename one of them.",
                    name=shown(name),
                    other=shown(other),
                )
            )
    classes_of = {split: _classes(path, name) for split, name in splits.items()}
    names = sorted({name for classes in classes_of.values() for name in classes}, key=natural)
    filled = [name for name in names if any(classes.get(name) for classes in classes_of.values())]
    if not filled:
        raise DataError(_no_classes(path))
    shown_names = tuple(map(distinct, filled))
    if len(filled) > MOST_CLASSES or max(map(len, shown_names)) > LONGEST_NAME:
        raise DataError(
            Sentence("“{name}” holds too many classes, or classes with too long names.", name=shown(path.name))
        )
    label_of = {name: label for label, name in enumerate(filled)}
    files: dict[str, tuple[str, ...]] = {}
    labels: dict[str, NDArray[np.int64]] = {}
    facts: list[tuple[str, int, int]] = []
    for split, classes in classes_of.items():
        listed = [(entry, label_of[name]) for name in filled for entry in classes.get(name, ())]
        facts += [entry for entry, _ in listed]
        files[split] = tuple(entry[0] for entry, _ in listed)
        labels[split] = np.array([label for _, label in listed], np.int64)
    if not files["train"]:
        raise DataError(_no_classes(path / splits["train"]))
    empty = tuple(Fault(name, Trouble.NOTHING_INSIDE) for name in names if name not in label_of)
    form, sizes = suggested_form(path, files["train"])
    identity = identity_of("folder", facts)
    contents = Contents(to_unicode(path.name), shown_names, labels, form, identity, empty, sizes)
    return PictureFiles(path, files, contents)


def read_pictures(folder: Path, files: Sequence[str], form: Form) -> Block:
    """Decode picture files: uint8 (n, C, H, W)."""
    images = np.zeros((len(files), *form.shape), np.uint8)
    good = np.ones(len(files), np.bool_)
    faults = []
    for at, name in enumerate(files):
        try:
            images[at] = decoded(read_ordinary(folder / name, MOST_BYTES), form)
        except PictureTrouble as error:
            faults.append(Fault(name, error.trouble))
            good[at] = False
        except OSError as error:
            if _is_gone(folder):
                # what is missing now is no property of the pictures, and must not be remembered
                raise DataError(
                    Sentence(
                        "“{name}” has vanished while its pictures were read. Bring it back, and try again.",
                        name=shown(folder),
                    )
                ) from error
            faults.append(Fault(name, Trouble.MISSING))
            good[at] = False
    return Block(images, good, tuple(faults))


def _is_gone(folder: Path) -> bool:
    """Whether a folder of pictures is missing, or is empty like the mount point of a removed disk."""
    try:
        return not any(folder.iterdir())
    except OSError:
        return True


def suggested_form(folder: Path, files: Sequence[str]) -> tuple[Form, Sizes | None]:
    """The form that fits some of the pictures best, and their sizes."""
    sides, colour = [], False
    for name in files[:: max(1, len(files) // SAMPLED)]:
        try:
            with open_ordinary(folder / name) as file:
                found = header(file.read(_HEAD_BYTES))
        except OSError:
            continue
        if found is not None:
            height, width, has_colours = found
            sides.append((height, width))
            colour = colour or has_colours
    height, width = suggested_side(sides)
    return Form(3 if colour or not sides else 1, height, width), sizes_of(sides)


def natural(name: str) -> list[tuple[int, str]]:
    """The key by which names are sorted: without case, numbers in them by value, so that 10 comes after 9.

    Of names that differ only in case the one with the capital comes first.
    """
    parts = re.split(r"(\d+)", name.casefold())
    numbered = [(int(part), "") if part.isdecimal() and len(part) <= LONGEST_NUMBER else (-1, part) for part in parts]
    return [*numbered, (-2, name)]


def _no_classes(path: Path) -> Sentence:
    return Sentence(
        "“{name}” holds no classes. Pictures of each class belong into a subfolder that has the name of the class.",
        name=shown(path.name),
    )


def _folders(path: Path) -> list[str]:
    """The names of the subfolders that may be classes or splits."""
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if not _hidden(entry.name) and entry.is_dir()]
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be read: {reason}.", name=shown(path.name), reason=cause(error))
        ) from error


def _classes(root: Path, below: str) -> dict[str, list[tuple[str, int, int]]]:
    """The pictures of each subfolder of a split: path below ``root``, size in bytes and time of change."""
    count = 0
    classes: dict[str, list[tuple[str, int, int]]] = {}
    for name in _folders(root / below):
        place = f"{below}/{name}" if below else name
        classes[name] = sorted(_pictures(root, place, 1), key=lambda entry: natural(entry[0]))
        count += len(classes[name])
        if count > MOST_FILES:
            raise DataError(Sentence("“{name}” holds too many files.", name=shown(root.name)))
    return classes


def _pictures(root: Path, below: str, depth: int) -> Iterator[tuple[str, int, int]]:
    """All pictures in a folder and the folders in it; folders that cannot be read are passed over."""
    try:
        entries = list(os.scandir(root / below))
    except OSError:
        return
    for entry in entries:
        place = f"{below}/{entry.name}"
        try:
            if _hidden(entry.name):
                continue
            if entry.is_dir():
                # links to folders may lead in a circle
                if depth < DEEPEST and not entry.is_symlink():
                    yield from _pictures(root, place, depth + 1)
            elif entry.name.rpartition(".")[2].lower() in SUFFIXES and entry.is_file():
                facts = entry.stat()
                yield place, facts.st_size, facts.st_mtime_ns
        except OSError:
            continue


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in _IGNORED

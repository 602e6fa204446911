"""The datasets that the user has added under a name: a JSON file each, in the program's folder of data."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from cnnviz.data.catalogue import DESCRIPTIONS
from cnnviz.data.choice import NAME, DatasetChoice, description_entry, description_of
from cnnviz.data.errors import DataError
from cnnviz.data.sources.public import PUBLIC
from cnnviz.files import cause, read_ordinary, write_atomically
from cnnviz.quoting import encodable, quoted
from cnnviz.sentence import Sentence
from cnnviz.settings import folders

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FORMAT = "cnnviz-dataset"
MOST_BYTES = 2**24


def datasets_folder() -> Path:
    """The folder of the files of added datasets, and of downloaded ones."""
    return folders().data / "datasets"


def names() -> list[str]:
    """The names of all added datasets, sorted."""
    try:
        return sorted(path.stem for path in datasets_folder().glob("*.json") if NAME.fullmatch(path.stem))
    except OSError:
        return []


def find(name: str) -> DatasetChoice | None:
    """The dataset that was added under a name; None if there is none or its file is damaged."""
    if not NAME.fullmatch(name):
        return None
    try:
        entry = json.loads(read_ordinary(datasets_folder() / f"{name}.json", MOST_BYTES))
        if not isinstance(entry, dict) or entry.get("format") != FORMAT:
            raise ValueError("it is not the description of a dataset")
        return DatasetChoice(name, entry["validation"], own=description_of(entry["images"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        log.warning("the dataset “%s” cannot be read: %s", name, error)
        return None


def add(choice: DatasetChoice, *, replacing: bool = False, downloaded: bool = False) -> None:
    """Keep a dataset under its name; raises :class:`DataError` if the name is taken or nothing can be written.

    The names of public datasets are kept for those that are ``downloaded``.
    """
    assert choice.own is not None
    reserved = {*DESCRIPTIONS, *(() if downloaded else PUBLIC)}
    if choice.name in reserved or (not replacing and choice.name in names()):
        raise DataError(Sentence("There is already a data set named “{name}”; choose another name.", name=choice.name))
    entry = {"format": FORMAT, "validation": choice.validation, "images": description_entry(choice.own)}
    try:
        datasets_folder().mkdir(parents=True, exist_ok=True)
        text = encodable(json.dumps(entry, ensure_ascii=False, indent=1))
        write_atomically(datasets_folder() / f"{choice.name}.json", text + "\n")
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be saved: {reason}.", name=quoted(choice.name), reason=cause(error))
        ) from error


def remove(name: str) -> None:
    """Forget a dataset; its images stay where they are. Raises :class:`DataError` if there is none, or it remains."""
    if name not in names():
        raise DataError(Sentence("There is no data set named “{name}” that was added.", name=quoted(name)))
    try:
        (datasets_folder() / f"{name}.json").unlink()
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be deleted: {reason}.", name=quoted(name), reason=cause(error))
        ) from error

"""The file ``state.json`` of a checkpoint, with a checksum of its own."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cnnviz.files import cause, read_ordinary, shown
from cnnviz.project.recipe import SETTINGS
from cnnviz.sentence import SaidError, Sentence
from cnnviz.training.checkpoint_tensors import MOST_STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


FORMAT = "cnnviz-checkpoint"
VERSION = 2
STATE = "state.json"
MOST_JSON_BYTES = 80 * 2**20
"""A project has up to 64 MB, and more as a text in JSON."""


class CheckpointError(SaidError):
    """A checkpoint that cannot be read or written. ``str()`` is a sentence for the user."""


def _accuracy(value: float) -> float:
    """Check the best accuracy: -1 before the first validation, NaN without validation images, else in [0, 1]."""
    if not (math.isnan(value) or -1 <= value <= 1):
        raise ValueError("an accuracy is at most 1")
    return value


_Count = Annotated[int, Field(ge=0, le=MOST_STEPS)]
_Accuracy = Annotated[float, AfterValidator(_accuracy)]


class Entry(BaseModel):
    """The contents of ``state.json`` without its own checksum.

    ``tensors`` is the file with the tensors and ``sha256`` its checksum; the counters are those of a TrainingState.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["cnnviz-checkpoint"]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    project: str
    tensors: Annotated[str, Field(pattern=r"^tensors-[0-9a-f]{16}\.safetensors$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    device: Literal["cpu", "cuda"]
    precision: Literal["float32", "bfloat16"]
    threads: Annotated[int, Field(ge=1, le=SETTINGS["threads"].parameter.high)]
    memory_format: Literal["channels_last"]
    torch: str
    epochs: _Count
    planned: _Count = 0
    epoch: _Count
    batch: _Count
    step: _Count
    best_accuracy: _Accuracy
    stale: _Count
    best_loss: Annotated[float, Field(allow_inf_nan=False)] | None
    flat: _Count
    lowered: Annotated[float, Field(ge=0, le=1)]


def sealed(entry: Entry) -> str:
    """The text of ``state.json``: the entry and its checksum."""
    body = entry.model_dump()
    return json.dumps({"state": body, "sha256": _seal(body)}, indent=1, ensure_ascii=False) + "\n"


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def read_entry(folder: Path) -> Entry:
    """The entry of the checkpoint in ``folder``; raises :class:`CheckpointError`."""
    path = folder / STATE
    try:
        raw = json.loads(read_ordinary(path, MOST_JSON_BYTES).decode())
    except OSError as error:
        raise CheckpointError(
            Sentence("“{name}” could not be opened: {reason}.", name=shown(folder.name), reason=cause(error))
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(Sentence("“{name}” is not a checkpoint of cnnviz.", name=shown(folder.name))) from error
    body = raw.get("state") if isinstance(raw, dict) else None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise CheckpointError(Sentence("“{name}” is not a checkpoint of cnnviz.", name=shown(folder.name)))
    version = body.get("version")
    if isinstance(version, int) and version > VERSION:
        raise CheckpointError(
            Sentence("“{name}” was saved by a newer cnnviz. Update cnnviz to open it.", name=shown(folder.name))
        )
    try:
        intact = raw.get("sha256") == _seal(body)
        entry = Entry.model_validate(body)
    except (ValidationError, RecursionError) as error:
        raise CheckpointError(
            Sentence("“{name}” is damaged: {file} does not say what it should.", name=shown(folder.name), file=STATE)
        ) from error
    if not intact:
        raise CheckpointError(
            Sentence(
                "“{name}” is damaged: {file} has changed since it was written.", name=shown(folder.name), file=STATE
            )
        )
    return entry

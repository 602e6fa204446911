"""Checkpoints: the complete state of a training. A training that goes on from one gives the same bits as without it.

A checkpoint is a folder. Its ``state.json`` names the file with the tensors,
``tensors-<start of its SHA-256>.safetensors``. The JSON is moved into place last, so the folder holds either the old
state or the new one at any moment. The curves of the run are in ``curves-<the same start>.safetensors``, which may be
missing. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cnnviz.data.errors import DataError
from cnnviz.files import cause, open_ordinary, permissions, shown, write_atomically
from cnnviz.network.check import examine
from cnnviz.project.file import ProjectFileError, recent_project, to_json
from cnnviz.sentence import Sentence, said, unchanged
from cnnviz.training import curves_file
from cnnviz.training.checkpoint_entry import STATE, VERSION, CheckpointError, Entry, read_entry, sealed
from cnnviz.training.checkpoint_tensors import StrangeTensorError, fill, gather, most_bytes
from cnnviz.training.device import DeviceError, Placement, free_memory, place
from cnnviz.training.facts import facts_for
from cnnviz.training.failure import out_of_memory
from cnnviz.training.state import TrainingState, start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Metrics


COUNTERS = ("epochs", "planned", "epoch", "batch", "step", "best_accuracy", "stale", "flat", "lowered")
"""The fields of a TrainingState that are stored unchanged."""
NAME_DIGITS = 16
"""So many digits of its checksum are in the name of a file of tensors."""


@dataclass(frozen=True, eq=False)
class TrainingCopy:
    """A copy of a training of ``project`` between two batches, which any thread may write.

    ``tensors`` have the names, shapes and dtypes that :func:`~cnnviz.training.checkpoint_tensors.gather` documents, and
    are float32 but for states of generators and batch counters; ``counters`` are the values of :data:`COUNTERS`.
    """

    project: Project
    tensors: Mapping[str, Tensor]
    counters: Mapping[str, Any]
    best_loss: float
    placement: Placement


def copy(state: TrainingState, project: Project) -> TrainingCopy:
    """A copy of ``state``, a training of ``project``, on the CPU."""
    counters = {name: getattr(state, name) for name in COUNTERS}
    return TrainingCopy(project, gather(state), counters, state.best_loss, state.placement)


def save(state: TrainingState, project: Project, folder: Path, metrics: Sequence[Metrics] = ()) -> None:
    """Write ``state``, a training of ``project``, and its ``metrics`` to ``folder``, which is created if needed.

    Raises :class:`CheckpointError`.
    """
    try:
        copied = copy(state, project)
    except (MemoryError, RuntimeError) as error:
        # this needs memory, and fails if the GPU no longer answers
        raise _unsaved(folder, _failed_copy(error)) from error
    write(copied, folder, metrics)


def write(copied: TrainingCopy, folder: Path, metrics: Sequence[Metrics] = ()) -> None:
    """Write a copy of a training, and its ``metrics``, to ``folder``, which is created if needed.

    Raises :class:`CheckpointError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        os.close(handle)
        temporary = Path(name)
        try:
            save_file(dict(copied.tensors), temporary)
            digest = _sha256(temporary)
            target = folder / f"tensors-{digest[:NAME_DIGITS]}.safetensors"
            temporary.chmod(permissions(target))
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        entry = Entry(
            format="cnnviz-checkpoint",
            version=VERSION,
            project=to_json(copied.project),
            tensors=target.name,
            sha256=digest,
            device="cuda" if copied.placement.device.type == "cuda" else "cpu",
            precision=copied.placement.precision,
            threads=copied.placement.threads,
            memory_format="channels_last",
            torch=torch.__version__,
            best_loss=copied.best_loss if math.isfinite(copied.best_loss) else None,
            **copied.counters,
        )
        curves = _curves(folder, entry)
        if metrics:
            curves_file.write(metrics, curves)
        write_atomically(folder / STATE, sealed(entry))
        for old in (*folder.glob("tensors-*.safetensors"), *folder.glob("curves-*.safetensors")):
            if old not in (target, curves):
                old.unlink()
    except OSError as error:
        raise _unsaved(folder, cause(error)) from error
    except SafetensorError as error:
        # its text is "Error while serializing: I/O error: No space left on device (os error 28)": only the number helps
        number = re.search(r"\(os error (\d+)\)", str(error))
        why = os.strerror(int(number[1])) if number else str(error)
        raise _unsaved(folder, unchanged(why.rstrip("."))) from error
    except (MemoryError, RuntimeError) as error:
        raise _unsaved(folder, _failed_copy(error)) from error


def load(folder: Path, device: str | None = None) -> tuple[Project, TrainingState]:
    """The project and the state of a checkpoint; on ``device``, or on the device of the run if that is None.

    The caller has to set the number of threads in ``state.placement`` on its own thread. With another device, another
    number of threads or another version of torch, the last bits of later steps may differ. Raises
    :class:`CheckpointError`, and :class:`~cnnviz.training.device.DeviceError`.
    """
    entry = read_entry(folder)
    project = _project(folder, entry)
    placement = _placement(device or entry.device, entry)
    try:
        report = examine(project.network, facts_for(project, free_memory(placement.device)))
    except DataError as error:
        raise CheckpointError(
            Sentence("“{name}” cannot be trained. {reason}", name=shown(folder.name), reason=said(error))
        ) from error
    if not report.trainable:
        raise CheckpointError(
            Sentence("“{name}” cannot be trained. {problem}", name=shown(folder.name), problem=report.errors[0].said)
        )
    state = start(project, report, placement)
    tensors = _stored(folder, entry, most_bytes(state))
    for name in COUNTERS:
        setattr(state, name, getattr(entry, name))
    state.best_loss = math.inf if entry.best_loss is None else entry.best_loss
    try:
        fill(state, tensors, entry.device)
    except StrangeTensorError as error:
        raise CheckpointError(
            Sentence(
                "The tensors of “{name}” do not belong to its network. {reason}",
                name=shown(folder.name),
                reason=said(error),
            )
        ) from error
    return project, state


def metrics_of(folder: Path, run: int) -> list[Metrics]:
    """The metrics of a checkpoint with ``run`` as their run number; empty if the curves are missing or damaged.

    Raises :class:`CheckpointError` if the checkpoint itself is.
    """
    entry = read_entry(folder)
    return curves_file.read(_curves(folder, entry), run, entry.step)


def project_of(folder: Path) -> Project:
    """The project of a checkpoint; raises :class:`CheckpointError`."""
    return _project(folder, read_entry(folder))


def _curves(folder: Path, entry: Entry) -> Path:
    """The path of the curves of a checkpoint."""
    return folder / entry.tensors.replace("tensors", "curves", 1)


def weights_of(folder: Path) -> tuple[Project, dict[str, Tensor]]:
    """The project of a checkpoint, and the parameters and buffers of its network.

    They are named and shaped as in the torch module (``conv1.weight``: (O, I, kH, kW)): float32, batch counters int64.
    Raises :class:`CheckpointError`.
    """
    entry = read_entry(folder)
    project = _project(folder, entry)
    path = folder / entry.tensors
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(
            Sentence("“{name}” could not be opened: {reason}.", name=shown(folder.name), reason=cause(error))
        ) from error
    tensors = _stored(folder, entry, size)
    module = "module/"
    return project, {name.removeprefix(module): tensor for name, tensor in tensors.items() if name.startswith(module)}


def _failed_copy(error: Exception) -> Sentence:
    """Why tensors could not be copied, in the middle of a sentence."""
    if out_of_memory(error):
        return Sentence("There was not enough memory")
    return unchanged(str(error).partition("\n")[0].rstrip("."))


def _unsaved(folder: Path, why: Sentence) -> CheckpointError:
    return CheckpointError(Sentence("“{folder}” could not be saved: {reason}.", folder=shown(folder), reason=why))


def _project(folder: Path, entry: Entry) -> Project:
    try:
        return recent_project(entry.project)
    except ProjectFileError as error:
        raise CheckpointError(
            Sentence(
                "“{name}” holds no project that can be read. {reason}", name=shown(folder.name), reason=said(error)
            )
        ) from error


def _stored(folder: Path, entry: Entry, most: int) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name; raises CheckpointError, also for a file of more than ``most`` bytes."""
    path = folder / entry.tensors
    try:
        if path.stat().st_size > most or _sha256(path) != entry.sha256:
            raise CheckpointError(
                Sentence(
                    "“{name}” is damaged: its tensors have changed since they were written.", name=shown(folder.name)
                )
            )
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 # it is no mapping
    except OSError as error:
        raise CheckpointError(
            Sentence("“{name}” could not be opened: {reason}.", name=shown(folder.name), reason=cause(error))
        ) from error
    except SafetensorError as error:
        raise CheckpointError(
            Sentence("“{name}” is damaged: its tensors cannot be read.", name=shown(folder.name))
        ) from error


def _placement(device: str, entry: Entry) -> Placement:
    if device.partition(":")[0] == "cuda" and not torch.cuda.is_available():
        raise DeviceError(
            Sentence("This run was trained on a GPU, and there is none here; choose “cpu” to go on without it.")
        )
    return place(device, entry.precision, entry.threads)


def _sha256(path: Path) -> str:
    with open_ordinary(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

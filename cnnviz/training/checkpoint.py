"""All that a training is, written down so that going on from it gives the bits that going on without a stop gives.

A checkpoint is a folder with ``state.json`` and the tensors it names, ``tensors-<start of their SHA-256>.safetensors``.
The JSON is moved into place last, so a folder holds the old state or the new one at any moment. Nothing is pickled.

Tensors are stored contiguous. On loading, each takes the strides of the parameter that it belongs to: fused optimizers
walk through parameters and their state side by side, and compute wrong updates, without an error, where these differ.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cnnviz.files import write_atomically
from cnnviz.network.check import check
from cnnviz.project.file import ProjectFileError, from_json, to_json
from cnnviz.project.project import Project
from cnnviz.project.recipe import LIMITS
from cnnviz.training.device import DeviceError, Placement
from cnnviz.training.facts import facts_for
from cnnviz.training.model import seed_of
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, start

FORMAT = "cnnviz-checkpoint"
VERSION = 1
STATE = "state.json"
MOST_JSON_BYTES = 80 * 2**20


class CheckpointError(Exception):
    """A checkpoint that cannot be read or written. ``str()`` is a sentence for the user."""


class _Entry(BaseModel):
    """What ``state.json`` holds besides its own checksum."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["cnnviz-checkpoint"]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    project: str
    tensors: Annotated[str, Field(pattern=r"^tensors-[0-9a-f]{16}\.safetensors$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    device: str
    precision: Literal["float32", "bfloat16"]
    threads: Annotated[int, Field(ge=1, le=LIMITS["threads"][1])]
    memory_format: Literal["channels_last"]
    torch: str
    epochs: Annotated[int, Field(ge=0)]
    epoch: Annotated[int, Field(ge=0)]
    batch: Annotated[int, Field(ge=0)]
    step: Annotated[int, Field(ge=0)]
    best_accuracy: float
    stale: Annotated[int, Field(ge=0)]
    best_loss: float | None
    flat: Annotated[int, Field(ge=0)]
    lowered: float


PLACE = ("epochs", "epoch", "batch", "step", "best_accuracy", "stale", "flat", "lowered")
"""The numbers of a state that are stored as they are."""


def save(state: TrainingState, project: Project, folder: Path) -> None:
    """Write ``state``, a training of ``project``, to ``folder``, which is made; raises :class:`CheckpointError`."""
    tensors = _tensors(state)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        os.close(handle)
        temporary = Path(name)
        try:
            save_file(tensors, temporary)
            digest = _sha256(temporary)
            target = folder / f"tensors-{digest[:16]}.safetensors"
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        entry = _Entry(
            format="cnnviz-checkpoint",
            version=VERSION,
            project=to_json(project),
            tensors=target.name,
            sha256=digest,
            device=state.placement.device.type,
            precision=state.placement.precision,
            threads=state.placement.threads,
            memory_format="channels_last",
            torch=torch.__version__,
            best_loss=state.best_loss if math.isfinite(state.best_loss) else None,
            **{name: getattr(state, name) for name in PLACE},
        )
        write_atomically(folder / STATE, _sealed(entry))
        for old in folder.glob("tensors-*.safetensors"):
            if old != target:
                old.unlink()
    except OSError as error:
        raise CheckpointError(f"“{folder.name}” could not be saved: {error.strerror or error}.") from error


def load(folder: Path, device: str | None = None) -> tuple[Project, TrainingState]:
    """The project and the state of a checkpoint, on the device of the run or another one.

    The threads of the run are in ``state.placement`` and are for the caller to set on its thread; on another device,
    with other threads or another torch the last bits of what follows may differ. Raises :class:`CheckpointError`.
    """
    entry = _read(folder)
    project = _project(folder, entry)
    tensors = _stored(folder, entry)
    placement = _placement(device or entry.device, entry)
    report = check(project.network, facts_for(project))
    if not report.trainable:
        raise CheckpointError(f"“{folder.name}” cannot be trained. {report.errors[0].sentence()}")
    state = start(project, report, placement)
    for name in PLACE:
        setattr(state, name, getattr(entry, name))
    state.best_loss = math.inf if entry.best_loss is None else entry.best_loss
    _fill(state, tensors, folder, entry.device)
    return project, state


def project_of(folder: Path) -> Project:
    """The project of a checkpoint; raises :class:`CheckpointError`."""
    return _project(folder, _read(folder))


def _project(folder: Path, entry: _Entry) -> Project:
    try:
        return from_json(entry.project)
    except ProjectFileError as error:
        raise CheckpointError(f"“{folder.name}” holds no project that can be read. {error}") from error


def _tensors(state: TrainingState) -> dict[str, Tensor]:
    """Everything of a state that is a tensor, by a name that says what it is: contiguous copies on the CPU."""
    found = {f"module/{name}": tensor for name, tensor in state.module.state_dict().items()}
    found |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    for name, module in state.module.named_children():
        if isinstance(module, SeededDropout) and module.generator is not None:
            found[f"dropout/{name}"] = module.generator.get_state()
    for number, values in state.optimizer.state_dict()["state"].items():
        found |= {f"optimizer/{number}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    return {name: torch.empty(one.shape, dtype=one.dtype).copy_(one.detach()) for name, one in found.items()}


def _fill(state: TrainingState, tensors: Mapping[str, Tensor], folder: Path, device: str) -> None:
    rooms: dict[str, dict[str, Tensor]] = {"module": {}, "best": {}, "dropout": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        room, _, rest = name.partition("/")
        rooms.get(room, {})[rest] = tensor
    own = state.module.state_dict()
    try:
        state.module.load_state_dict(rooms["module"])
        for name, tensor in rooms["best"].items():
            state.best[name] = _like(tensor, own[name])
        for name, tensor in rooms["dropout"].items():
            module = state.module._modules[name]
            assert isinstance(module, SeededDropout)
            module.generator = torch.Generator(state.placement.device)
            if state.placement.device.type == device:
                module.generator.set_state(tensor)
            else:
                # the generators of processors and GPUs cannot go on with each other's states
                module.generator.manual_seed(seed_of(module.seed, f"{state.step}"))
        _fill_optimizer(state, rooms["optimizer"])
    except (KeyError, IndexError, ValueError, RuntimeError, AssertionError) as error:
        raise CheckpointError(f"The tensors of “{folder.name}” do not belong to its network.") from error


def _fill_optimizer(state: TrainingState, tensors: Mapping[str, Tensor]) -> None:
    parameters = [one for group in state.optimizer.param_groups for one in group["params"]]
    for name, tensor in tensors.items():
        number, _, what = name.partition("/")
        parameter = parameters[int(number)]
        kept = state.optimizer.state[parameter]
        if what == "step":
            # counted beside the parameter by fused optimizers, on the CPU by the others
            fused = bool(state.optimizer.defaults.get("fused"))
            kept[what] = tensor.to(parameter.device if fused else "cpu")
        else:
            kept[what] = _like(tensor, parameter)
    for parameter in parameters:
        for value in state.optimizer.state[parameter].values():
            if isinstance(value, Tensor) and value.dim() > 0 and value.stride() != parameter.stride():
                raise AssertionError(f"optimizer state of strides {value.stride()} for {parameter.stride()}")


def _like(tensor: Tensor, pattern: Tensor) -> Tensor:
    """The values of ``tensor`` in the strides and on the device of ``pattern``, which has to have the same shape."""
    if tensor.shape != pattern.shape:
        raise ValueError(f"{tuple(tensor.shape)} for {tuple(pattern.shape)}")
    made = torch.empty_strided(pattern.shape, pattern.stride(), dtype=tensor.dtype, device=pattern.device)
    return made.copy_(tensor)


def _sealed(entry: _Entry) -> str:
    body = entry.model_dump()
    return json.dumps({"state": body, "sha256": _seal(body)}, indent=1, ensure_ascii=False) + "\n"


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _read(folder: Path) -> _Entry:
    path = folder / STATE
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise CheckpointError(f"“{folder.name}” is too large to be a checkpoint.")
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"“{folder.name}” could not be opened: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"“{folder.name}” is not a checkpoint of cnnviz.") from error
    body = raw.get("state") if isinstance(raw, dict) else None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise CheckpointError(f"“{folder.name}” is not a checkpoint of cnnviz.")
    version = body.get("version")
    if isinstance(version, int) and version > VERSION:
        raise CheckpointError(f"“{folder.name}” was saved by a newer cnnviz. Update cnnviz to open it.")
    try:
        sound = raw.get("sha256") == _seal(body)
        entry = _Entry.model_validate(body)
    except (ValidationError, RecursionError) as error:
        raise CheckpointError(f"“{folder.name}” is damaged: {STATE} does not say what it should.") from error
    if not sound:
        raise CheckpointError(f"“{folder.name}” is damaged: {STATE} has changed since it was written.")
    return entry


def _stored(folder: Path, entry: _Entry) -> dict[str, Tensor]:
    path = folder / entry.tensors
    try:
        if _sha256(path) != entry.sha256:
            raise CheckpointError(f"“{folder.name}” is damaged: its tensors have changed since they were written.")
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 # it is no mapping
    except OSError as error:
        raise CheckpointError(f"“{folder.name}” could not be opened: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise CheckpointError(f"“{folder.name}” is damaged: its tensors cannot be read.") from error


def _placement(device: str, entry: _Entry) -> Placement:
    if device.partition(":")[0] == "cuda" and not torch.cuda.is_available():
        raise DeviceError("This run was trained on a GPU, and there is none here; choose “cpu” to go on without it.")
    return Placement(torch.device(device), entry.precision, entry.threads)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The folder of a recorded run: the names of its files, and how they are read. No torch at the top of the file.

================================== ===============================================================================
file                               what it holds
================================== ===============================================================================
``run.json``                       facts: when, on what, with which versions; written once, where the run begins
``project-STEP.json``              the project that is trained from this step on
``numbers.blocks``                 numbers of every step, evaluations and events, in blocks with checksums; only grows
``summary.json``                   what a table says of the run; made again from the others where it is old or missing
``label.json``                     name and notes that the user gave, and the name of the project that was saved since
``canvas.json``                    the project on screen, if the run was opened from an archive that has one
``marks.json``                     names and pins that the user gave to moments
``owner.json``                     the process that records the run, while it does; see :mod:`cnnviz.runs.ownership`
``moments/STEP.safetensors``       parameters and buffers after this step, with the project that they are of;
                                   ``STEP.json`` has their SHA-256 and comes last
``moments/STEP/``                  a checkpoint, from which training goes on exactly
``studies/STEP-NAME.safetensors``  the result of a study of this moment; made again where it is missing
================================== ===============================================================================
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnnviz.files import cause, read_ordinary, shown
from cnnviz.runs.sealed import is_sound
from cnnviz.sentence import SaidError, Sentence, said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, dtype

    from cnnviz.network.graph import Network
    from cnnviz.project.project import Project

FORMAT, VERSION = "cnnviz-run", 2
FACTS, NUMBERS, SUMMARY, LABEL, MOMENTS = "run.json", "numbers.blocks", "summary.json", "label.json", "moments"
STUDIES = "studies"
CHECKPOINT = "state.json"
"""The file of a checkpoint that is written last."""
MARKS = "marks.json"
PROJECT = "project"
"""Key of the project among the metadata of a file of weights."""
MOST_JSON_BYTES = 2**20
MOST_PROJECT_BYTES = 2**26
MOST_NUMBERS_BYTES = 2**31
_STEP = re.compile(r"(\d{12})(\.json)?")
_PROJECT = re.compile(r"project-(\d{12})\.json")


class RunError(SaidError):
    """A recorded run that cannot be read. ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class MomentFile:
    """A recorded moment: its ``step``, the ``bytes`` on disk, and whether training can go on from it exactly."""

    step: int
    bytes: int
    exact: bool


def run_in(folder: Path) -> Path | None:
    """The run in a folder: the folder itself, or the newest run in it or in its folder of runs; None without one."""

    def is_run(path: Path) -> bool:
        return (path / FACTS).is_file() or (path / NUMBERS).is_file()

    if is_run(folder):
        return folder
    for runs in (folder, folder / "runs", folder / "data" / "runs"):
        found = sorted(path for path in runs.iterdir() if is_run(path)) if runs.is_dir() else []
        if found:
            return found[-1]
    return None


def weights_path(folder: Path, step: int) -> Path:
    """The tensors of a moment."""
    return folder / MOMENTS / f"{step:012}.safetensors"


def seal_path(folder: Path, step: int) -> Path:
    """The file that proves that the tensors of a moment are complete."""
    return folder / MOMENTS / f"{step:012}.json"


def checkpoint_path(folder: Path, step: int) -> Path:
    """The checkpoint of a moment, from which training can continue exactly."""
    return folder / MOMENTS / f"{step:012}"


def study_path(folder: Path, step: int, name: str) -> Path:
    """The result of a study of a moment; ``name`` says which study."""
    return folder / STUDIES / f"{step:012}-{name}.safetensors"


def is_recorded(folder: Path, step: int) -> bool:
    """Whether a moment is completely written."""
    return is_exact(folder, step) or seal_path(folder, step).is_file()


def project_path(folder: Path, step: int) -> Path:
    """The project that is trained from a step on."""
    return folder / f"project-{step:012}.json"


def moments(folder: Path) -> dict[int, MomentFile]:
    """The completely written moments by step, in ascending order; empty if there is no folder."""
    found: dict[int, MomentFile] = {}
    try:
        entries = sorted((folder / MOMENTS).iterdir())
    except OSError:
        return {}
    for path in entries:
        matched = _STEP.fullmatch(path.name)
        if matched is None:
            continue
        step = int(matched[1])
        try:
            if matched[2] is None:
                if (path / CHECKPOINT).is_file():
                    found[step] = MomentFile(step, sum(each.stat().st_size for each in path.iterdir()), exact=True)
            elif step not in found:
                found[step] = MomentFile(step, weights_path(folder, step).stat().st_size, exact=False)
        except OSError:
            # the moment was deleted while the folder was read
            continue
    return found


def project_at(folder: Path, step: int) -> Project:
    """The project that was trained at a step, but for settings that were changed while training; raises
    :class:`RunError`."""
    return project_since(folder, step)[1]


def project_since(folder: Path, step: int) -> tuple[int, Project]:
    """The project of :func:`project_at`, and the step since which it was trained; raises :class:`RunError`."""
    from cnnviz.project.file import ProjectFileError, from_json

    try:
        matched = (_PROJECT.fullmatch(path.name) for path in folder.iterdir())
        steps = [int(each[1]) for each in matched if each is not None]
        if not steps:
            raise RunError(Sentence("The recorded run in “{name}” has lost its project.", name=shown(folder.name)))
        since = max((each for each in steps if each <= step), default=min(steps))
        path = project_path(folder, since)
        return since, from_json(_project_text(read_ordinary(path, MOST_PROJECT_BYTES).decode()))
    except OSError as error:
        raise unreadable(folder, error) from error
    except (ProjectFileError, ValueError) as error:
        reason = said(error) if isinstance(error, ProjectFileError) else Sentence("It is not as it was written.")
        raise RunError(
            Sentence(
                "The project of the recorded run in “{name}” is damaged. {reason}",
                name=shown(folder.name),
                reason=reason,
            )
        ) from error


def _project_text(content: str) -> str:
    """The project in the content of its file, as text; raises ValueError if the content is not as it was written."""
    raw = parsed(content)
    if is_sound(raw) is None:
        # a project alone, as the first versions wrote it
        return content
    if not is_sound(raw) or not isinstance(raw.get(PROJECT), str):
        raise ValueError("it has changed")
    return str(raw[PROJECT])


def weights(folder: Path, step: int) -> tuple[Project, dict[str, Tensor]]:
    """Project and weights of a moment: parameters and buffers, named and shaped as in the torch module, on the CPU.

    Float32 (``conv1.weight``: (O, I, kH, kW)); batch counters int64. A moment may become exact while it is read: the
    file of its weights is deleted once its checkpoint is complete. Raises :class:`RunError`.
    """
    if is_exact(folder, step):
        return _exact_weights(folder, step)
    try:
        return _plain_weights(folder, step)
    except RunError:
        if is_exact(folder, step):
            return _exact_weights(folder, step)
        raise


def is_exact(folder: Path, step: int) -> bool:
    """Whether the checkpoint of a moment is complete: its state is written last."""
    return (checkpoint_path(folder, step) / CHECKPOINT).is_file()


def _exact_weights(folder: Path, step: int) -> tuple[Project, dict[str, Tensor]]:
    from cnnviz.training.checkpoint import weights_of
    from cnnviz.training.checkpoint_entry import CheckpointError

    try:
        project, tensors = weights_of(checkpoint_path(folder, step))
    except CheckpointError as error:
        raise _damaged(folder, step) from error
    return project, _fitting(project, tensors, folder, step)


def _plain_weights(folder: Path, step: int) -> tuple[Project, dict[str, Tensor]]:
    # imported here, because listing runs needs no torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    from cnnviz.project.file import ProjectFileError

    try:
        seal = object_in(seal_path(folder, step))
        path = weights_path(folder, step)
        content = read_ordinary(path, path.stat().st_size)
        if hashlib.sha256(content).hexdigest() != seal.get("sha256"):
            raise _damaged(folder, step)
        project = _project_in(content) or project_at(folder, step)
        return project, _fitting(project, load(content), folder, step)
    except OSError as error:
        raise unreadable(folder, error) from error
    except (SafetensorError, ProjectFileError, ValueError) as error:
        raise _damaged(folder, step) from error


def _fitting(project: Project, tensors: Mapping[str, Tensor], folder: Path, step: int) -> dict[str, Tensor]:
    """Copies of the tensors; raises :class:`RunError` if they are not those of the project's network.

    The copies are in memory of torch's own: aligned, so that the same bits are computed, and apart from the file.
    """
    import torch

    if {name: (tuple(each.shape), each.dtype) for name, each in tensors.items()} != _expected(project.network):
        raise RunError(
            Sentence(
                "The weights at step {step} of the recorded run “{name}” do not fit its network."
                " Choose another moment.",
                step=step,
                name=shown(folder.name),
            )
        )
    copies = {name: torch.empty(tensor.shape, dtype=tensor.dtype) for name, tensor in tensors.items()}
    for name, copy in copies.items():
        # numpy copies on this thread alone; torch would start a pool of threads for each thread that copies
        copy.numpy()[...] = tensors[name].numpy()
    return copies


@lru_cache(maxsize=4)
def _expected(network: Network) -> Mapping[str, tuple[tuple[int, ...], dtype]]:
    """Shape and dtype of each parameter and buffer of a network, by its name in the torch module."""
    import torch

    from cnnviz.network.shapes import infer

    shapes = infer(network)
    # only the batch counter of a normalization has no axis
    return {
        f"{node}.{name}": (shape, torch.float32 if shape else torch.int64)
        for node in shapes.used
        for name, shape in {**shapes.nodes[node].parameters, **shapes.nodes[node].buffers}.items()
    }


def _project_in(content: bytes) -> Project | None:
    """The project in the metadata of a file of weights, None without one; raises ProjectFileError or ValueError."""
    from cnnviz.project.file import recent_project

    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    text = header.get("__metadata__", {}).get(PROJECT)
    return None if text is None else recent_project(text)


def object_in(path: Path) -> dict[str, Any]:
    """The JSON object in a small file; raises OSError or ValueError."""
    return parsed(read_ordinary(path, MOST_JSON_BYTES))


def parsed(content: str | bytes) -> dict[str, Any]:
    """The JSON object in ``content``; raises ValueError."""
    try:
        raw = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(raw, dict):
        raise ValueError("it is no object")
    return raw


def _damaged(folder: Path, step: int) -> RunError:
    return RunError(
        Sentence(
            "The moment at step {step} of the recorded run “{name}” is damaged. Choose another moment.",
            step=step,
            name=shown(folder.name),
        )
    )


def unreadable(folder: Path, error: OSError) -> RunError:
    """The error of a run of which a file cannot be read."""
    return RunError(
        Sentence(
            "The recorded run in “{name}” could not be read: {reason}.", name=shown(folder.name), reason=cause(error)
        )
    )

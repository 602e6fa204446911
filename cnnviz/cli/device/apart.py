"""Finding the batch at which a training continued in another process differs from an uninterrupted one."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file

from cnnviz.cli.device.watched import PATIENCE_SECONDS, session
from cnnviz.cli.errors import CommandError
from cnnviz.program import command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cnnviz.project.project import Project


def gone_on(folder: Path, device: str, batches: int, kept: Path | None = None) -> str:
    """Continue a stored training in another process; returns the digest of its weights.

    The continued training is stored in ``kept``, if given.
    """
    line = command("train", "--resume", f"{folder}", "--batches", f"{batches}", "--device", device, "--json")
    if kept is not None:
        line += ["--save", f"{kept}"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    if done.returncode:
        raise CommandError(f"The training could not go on in another process. {done.stderr.strip()}")
    weights: str = json.loads(done.stdout.splitlines()[-1])["weights"]
    return weights


def parting(project: Project, device: str, folder: Path, done: int, most: int) -> Mapping[str, Any]:
    """After how many batches a training differs from the same training continued in another process, and which tensors.

    The training was kept in ``folder`` after ``done`` batches. The tensors of both trainings' checkpoints are compared.
    """
    for batches in sorted({1, min(2, most), most}):
        here, there = (folder.with_name(f"{folder.name}-{which}-{batches}") for which in ("here", "there"))
        with session(project, device) as watched:
            watched.train(done + batches)
            watched.save(here)
        gone_on(folder, device, batches, there)
        if names := _unequal(_tensors(here), _tensors(there)):
            return {"batches": batches, "tensors": names}
    return {"batches": None, "tensors": {}}


def _unequal(here: Mapping[str, torch.Tensor], there: Mapping[str, torch.Tensor]) -> dict[str, float | None]:
    """The names of tensors that differ, and the largest difference; None if a side lacks the tensor."""
    found: dict[str, float | None] = {}
    for name in sorted(here.keys() | there.keys()):
        if name not in here or name not in there:
            found[name] = None
        elif not torch.equal(here[name], there[name]):
            found[name] = float((here[name].double() - there[name].double()).abs().max())
    return found


def _tensors(folder: Path) -> dict[str, torch.Tensor]:
    (file,) = folder.glob("tensors-*.safetensors")
    return load_file(file)

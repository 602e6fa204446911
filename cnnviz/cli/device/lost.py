"""A missing or lost GPU: error sentences, and trainings that continue on the processor."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.repeating import project_with_chance
from cnnviz.cli.device.watched import PATIENCE_SECONDS, session
from cnnviz.program import command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HIDDEN = {"CUDA_VISIBLE_DEVICES": ""}
"""Environment of a process that sees no GPU."""
BATCHES, BATCHES_AFTERWARDS = 6, 2
"""How many batches a training has before it is kept, and after it has gone on."""
LAST_CHARACTERS = 600
"""So much is kept of what a case has written."""


@dataclass(frozen=True)
class _Case:
    """A command line, and its expected exit code and words in the output."""

    arguments: tuple[str, ...]
    code: int
    words: str
    environment: Mapping[str, str]


def run(setting: Setting) -> Finding:
    """Run each case in a separate process."""
    cases = _cases(setting)
    with ThreadPoolExecutor(len(cases)) as pool:
        found = dict(zip(cases, pool.map(_outcome, cases.values()), strict=True))
    bad = [name for name, each in found.items() if not each["good"]]
    sentence = f"{len(found) - len(bad)} of {len(found)} cases are as they should be"
    sentence += f"; not {', '.join(bad)}." if bad else "."
    return Finding(not bad, sentence, found)


def _cases(setting: Setting) -> dict[str, _Case]:
    gpu = setting.device != "cpu"
    train = ("train", "fast", "--batches", "1", "--json", "--device")
    cases = {
        "asked for a GPU where there is none": _Case((*train, "cuda"), 2, "no CUDA device", HIDDEN),
        "auto where there is none": _Case((*train, "auto"), 0, '"device": "CPU"', HIDDEN),
    }
    if gpu:
        cases["a number that is not there"] = _Case((*train, "cuda:99"), 2, "There is no “cuda:99”", {})
        cases["lost while it trains"] = _Case(("lost-device", "--device", setting.device), 0, "no longer answers", {})
    if find_spec("pydantic") is None:
        # the other cases resume a kept training, whose files are read with pydantic
        return cases
    kept = setting.folder / "lost"
    _keep(setting, kept)
    resume = ("train", "--resume", f"{kept}", "--batches", f"{BATCHES_AFTERWARDS}", "--json")
    steps = f'"steps": {BATCHES + BATCHES_AFTERWARDS}'
    cases["goes on on the processor"] = _Case((*resume, "--device", "cpu"), 0, steps, HIDDEN)
    if gpu:
        cases["goes on where there is none"] = _Case(resume, 2, "choose “cpu”", HIDDEN)
    return cases


def _keep(setting: Setting, folder: Path) -> None:
    with session(project_with_chance(repeatable=False), setting.device) as watched:
        watched.train(BATCHES)
        watched.save(folder)


def _outcome(case: _Case) -> dict[str, Any]:
    environment = {**os.environ, **case.environment}
    done = subprocess.run(
        command(*case.arguments), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment
    )
    printed = f"{done.stdout.strip()[-LAST_CHARACTERS:]} {done.stderr.strip()[-LAST_CHARACTERS:]}".strip()
    good = done.returncode == case.code and case.words in done.stdout + done.stderr
    return {"good": good, "code": done.returncode, "said": printed}

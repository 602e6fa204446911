"""The precision “auto”: measured once a machine, remembered, kept by a run; and the repeatable training."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from training_kit import PATIENCE, assert_same, project, session, state_of, tensors

from cnnviz.project.recipe import Recipe
from cnnviz.training import checkpoint, comparison, device, precision
from cnnviz.training.channels import State
from cnnviz.training.device import DeviceError, Placement, place, place_run
from cnnviz.training.state import TrainingState
from cnnviz.training.workplace import Workplace

CPU = torch.device("cpu")
AUTO = Recipe(precision="auto")


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_known", {})
    for module in (device, comparison):
        monkeypatch.setattr(module, "native_bfloat16", lambda _: True)


@pytest.fixture
def raced(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], list[Placement]]:
    """Let races end with these seconds for float32 and bfloat16; they are listed."""

    def ends(exact: float, half: float) -> list[Placement]:
        seen: list[Placement] = []

        def race(placement: Placement) -> dict[str, list[float]]:
            seen.append(placement)
            return {"float32": [exact] * 3, "bfloat16": [half] * 3}

        monkeypatch.setattr(comparison, "race", race)
        return seen

    return ends


def test_what_is_faster_is_taken_and_measured_once(raced: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = raced(1.0, 2.0)
    assert place("cpu", "auto", 2).precision == "bfloat16"
    for _ in range(3):
        assert comparison.settle(Placement(CPU, "bfloat16", 2), AUTO).precision == "float32"
    assert len(seen) == 1
    # the file alone tells the next process
    (key,) = json.loads((home / "cache" / "precision.json").read_text())
    assert f"torch {torch.__version__}" in key and key.endswith("threads 2")
    monkeypatch.setattr(precision, "_known", {})
    assert place("cpu", "auto", 2).precision == "float32"
    assert comparison.settle(Placement(CPU, "bfloat16", 2), AUTO).precision == "float32"
    assert len(seen) == 1
    # other threads, and another torch, are measured again
    seen = raced(2.0, 1.0)
    assert comparison.settle(Placement(CPU, "float32", 1), AUTO).precision == "bfloat16"
    monkeypatch.setattr(torch, "__version__", "99")
    assert comparison.settle(Placement(CPU, "float32", 2), AUTO).precision == "bfloat16"
    assert [one.threads for one in seen] == [1, 2]
    assert len(json.loads((home / "cache" / "precision.json").read_text())) == 3


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '{"x": 3}', "[" * 100_000, '{"%s": "float64"}'])
def test_a_damaged_file_is_measured_anew(raced: Any, home: Path, content: str) -> None:
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "precision.json").write_text(content.replace("%s", precision.machine_key(CPU, 1)))
    seen = raced(2.0, 1.0)
    assert comparison.settle(Placement(CPU, "float32", 1), AUTO).precision == "bfloat16"
    assert len(seen) == 1
    assert json.loads((home / "cache" / "precision.json").read_text())


def test_only_auto_on_a_device_with_bfloat16_is_measured(raced: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = raced(1.0, 2.0)
    for recipe in (Recipe(precision="bfloat16"), Recipe(precision="float32"), Recipe(repeatable=True)):
        one = Placement(CPU, "bfloat16", 1)
        assert comparison.settle(one, recipe) is one
    for module in (device, comparison):
        monkeypatch.setattr(module, "native_bfloat16", lambda _: False)
    assert place("cpu", "auto", 1).precision == "float32"
    comparison.settle(Placement(CPU, "float32", 1), AUTO)
    assert seen == []


def test_the_verdict_is_the_lower_median() -> None:
    assert comparison.verdict({"float32": [3.0, 1.0, 9.0], "bfloat16": [2.0, 2.9, 8.0]}) == "bfloat16"
    assert comparison.verdict({"float32": [1.0], "bfloat16": [1.0]}) == "float32"


def test_a_race_is_in_turns_ends_in_time_and_leaves_chance_alone() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    ticks = itertools.count()
    found = comparison.race(Placement(CPU, "float32", 1), lambda: next(ticks) * 0.1)
    assert torch.equal(before, torch.random.get_rng_state())
    # a round looks at the clock four times, and once more whether there is time for another
    assert found["float32"] == pytest.approx([0.1] * 2) and found["bfloat16"] == pytest.approx([0.1] * 2)
    fast = comparison.race(Placement(CPU, "float32", 1), lambda: 0.0)
    assert len(fast["float32"]) == len(fast["bfloat16"]) == comparison.MOST_ROUNDS


def test_a_run_keeps_the_precision_that_it_began_with(raced: Any, tmp_path: Path) -> None:
    one = project(precision="auto", epochs=1)
    seen = raced(1.0, 2.0)
    with session(one) as watched:
        assert seen == []  # nothing is measured before there is something to train
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        assert watched.session.status.precision == "float32"
        saved = threading.Event()

        def save(state: TrainingState | None) -> None:
            assert state is not None
            checkpoint.save(state, one, tmp_path)
            saved.set()

        watched.session.visit(save)
        assert saved.wait(PATIENCE)
        precision.remember(CPU, watched.session.status.threads, "bfloat16")
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert watched.session.status.precision == "float32"
    assert len(seen) == 1
    assert checkpoint.load(tmp_path)[1].placement.precision == "float32"


def test_a_repeatable_training_is_the_same_whatever_the_session_is_told() -> None:
    one = project(precision="auto", repeatable=True, threads=2, optimizer="adam", rotation=8.0, epochs=1)
    ends = []
    for threads in (1, 2):
        with session(one, threads=threads) as watched:
            watched.session.play()
            watched.in_state(State.FINISHED)
            status = watched.session.status
            assert (status.precision, status.threads) == ("float32", 2)
            ends.append(watched.tensors())
    assert_same(*ends)


def test_repeatable_is_float32_with_its_own_threads() -> None:
    one = Recipe(repeatable=True, threads=3, precision="bfloat16")
    assert place_run(one, "cpu", 7) == Placement(CPU, "float32", 3)
    assert place_run(replace(one, repeatable=False), "cpu", 7) == Placement(CPU, "bfloat16", 7)
    assert "precision" not in one.uses and "threads" in one.uses
    assert "threads" not in Recipe().uses
    assert tensors(state_of(project()))


@pytest.mark.parametrize(
    ("kind", "repeatable", "during"),
    [("cuda", False, (True, True)), ("cuda", True, (False, False)), ("cpu", False, (False, True))],
)
def test_a_gpu_computes_in_tf32_unless_it_has_to_repeat_and_leaves_the_setting_as_it_was(
    kind: str, repeatable: bool, during: tuple[bool, bool]
) -> None:
    before = device.tf32()
    one = Workplace("auto", 1)
    processors = torch.backends.mkldnn.fp32_precision
    try:
        one.use(Placement(torch.device(kind), "float32", 1), Recipe(repeatable=repeatable))
        assert device.tf32() == during
        # what the observer computes on the processor is float32 all the same
        assert torch.backends.mkldnn.fp32_precision == processors
        one.use(Placement(torch.device(kind), "float32", 1), Recipe())
    finally:
        one.close()
    assert device.tf32() == before == (False, True)


@pytest.mark.parametrize("device", ["meta", "mps", "cpu:1", "nonsense"])
def test_what_nothing_can_be_trained_on_is_refused_with_a_sentence(device: str) -> None:
    with pytest.raises(DeviceError, match=rf"“{device}” .*choose “cpu”"):
        place(device, "auto", 1)

"""The checks of a device: they pass on the processor, and on a GPU where there is one; and each can fail."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from cnnviz.cli import check_device, main
from cnnviz.cli.device import apart, kinds, looking, losses, repeating, speed
from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.watched import session
from cnnviz.training.modules import SeededDropout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_torch_thread", "warm_program")

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]
OF_GPUS = ("memory", "too_much", "waiting")


def check(name: str, device: str, folder: Path) -> Finding:
    module: Any = import_module(f"cnnviz.cli.device.{name}")
    found: Finding = module.run(Setting(device, folder, quick=True))
    return found


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["kinds", "losses", "repeating", "looking", "lost"])
def test_a_device_that_computes_as_it_should_passes(name: str, device: str, tmp_path: Path) -> None:
    found = check(name, device, tmp_path)
    assert found.passed, found.sentence
    json.dumps(found.figures)


@pytest.mark.parametrize("name", OF_GPUS)
def test_what_only_a_gpu_has_is_not_asked_of_processors(name: str, tmp_path: Path) -> None:
    assert check(name, "cpu", tmp_path).passed is None


@pytest.mark.cuda
@pytest.mark.parametrize("name", OF_GPUS)
def test_what_only_a_gpu_has_passes_there(name: str, tmp_path: Path) -> None:
    found = check(name, "cuda", tmp_path)
    assert found.passed, found.sentence


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["fast", "precisions"])
def test_a_quick_measurement_has_figures_and_no_judgement(name: str, device: str, tmp_path: Path) -> None:
    found = check(name, device, tmp_path)
    assert found.passed is None and found.sentence
    json.dumps(found.figures)


def test_dropout_that_does_not_scale_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole: Callable[[SeededDropout, Tensor], Tensor] = SeededDropout.forward
    monkeypatch.setattr(SeededDropout, "forward", lambda self, x: whole(self, x) * 1.01)
    monkeypatch.setattr(kinds, "GEOMETRIES", {})
    found = check("kinds", "cpu", tmp_path)
    assert found.passed is False
    assert found.figures["masks"] == {"SeededDropout": False, "SeededDropout2d": False, "SeededStochasticDepth": False}


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    exact = kinds._computed

    def computed(network: Any, report: Any, x: Tensor, placement: Any) -> dict[str, Tensor]:
        found = exact(network, report, x, placement)
        if placement is not None and "one.weight" in found:
            found["one.weight"] = found["one.weight"].roll(1, 0)
        return found

    monkeypatch.setattr(kinds, "_computed", computed)
    found = check("kinds", "cpu", tmp_path)
    assert found.passed is False
    assert {"one.weight"} == set(found.figures["wrong"]["float32"]["3x3"])
    assert "3x3" in found.sentence.partition("Wrong: ")[2]


def test_a_small_gradient_counts_as_a_tenth_of_the_largest() -> None:
    expected = {"one": torch.full((4,), 10.0), "other": torch.full((4,), 1e-9)}
    found = {"one": torch.full((4,), 11.0), "other": torch.full((4,), 1e-2)}
    assert kinds.differences(found, expected) == pytest.approx({"one": 0.1, "other": 0.01})


def test_losses_of_other_batches_are_too_far(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    exact, calls = losses.losses, itertools.count()
    monkeypatch.setattr(losses, "losses", lambda *given: [one * (1 + 0.2 * next(calls)) for one in exact(*given)])
    assert check("losses", "cpu", tmp_path).passed is False


def test_a_training_that_depends_on_more_than_its_seed_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    count = itertools.count()
    monkeypatch.setattr("cnnviz.training.loop.augmentation_seed", lambda *_: next(count))
    found = looking.run(Setting("cpu", tmp_path, quick=True))
    assert found.passed is False and found.figures["steered"] is False


def test_a_training_that_becomes_another_says_when_and_in_what(tmp_path: Path) -> None:
    """Another seed makes another training, from its first batch on."""
    kept = repeating.project_with_chance(repeatable=True)
    other = replace(kept, recipe=replace(kept.recipe, seed=2))
    with session(kept, "cpu") as watched:
        watched.train(2)
        watched.save(tmp_path / "kept")
    assert apart.parting(kept, "cpu", tmp_path / "kept", 2, 3) == {"batches": None, "tensors": {}}
    found = apart.parting(other, "cpu", tmp_path / "kept", 2, 3)
    assert found["batches"] == 1
    assert {"module/fc1.weight", "optimizer/0/exp_avg", "dropout/drop"} <= found["tensors"].keys()
    assert "optimizer/0/step" not in found["tensors"]


@pytest.mark.parametrize(("script", "bare", "passed"), [(3.0, 0.95, True), (3.0, 0.5, False), (0.9, 1.0, False)])
def test_speed_is_judged_beside_both_programs(script: float, bare: float, passed: bool) -> None:
    figures = {
        "images_per_second": {"ours": 64_000, "script": 20_000, "bare": 70_000},
        "ratio": {"script": script, "bare": bare},
        "precision": "bfloat16",
    }
    found = speed.finding(figures)
    assert found.passed is passed
    assert f"{script:.2f} times as fast as the tutorial's script" in found.sentence


class _Fake:
    def __init__(self, finding: Finding | None) -> None:
        self.finding = finding

    def run(self, setting: Setting) -> Finding:
        assert setting.device == "cpu" and setting.folder.is_dir()
        if self.finding is None:
            raise RuntimeError("CUDA error: unspecified launch failure")
        return self.finding


def test_every_check_follows_whatever_one_finds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    findings = iter([Finding(True, "Fine.", {"a": 1}), None, Finding(None, "Not here.")])
    monkeypatch.setattr(check_device, "import_module", lambda _: _Fake(next(findings)))
    out = tmp_path / "found.json"
    line = ["check-device", "--device", "cpu", "--only", "kinds", "losses", "memory", "--out", f"{out}"]
    assert main(line) == 1
    said = capsys.readouterr().out.splitlines()
    assert [one.split()[:2] for one in said] == [["passed", "kinds"], ["FAILED", "losses"], ["–", "memory"]]
    assert "unspecified launch failure" in said[1]
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["ok"] is False and found["machine"]["torch"] == torch.__version__
    assert [one["passed"] for one in found["checks"].values()] == [True, False, None]
    assert found["checks"]["kinds"]["figures"] == {"a": 1}


def test_all_is_well_where_nothing_failed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(check_device, "import_module", lambda _: _Fake(Finding(None, "Not here.")))
    assert main(["check-device", "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and found["checks"].keys() == check_device.CHECKS.keys()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--device", "nonsense"], "“nonsense” is not a device"),
        (["--only", "nothing"], "invalid choice"),
        (["--device", "cpu", "--only", "memory", "--out", "/nowhere/found.json"], "could not be written"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-device", *line]) == 2
    assert said in capsys.readouterr().err

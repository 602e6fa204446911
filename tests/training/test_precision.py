"""The precision “auto”: measured for each kind of network, remembered, kept by a run; and the repeatable training."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from training_kit import PATIENCE, advance, assert_same, data, project, session, state_of, tensors, with_recipe

from cnnviz.network.graph import Edge
from cnnviz.network.layers import Sigmoid
from cnnviz.project import edits
from cnnviz.project.recipe import Recipe
from cnnviz.training import checkpoint, comparison, device, precision
from cnnviz.training.channels import State
from cnnviz.training.device import DeviceError, Placement, place, place_run
from cnnviz.training.loop import Comparing
from cnnviz.training.machine_cache import machine
from cnnviz.training.resources import TrainingResources

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.precision import Resolved
    from cnnviz.training.state import TrainingState

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_known", {})
    for module in (device, comparison):
        monkeypatch.setattr(module, "native_bfloat16", lambda _: True)


class Raced:
    """Races that end with these seconds for float32 and bfloat16; ``count`` of them were run."""

    def __init__(self) -> None:
        self.exact, self.half = 1.0, 2.0
        self.count = 0

    def race(self, *_: object) -> Generator[Comparing, None, dict[str, list[float]]]:
        self.count += 1
        yield Comparing()
        return {"float32": [self.exact] * 3, "bfloat16": [self.half] * 3}


@pytest.fixture
def raced(monkeypatch: pytest.MonkeyPatch) -> Raced:
    one = Raced()
    monkeypatch.setattr(comparison, "race", one.race)
    return one


def settled(one: Project, threads: int = 1) -> str:
    """The precision of a training after the race."""
    state = state_of(one, threads)
    moments = comparison.decide_precision(state, one)
    while True:
        try:
            next(moments)
        except StopIteration as end:
            placement: Placement = end.value
            assert placement.threads == threads
            return placement.precision


def test_what_is_faster_is_taken_and_measured_once(raced: Raced, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = project(precision="auto")
    for _ in range(3):
        assert settled(one) == "float32"
    assert raced.count == 1
    # the file alone tells the next process
    (key,) = json.loads((home / "cache" / "precision.json").read_text())
    assert f"torch {torch.__version__} | threads 1 | " in key
    monkeypatch.setattr(precision, "_known", {})
    assert settled(one) == "float32"
    assert raced.count == 1
    # other threads, and another torch, are measured again
    raced.exact = 3.0
    assert settled(one, 2) == "bfloat16"
    # no process has two of them
    monkeypatch.setattr(torch, "__version__", "99")
    monkeypatch.setattr(precision, "_known", {})
    assert settled(one) == "bfloat16"
    assert raced.count == 3
    assert len(json.loads((home / "cache" / "precision.json").read_text())) == 3


def test_each_kind_of_network_is_measured_whatever_its_layers_are_called(raced: Raced) -> None:
    one = project(precision="auto")
    assert settled(one) == "float32"
    raced.exact = 3.0
    for same in (
        edits.rename(one, "conv1", "first"),
        edits.set_parameter(one, "drop1", "p", 0.5),
        with_recipe(one, learning_rate=0.001, optimizer="adam", seed=7),
    ):
        assert settled(same) == "float32"
    assert raced.count == 1
    for other in (
        edits.set_parameter(one, "conv1", "out_channels", 5),
        edits.set_parameter(one, "conv1", "kernel_size", (5, 5)),
        edits.insert(edits.arrange_all(one), Edge("norm1", "relu1"), Sigmoid())[0],
        with_recipe(one, batch_size=32),
    ):
        assert settled(other) == "bfloat16"
    assert raced.count == 5


def test_of_many_measurements_the_newest_are_kept(home: Path) -> None:
    for number in range(precision.MOST_KINDS + 10):
        precision.remember(CPU, 1, f"{number}", "float32")
    precision.remember(CPU, 1, "10", "bfloat16")
    kept = json.loads((home / "cache" / "precision.json").read_text())
    assert len(kept) == precision.MOST_KINDS
    assert precision.known(CPU, 1, "9") is None and precision.known(CPU, 1, "11") == "float32"
    assert precision.known(CPU, 1, "10") == "bfloat16" and [*kept][-1].endswith("| 10")
    assert (home / "cache" / "precision.json").stat().st_size < precision.CACHE.most_bytes / 2


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '{"x": 3}', "[" * 100_000, '{"%s": "float64"}'])
def test_a_damaged_file_is_measured_anew(raced: Raced, home: Path, content: str) -> None:
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "precision.json").write_text(
        content.replace("%s", f"{machine()} | {precision.machine_key(CPU, 1)}")
    )
    assert settled(project(precision="auto")) == "float32"
    assert raced.count == 1
    assert json.loads((home / "cache" / "precision.json").read_text())


def test_only_auto_on_a_device_with_bfloat16_is_measured(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen, resolved in (
        ({"precision": "bfloat16"}, "bfloat16"),
        ({"precision": "float32"}, "float32"),
        ({"precision": "float32", "repeatable": True}, "float32"),
    ):
        assert settled(project(**chosen)) == resolved
    for module in (device, comparison):
        monkeypatch.setattr(module, "native_bfloat16", lambda _: False)
    assert place("cpu", "auto", 1).precision == "float32"
    settled(project(precision="auto"))
    assert raced.count == 0


def test_the_verdict_is_the_lower_median() -> None:
    assert comparison.verdict({"float32": [3.0, 1.0, 9.0], "bfloat16": [2.0, 2.9, 8.0]}) == "bfloat16"
    assert comparison.verdict({"float32": [1.0], "bfloat16": [1.0]}) == "float32"


def raced_with(seconds: Callable[[str, int], float], batch_size: int = 64) -> tuple[dict[str, list[float]], list[int]]:
    """The result of a race whose steps take so long, and the images of each step."""
    now, images = [0.0], []

    def runner(name: Resolved) -> Callable[[int], None]:
        def run(count: int) -> None:
            images.append(count)
            now[0] += seconds(name, count)

        return run

    formats: tuple[Resolved, ...] = ("float32", "bfloat16")
    moments = comparison.race({one: runner(one) for one in formats}, batch_size, lambda: now[0])
    while True:
        try:
            next(moments)
        except StopIteration as end:
            return dict(end.value), images


def test_a_race_is_in_turns_and_ends_when_it_is_decided_or_in_time() -> None:
    found, images = raced_with(lambda name, count: count * (1e-4 if name == "float32" else 2e-4))
    # three rounds of two steps, after one that is not counted and one of each that tells how long a step takes
    assert found == {"float32": pytest.approx([64e-4] * 3), "bfloat16": pytest.approx([128e-4] * 3)}
    assert images == [8, 64, 64, *[64] * 12]
    even, _ = raced_with(lambda _, count: count * 1e-4)
    assert len(even["float32"]) == len(even["bfloat16"]) == comparison.MOST_ROUNDS
    slow, images = raced_with(lambda _, count: count * 0.02)
    assert len(slow["float32"]) == 1 and images == [8, *[64] * 4]
    # a step of the whole batch would take a minute
    slower, images = raced_with(lambda _, count: float(count))
    assert len(slower["float32"]) == 1 and images == [8] * 5


def test_a_race_leaves_training_and_chance_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_known", {})
    one = project(precision="auto", optimizer="adam")
    plain, compared = state_of(with_recipe(one, precision="float32")), state_of(with_recipe(one, precision="float32"))
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    count = sum(1 for _ in comparison.decide_precision(compared, one))
    assert count > 2 * comparison.LEAST_ROUNDS
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(parameter.grad is None for parameter in compared.module.parameters())
    assert_same(tensors(plain), tensors(compared))
    advance(plain, data(), 7)
    advance(compared, data(), 7)
    assert_same(tensors(plain), tensors(compared))


@pytest.mark.parametrize("command", ["pause", "stop", "reset", "close"])
def test_a_race_gives_way_to_commands(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def race(*_: object) -> Iterator[Comparing]:
        reached.set()
        while True:
            assert go_on.wait(PATIENCE)
            yield Comparing()

    monkeypatch.setattr(comparison, "race", race)
    one = project(precision="auto")
    with session(one) as watched:
        watched.session.play()
        assert reached.wait(PATIENCE)
        if command == "close":
            watched.session.channels.closing.set()
        elif command == "reset":
            watched.session.reset(with_recipe(one, precision="float32"))
        else:
            getattr(watched.session, command)()
        go_on.set()
        if command == "pause":
            watched.in_state(State.PAUSED)
            assert watched.session.status.step == 0
        elif command == "stop":
            watched.until(watched.session.trouble)
            assert "nothing to test" in watched.session.trouble()
        elif command == "reset":
            watched.until(lambda: watched.session.status.precision == "float32")
            assert watched.session.status.state is State.UNTRAINED


def test_a_race_that_was_paused_goes_on(raced: Raced) -> None:
    with session(project(precision="auto")) as watched:
        watched.session.play()
        watched.session.pause()
        watched.in_state(State.PAUSED)
        watched.session.batches(2)
        watched.until(lambda: watched.session.status.step >= 2 and watched.session.status.state is State.PAUSED)
        assert watched.session.status.precision == "float32"
    assert raced.count == 1


def test_a_run_keeps_the_precision_that_it_began_with(raced: Raced, tmp_path: Path) -> None:
    one = project(precision="auto", epochs=1)
    with session(one) as watched:
        assert raced.count == 0  # nothing is measured before there is something to train
        assert watched.session.status.precision == "auto"
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
        (key,) = precision._known
        precision.remember(CPU, watched.session.status.threads, key.rpartition(" | ")[2], "bfloat16")
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert watched.session.status.precision == "float32"
    assert raced.count == 1
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
    one = TrainingResources("auto", 1)
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

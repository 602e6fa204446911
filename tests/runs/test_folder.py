"""Reading the moments of a run: while they are written, and where they do not belong to their network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from training_kit import assert_same, project, state_of, tensors

from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs import folder as run_folder
from cnnviz.runs.folder import RunError, checkpoint_path, moments, weights
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.training import checkpoint
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz.training.state import TrainingState


@pytest.fixture
def state() -> TrainingState:
    return state_of(project())


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    made = RunWriter(tmp_path / "run", project(), Facts("small", 1.0, 5), 10**9)
    yield made
    made.close()


def test_a_moment_is_read_while_its_checkpoint_is_written(writer: RunWriter, state: TrainingState) -> None:
    writer.write_weights(7, project(), tensors(state))
    # as it is until the state is in place, and as a program leaves it that ends then
    unfinished = checkpoint_path(writer.folder, 7)
    unfinished.mkdir()
    (unfinished / "tensors-0123456789abcdef.safetensors").write_bytes(b"half of the tensors")
    assert not moments(writer.folder)[7].exact
    assert_same(weights(writer.folder, 7)[1], tensors(state))


def test_a_moment_is_read_that_becomes_exact_meanwhile(
    writer: RunWriter, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write_weights(7, project(), tensors(state))
    read = run_folder.object_in

    def becomes_exact(path: Path) -> dict[str, Any]:
        if path == run_folder.seal_path(writer.folder, 7) and path.exists():
            writer.write_exact(7, checkpoint.copy(state, project()))
        return read(path)

    monkeypatch.setattr(run_folder, "object_in", becomes_exact)
    assert_same(weights(writer.folder, 7)[1], tensors(state))
    assert moments(writer.folder)[7].exact and not run_folder.weights_path(writer.folder, 7).exists()


@pytest.mark.parametrize("strange", ["name", "shape", "dtype", "missing"])
def test_weights_of_another_network_are_refused(writer: RunWriter, state: TrainingState, strange: str) -> None:
    found = tensors(state)
    match strange:
        case "name":
            found["fc2.weight"] = found.pop("fc1.weight")
        case "shape":
            found["fc1.weight"] = found["fc1.weight"].T.contiguous()
        case "dtype":
            found["fc1.weight"] = found["fc1.weight"].to(torch.bfloat16)
        case _:
            del found["norm1.num_batches_tracked"]
    writer.write_weights(7, project(), found)
    with pytest.raises(RunError, match=r"weights at step 7 .* do not fit its network\. Choose another moment"):
        weights(writer.folder, 7)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_the_weights_of_each_template_fit_its_network(template: str) -> None:
    one = TEMPLATES[template].project()
    with torch.device("meta"):
        module = build(one.network, infer(one.network))
    expected = {name: (tuple(each.shape), each.dtype) for name, each in module.state_dict().items()}
    assert run_folder._expected(one.network) == expected

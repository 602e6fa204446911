"""The check of random layers: nothing is wrong as they are computed here, and what is wrong or crashes is found."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from torch import Tensor, nn

from cnnviz.cli import check_kernels, main
from cnnviz.cli.kernel_trial import TOLERANCES, Format, draw, wrong
from cnnviz.network.layers import Conv2d, ConvTranspose2d
from cnnviz.network.report import NodeReport
from cnnviz.training.computation import Computation, computation

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.mark.parametrize("number_format", TOLERANCES)
def test_nothing_is_wrong_with_random_layers(number_format: Format) -> None:
    torch.set_num_threads(1)
    found = {number: errors for number in range(150) if (errors := wrong(draw(number), number_format, number))}
    assert found == {}


def test_all_ways_to_compute_are_drawn() -> None:
    seen = set()
    for number in range(400):
        trial = draw(number)
        if isinstance(trial.layer, Conv2d | ConvTranspose2d):
            node = NodeReport((trial.shape,), trial.layer.infer((trial.shape,)).output)
            seen.add((type(trial.layer), computation(trial.layer, node)))
    assert seen == {(kind, way) for kind in (Conv2d, ConvTranspose2d) for way in Computation}


def test_a_wrong_number_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [number for number in range(40) if isinstance(draw(number).layer, Conv2d)]
    right = nn.Conv2d.forward

    def worse(module: nn.Conv2d, images: Tensor) -> Tensor:
        output = right(module, images)
        return output if images.dtype is torch.float64 else output + (torch.rand_like(output) > 0.99)

    monkeypatch.setattr(nn.Conv2d, "forward", worse)
    found = [number for number in numbers if wrong(draw(number), "float32", number, bare=True)]
    assert len(found) > len(numbers) / 2


def test_the_command_goes_on_behind_a_crash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crashing = "import json, os\nprint(json.dumps({'number': 5}), flush=True)\nos.abort()"
    going_on = "import json\nprint(json.dumps({'number': 7, 'format': 'float32', 'wrong': ['output']}))"
    begun: list[tuple[str, ...]] = []

    def started(*arguments: str) -> list[str]:
        begun.append(arguments[1:3])
        return [sys.executable, "-c", crashing if len(begun) == 1 else going_on]

    monkeypatch.setattr(check_kernels, "command", started)
    assert main(["check-kernels", "--first", "4", "--count", "6", "--json"]) == 1
    assert begun == [("4", "10"), ("6", "10")]
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["number"], one["wrong"]) for one in findings] == [(5, ["crash"]), (7, ["output"])]


def test_the_command_computes_in_another_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-kernels", "--count", "5"]) == 0
    assert "5 layers in float32 and bfloat16, forward and gradients, beside float64: nothing is wrong." in (
        capsys.readouterr().out
    )
    assert main(["check-kernels", "--count", "0"]) == 2

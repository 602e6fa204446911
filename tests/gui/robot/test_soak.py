"""What is made of the samples of a long training; the training itself is a command, not a test."""

from __future__ import annotations

import pytest

from cnnviz.cli import main
from cnnviz.gui.robot.soak import Sample, summary


def test_growth_and_ratio_leave_out_the_first_minute() -> None:
    samples, images, memory = [], 0.0, 500e6
    for number in range(1, 181):
        # 1,000 images a second for 15 minutes, 900 then; memory rises fast in the first minute, then by 1 MB a minute
        images += 10 * (1000 if number <= 90 else 900)
        memory += 50e6 if number <= 6 else 1e6 / 6
        samples.append(Sample(10.0 * number, round(memory), round(images), 8.0 * number))
    found = summary(30, samples, {"network": "one"})
    assert found.images_per_second == {"begin": 1250, "end": 1125}
    assert found.ratio == 0.9
    # the mean of the last minute, whose middle is half a minute before the end: 28.5 minutes at 1 MB
    assert found.growth_bytes == pytest.approx(28.5e6, rel=1e-3)
    assert found.facts == {"network": "one"} and len(found.samples) == 180


def test_a_short_one_is_halved() -> None:
    samples = [Sample(10.0 * n, 100, 100 * n if n < 9 else 900 + 50 * (n - 9), 10.0 * n) for n in range(1, 13)]
    found = summary(2, samples, {})
    assert found.images_per_second == {"begin": 10, "end": 5}
    assert found.growth_bytes == 0


@pytest.mark.parametrize("arguments", [["--soak", "1"], ["--soak", "1e9"], ["--soak", "nan"], []])
def test_what_cannot_be_done_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tour", *arguments]) == 2
    assert capsys.readouterr().err.startswith("cnnviz: --")

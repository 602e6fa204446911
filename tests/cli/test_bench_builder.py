"""The bench of the builder: it uses the real window, and every figure of a small network is there and positive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnnviz.cli import bench_builder, main
from cnnviz.gui.robot import builder_bench, random_edits

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

EDITS = {"set a parameter", "add a layer", "delete a layer", "cut in two", "move a layer", "rename a layer"}


def test_every_edit_and_frame_is_measured(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(bench_builder.SCALE, "1")
    monkeypatch.setattr(bench_builder, "FRAMES", 4)
    monkeypatch.setattr(builder_bench, "AFTERWARDS_SECONDS", 0.0)
    assert main(["bench", "--builder", "--json", "--rounds", "1", "--template", "fast"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["network"], said["size"]) == ("fast", [1400, 900])
    ((scale, figures),) = said["scales"].items()
    assert scale == "100 %"
    assert (figures["nodes"], figures["wires"]) == (16, 15)
    for kind in ("edits", "undo"):
        assert figures[kind]["fitted"].keys() == EDITS
        assert figures[kind]["1:1"].keys() == {*EDITS, "connect"}
        assert all(value > 0 for view in figures[kind].values() for value in view.values())
    assert figures["frames"]["fitted"].keys() == {"pan", "zoom"}
    assert figures["frames"]["1:1"].keys() == {"pan", "zoom", "drag a layer"}
    assert all(0 < one["p50"] <= one["p95"] for view in figures["frames"].values() for one in view.values())
    assert figures["opening"].keys() == {"first", "later"} and min(figures["opening"].values()) > 0
    assert figures["pause"] >= 0


def test_random_edits_are_measured_until_they_are_painted(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(random_edits, "MOMENT_SECONDS", 0.0)
    line = ["bench", "--builder", "--edits", "12", "--seed", "3", "--template", "fast"]
    assert main([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert main(line) == 0
    assert said["all"]["count"] == sum(kind["count"] for kind in said["kinds"].values()) >= 12
    assert said["kinds"].keys() > {"undo"} and said["seed"] == 3
    for one in (said["all"], *said["kinds"].values()):
        assert 0 < one["p50"] <= one["p95"] <= one["p99"] <= one["max"]
    assert "pause in the moments after" in capsys.readouterr().out
    assert main(["bench", "--builder", "--edits", "0"]) == 2
    assert "--edits takes 1 to 1,000,000." in capsys.readouterr().err


def test_opening_a_large_file_is_measured(qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["bench", "--builder", "--layers", "60", "--rounds", "2"]
    assert main([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert main(line) == 0
    assert (said["layers"], said["rounds"], said["goal_seconds"]) == (60, 2, 1.0)
    assert 0 < said["processor_seconds"] <= said["seconds"]
    assert 0 < said["items"] < 200
    assert "A file with a chain of 60 layers" in capsys.readouterr().out
    assert main(["bench", "--builder", "--layers", "7"]) == 2
    assert "--layers takes 8 to 50,000." in capsys.readouterr().err


def test_another_scale_is_measured_in_another_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {
        "nodes": 3,
        "wires": 2,
        "edits": {"fitted": {"move a layer": 1.5}, "1:1": {"move a layer": 2.0, "connect": 2.5}},
        "undo": {"fitted": {"move a layer": 1.0}, "1:1": {"move a layer": 1.25, "connect": 3.5}},
        "frames": {"fitted": {"pan": {"p50": 4.0, "p95": 5.0}}, "1:1": {"pan": {"p50": 6.0, "p95": 7.0}}},
        "pause": 0.5,
        "opening": {"first": 0.75, "later": 0.25},
    }
    lines: list[list[str]] = []

    class Done:
        returncode, stdout, stderr = 0, json.dumps({"scales": {"200 %": figures}}), "No window."

    def started(line: list[str], **options: object) -> type[Done]:
        lines.append(line)
        environment = options["env"]
        assert isinstance(environment, dict) and environment[bench_builder.SCALE] == "2"
        return Done

    monkeypatch.delenv(bench_builder.SCALE, raising=False)
    monkeypatch.setattr(bench_builder, "_in_this_process", lambda _: ("100 %", figures))
    monkeypatch.setattr("cnnviz.cli.bench_builder.subprocess.run", started)
    assert main(["bench", "--builder", "--rounds", "2"]) == 0
    assert lines[0][-6:] == ["--builder", "--json", "--template", "densenet-121", "--rounds", "2"]
    said = capsys.readouterr().out
    assert "At 100 %" in said and "At 200 %" in said and "4 – 5" in said and "3.5" in said
    Done.returncode = 2
    assert main(["bench", "--builder"]) == 2
    assert "No window." in capsys.readouterr().err

"""A tour that fails closes its window, whose threads would keep the process alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cnnviz.gui.robot import tour

if TYPE_CHECKING:
    from pathlib import Path


def test_a_tour_that_fails_closes_its_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done: list[str] = []

    class Visit:
        def __init__(self, *_: Any) -> None:
            done.append("opened")

        def build(self, _: str) -> None:
            raise ModuleNotFoundError("No module named 'PySide6.QtOpenGL'")

        def close(self) -> bool:
            done.append("closed")
            return True

    monkeypatch.setattr(tour, "Visit", Visit)
    with pytest.raises(ModuleNotFoundError):
        tour.run(tmp_path, 1.0, (960, 600), done.append)
    assert done == ["opened", "The window is there.", "closed"]

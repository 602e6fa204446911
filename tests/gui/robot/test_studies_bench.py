"""The cost of studies is measured in the real window."""

from __future__ import annotations

import pytest

from cnnviz.cli import main
from cnnviz.gui.robot import studies_bench


@pytest.mark.usefixtures("application")
def test_studies_are_made_beside_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies_bench, "WARM_SECONDS", 0.02)
    names = ("points", "check")
    found = studies_bench.run(1, 0.1, names)
    assert set(found.keeps) == set(names)
    assert all(0 < found.least[name] <= found.keeps[name] <= found.most[name] for name in names)


def test_a_study_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--studies", "guessing"]) == 2
    assert "There is no study “guessing”; there are points, " in capsys.readouterr().err

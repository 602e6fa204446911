"""``cnnviz bench --data``: both read all pictures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnnviz.cli import main
from cnnviz.settings import HOME

if TYPE_CHECKING:
    import pytest


def test_both_read_all_pictures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME, "")
    assert main(["bench", "--data", "20", "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pictures"] == 20 and found["ratio"] > 0
    assert found["images_per_second"] > 0 and found["theirs_per_second"] > 0
    assert main(["bench", "--data", "3"]) == 2
    assert "--data takes 10 to 1,000,000" in capsys.readouterr().err

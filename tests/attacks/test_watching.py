"""What watches the reading of damaged files tells of every hang."""

from __future__ import annotations

from itertools import count

import mutations
import pytest
from mutations import HangError, watched


@pytest.mark.parametrize("swallowed", [False, True])
def test_a_hang_is_told_with_its_place(swallowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "SECONDS", 0.02)
    with pytest.raises(HangError) as told, watched("an endless file"):
        _hang(swallowed)
    assert "an endless file takes more than 0.02 s" in str(told.value)
    assert "in _hang" in str(told.value)


def _hang(swallowed: bool) -> None:
    try:
        for _ in count():
            pass
    except HangError:
        if not swallowed:
            raise

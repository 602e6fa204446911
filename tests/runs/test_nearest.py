"""The recorded step that is nearest to a wished one."""

from __future__ import annotations

import pytest

from cnnviz.runs.nearest import nearest_step


@pytest.mark.parametrize(("step", "nearest"), [(-5, 0), (4, 0), (5, 0), (6, 10), (99, 30)])
def test_of_two_that_are_as_near_it_is_the_first(step: int, nearest: int) -> None:
    assert nearest_step((0, 10, 30), step) == nearest

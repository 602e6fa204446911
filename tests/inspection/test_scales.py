"""Colour scales of maps whose values are partly not finite."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from cnnviz.inspection.scales import SMALLEST_LIMIT, Scales, largest, span


@pytest.mark.parametrize("hole", [nan, inf, -inf])
def test_values_that_are_not_finite_leave_the_scale_of_the_others(hole: float) -> None:
    values = np.linspace(-2, 3, 600, dtype=np.float32).reshape(6, 10, 10)
    broken = values.copy()
    broken[0] = hole
    assert largest(broken) == largest(values) == 3
    assert span(broken) == pytest.approx(span(values), rel=0.01)
    assert Scales().limits("maps", "conv", broken) == (span(broken), 3)
    assert Scales().limits("maps", "conv", np.full((2, 3, 3), hole, np.float32)) == (SMALLEST_LIMIT, SMALLEST_LIMIT)

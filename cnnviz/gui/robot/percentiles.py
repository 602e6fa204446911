"""Percentiles of measured times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def percentiles(
    milliseconds: Sequence[float] | NDArray[np.float64], shares: Sequence[int] = (50, 95), decimals: int = 1
) -> dict[str, float]:
    """``p50`` and ``p95``, or those of other shares in percent, of at least one time, each with so many decimals."""
    return {f"p{share}": round(float(np.percentile(milliseconds, share)), decimals) for share in shares}

"""Moments that have to go: the budget holds, the first and the kept ones stay, and no stretch of the run is emptied."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.runs.thinning import superfluous

SIZES = st.dictionaries(st.integers(0, 10**7), st.integers(1, 1000), max_size=40)


@given(SIZES, st.integers(0, 20_000), st.data())
def test_what_counts_fits_into_the_budget(sizes: dict[int, int], budget: int, data: st.DataObject) -> None:
    kept = set(data.draw(st.lists(st.sampled_from(sorted(sizes)), max_size=3))) if sizes else set()
    gone = superfluous(sizes, budget, kept)
    left = set(sizes) - set(gone)
    protected = kept | set(sorted(sizes)[:1])
    assert len(set(gone)) == len(gone) and set(gone) <= set(sizes) and protected <= left
    counted = [sizes[step] for step in left - protected]
    assert sum(counted) <= budget
    # no more goes than has to: with the last one that went it would not fit
    assert not gone or sum(counted) + sizes[gone[-1]] > budget


def test_what_is_left_is_spread_over_the_run_and_dense_at_its_start() -> None:
    sizes = dict.fromkeys(range(1001), 1)
    left = sorted(set(sizes) - set(superfluous(sizes, 30, {1000})))
    assert left[:4] == [0, 1, 2, 4] and left[-1] == 1000 and len(left) == 32
    assert max(after - before for before, after in pairwise(left)) < 120

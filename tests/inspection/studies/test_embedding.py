"""Embeddings by t-SNE are as good as those of scikit-learn, can be cancelled, and leave no trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from cnnviz.inspection.axes import Axes, Principal
from cnnviz.inspection.studies import threads
from cnnviz.inspection.studies.embedding import STEPS, Embedded, affinities, embed
from cnnviz.inspection.studies.points import Chosen, Embedding, Points
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.inspection.studies.threads import check_of, paced


def never() -> bool:
    return False


def rows(count: int) -> torch.Tensor:
    digits = load_digits().data[:count] / 16
    return torch.from_numpy(PCA(20, random_state=0).fit_transform(digits).astype(np.float32))


def test_divergence_and_neighbourhoods_are_those_of_scikit_learn() -> None:
    given = rows(300)
    seen: list[Embedded] = []
    state = torch.random.get_rng_state()
    found = embed(given, seen.append, never)
    assert found is not None and found.positions.shape == (300, 2)
    assert torch.equal(state, torch.random.get_rng_state())
    theirs = TSNE(2, init="pca", method="exact", random_state=0, perplexity=30).fit(given.numpy())
    assert found.divergence == pytest.approx(theirs.kl_divergence_, rel=0.05)
    mine = trustworthiness(given.numpy(), found.positions.numpy(), n_neighbors=10)
    assert mine >= trustworthiness(given.numpy(), theirs.embedding_, n_neighbors=10) - 0.01
    assert [one.step for one in seen] == list(range(10, STEPS + 1, 10))
    assert seen[-1].divergence < seen[30].divergence


def test_affinities_and_divergence_equal_a_plain_loop() -> None:
    given = rows(40)
    pairs = affinities(given, 8.0, never)
    assert pairs is not None and float(pairs.sum()) == pytest.approx(1, abs=1e-5)
    points = given.numpy().astype(float)
    conditional = np.zeros((40, 40))
    for i in range(40):
        squares = np.array([((points[i] - points[j]) ** 2).sum() for j in range(40)])
        low, high = 0.0, 1e4
        for _ in range(100):
            precision = (low + high) / 2
            weights = np.exp(-precision * np.maximum(squares - np.sort(squares)[1], 0))
            weights[i] = 0
            weights /= weights.sum()
            entropy = -sum(one * np.log(one) for one in weights if one > 0)
            low, high = (precision, high) if entropy > np.log(8) else (low, precision)
        conditional[i] = weights
    expected = (conditional + conditional.T) / 80
    assert pairs.numpy() == pytest.approx(expected, rel=1e-2, abs=1e-6)
    found = embed(given, lambda _: None, never, 8.0, 50)
    assert found is not None
    placed = found.positions.numpy().astype(float)
    closeness = np.array(
        [[0 if i == j else 1 / (1 + ((a - b) ** 2).sum()) for j, b in enumerate(placed)] for i, a in enumerate(placed)]
    )
    closeness /= closeness.sum()
    divergence = sum(
        expected[i, j] * np.log(expected[i, j] / closeness[i, j])
        for i in range(40)
        for j in range(40)
        if expected[i, j] > 1e-12
    )
    assert found.divergence == pytest.approx(divergence, rel=1e-2)


def test_it_ends_when_it_is_cancelled() -> None:
    answers = iter([False] * 60 + [True])
    seen: list[Embedded] = []
    assert embed(rows(50), seen.append, lambda: next(answers)) is None
    assert [one.step for one in seen] == [10, 20]
    assert embed(rows(50), seen.append, lambda: True) is None


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_few_or_equal_rows_have_finite_positions(count: int) -> None:
    found = embed(torch.ones(count, 3), lambda _: None, never)
    assert found is not None and found.positions.shape == (count, 2) and found.positions.isfinite().all()


def test_an_output_lies_among_its_nearest_ones() -> None:
    rng = np.random.default_rng(0)
    given, placed = rng.normal(size=(50, 4)).astype(np.float32), rng.normal(size=(50, 2)).astype(np.float32)
    labels = np.zeros(50, np.int64)
    axes = Axes("a", 1, 1, Principal(np.zeros(4, np.float32), np.eye(4, dtype=np.float32), np.ones(4), 4.0, 9))
    predictions = Predictions("validation", 1, 1, np.ones((50, 1), np.float32), np.zeros(50, np.float32), labels)
    chosen = Chosen(np.arange(50), np.zeros((50, 1, 2, 2), np.uint8), labels)
    points = Points(axes, 1, 1, chosen, given, predictions, (0.25,) * 4, np.ones(50, np.int64), np.full(50, True))
    embedding = Embedding(points, placed, 10, 10, 0.0)
    other = rng.normal(size=4).astype(np.float32)
    nearest = sorted(range(50), key=lambda row: float(((given[row] - other) ** 2).sum()))[:10]
    weights = [1 / float(((given[row] - other) ** 2).sum()) for row in nearest]
    expected = sum(weight * placed[row] for weight, row in zip(weights, nearest, strict=True)) / sum(weights)
    assert embedding.place(other) == pytest.approx(expected, rel=1e-4)


def test_work_beside_training_rests_for_its_share() -> None:
    class Counted(Event):
        rested = 0.0

        def wait(self, timeout: float | None = None) -> bool:
            self.rested += timeout or 0.0
            return self.is_set()

    event = Counted()
    check = paced(event, lambda: 0.25)
    total = sum(range(300_000))
    assert not check() and total and event.rested > 0
    event.set()
    assert check()
    alone = Counted()
    assert not paced(alone, lambda: 1.0)() and alone.rested == 0


def test_only_a_study_beside_training_rests() -> None:
    class Counted(Event):
        rests = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rests += bool(timeout)
            return self.is_set()

    beside, alone = Counted(), Counted()
    # on threads of their own, because the priority of a thread stays low
    with ThreadPoolExecutor(1) as thread:
        check = thread.submit(check_of, beside, lambda: False).result()
        assert not thread.submit(check).result() and beside.rests == 1
    check = check_of(alone, lambda: True)
    assert not check() and alone.rests == 0
    alone.set()
    assert check()


@pytest.mark.parametrize(("lowered", "rests"), [(True, 0), (False, 1)])
def test_a_study_that_comes_last_rests_only_where_its_priority_cannot_be_lowered(
    monkeypatch: pytest.MonkeyPatch, lowered: bool, rests: int
) -> None:
    class Counted(Event):
        rests = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rests += bool(timeout)
            return self.is_set()

    niceness: list[int] = []

    def lower(wanted: int) -> bool:
        niceness.append(wanted)
        return lowered

    monkeypatch.setattr(threads, "lower_priority", lower)
    beside = Counted()
    with ThreadPoolExecutor(1) as thread:
        check = thread.submit(lambda: check_of(beside, lambda: False, last=True)).result()
        assert not thread.submit(check).result()
    assert beside.rests == rests and niceness == [threads.LAST_NICENESS]


def test_a_study_rests_from_the_moment_at_which_training_begins_beside_it() -> None:
    class Counted(Event):
        rests = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rests += bool(timeout)
            return self.is_set()

    event, states = Counted(), [True]

    def work() -> tuple[int, int, int]:
        check, threads = check_of(event, lambda: states[-1]), torch.get_num_threads()
        check()
        assert event.rests == 0 and torch.get_num_threads() == threads
        rested = []
        for alone in (False, False, True):
            states.append(alone)
            check()
            rested.append(event.rests)
        assert torch.get_num_threads() == 1
        return rested[0], rested[1], rested[2]

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(work).result() == (1, 2, 2)

"""Several processes that compute parts of each batch make the steps of one process; no part keeps another waiting."""

from __future__ import annotations

import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.distributed import HashStore  # type: ignore[attr-defined] # torch's types leave it out

from cnnviz.training.loop import batches_per_epoch
from cnnviz.training.ranks import STEPS_BETWEEN_STOPS, PeerLost, Ranks, agreed_name, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from warm_python import WarmPython

PROGRAM = Path(__file__).parents[1] / "ranks_program.py"
CASES = ("plain", "normalized", "dropout", "augmented", "settings")
Results = dict[str, "NDArray[np.float64]"]


def trained(warm: WarmPython, folder: Path, count: int, statistics: str, *cases: str) -> list[dict[str, Results]]:
    """The results of ``count`` processes that train together, by rank and case."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    started = [
        subprocess.Popen(
            [*warm.line, str(PROGRAM), str(folder), statistics, *cases],
            env={**os.environ, **common, "RANK": str(rank), "LOCAL_RANK": str(rank), "PYTHONPATH": PATH},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]
    for each in started:
        _, complaint = each.communicate(timeout=250)
        assert each.returncode == 0, complaint
    return [{case: dict(np.load(folder / f"{case}-{rank}.npz")) for case in cases} for rank in range(count)]


PATH = os.pathsep.join([str(PROGRAM.parents[1]), str(PROGRAM.parent)])


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython
) -> tuple[dict[str, Results], list[dict[str, Results]]]:
    """All cases trained by one process and by two."""
    folder = tmp_path_factory.mktemp("ranks")
    (alone,) = trained(warm_python, folder / "alone", 1, "synchronized", *CASES)
    return alone, trained(warm_python, folder / "together", 2, "synchronized", *CASES)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_make_the_steps_of_one(
    case: str, runs: tuple[dict[str, Results], list[dict[str, Results]]]
) -> None:
    alone, together = runs[0][case], [rank[case] for rank in runs[1]]
    assert len(alone["losses"]) == 50
    for rank in together:
        np.testing.assert_allclose(rank["losses"], alone["losses"], rtol=1e-5)
        np.testing.assert_array_equal(rank["sizes"], alone["sizes"])
        np.testing.assert_allclose(rank["validations"], alone["validations"], rtol=1e-5)
    weights = {name for name in alone if name.startswith("weights/")}
    for name in weights:
        np.testing.assert_allclose(together[0][name], alone[name], rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_array_equal(together[0][name], together[1][name], err_msg=name)


def test_three_processes_with_an_uneven_last_batch_end(tmp_path: Path, warm_python: WarmPython) -> None:
    (alone,) = trained(warm_python, tmp_path / "alone", 1, "local", "plain", "normalized")
    ranks = trained(warm_python, tmp_path / "together", 3, "local", "plain", "normalized")
    plain = [rank["plain"] for rank in ranks]
    assert 11 in plain[0]["sizes"]
    for rank in plain:
        np.testing.assert_allclose(rank["losses"], alone["plain"]["losses"], rtol=1e-5)
    # each part is normalized by itself: other losses, the same for all
    local = [rank["normalized"] for rank in ranks]
    assert not np.allclose(local[0]["losses"], alone["normalized"]["losses"], rtol=1e-3)
    for rank in local:
        np.testing.assert_array_equal(rank["losses"], local[0]["losses"])
        np.testing.assert_array_equal(rank["validations"], local[0]["validations"])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 11, 64])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shares_cover_everything_once(count: int, size: int) -> None:
    ranks = [Ranks(rank, size, torch.device("cpu"), synchronized=True) for rank in range(size)]
    shares = [list(range(count))[rank.share(count)] for rank in ranks]
    assert [item for share in shares for item in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_the_last_batch_is_left_out_if_it_has_too_few_images_for_all() -> None:
    three = Ranks(0, 3, torch.device("cpu"), synchronized=True)
    assert [batches_per_epoch(count, 10, three) for count in (20, 25, 26)] == [2, 2, 3]
    assert batches_per_epoch(25, 10) == 3


def test_a_name_is_agreed_that_no_earlier_start_has_used() -> None:
    store = HashStore()
    starts = []
    for _ in range(2):
        with ThreadPoolExecutor(3) as pool:
            # the last one finds what the others, and an earlier start, have left
            names = [pool.submit(agreed_name, store, rank, 3, 60.0) for rank in (1, 0, 2)]
            (name,) = {each.result() for each in names}
        starts.append(name)
    assert starts[0] != starts[1]
    with pytest.raises(RuntimeError, match="did not find each other"):
        agreed_name(store, 0, 3, 0.2)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_wish_to_stop_is_read_on_every_device(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ranks, "add_up", lambda *_: None)
    alone = Ranks(0, 1, torch.device(device), synchronized=True)
    alone.want_stop()
    for _ in range(STEPS_BETWEEN_STOPS):
        alone.sum_step([torch.ones(1)], torch.tensor(1.0), torch.tensor(1), 1)
    assert alone.stopping


def test_without_other_processes_an_exchange_is_refused_with_a_sentence() -> None:
    assert joined() is None
    with pytest.raises(PeerLost, match="Another process of this training"):
        Ranks(0, 2, torch.device("cpu"), synchronized=True).add_up(torch.zeros(1))

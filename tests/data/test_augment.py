"""Augmentation: nothing at 0, a function of its seed, inside the range, and each kind does what it says."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cnnviz.data.augment import Amounts, augment

KINDS = {
    "shift": 3.0, "rotation": 20.0, "scaling": 0.3, "shear": 20.0, "elastic": 2.0, "noise": 0.2, "erasing": 0.5,
}  # fmt: skip


def images(count: int = 64, channels: int = 1, height: int = 28, width: int = 28) -> Tensor:
    return torch.rand(count, channels, height, width, generator=torch.Generator().manual_seed(5))


def changed(x: Tensor, seed: int = 1, **amounts: float) -> Tensor:
    return augment(x, Amounts(**amounts), torch.Generator().manual_seed(seed))


def centre(x: Tensor) -> tuple[Tensor, Tensor]:
    """The centre of brightness of each image in pixels, (down, across)."""
    mass = x.sum((1, 2, 3))
    down = (x.sum((1, 3)) * torch.arange(x.shape[2])).sum(1) / mass
    across = (x.sum((1, 2)) * torch.arange(x.shape[3])).sum(1) / mass
    return down, across


def blob(height: int = 28, width: int = 28, at: tuple[int, int] = (12, 12)) -> Tensor:
    x = torch.zeros(64, 1, height, width)
    x[:, :, at[0] : at[0] + 4, at[1] : at[1] + 4] = 1
    return x


def test_nothing_is_nothing() -> None:
    x = images()
    assert changed(x) is x


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_kind_is_a_function_of_the_seed_and_stays_in_range(kind: str, channels: int) -> None:
    x = images(8, channels, 20, 30)
    before = x.clone()
    one, again, other = (changed(x, seed, **{kind: KINDS[kind]}) for seed in (1, 1, 2))
    assert torch.equal(x, before)
    assert one.shape == x.shape and one.dtype == x.dtype
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert one.min() >= 0 and one.max() <= 1
    assert all(not torch.equal(one[0], one[at]) for at in range(1, 8))


def test_a_shift_moves_by_at_most_its_pixels_and_in_all_directions() -> None:
    x = blob()
    down, across = centre(changed(x, shift=3.0))
    for moved in (down - 13.5, across - 13.5):
        assert moved.abs().max() <= 3.01
        assert moved.min() < -2 and moved.max() > 2


def test_a_rotation_keeps_distances_also_in_a_wide_image() -> None:
    x = blob(28, 56, at=(12, 40))
    down, across = centre(changed(x, rotation=20.0))
    distance = ((down - 13.5) ** 2 + (across - 27.5) ** 2).sqrt()
    torch.testing.assert_close(distance, torch.full_like(distance, 14.0), atol=0.15, rtol=0)
    assert (down - 13.5).abs().max() > 3


def test_scaling_changes_sizes_by_at_most_its_share() -> None:
    area = changed(blob(), scaling=0.3).sum((1, 2, 3)) / 16
    assert 0.6**2 < area.min() < 0.8 and 1.2 < area.max() < 1.4**2


def test_a_shear_leaves_rows_where_they_are() -> None:
    x = blob(at=(4, 12))
    down, across = centre(changed(x, shear=20.0))
    torch.testing.assert_close(down, torch.full_like(down, 5.5), atol=0.05, rtol=0)
    assert (across - 13.5).abs().max() > 1


def test_an_elastic_bend_is_small_and_differs_from_place_to_place() -> None:
    left, right = blob(at=(12, 4)), blob(at=(12, 20))
    moved = [centre(changed(x, elastic=2.0))[0] - 13.5 for x in (left, right)]
    assert max(one.abs().max() for one in moved) < 3
    assert (moved[0] - moved[1]).abs().max() > 0.5


def test_erasing_blanks_one_rectangle() -> None:
    x = torch.ones(64, 1, 28, 28)
    gone = changed(x, erasing=0.5) == 0
    share = gone.float().mean((1, 2, 3))
    assert 0.15 < share.max() <= 0.25
    for one in gone[:, 0]:
        rows, columns = one.any(1), one.any(0)
        assert torch.equal(one, rows[:, None] & columns[None, :])

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import affine_grid, grid_sample

from cnnviz.data.damage import Damage, covered, damaged


def picture(shape: tuple[int, int, int] = (3, 24, 31)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_no_damage_is_the_image_itself() -> None:
    image = picture()
    assert damaged(image, Damage()) is image and Damage().none and not Damage(noise=0.1).none


@pytest.mark.parametrize(
    "damage",
    [
        Damage(scale=0.7),
        Damage(turn=25.0),
        Damage(right=3.0, down=-2.0),
        Damage(blur=1.5),
        Damage(contrast=0.4),
        Damage(noise=0.3),
        Damage(cover=9),
    ],
)
def test_every_kind_changes_a_copy_and_is_a_function_of_its_arguments(damage: Damage) -> None:
    image = picture()
    before = image.copy()
    one, two = damaged(image, damage), damaged(image, damage)
    assert one.dtype == np.uint8 and one.shape == image.shape
    assert np.array_equal(one, two) and not np.array_equal(one, image) and np.array_equal(image, before)


def test_moving_is_what_torch_makes_of_the_same_matrix() -> None:
    image = picture((1, 28, 28))
    scale, turn, right, down = 1.3, 33.0, 2.5, -4.0
    angle = np.deg2rad(turn)
    # from a place of the result, in coordinates of [-1, 1], back to the image; rows count downwards
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    shift = -matrix @ (np.array([right, down]) / 14)
    grid = affine_grid(
        torch.tensor(np.column_stack([matrix, shift])[None], dtype=torch.float32), [1, 1, 28, 28], align_corners=False
    )
    wanted = grid_sample(torch.tensor(image)[None].float(), grid, padding_mode="zeros", align_corners=False)
    ours = damaged(image, Damage(scale=scale, turn=turn, right=right, down=down))
    assert np.abs(ours.astype(float) - wanted[0].numpy()).max() <= 0.51


def test_a_turn_is_counter_clockwise_and_a_shift_goes_where_it_says() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 13:15, 20:26] = 255
    assert damaged(image, Damage(turn=90.0))[0, 2:8, 13:15].min() > 250
    moved = damaged(image, Damage(right=-5.0, down=3.0))
    assert np.array_equal(np.argwhere(moved[0]), np.argwhere(image[0]) + np.array([3, -5]))


def test_blur_keeps_the_sum_and_widens_by_its_deviation() -> None:
    image = np.zeros((1, 41, 41), np.uint8)
    image[0, 19:22, 19:22] = 255
    blurred = damaged(image, Damage(blur=2.0))[0].astype(float)
    rows = np.arange(41)
    share = blurred.sum(axis=1) / blurred.sum()
    variance = (share * rows**2).sum() - ((share * rows).sum()) ** 2
    assert abs(variance - (4 + 2 / 3)) < 0.3 and abs(blurred.sum() / image.sum() - 1) < 0.03


def test_contrast_keeps_the_mean_and_noise_has_its_deviation() -> None:
    image = picture()
    less = damaged(image, Damage(contrast=0.25)).astype(float)
    assert np.allclose(less.mean(axis=(1, 2)), image.mean(axis=(1, 2)), atol=0.2)
    assert np.allclose(less.std(axis=(1, 2)), 0.25 * image.std(axis=(1, 2)), rtol=0.02)
    grey = np.full((1, 100, 100), 128, np.uint8)
    assert abs(damaged(grey, Damage(noise=0.1)).std() - 25.5) < 0.5
    # more of it is the same noise
    one, two = (damaged(grey, Damage(noise=amount)).astype(float) - 128 for amount in (0.05, 0.1))
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.999


def test_the_square_stays_inside_and_is_black() -> None:
    damage = Damage(cover=8, cover_row=0.0, cover_column=0.5)
    assert covered(damage, (28, 28)) == (slice(0, 8), slice(10, 18))
    image = np.full((3, 28, 28), 200, np.uint8)
    result = damaged(image, damage)
    assert not result[:, :8, 10:18].any() and (result != 200).sum() == 3 * 64
    assert covered(Damage(cover=99, cover_row=1.0), (20, 30)) == (slice(0, 20), slice(0, 30))

"""Folders of pictures, made on the spot: each class has a colour of its own, so that a network learns them at once."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NAMES = ("Kätzchen", "犬", "bird 10", "bird 9")


def coloured(
    folder: Path,
    names: Sequence[str] = NAMES,
    count: int = 20,
    sides: tuple[int, int] = (20, 40),
    suffixes: Sequence[str] = ("png", "jpg", "bmp", "webp"),
    seed: int = 0,
) -> Path:
    """A folder with ``count`` pictures of each class, whose sides lie between ``sides``; returns the folder."""
    chance = np.random.default_rng(seed)
    for label, name in enumerate(names):
        place = folder / name
        place.mkdir(parents=True)
        for number in range(count):
            height, width = chance.integers(sides[0], sides[1] + 1, 2)
            pixels = noisy(label / len(names), (int(height), int(width)), chance)
            Image.fromarray(pixels).save(place / f"{number}.{suffixes[number % len(suffixes)]}")
    return folder


def noisy(hue: float, size: tuple[int, int], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Pixels of a colour with noise, uint8 (H, W, 3)."""
    colour = 255 * np.array(colorsys.hsv_to_rgb(hue, 0.8, 0.8))
    return np.clip(colour + chance.normal(0, 30, (*size, 3)), 0, 255).astype(np.uint8)

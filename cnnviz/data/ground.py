"""Separates the ink of a picture from the ground on which it is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""float32 (H, W)."""
RIM = 20
"""The rim of a picture is taken for ground; its width is the length of a side divided by this."""
SAMPLES = 64
"""Rows and columns from which the light on the ground is estimated, at most."""
ROUNDS = 6
"""How often the surface of the ground is fitted at most, each time without the values far from the surface before."""
TOLERANCE = 1e-6
"""Smaller differences from the ground come from rounding."""
SPREAD = 1.4826
"""The standard deviation of a normal distribution, as a multiple of its median absolute deviation."""
FLAT = 0.02
"""A picture whose values differ by less, as a share of the full range, shows nothing."""
CLEAN = 1e-4
"""The noise below which a ground counts as uniform, such as that of a drawing made on a computer."""
SPECK = 5
"""The side of a square, in pixels."""
ISOLATED = 0.25
"""In a noisy picture, ink is noise where its mean in the square around it is below this share of the strongest ink."""


def is_light(grey: Grey) -> bool:
    """Whether the ground is lighter than the middle between the darkest and the lightest value."""
    low, high = float(grey.min()), float(grey.max())
    return float(np.median(rim(grey))) > (low + high) / 2


def ink_of(grey: Grey, *, light: bool, noise: float = 0.0) -> NDArray[np.uint8]:
    """How much ink there is: uint8, the shape of ``grey``; the ground 0, and the strongest ink 255.

    ``grey`` holds values in [0, 1], on a ground that is ``light`` or dark. Uneven light on the ground is removed, and
    noise, whose standard deviation is at least ``noise``. On a uniform ground without noise the ink is exactly
    proportional to the difference from the ground. All 0 for a picture of one colour.
    """
    if float(grey.max() - grey.min()) < FLAT:
        return np.zeros(grey.shape, np.uint8)
    ground, deviation = _ground(grey if light else 1 - grey)
    ink = ground - (grey if light else 1 - grey)
    deviation = max(deviation, noise)
    # noise reaches four deviations on either side
    least = 4 * deviation
    ink[ink <= least] = 0
    if deviation:
        ink[_mean_around(ink) < ISOLATED * ink.max()] = 0
    top = float(ink.max())
    if top < FLAT:
        return np.zeros(grey.shape, np.uint8)
    found: NDArray[np.uint8] = np.rint(ink * (255 / top)).astype(np.uint8)
    return found


def rim(grey: Grey) -> Grey:
    """The values along the four sides."""
    height, width = grey.shape
    rows, columns = max(1, height // RIM), max(1, width // RIM)
    parts = (grey[:rows], grey[-rows:], grey[:, :columns], grey[:, -columns:])
    return np.concatenate([part.ravel() for part in parts])


def _ground(grey: Grey) -> tuple[Grey, float]:
    """The light ground below dark ink, and the standard deviation of the noise on it.

    A surface of the second degree through evenly spaced values. Values that differ clearly from it, by three standard
    deviations, are ink and left out of the next fit; at first they are compared with the rim.
    """
    edge = rim(grey)
    middle = float(np.median(edge))
    if float(edge.max() - edge.min()) == 0:
        return np.full(grey.shape, middle, np.float32), 0.0
    height, width = grey.shape
    rows = np.unique(np.linspace(0, height - 1, min(height, SAMPLES)).round().astype(int))
    columns = np.unique(np.linspace(0, width - 1, min(width, SAMPLES)).round().astype(int))
    values = grey[np.ix_(rows, columns)].astype(np.float64).ravel()
    terms = _terms(rows / height, columns / width).reshape(6, -1).T
    kept = np.abs(values - middle) <= max(TOLERANCE, 3 * SPREAD * float(np.median(np.abs(edge - middle))))
    factors = np.array([middle, 0, 0, 0, 0, 0])
    deviation = 0.0
    for _ in range(ROUNDS):
        # too few values for six factors
        if kept.sum() < 4 * terms.shape[1]:
            break
        factors = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        rest = values - terms @ factors
        deviation = SPREAD * float(np.median(np.abs(rest[kept])))
        kept = np.abs(rest) <= max(TOLERANCE, 3 * deviation)
    if deviation < CLEAN:
        return np.full(grey.shape, middle, np.float32), 0.0
    surface = np.tensordot(factors, _terms(np.arange(height) / height, np.arange(width) / width), 1)
    return surface.astype(np.float32), deviation


def _terms(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    """The terms of a surface of the second degree: float64 (6, rows, columns)."""
    y, x = np.meshgrid(down, across, indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _mean_around(values: Grey) -> Grey:
    """The mean of the square around each pixel."""
    before, after = SPECK // 2 + 1, SPECK // 2
    sums = np.pad(values.astype(np.float64), ((before, after), (before, after))).cumsum(axis=0).cumsum(axis=1)
    inside = sums[SPECK:, SPECK:] - sums[:-SPECK, SPECK:] - sums[SPECK:, :-SPECK] + sums[:-SPECK, :-SPECK]
    mean: Grey = (inside / SPECK**2).astype(np.float32)
    return mean

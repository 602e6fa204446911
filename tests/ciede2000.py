"""How different two colours look: CIEDE2000 (Sharma, Wu, Dalal, 2005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Lab = NDArray[np.float64]

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
SEVENTH = 25.0**7


def lab_of(linear: NDArray[np.float64]) -> Lab:
    """CIELAB, float64 (3,), of linear sRGB in [0, 1], float64 (3,)."""
    xyz = TO_XYZ @ linear / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: Lab, other: Lab) -> float:
    """The difference of two colours in CIELAB, >= 0."""
    light, a, b = np.stack([one, other]).T
    chroma = np.hypot(a, b).mean()
    a = a * (1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + SEVENTH)))
    chromas, hues = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    grey = chromas.prod() == 0
    turned = 0.0 if grey else (hues[1] - hues[0] + 180) % 360 - 180
    hue = hues.sum() if grey else hues[0] + turned / 2
    hue_difference = 2 * np.sqrt(chromas.prod()) * np.sin(np.radians(turned) / 2)
    off, mean = (light.mean() - 50) ** 2, chromas.mean()
    weights = ((-30, 1, -0.17), (0, 2, 0.24), (6, 3, 0.32), (-63, 4, -0.2))
    share = 1 + sum(size * np.cos(np.radians(times * hue + more)) for more, times, size in weights)
    rotation = np.radians(60 * np.exp(-((((hue % 360) - 275) / 25) ** 2)))
    lightness = (light[1] - light[0]) / (1 + 0.015 * off / np.sqrt(20 + off))
    saturation = (chromas[1] - chromas[0]) / (1 + 0.045 * mean)
    hue_part = hue_difference / (1 + 0.015 * mean * share)
    crossed = -2 * np.sqrt(mean**7 / (mean**7 + SEVENTH)) * np.sin(rotation) * saturation * hue_part
    return float(np.sqrt(lightness**2 + saturation**2 + hue_part**2 + crossed))

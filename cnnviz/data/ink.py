"""Ink on a sheet: uint8 (H, W), 0 the ground and 255 full ink. Lines, erasing and moving."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.network.shape import Shape

LEAST_SIDE = 280
"""Pixels of the larger side of a sheet, at least: ten times as many as MNIST has, so that lines are smooth."""
Point = tuple[float, float]
"""x and y in pixels from the upper left corner of the sheet; the first pixel reaches from 0 to 1."""


def sheet_size(image: Shape) -> tuple[int, int]:
    """Height and width of a sheet for images of the shape (C, H, W): a whole multiple of theirs."""
    _, height, width = image
    times = max(1, ceil(LEAST_SIDE / max(height, width)))
    return times * height, times * width


def draw_line(sheet: NDArray[np.uint8], start: Point, end: Point, width: float, *, erase: bool = False) -> None:
    """Draw or erase a line with round ends and smooth edges on ``sheet``, uint8 (H, W), in place; ``width`` in
    pixels."""
    (x0, y0), (x1, y1) = start, end
    reach = width / 2 + 1
    top, bottom = max(0, floor(min(y0, y1) - reach)), min(sheet.shape[0], ceil(max(y0, y1) + reach))
    left, right = max(0, floor(min(x0, x1) - reach)), min(sheet.shape[1], ceil(max(x0, x1) + reach))
    if top >= bottom or left >= right:
        return
    down = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - y0
    across = np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - x0
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    along = np.clip((across * dx + down * dy) / squared, 0, 1) if squared else np.float32(0)
    distance = np.hypot(across - along * dx, down - along * dy)
    covered = (np.clip(width / 2 + 0.5 - distance, 0, 1) * 255).astype(np.uint8)
    part = sheet[top:bottom, left:right]
    if erase:
        np.minimum(part, 255 - covered, out=part)
    else:
        np.maximum(part, covered, out=part)


def moved(sheet: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """Shift the ink by pixels: uint8 (H, W) -> uint8 (H, W). Ink that leaves the sheet is lost; new pixels are 0."""
    height, width = sheet.shape
    result = np.zeros_like(sheet)
    rows, columns = max(0, height - abs(down)), max(0, width - abs(right))
    to_row, to_column = max(0, down), max(0, right)
    from_row, from_column = max(0, -down), max(0, -right)
    result[to_row : to_row + rows, to_column : to_column + columns] = sheet[
        from_row : from_row + rows, from_column : from_column + columns
    ]
    return result

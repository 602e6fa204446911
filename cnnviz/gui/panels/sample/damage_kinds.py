"""The kinds of damage that have a slider, and their limits. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, fields

from cnnviz.data.damage import Damage
from cnnviz.gui.translation import QT_TRANSLATE_NOOP


@dataclass(frozen=True)
class Kind:
    """A slider: it sets ``field`` of :class:`Damage` from ``low`` to ``high`` in steps of ``step``.

    ``pixels``: the limits are for images of 28 pixels and grow with larger images. ``text`` is how a value is shown,
    with the field {number}, ``decimals`` and, if ``plus``, the sign + for positive values.
    """

    field: str
    name: str
    tip: str
    low: float
    high: float
    step: float
    text: str
    decimals: int
    plus: bool = False
    pixels: bool = False

    def unit(self, times: float) -> float:
        """The size of one step of the slider, for images ``times`` as large as 28 pixels."""
        return self.step * max(1, round(times)) if self.pixels else self.step

    def limits(self, times: float) -> tuple[int, int]:
        """The lowest and the highest value, in steps of the slider."""
        scale = (times if self.pixels else 1.0) / self.unit(times)
        return round(self.low * scale), round(self.high * scale)


PIXELS = QT_TRANSLATE_NOOP("damage", "{number} px")
KINDS = (
    Kind(
        "noise",
        QT_TRANSLATE_NOOP("damage", "noise"),
        QT_TRANSLATE_NOOP("damage", "Gaussian noise: its standard deviation, as a share of the full range"),
        0,
        0.6,
        0.02,
        "{number}",
        2,
    ),
    Kind(
        "blur",
        QT_TRANSLATE_NOOP("damage", "blur"),
        QT_TRANSLATE_NOOP("damage", "Gaussian blur: its standard deviation in pixels"),
        0,
        4,
        0.1,
        PIXELS,
        1,
        pixels=True,
    ),
    Kind(
        "turn",
        QT_TRANSLATE_NOOP("damage", "turn"),
        QT_TRANSLATE_NOOP("damage", "Turned about the middle, counter-clockwise, in degrees"),
        -180,
        180,
        3,
        "{number}°",
        0,
        plus=True,
    ),
    Kind(
        "right",
        QT_TRANSLATE_NOOP("damage", "shift →"),
        QT_TRANSLATE_NOOP("damage", "Shifted to the right, in pixels"),
        -14,
        14,
        1,
        PIXELS,
        0,
        plus=True,
        pixels=True,
    ),
    Kind(
        "down",
        QT_TRANSLATE_NOOP("damage", "shift ↓"),
        QT_TRANSLATE_NOOP("damage", "Shifted downwards, in pixels"),
        -14,
        14,
        1,
        PIXELS,
        0,
        plus=True,
        pixels=True,
    ),
    Kind(
        "scale",
        QT_TRANSLATE_NOOP("damage", "scale"),
        QT_TRANSLATE_NOOP("damage", "Made larger or smaller about the middle, by this factor"),
        0.3,
        2,
        0.05,
        "× {number}",
        2,
    ),
    Kind(
        "contrast",
        QT_TRANSLATE_NOOP("damage", "contrast"),
        QT_TRANSLATE_NOOP("damage", "Distance of each value to the mean, times this factor"),
        0,
        2,
        0.05,
        "× {number}",
        2,
    ),
    Kind(
        "cover",
        QT_TRANSLATE_NOOP("damage", "cover"),
        QT_TRANSLATE_NOOP(
            "damage", "A black square of so many pixels; drag it on the image, or move it with Shift and arrows here"
        ),
        0,
        20,
        1,
        PIXELS,
        0,
        pixels=True,
    ),
)
WHOLE = frozenset(field.name for field in fields(Damage) if field.type == "int")
"""The fields that are whole numbers."""

"""The sample with the damage that the user chose. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.data.damage import covered, damaged

if TYPE_CHECKING:
    from cnnviz.data.damage import Damage
    from cnnviz.inspection.moment import Sample


def with_damage(base: Sample, damage: Damage, *, final: bool) -> Sample:
    """The sample ``base`` with damage; ``base`` itself without damage, or if it is blank.

    ``final`` is False while the user is still changing the damage.
    """
    if damage.none or base.blank:
        return base
    return replace(base, image=damaged(base.image, damage), undamaged=base.image, unfinished=not final)


def cover_mark(sample: Sample, damage: Damage) -> tuple[slice, slice] | None:
    """The rows and columns of a damaged sample that ``damage`` covers; None without a cover or for other samples."""
    if not damage.cover or sample.undamaged is None:
        return None
    _, height, width = sample.image.shape
    return covered(damage, (height, width))

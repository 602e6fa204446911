"""What a check is given and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """The device that is checked, and an empty folder that is deleted afterwards.

    A ``quick`` check makes fewer steps: enough to see that the check itself works.
    """

    device: str
    folder: Path
    quick: bool = False


@dataclass(frozen=True)
class Finding:
    """Whether a check ``passed``, None where it does not apply, what it found as a sentence, and its figures (JSON)."""

    passed: bool | None
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)

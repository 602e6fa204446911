"""The input and the result of a check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """The device to check, and an empty folder that is deleted afterwards.

    A ``quick`` check makes fewer steps, enough to test the check itself.
    """

    device: str
    folder: Path
    quick: bool = False


@dataclass(frozen=True)
class Finding:
    """Whether a check ``passed`` (None: it does not apply), its result as a sentence, and its figures for JSON."""

    passed: bool | None
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)

"""How much space recorded runs may take."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz import settings


@dataclass(frozen=True)
class Limits:
    """How many bytes the moments of a single run may take, and the moments of all runs together."""

    run: int = 200 * 10**6
    all: int = 2 * 10**9

    @classmethod
    def of_settings(cls) -> Limits:
        """The limits in the user's settings."""
        preferences = settings.load()
        return cls(preferences.run_megabytes * 10**6, preferences.all_megabytes * 10**6)

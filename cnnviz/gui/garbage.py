"""When Python looks for garbage while a window is open."""

from __future__ import annotations

import gc

SELDOM = (20_000, 2, 200)
"""An edit of a large network makes thousands of objects, few of which are garbage: see :func:`gc.set_threshold`. Many
collections of few objects are spread over the edits; one of many would be felt."""


def collect_seldom() -> None:
    """Look for garbage from now on, in steps that nobody feels."""
    gc.enable()
    gc.set_threshold(*SELDOM)

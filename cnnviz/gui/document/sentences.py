"""Translated texts for problems, fixes, errors and quantities."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.gui.language import counted, text
from cnnviz.parameters import title
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.read.remarks import Remark
    from cnnviz.network.problems import Fix, Problem
    from cnnviz.settings import Framework

FRAMEWORKS: Mapping[Framework, str] = MappingProxyType({"pytorch": "PyTorch", "keras": "Keras"})
"""Display names of the frameworks."""


def problem_sentence(problem: Problem) -> str:
    """A problem as a sentence in the language of the window."""
    return text(problem.said)


def fix_label(fix: Fix) -> str:
    """The text of a fix's button in the language of the window."""
    named = {part: title(fix.values[part]) for part in ("parameter", "second") if part in fix.values}
    return text(replace(fix, values={**fix.values, **named}).said)


def error_sentence(error: Exception) -> str:
    """Why something could not be done, in the language of the window."""
    return text(said(error))


def remark_sentence(remark: Remark) -> str:
    """A remark about pasted source, in the language of the window."""
    return text(remark.said)


def pace_text(pace: float) -> str:
    """A speed in batches per second, as text."""
    if pace >= 1:
        return text(Sentence("1 batch a second" if pace == 1 else "{pace} batches a second", pace=pace))
    return text(Sentence("1 batch in {seconds} seconds", seconds=1 / pace))


def layers(count: int) -> str:
    """``1 layer``, ``7 layers``."""
    return counted("{count} layers", "1 layer", count)


def parameters(count: int) -> str:
    """``1 parameter``, ``54,410 parameters``."""
    return counted("{count} parameters", "1 parameter", count)


def epochs(count: int) -> str:
    """``1 epoch``, ``5 epochs``."""
    return counted("{count} epochs", "1 epoch", count)


def span(seconds: float) -> str:
    """A duration, rounded to a readable unit: ``40 s``, ``12 min``, ``1.5 h``, ``12 days``."""
    if seconds < 90:
        return text(Sentence("{count} s", count=round(seconds)))
    if seconds < 90 * 60:
        return text(Sentence("{count} min", count=round(seconds / 60)))
    if seconds < 48 * 3600:
        return text(Sentence("{hours:.2g} h", hours=seconds / 3600))
    return counted("{count} days", "1 day", round(seconds / 86400))


def about(seconds: float) -> str:
    """An approximate duration: ``about 12 min``."""
    return text(Sentence("about {time}", time=span(seconds)))

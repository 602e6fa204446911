"""Translated texts for problems, fixes, errors and quantities."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.gui.language import counted, text
from cnnviz.numerals import Figure
from cnnviz.parameters import title
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.read.remarks import Remark
    from cnnviz.network.problems import Fix, Problem
    from cnnviz.settings import Framework
    from cnnviz.training.estimate import Estimate

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


ROUGH = 2.0
"""An estimate whose most is more than this many times its least is told as a range."""


def about(time: Estimate) -> str:
    """An estimated duration: ``about 12 min``, or as a range in the unit of its most, ``0.5–4 min``."""
    if time.most <= ROUGH * time.least:
        return roughly(span(sqrt(time.least * time.most)))
    if time.most < 90:
        return text(Sentence("{range} s", range=_range(time, 1)))
    if time.most < 90 * 60:
        return text(Sentence("{range} min", range=_range(time, 60)))
    if time.most < 48 * 3600:
        return text(Sentence("{range} h", range=_range(time, 3600)))
    return text(Sentence("{range} days", range=_range(time, 86400)))


def roughly(time: str) -> str:
    """``about 12 min``; see :func:`span`."""
    return text(Sentence("about {time}", time=time))


def _range(time: Estimate, unit: float) -> Figure:
    """``0.5–4``; ``unit`` in seconds."""
    least, most = (
        f"{number:.1g}" if number < 1 else f"{number:.2g}" if number < 10 else f"{number:.0f}"
        for number in (time.least / unit, time.most / unit)
    )
    return Figure(f"{least}–{most}")

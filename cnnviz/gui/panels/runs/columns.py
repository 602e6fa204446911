"""The columns of the table of runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from cnnviz.gui.language import text
from cnnviz.gui.localized import compact, fixed, grouped, loss, memory, percent
from cnnviz.gui.run.run_names import news, rates
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.parameters import PROPER_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.runs.summary import RunSummary

    Of = Callable[[RunSummary], Any]
    Text = Callable[[RunSummary], str]


@dataclass(frozen=True)
class Column:
    """A column: its ``title`` in English, the value that sorts it, its text, and its greatest width in pixels.

    In a narrow table a column with a ``least`` width gives way to others, up to it.
    """

    title: str
    value: Of
    text: Text
    number: bool = True
    widest: int = 120
    least: int = 0


def _created(run: RunSummary) -> str:
    when = QDateTime.fromSecsSinceEpoch(int(run.facts.created))
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def _rate(run: RunSummary) -> tuple[str, float]:
    return run.facts.optimizer, run.learning_rate


def _recipe(run: RunSummary) -> str:
    """Optimizer and learning rate: ``AdamW · 0.01``, or ``AdamW · 0.01 → 0.001`` if it was changed while training;
    empty if unknown."""
    if not (optimizer := run.facts.optimizer):
        return ""
    return f"{PROPER_NAMES.get(optimizer, optimizer)} · {rates(run)}"


def _from(run: RunSummary) -> str:
    """The run and the step from which a run goes on, or whose weights it began with; empty if it began anew."""
    facts, translate = run.facts, QCoreApplication.translate
    if facts.parent:
        step = translate("RunsPanel", "{run}, step {step}")
        return step.format(run=_origin(run, facts.parent), step=grouped(facts.parent_step))
    if not facts.inherited:
        return ""
    if not facts.weights_from:
        return translate("RunsPanel", "weights of a run that was not recorded")
    step = translate("RunsPanel", "weights of {run}, step {step}")
    return step.format(run=_origin(run, facts.weights_from), step=grouped(facts.weights_step))


def _origin(run: RunSummary, identifier: str) -> str:
    """The run from which a run goes on, or whose weights it began with: its name if it is listed, else its time."""
    named = run.context.origin
    return f"“{named}”" if named else _time_of(identifier)


def _time_of(run: str) -> str:
    """The time of day when a run began, from its id; a name that is no id stays as it is."""
    began = QDateTime.fromString(run[:15], "yyyyMMdd-HHmmss")
    return began.toString("HH:mm:ss") if began.isValid() else run


def beginning(run: RunSummary) -> str:
    """From which moment of which run the run goes on, or which layers began with what another run had learned; empty
    if it began anew."""
    facts, translate = run.facts, QCoreApplication.translate
    if facts.parent:
        sentence = translate("RunsPanel", "It began at step {step} of {run}.")
        return sentence.format(step=grouped(facts.parent_step), run=_origin(run, facts.parent))
    sentence = translate("RunsPanel", "With what was learned before: {layers}")
    return sentence.format(layers=facts.inherited) if facts.inherited else ""


def difference(run: RunSummary) -> str:
    """All that differs from the run before, or from the moment from which it goes on; empty if nothing does."""
    context, translate = run.context, QCoreApplication.translate
    every = list(map(text, context.news))
    if run.facts.parent:
        # the first is the moment from which it goes on, which is no difference
        return translate("RunsPanel", "What is new: {news}").format(news=", ".join(every)) if every[1:] else ""
    sentence = translate("RunsPanel", "Compared with “{run}”: {news}") if context.before else "{news}"
    return sentence.format(run=context.before, news=", ".join(every)) if every else ""


def shared(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widths of columns that share ``room``: as ``wanted`` if they fit; else each loses the same share of the
    difference between its ``wanted`` and its ``least`` width."""
    spare = [max(0, width - low) for width, low in zip(wanted, least, strict=True)]
    share = min(1.0, max(0, sum(wanted) - room) / max(1, sum(spare)))
    return [math.floor(width - share * part) for width, part in zip(wanted, spare, strict=True)]


def none_cut(widths: Sequence[int], first: int, room: int) -> list[int]:
    """The columns that fit into ``room`` are widened to fill it, so that the next column is not cut at its edge but
    begins there. Columns before ``first`` are never pushed out."""
    fitting = next((count for count in range(len(widths), 0, -1) if sum(widths[:count]) <= room), 0)
    if not first <= fitting < len(widths):
        return list(widths)
    more, rest = divmod(room - sum(widths[:fitting]), fitting)
    widened = [width + more + (number < rest) for number, width in enumerate(widths[:fitting])]
    return [*widened, *widths[fitting:]]


def _words(title: str, words: Text, widest: int, least: int = 0) -> Column:
    return Column(title, lambda run: words(run).lower(), words, number=False, widest=widest, least=least)


def _count(title: str, number: Callable[[RunSummary], int]) -> Column:
    return Column(title, number, lambda run: grouped(number(run)))


def _measured(title: str, value: Callable[[RunSummary], float | None], written: Callable[[float], str]) -> Column:
    """A column of numbers that some runs do not have; they are below all others."""

    def key(run: RunSummary) -> float:
        number = value(run)
        return -1.0 if number is None else number

    def text(run: RunSummary) -> str:
        number = value(run)
        return "" if number is None else written(number)

    return Column(title, key, text)


COLUMNS: tuple[Column, ...] = (
    _words(QT_TRANSLATE_NOOP("RunsPanel", "name"), lambda run: run.title, 280, least=110),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "what is new"), news, 220, least=90),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "notes"), lambda run: run.notes, 340, least=150),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "network"), lambda run: run.facts.network, 140, least=80),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "data"), lambda run: run.facts.dataset, 110, least=60),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "recipe"), _rate, _recipe, number=False, widest=170),
    _measured(QT_TRANSLATE_NOOP("RunsPanel", "best validation"), lambda run: run.numbers.validation_accuracy, percent),
    _measured(QT_TRANSLATE_NOOP("RunsPanel", "test"), lambda run: run.numbers.test_accuracy, percent),
    _measured(
        QT_TRANSLATE_NOOP("RunsPanel", "loss at best"),
        lambda run: run.numbers.validation_loss,
        loss,
    ),
    _count(QT_TRANSLATE_NOOP("RunsPanel", "epochs"), lambda run: run.numbers.epochs),
    _count(QT_TRANSLATE_NOOP("RunsPanel", "steps"), lambda run: run.numbers.steps),
    _measured(
        QT_TRANSLATE_NOOP("RunsPanel", "time"), lambda run: run.numbers.seconds, lambda time: f"{fixed(time, 1)} s"
    ),
    Column(
        QT_TRANSLATE_NOOP("RunsPanel", "parameters"),
        lambda run: run.facts.parameters,
        lambda run: compact(run.facts.parameters),
    ),
    _measured(
        QT_TRANSLATE_NOOP("RunsPanel", "images/s"),
        lambda run: run.images_per_second,
        lambda speed: grouped(round(speed)),
    ),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "when"), lambda run: run.facts.created, _created, widest=150),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "from"), _from, 220),
    _count(QT_TRANSLATE_NOOP("RunsPanel", "moments"), lambda run: len(run.moments)),
    _words(QT_TRANSLATE_NOOP("RunsPanel", "device"), lambda run: run.facts.device, 140),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "size"), lambda run: run.bytes, lambda run: memory(run.bytes)),
)


def column_of(title: str) -> int:
    """The number of a column, by its title in English."""
    return next(number for number, column in enumerate(COLUMNS) if column.title == title)


NAME, NETWORK, WHEN, NOTES, BEST = (
    column_of(title) for title in ("name", "network", "when", "notes", "best validation")
)


def found_text(run: RunSummary) -> str:
    """The text in which a search looks: the texts of all columns, in lower case."""
    return "\n".join(column.text(run) for column in COLUMNS).casefold()

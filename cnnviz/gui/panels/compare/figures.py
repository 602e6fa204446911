"""Results and costs of two sides, in columns. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.language import text
from cnnviz.gui.localized import compact, fixed, grouped, percent
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.inspection.moment import Moment
    from cnnviz.project.project import Project
    from cnnviz.runs.histories.run_history import RunHistory
    from cnnviz.training.channels import Evaluation


@dataclass(frozen=True)
class Figures:
    """Results at ``step``, and costs. Accuracies are in [0, 1]; values that were not measured are None.

    Training loss and accuracy are means over the last batches. Validation loss and accuracy, and the test accuracy,
    come from the last evaluation up to the step; ``best`` is the one with the highest validation accuracy up to there.
    ``seconds`` is the training time until the step, ``macs`` counts for one image.
    """

    step: int
    training_accuracy: float | None
    training_loss: float | None
    validation_accuracy: float | None
    validation_loss: float | None
    test_accuracy: float | None
    seconds: float
    parameters: int
    macs: int
    images_per_second: float | None
    validation_step: int | None = None
    """The step of the last evaluation."""
    best: Evaluation | None = None
    test_step: int | None = None
    """The step of the last evaluation on the test images."""


@dataclass(frozen=True)
class Figure:
    """A number of both sides. ``better`` is 0 or 1 for the side with the better value, None if none is better."""

    title: Sentence
    texts: tuple[str, str]
    better: int | None = None


def figures_of(project: Project, history: RunHistory, moment: Moment) -> Figures:
    """The figures of a moment."""
    step = moment.step
    reading = history.reading(step)
    seconds = float(history.at(np.array([step]), "seconds")[0]) if 0 < step <= len(history) else 0.0
    validation = None if reading is None else reading.validation
    # at most three: the evaluation at the step, the last one before it, and the first one after it
    around = history.evaluated("test", step, step, most=3)
    tests = [each for each in around if each.step <= step]
    return Figures(
        step,
        None if reading is None else reading.smooth_accuracy,
        None if reading is None else reading.smooth_loss,
        None if validation is None else validation.accuracy,
        None if validation is None else validation.loss,
        tests[-1].accuracy if tests else None,
        seconds,
        moment.shapes.parameters,
        moment.shapes.macs,
        step * project.recipe.batch_size / seconds if seconds > 0 else None,
        None if validation is None else validation.step,
        history.best(step),
        tests[-1].step if tests else None,
    )


def at_step(measured: str, step: int) -> str:
    """A measured value as text, with the step at which it was measured."""
    return text(Sentence("{measured} at step {step}", measured=measured, step=grouped(step)))


def columns(a: Figures | None, b: Figures | None) -> Iterator[Figure]:
    """The columns of the table; a side without a moment has no texts."""

    def column(
        title: Sentence, value: Callable[[Figures], float | None], write: Callable[[float], str], best: int
    ) -> Figure:
        """``best``: 1 if more is better, -1 if less is, 0 if neither."""
        values = [None if side is None else value(side) for side in (a, b)]
        texts = tuple("" if each is None else write(each) for each in values)
        first, second = values
        better = None
        if best and first is not None and second is not None and first != second:
            better = int((second > first) == (best > 0))
        return Figure(title, (texts[0], texts[1]), better)

    def whole(value: float) -> str:
        return grouped(round(value))

    def loss(value: float) -> str:
        return fixed(value, 4)

    def with_steps(figure: Figure, step: Callable[[Figures], int | None]) -> Figure:
        steps = [None if side is None else step(side) for side in (a, b)]
        first, second = (
            words if at is None else at_step(words, at) for words, at in zip(figure.texts, steps, strict=True)
        )
        return replace(figure, texts=(first, second))

    yield column(Sentence("step"), lambda side: side.step, whole, 0)
    best = column(
        Sentence("best validation"), lambda side: None if side.best is None else side.best.accuracy, percent, 1
    )
    yield with_steps(best, lambda side: None if side.best is None else side.best.step)
    yield column(Sentence("loss at best"), lambda side: None if side.best is None else side.best.loss, loss, -1)
    last = column(Sentence("last validation"), lambda side: side.validation_accuracy, percent, 1)
    yield with_steps(last, lambda side: side.validation_step)
    yield column(Sentence("last validation loss"), lambda side: side.validation_loss, loss, -1)
    test = column(Sentence("test"), lambda side: side.test_accuracy, percent, 1)
    # it is measured at the end of a run, mostly the step of the moment itself
    yield with_steps(test, lambda side: None if side.test_step == side.step else side.test_step)
    yield column(Sentence("training"), lambda side: side.training_accuracy, percent, 1)
    yield column(Sentence("training loss"), lambda side: side.training_loss, loss, -1)
    yield column(Sentence("time"), lambda side: side.seconds, lambda value: f"{fixed(value, 1)} s", 0)
    yield column(Sentence("images/s"), lambda side: side.images_per_second, whole, 1)
    yield column(Sentence("parameters"), lambda side: side.parameters, lambda value: compact(int(value)), -1)
    yield column(Sentence("MACs"), lambda side: side.macs, lambda value: compact(int(value)), -1)

"""The template ``fast``, trained to its end: the time until the validation accuracy is 99 %."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.watched import session
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Evaluation, State

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = 0.99
QUICK_BATCHES = 20


def run(setting: Setting) -> Finding:
    """Train the template with seed 1; times count from the start of training, with everything loaded."""
    project = TEMPLATES["fast"].project()
    project = replace(project, recipe=replace(project.recipe, seed=1))
    with session(project, setting.device) as watched:
        began = time.perf_counter()
        reached: list[float] = []

        def look() -> None:
            if not reached and any(
                evaluation.accuracy >= GOAL for evaluation in _evaluations(watched.session.metrics.read()[0])
            ):
                reached.append(time.perf_counter() - began)

        watched.session.listen(look)
        if setting.quick:
            watched.train(QUICK_BATCHES)
            watched.session.stop()
        else:
            watched.session.play()
        status = watched.until(lambda status: status.state is State.FINISHED)
        seconds = time.perf_counter() - began
        metrics = watched.session.metrics.read()[0]
    validations = _evaluations(metrics)
    tests = [metric.accuracy for metric in metrics if isinstance(metric, Evaluation) and metric.split == "test"]
    first = next((validation for validation in validations if validation.accuracy >= GOAL), None)
    figures = {
        "validation": [[validation.epoch, validation.seconds, validation.accuracy] for validation in validations],
        "training_seconds_to_goal": first.seconds if first else None,
        "seconds_to_goal": reached[0] if reached else None,
        "seconds": seconds,
        "test_accuracy": tests[-1] if tests else None,
        "precision": status.precision,
        "steps": status.step,
    }
    when = f"after epoch {first.epoch}, {reached[0]:.1f} s" if first and reached else "never"
    accuracy = f"{tests[-1]:.2%}" if tests else "unknown"
    sentence = (
        f"{GOAL:.0%} of the validation images {when}; at the end, after {seconds:.1f} s, {accuracy} of the test images."
    )
    return Finding(None if setting.quick else first is not None, sentence, figures)


def _evaluations(metrics: Sequence[object]) -> list[Evaluation]:
    return [metric for metric in metrics if isinstance(metric, Evaluation) and metric.split == "validation"]

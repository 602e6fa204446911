"""Sweeps whose trials were never trained: their accuracies are a function of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.project.templates import TEMPLATES
from cnnviz.sweeps import trials
from cnnviz.sweeps.space import axis
from cnnviz.sweeps.storage import TRIALS_WANTED, open_storage, open_study

if TYPE_CHECKING:
    import optuna

PROJECT = TEMPLATES["lenet-5"].project()
AXES = (
    axis("learning_rate=log:1e-4:1", PROJECT),
    axis("batch_size=16:256", PROJECT),
    axis("optimizer=sgd,adam", PROJECT),
)


def study_at(where: str | None, name: str = "sweep", most: int = 20) -> optuna.Study:
    """A study without trials."""
    study = open_study(open_storage(where, name), name, AXES, "digest", "lenet-5", "median", 1)
    study.set_user_attr(TRIALS_WANTED, most)
    return study


def add(study: optuna.Study, count: int) -> None:
    """Add complete trials; the better optimizer is Adam, the best rate 0.01."""
    import math

    import optuna

    found = []
    for number in range(count):
        place = (number * 0.618) % 1
        rate, name = 10 ** (-4 * place), ("sgd", "adam")[number % 2]
        accuracy = 0.99 - 0.004 * (math.log10(rate) + 2) ** 2 - (0.02 if name == "sgd" else 0)
        found.append(
            optuna.trial.create_trial(
                params={"learning_rate": max(1e-4, rate), "batch_size": 16 + 7 * number % 240, "optimizer": name},
                distributions={
                    "learning_rate": optuna.distributions.FloatDistribution(1e-4, 1.0, log=True),
                    "batch_size": optuna.distributions.IntDistribution(16, 256),
                    "optimizer": optuna.distributions.CategoricalDistribution(("sgd", "adam")),
                },
                value=accuracy,
                intermediate_values={1: accuracy - 0.01, 2: accuracy},
            )
        )
    study.add_trials(found)


def begun_earlier(worker: str) -> str:
    """A process of the same number as ``worker`` that began ten seconds before it."""
    node, number, began = worker.split()
    return f"{node} {number} {float(began) - 10:.2f}"


def under_way(study: optuna.Study) -> optuna.Trial:
    """Begin a trial that this process makes."""
    trial = trials.begin(study, 1000)
    assert trial is not None
    trials.suggested(trial, AXES)
    return trial

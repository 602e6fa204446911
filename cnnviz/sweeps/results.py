"""The trials of a sweep as a table shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.sweeps.storage import library
from cnnviz.sweeps.trials import OWN, REASON, RUN, valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    import optuna

    from cnnviz.sweeps.space import Value

RUNNING, INTERRUPTED = "running", "interrupted"
"""The states of trials that have not ended. A trial is interrupted if its process has ended first, see
:mod:`cnnviz.sweeps.watching`; a sweep that goes on tries it again."""
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
"""The states of trials that have ended."""
LEAST_FOR_IMPORTANCE = 4
"""With fewer complete trials, nothing can be said about what mattered."""


@dataclass(frozen=True)
class Result:
    """A trial: its state, such as :data:`RUNNING` or :data:`COMPLETE`, and its best validation accuracy in [0, 1].

    ``run`` is the id of its recorded run, ``reason`` why it could not be trained to its end. ``epochs`` is the number
    of epochs that it was trained. ``own``: its values are those of the project itself. ``silent``: for how many minutes
    the process of a running trial, on another machine, has not been heard of.
    """

    number: int
    state: str
    accuracy: float | None
    values: dict[str, Value] = field(default_factory=dict)
    run: str = ""
    reason: str = ""
    epochs: int = 0
    own: bool = False
    silent: int = 0

    @property
    def ended(self) -> bool:
        """Whether the trial has ended and counts."""
        return self.state not in (RUNNING, INTERRUPTED)

    @property
    def complete(self) -> bool:
        """Whether it was trained to its end."""
        return self.state == COMPLETE


def results(found: Iterable[optuna.trial.FrozenTrial]) -> list[Result]:
    """The trials that count, in their order."""
    return [
        Result(
            trial.number,
            FAILED if trial.state.name == "FAIL" else trial.state.name.lower(),
            trial.value if trial.value is not None else max(trial.intermediate_values.values(), default=None),
            dict(trial.params),
            trial.user_attrs.get(RUN, ""),
            trial.user_attrs.get(REASON, ""),
            max(trial.intermediate_values, default=0),
            bool(trial.user_attrs.get(OWN)),
        )
        for trial in valid(list(found))
    ]


def best_of(found: Iterable[Result]) -> Result | None:
    """The complete trial with the best validation accuracy; None if there is none."""
    complete = [each for each in found if each.complete and each.accuracy is not None]
    return max(complete, key=lambda each: each.accuracy or 0.0, default=None)


def importances(study: optuna.Study) -> dict[str, float]:
    """The importance of each target, as shares that sum to 1; empty if unknown.

    A target is important if the values of the best trials differ much from those of all trials.
    Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently quantifying hyperparameter importance in arbitrary subspaces",
    2023.
    """
    optuna = library()
    complete = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])
    if len(complete) < LEAST_FOR_IMPORTANCE:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    try:
        found: dict[str, float] = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (ValueError, RuntimeError):
        # all trials are equally good, or a target had one value only
        return {}
    return found

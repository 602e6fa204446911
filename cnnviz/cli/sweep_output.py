"""What ``cnnviz sweep`` shows: a bar while it works, a line for each trial, and a table of the best ones at the end."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cnnviz.cli.output import console, write_json
from cnnviz.files import shown
from cnnviz.project.file import save
from cnnviz.runs.folder import RunError
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.sweeps.results import Result, best_of, importances, results
from cnnviz.sweeps.space import applied

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    import optuna

    from cnnviz.project.project import Project
    from cnnviz.sweeps.work import Work
    from cnnviz.training.channels import Status

SHOWN = 10
"""The number of trials in the table at the end."""
PACE_SECONDS = 1800
"""The time to the end is estimated by the trials of so many seconds."""


class Conclusion(NamedTuple):
    """How many trials have ended, and the best one."""

    ended: int
    best: Result | None


class Following:
    """Prints a line for each trial that this process has ended; with ``bar`` shows how far the whole sweep is."""

    def __init__(self, study: optuna.Study, most: int, *, json: bool, bar: bool = False) -> None:
        self._study, self._most, self._json = study, most, json
        self._best = -1.0
        self._ended = 0
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[trials]}"))
        self._progress = Progress(
            *columns, TimeRemainingColumn(), console=console(), transient=True, speed_estimate_period=PACE_SECONDS
        )
        self._task = self._progress.add_task("loading", total=float(most), trials="")
        self._bar = bar

    def __enter__(self) -> Following:
        self._count()
        if self._bar:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._progress.stop()

    def show(self, trial: int, status: Status) -> None:
        """Show how a trial stands."""
        steps = status.epochs * status.batches
        if not steps:
            return
        epoch = min(status.epoch + 1, status.epochs)
        best = "" if self._best < 0 else f", best {self._best:.2%}"
        self._progress.update(
            self._task,
            description=f"trial {trial}, epoch {epoch} of {status.epochs}{best}",
            completed=self._ended + min(1.0, status.step / steps),
            trials=f"{self._ended} of {self._most} trials",
        )

    def ended(self, trial: optuna.trial.FrozenTrial) -> None:
        """Print what became of a trial."""
        before = self._best
        self._count()
        (result,) = results([trial])
        if self._json:
            write_json(_row(result))
            return
        values = ", ".join(f"{target} {_number(value)}" for target, value in result.values.items())
        remarks = [
            *(["its own settings"] if result.own else []),
            *(["best so far"] if result.complete and (result.accuracy or 0.0) > before >= 0 else []),
            *([result.reason] if result.reason else []),
        ]
        place = f"{self._ended}/{self._most}"
        remark = f"  ({', '.join(remarks)})" if remarks else ""
        line = f"{place:>7}  trial {result.number:<3} {result.state:<8} {_accuracy(result):>7}  {values}{remark}"
        self._progress.console.print(line, markup=False, soft_wrap=True)

    def _count(self) -> None:
        """Count the trials of all processes that have ended, and find the best."""
        found = results(self._study.get_trials(deepcopy=False))
        self._ended = sum(each.ended for each in found)
        best = best_of(found)
        self._best = -1.0 if best is None or best.accuracy is None else best.accuracy


def conclude(study: optuna.Study, project: Project, work: Work, arguments: argparse.Namespace) -> Conclusion:
    """Print the best trials, what mattered, and what to do with the best one, whose project is written to ``--out``.

    ``project`` is the one of the file, with its own number of epochs; that of ``work`` has the sweep's.
    """
    found = results(study.get_trials(deepcopy=False))
    ended = sum(each.ended for each in found)
    best, own, weights = best_of(found), next((each for each in found if each.own), None), importances(study)
    written: Path | None = arguments.out if best is not None else None
    if best is not None and written is not None:
        save(applied(project, best.values), written, _recorded_here(best.run))
    if arguments.json:
        summary = {"name": study.study_name, "trials": len(found), "epochs": work.project.recipe.epochs}
        rows = {"best": None if best is None else _row(best), "own": None if own is None else _row(own)}
        write_json({**summary, **rows, "importance": weights, "out": None if written is None else str(written)})
        return Conclusion(ended, best)
    output = console()
    if found:
        output.print(_table(study.study_name, [each.target for each in work.axes], found))
    if weights:
        shares = ", ".join(f"{target} {share:.0%}" for target, share in weights.items())
        output.print(f"What mattered: {shares}.", markup=False)
    if best is not None:
        for line in (_comparison(best, own), *_remedies(best, written)):
            output.print(line, markup=False, soft_wrap=True)
    if ended < work.most:
        output.print(f"{ended:,} of {work.most:,} trials have ended: the same command goes on with the sweep.")
    return Conclusion(ended, best)


def _table(name: str, targets: list[str], found: list[Result]) -> Table:
    """The best trials, and the one with the project's own values."""
    ranked = sorted(found, key=lambda each: -1.0 if each.accuracy is None else each.accuracy, reverse=True)
    table = Table("Trial", "validation", "state", *targets, "run", title=name)
    for each in [*ranked[:SHOWN], *(other for other in ranked[SHOWN:] if other.own)]:
        cells = [_number(each.values[target]) if target in each.values else "" for target in targets]
        number = f"{each.number} (own)" if each.own else f"{each.number}"
        table.add_row(number, _accuracy(each), each.state, *cells, each.run)
    return table


def _comparison(best: Result, own: Result | None) -> str:
    if own is None:
        return f"Best: trial {best.number} with {_accuracy(best)}. The network's own settings are not among the values."
    if not own.ended or own.accuracy is None:
        return (
            f"Best: trial {best.number} with {_accuracy(best)}. The network's own settings, trial {own.number}, have no"
            " result."
        )
    if own.number == best.number:
        return f"Best: trial {best.number} with {_accuracy(best)}, the network's own settings."
    return (
        f"Best: trial {best.number} with {_accuracy(best)}; the network's own settings, trial {own.number}, have"
        f" {_accuracy(own)}."
    )


def _remedies(best: Result, written: Path | None) -> list[str]:
    """What can be done with the best trial."""
    lines = [f"“cnnviz runs show {best.run}” shows its run."] if best.run else []
    if written is None:
        return [*lines, "The same command with --out FILE.cnnviz writes the project with its values."]
    return [*lines, f"“{shown(written)}” has its values: “cnnviz {quote(str(written))}” opens it."]


def _recorded_here(run: str) -> str:
    """The id of a run if it was recorded on this machine, else nothing."""
    try:
        return Library(runs_folder()).folder(run).name if run else ""
    except RunError:
        return ""


def _row(result: Result) -> dict[str, Any]:
    return {
        "trial": result.number,
        "state": result.state,
        "accuracy": result.accuracy,
        "values": result.values,
        "run": result.run,
        "reason": result.reason,
        "own": result.own,
    }


def _accuracy(result: Result) -> str:
    return "" if result.accuracy is None else f"{result.accuracy:.2%}"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value}"

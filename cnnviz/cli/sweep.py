"""``cnnviz sweep``: trains a network with many settings, which Optuna chooses, and says which were best."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.table import Table

from cnnviz.cli.data.fitting import add_data, with_data
from cnnviz.cli.errors import CommandError
from cnnviz.cli.keeping import interruptible
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.source import add_source, project_of
from cnnviz.cli.threads import add_threads, threads_of
from cnnviz.cli.train import add_device, add_no_record
from cnnviz.network.check import examine
from cnnviz.program import command
from cnnviz.sweeps.results import Result, best_of, importances, results
from cnnviz.sweeps.space import axis
from cnnviz.sweeps.storage import MOST, PrunerName, open_storage, open_study
from cnnviz.sweeps.work import Work, digest, work
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    import argparse

    import optuna

    from cnnviz.project.project import Project
    from cnnviz.sweeps.space import Axis

MOST_TRIALS, MOST_JOBS = 100_000, 256
SHOWN = 10
"""The number of trials in the table at the end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_source(parser)
    add_data(parser)
    parser.add_argument(
        "--over",
        action="append",
        required=True,
        metavar="WHAT=VALUES",
        help="what to vary: a setting of the recipe or LAYER.PARAMETER, over LOW:HIGH, log:LOW:HIGH or values with"
        " commas between them; may be given several times",
    )
    parser.add_argument("--trials", type=int, default=20, metavar="N", help="trials of the sweep in all (default: 20)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at the same time (default: 1)")
    parser.add_argument(
        "--name", metavar="NAME", help="of the sweep; one of that name goes on (default: the network's)"
    )
    text = "where the sweep is kept: a file, FILE.journal for a folder that machines share, or the URL of a database"
    parser.add_argument("--storage", metavar="FILE|URL", help=text)
    text = "ends trials that promise little after an epoch (default: median)"
    parser.add_argument("--pruner", choices=get_args(PrunerName), default="median", help=text)
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs of each trial (default: the recipe's)")
    parser.add_argument("--seed", type=int, metavar="N", help="of the choice of values (default: another each time)")
    add_device(parser)
    add_threads(parser)
    add_no_record(parser)
    parser.add_argument("--worker", action="store_true", help="work on a sweep for another process, and print nothing")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the trials, and print the best ones; returns 0 if a trial has reached its end."""
    if not 1 <= arguments.trials <= MOST_TRIALS or not 1 <= arguments.jobs <= MOST_JOBS:
        raise CommandError(f"--trials takes 1 to {MOST_TRIALS:,} and --jobs 1 to {MOST_JOBS}.")
    project = with_data(project_of(arguments.source, arguments.network), arguments)
    if arguments.epochs is not None:
        project = replace(project, recipe=replace(project.recipe, epochs=arguments.epochs))
    report = examine(project.network, facts_for(project))
    if report.errors:
        raise CommandError(f"This network cannot be trained. {report.errors[0].sentence()}")
    axes = tuple(axis(text, project) for text in arguments.over)
    if len({each.target for each in axes}) < len(axes):
        raise CommandError("Each setting or parameter is varied once: one of --over names the same as another.")
    network = Path(arguments.source).stem
    name = arguments.name or network
    storage = open_storage(arguments.storage, name)
    study = open_study(storage, name, axes, digest(project), network, arguments.pruner, arguments.seed)
    if not arguments.worker:
        study.set_user_attr(MOST, arguments.trials)
    with interruptible():
        if arguments.jobs > 1:
            _share(arguments)
        else:
            threads = threads_of(arguments)
            what = Work(project, network, axes, arguments.trials, arguments.device, threads, not arguments.no_record)
            work(study, what, lambda trial: _tell(trial, arguments))
    if arguments.worker:
        return 0
    return _conclude(study, axes, project, arguments)


def _share(arguments: argparse.Namespace) -> None:
    """Have several processes make the trials, and wait for them."""
    from cnnviz.training.device import physical_cores

    threads = arguments.threads or max(1, physical_cores() // arguments.jobs)
    line = _options(arguments)
    workers = []
    try:
        for number in range(arguments.jobs):
            seed = [] if arguments.seed is None else ["--seed", f"{arguments.seed + number}"]
            own = ["--worker", "--jobs", "1", "--threads", f"{threads}", *seed]
            workers.append(subprocess.Popen(command("sweep", *line, *own)))
        for worker in workers:
            worker.wait()
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.terminate()
            worker.wait()


def _options(arguments: argparse.Namespace) -> list[str]:
    """The arguments of this command that every process gets."""
    line = [arguments.source, *(part for text in arguments.over for part in ("--over", text))]
    for option in ("data", "trials", "name", "storage", "pruner", "epochs", "device"):
        if (value := getattr(arguments, option)) is not None:
            line += [f"--{option}", f"{value}"]
    return [
        *line,
        *(f"--{flag.replace('_', '-')}" for flag in ("no_record", "json", "fit") if getattr(arguments, flag)),
    ]


def _tell(trial: optuna.trial.FrozenTrial, arguments: argparse.Namespace) -> None:
    """Print what became of a trial."""
    (result,) = results([trial])
    if arguments.json:
        write_json(_row(result))
        return
    values = ", ".join(f"{target} {_number(value)}" for target, value in result.values.items())
    accuracy = "" if result.accuracy is None else f"  {result.accuracy:.2%}"
    console().print(f"{result.number:>4}  {result.state:<8}{accuracy}  {values}  {result.reason}", markup=False)


def _conclude(study: optuna.Study, axes: tuple[Axis, ...], project: Project, arguments: argparse.Namespace) -> int:
    found = results(study.get_trials(deepcopy=False))
    best = best_of(found)
    weights = importances(study)
    if arguments.json:
        summary = {"name": study.study_name, "trials": len(found), "epochs": project.recipe.epochs}
        write_json({**summary, "best": None if best is None else _row(best), "importance": weights})
        return 0 if best is not None else 1
    table = Table("Trial", "validation", "state", *(each.target for each in axes), "run", title=study.study_name)
    ranked = sorted(found, key=lambda each: -1.0 if each.accuracy is None else each.accuracy, reverse=True)
    for each in ranked[:SHOWN]:
        accuracy = "" if each.accuracy is None else f"{each.accuracy:.2%}"
        cells = [_number(each.values[axis.target]) if axis.target in each.values else "" for axis in axes]
        table.add_row(f"{each.number}", accuracy, each.state, *cells, each.run)
    output = console()
    output.print(table)
    if weights:
        shares = ", ".join(f"{target} {share:.0%}" for target, share in weights.items())
        output.print(f"What mattered: {shares}.", markup=False)
    return 0 if best is not None else 1


def _row(result: Result) -> dict[str, Any]:
    return {
        "trial": result.number,
        "state": result.state,
        "accuracy": result.accuracy,
        "values": result.values,
        "run": result.run,
        "reason": result.reason,
    }


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value}"

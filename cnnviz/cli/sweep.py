"""``cnnviz sweep``: trains a network with many settings, which Optuna chooses, and says which were best."""

from __future__ import annotations

import argparse
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

from cnnviz.cli.data.chosen import FORM
from cnnviz.cli.data.fitting import add_data, with_data
from cnnviz.cli.ending import exit_code
from cnnviz.cli.errors import CommandError
from cnnviz.cli.keeping import interruptible
from cnnviz.cli.output import add_json
from cnnviz.cli.source import add_source, project_of
from cnnviz.cli.sweep_output import Following, conclude
from cnnviz.cli.threads import add_threads, threads_of
from cnnviz.cli.train import add_device, add_no_record
from cnnviz.files import is_folder, shown
from cnnviz.network.check import examine
from cnnviz.program import command
from cnnviz.project.file import SUFFIX
from cnnviz.sweeps.space import axis, own_values
from cnnviz.sweeps.storage import TRIALS_WANTED, PrunerName, open_storage, open_study, storage_errors
from cnnviz.sweeps.trials import MOST_JOBS, MOST_TRIALS, USUAL_TRIALS, try_first
from cnnviz.sweeps.work import Work, digest, work
from cnnviz.training.facts import facts_for


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
    trials_help = f"trials of the sweep in all (default: {USUAL_TRIALS})"
    parser.add_argument("--trials", type=int, default=USUAL_TRIALS, metavar="N", help=trials_help)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at the same time (default: 1)")
    parser.add_argument(
        "--name", metavar="NAME", help="of the sweep; one of that name goes on (default: the network's)"
    )
    storage_help = (
        "where the sweep is kept: a file, FILE.journal for a folder that machines share, or the URL of a database"
    )
    parser.add_argument("--storage", metavar="FILE|URL", help=storage_help)
    pruner_help = "ends trials that promise little after an epoch (default: median)"
    parser.add_argument("--pruner", choices=get_args(PrunerName), default="median", help=pruner_help)
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs of each trial (default: the recipe's)")
    parser.add_argument("--seed", type=int, metavar="N", help="of the choice of values (default: another each time)")
    out_help = "write the project with the values of the best trial, and its run, to this file"
    parser.add_argument("--out", type=Path, metavar=f"FILE{SUFFIX}", help=out_help)
    add_device(parser)
    add_threads(parser)
    add_no_record(parser)
    # this program starts itself as another process of the same sweep
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the trials, and print the best ones; returns 0 if a trial has reached its end."""
    if not 1 <= arguments.trials <= MOST_TRIALS or not 1 <= arguments.jobs <= MOST_JOBS:
        raise CommandError(f"--trials takes 1 to {MOST_TRIALS:,} and --jobs 1 to {MOST_JOBS}.")
    if arguments.out is not None and not is_folder(arguments.out.parent):
        raise CommandError(f"--out names a file in “{shown(arguments.out.parent)}”, which is no folder.")
    own = project = with_data(project_of(arguments.source, arguments.network), arguments)
    if arguments.epochs is not None:
        project = replace(own, recipe=replace(own.recipe, epochs=arguments.epochs))
    report = examine(project.network, facts_for(project))
    if report.errors:
        raise CommandError(f"This network cannot be trained. {report.errors[0].sentence()}")
    axes = tuple(axis(text, project) for text in arguments.over)
    if len({each.target for each in axes}) < len(axes):
        raise CommandError("Each setting or parameter is varied once: one of --over names the same as another.")
    network = Path(arguments.source).stem
    name = arguments.name or network
    threads = threads_of(arguments)
    trial_work = Work(project, network, axes, arguments.trials, arguments.device, threads, not arguments.no_record)
    with storage_errors(arguments.storage), interruptible():
        storage = open_storage(arguments.storage, name)
        study = open_study(storage, name, axes, digest(project), network, arguments.pruner, arguments.seed)
        first = own_values(project, axes)
        interrupted: KeyboardInterrupt | None = None
        try:
            if arguments.worker:
                with Following(study, arguments.trials, json=arguments.json) as following:
                    work(study, trial_work, following.ended, lambda _, __: None)
                return 0
            study.set_user_attr(TRIALS_WANTED, arguments.trials)
            if first is not None:
                try_first(study, first)
            if arguments.jobs > 1:
                _start_workers(arguments)
            else:
                with Following(study, arguments.trials, json=arguments.json, bar=not arguments.json) as following:
                    work(study, trial_work, following.ended, following.show)
        except KeyboardInterrupt as error:
            if arguments.worker:
                raise
            interrupted = error
        found = conclude(study, own, trial_work, arguments)
    if interrupted is not None:
        return exit_code(interrupted)
    if found.ended < arguments.trials:
        raise CommandError("All processes have ended before the sweep was complete.")
    return 0 if found.best is not None else 1


def _start_workers(arguments: argparse.Namespace) -> None:
    """Have several processes of this command make the trials, and wait for them."""
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
    for option in ("network", "data", *FORM, "trials", "name", "storage", "pruner", "epochs", "device"):
        if (value := getattr(arguments, option)) is not None:
            line += [f"--{option}", f"{value}"]
    return [
        *line,
        *(f"--{flag.replace('_', '-')}" for flag in ("no_record", "json", "fit") if getattr(arguments, flag)),
    ]

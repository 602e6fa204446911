"""``cnnviz train``: a training without a window, with the same session class as the window."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cnnviz.cli.data.fitting import add_data, unfit, with_data
from cnnviz.cli.digest import digest
from cnnviz.cli.errors import CommandError
from cnnviz.cli.keeping import Keeper, add_keeping, branch, interruptible, kept_project, resume, wait_for_commands
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.progress import Bar, Lines, Silent
from cnnviz.cli.ranks import add_ranks, check_batch, joined_ranks, restarted_from, stop_together
from cnnviz.cli.source import add_source, project_of
from cnnviz.cli.streams import discard_output, write_note
from cnnviz.cli.threads import add_threads, threads_of
from cnnviz.cli.transferring import (
    add_transfer,
    inherited,
    print_transfer,
    trained_weights,
    with_frozen_layers,
)
from cnnviz.network.check import examine
from cnnviz.project.recipe import Precision, RecipeError
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.facts import facts_for
from cnnviz.training.session import Session

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from cnnviz.project.project import Project
    from cnnviz.runs.recorder import Recorder
    from cnnviz.training.ranks import Ranks
    from cnnviz.training.trained_weights import TrainedWeights

POLL_SECONDS = 0.5
CLOSING_SECONDS = 60.0
"""How long to wait for the end of a step: ending the interpreter during a step would abort the process."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_source(parser, optional=True)
    add_data(parser)
    add_length(parser)
    parser.add_argument("--batch-size", type=int, metavar="N", help="images in a batch")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of weights, order and dropout")
    add_device(parser)
    parser.add_argument("--precision", choices=get_args(Precision), help="number format of the forward pass")
    parser.add_argument(
        "--repeatable",
        action="store_true",
        help="the same bits each time: float32 and --threads N, without that as many as the project says, usually 1;"
        " another processor, torch or a GPU may still differ in the last bits",
    )
    add_threads(parser)
    add_transfer(parser)
    add_keeping(parser)
    add_no_record(parser)
    add_ranks(parser)
    add_json(parser)


def add_length(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how long to train."""
    parser.add_argument("--epochs", type=int, metavar="N", help="how often all images are seen")
    parser.add_argument("--batches", type=int, metavar="N", help="stop after so many batches")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--device``."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")


def add_no_record(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--no-record``."""
    text = "do not record this training; “cnnviz runs list” lists recorded ones"
    parser.add_argument("--no-record", action="store_true", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Train and print the result; returns 0 if the training reached its end."""
    with joined_ranks(arguments) as ranks:
        return _run(arguments, ranks)


def _run(arguments: argparse.Namespace, ranks: Ranks | None) -> int:
    threads = threads_of(arguments)
    if arguments.resume is not None:
        project = kept_project(arguments)
        return train(arguments, project, arguments.resume.stem, threads, partial(resume, arguments=arguments), ranks)
    weights = None if arguments.trained is None else trained_weights(arguments.trained)
    project = with_frozen_layers(_project(arguments, weights), arguments.freeze, weights)
    name = Path(arguments.source or arguments.trained).stem
    start = restarted_from(name, ranks)
    if start is not None:
        return train(arguments, start.project, name, threads, partial(branch, start=start, arguments=arguments), ranks)
    if weights is None:
        return train(arguments, project, name, threads, ranks=ranks)
    taken_over = inherited(project, weights)
    if not arguments.json and (ranks is None or ranks.leads):
        print_transfer(project, taken_over)

    def begin(session: Session) -> None:
        session.transfer(project, weights)
        wait_for_commands(session)

    return train(arguments, project, name, threads, begin, ranks)


def train(
    arguments: argparse.Namespace,
    project: Project,
    network: str,
    threads: int | None = None,
    begin: Callable[[Session], None] | None = None,
    ranks: Ranks | None = None,
) -> int:
    """Train a project and print the result; returns 0 if the training reached its end.

    ``network`` is the name of the project for the records. ``begin`` makes another run than a new one the current run
    of the session. Of several processes, ``ranks``, the leading one records, saves and prints.
    """
    report = examine(project.network, facts_for(project))
    if report.errors:
        fit = " --fit fits the network to the images." if unfit(arguments, report) else ""
        raise CommandError(f"This network cannot be trained. {report.errors[0].sentence()}{fit}")
    if arguments.batches is not None and not 1 <= arguments.batches <= 2**31:
        raise CommandError("--batches takes a whole number from 1.")
    leads = ranks is None or ranks.leads
    if ranks is not None:
        check_batch(project, ranks)
    session = Session(project, arguments.device, threads)
    keeper = None if arguments.save is None or not leads else Keeper(session, arguments.save)
    recorder = None if arguments.no_record or not leads else _recorder(session, network)
    session.start()
    try:
        began = time.perf_counter()
        with nullcontext() if keeper is None and ranks is None else interruptible():
            beginning = _train(session, arguments, keeper, begin, ranks)
        result = _result(session, report.parameters, time.perf_counter() - began, beginning, ranks)
        try:
            if keeper is not None:
                keeper.save()
        finally:
            # the result is printed even if it could not be stored
            if leads:
                write_json(result) if arguments.json else _print_result(result)
    finally:
        session.close(timeout=CLOSING_SECONDS)
        if recorder is not None:
            recorder.close(timeout=CLOSING_SECONDS)
            if recorder.trouble is not None:
                write_note(str(recorder.trouble))
    if recorder is not None and not arguments.json:
        for folder in recorder.folders.values():
            console().print(f"Recorded as {folder.name}: see “cnnviz runs show {folder.name}”.", markup=False)
    return 0


def _recorder(session: Session, network: str) -> Recorder | None:
    """A started recorder for the runs of ``session``; None if the settings say that nothing is recorded."""
    from cnnviz.runs.recorder import Recorder, recording_wanted

    if not recording_wanted():
        return None
    recorder = Recorder(session, lambda: network)
    recorder.start()
    return recorder


@dataclass(frozen=True)
class _Beginning:
    """The state before training: numbers of metrics and images, and training seconds."""

    metrics: int
    images: float
    seconds: float


def _train(
    session: Session,
    arguments: argparse.Namespace,
    keeper: Keeper | None,
    begin: Callable[[Session], None] | None,
    ranks: Ranks | None,
) -> _Beginning:
    """Train as requested, and show progress; returns the state before training."""
    news = threading.Event()
    session.listen(news.set)
    with _follower(session, arguments, ranks) as follower:
        if begin is not None:
            begin(session)
        beginning = _Beginning(session.metrics.read()[1], *session.trained())
        follower.begin(beginning.metrics)
        if keeper is not None:
            # a folder that cannot be written to should be noticed now, not after hours
            keeper.begin(beginning.metrics)
            keeper.save()
        if arguments.batches is None:
            session.play()
        else:
            session.batches(arguments.batches)
        wait_for_commands(session)
        try:
            while session.status.state is State.RUNNING and not session.trouble():
                news.wait(POLL_SECONDS)
                news.clear()
                _show_progress(follower, keeper)
                if keeper is not None:
                    keeper.save_after_epoch()
        except KeyboardInterrupt:
            if ranks is not None:
                stop_together(session, ranks)
                if trouble := session.trouble():
                    # torchrun interrupts the others when one of them has ended
                    raise CommandError(trouble) from None
            if keeper is not None:
                keeper.interrupted()
            raise
        _show_progress(follower, keeper)
        if trouble := session.trouble():
            raise CommandError(trouble)
        return beginning


def _follower(session: Session, arguments: argparse.Namespace, ranks: Ranks | None) -> Lines | Bar | Silent:
    if ranks is not None and not ranks.leads:
        return Silent()
    return Lines(session) if arguments.json else Bar(session)


def _show_progress(follower: Lines | Bar | Silent, keeper: Keeper | None) -> None:
    """Show progress. If the output has no reader any more or its disk is full, a training with ``--save`` continues."""
    try:
        follower.update()
    except OSError as error:
        if keeper is None:
            raise
        discard_output()
        if not isinstance(error, BrokenPipeError):
            write_note(f"The output cannot be written: {error.strerror}. The training goes on without it.")


def _project(arguments: argparse.Namespace, weights: TrainedWeights | None) -> Project:
    if arguments.source is not None:
        project = project_of(arguments.source, arguments.network)
    elif weights is not None:
        project = weights.project
    else:
        raise CommandError("Name a project file or a template to be trained, or --resume a training that was kept.")
    project = with_data(project, arguments)
    chosen = {name: getattr(arguments, name) for name in ("epochs", "batch_size", "seed", "precision")}
    if arguments.repeatable or project.recipe.repeatable:
        if arguments.precision == "bfloat16":
            raise CommandError("A repeatable training is in float32; leave out --precision.")
        chosen |= {"repeatable": True, "threads": arguments.threads}
    try:
        recipe = replace(project.recipe, **{name: value for name, value in chosen.items() if value is not None})
    except RecipeError as error:
        raise CommandError(str(error)) from error
    return replace(project, recipe=recipe)


def _result(
    session: Session, parameters: int, wall: float, beginning: _Beginning, ranks: Ranks | None
) -> dict[str, Any]:
    """The result. ``images_per_second`` counts training time only, ``seconds`` all time; both, and the evaluations,
    leave out what a continued training had done before."""
    metrics = session.metrics.read(beginning.metrics)[0]
    evaluations = {metric.split: metric for metric in metrics if isinstance(metric, Evaluation)}
    standing = session.standing
    status, project = standing.status, standing.project
    images, seconds = session.trained()
    trained = seconds - beginning.seconds
    last, best = evaluations.get("test"), evaluations.get("test best")
    return {
        "parameters": parameters,
        "epochs": status.epoch,
        "planned_epochs": status.planned if status.ended_early else None,
        "steps": status.step,
        "test_accuracy": last.accuracy if last else None,
        "best_test_accuracy": best.accuracy if best else None,
        "images_per_second": round((images - beginning.images) / trained, 1) if trained else 0.0,
        "seconds": round(wall, 3),
        "data": project.dataset.name,
        "seed": project.recipe.seed,
        "weights": _digest(session),
        "device": status.device,
        "precision": status.precision,
        "threads": status.threads,
        **_of_ranks(ranks),
    }


def _of_ranks(ranks: Ranks | None) -> dict[str, Any]:
    """How many processes have trained, and how they normalize batches."""
    if ranks is None:
        return {"processes": 1}
    normalized = "synchronized" if ranks.synchronized else "local"
    return {"processes": ranks.size, "batch_norm": normalized, "exchange_seconds": round(ranks.exchange_seconds, 3)}


def _digest(session: Session) -> str | None:
    """SHA-256 of all weights and buffers at the end; None without weights."""
    weights = session.weights.latest
    if weights is None or not weights.settled:
        return None
    return digest(weights.tensors)


def _print_result(result: dict[str, Any]) -> None:
    output = console()
    if result["test_accuracy"] is not None:
        best = f"{result['best_test_accuracy']:.2%} with the weights that were best on validation"
        output.print(f"Test accuracy [bold]{result['test_accuracy']:.2%}[/bold] with the last weights, {best}.")
    epochs = "1 epoch" if result["epochs"] == 1 else f"{result['epochs']:,} epochs"
    if result["planned_epochs"] is not None:
        output.print(
            f"Stopped early at epoch {result['epochs']:,} of {result['planned_epochs']:,}:"
            " validation accuracy no longer improved."
        )
    together = f", processes: {result['processes']}" if result["processes"] > 1 else ""
    output.print(
        f"{result['parameters']:,} parameters, {epochs}, {result['steps']:,} batches"
        f" in {result['seconds']:.1f} s; {result['images_per_second']:,.0f} images/s"
        f" ({result['device']}, {result['precision']}, threads: {result['threads']}{together})."
    )

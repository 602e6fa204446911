"""Commands that train under ``torchrun``: they join the other processes, and go on after a restart."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cnnviz.project.project import Project
    from cnnviz.runs.continuing import RecordedStart
    from cnnviz.training.ranks import Ranks
    from cnnviz.training.session import Session

POLL_SECONDS = 0.1
SECONDS = 600
"""How long a process waits for another one by default; decoding images may take that long."""


def add_ranks(parser: argparse.ArgumentParser) -> None:
    """Add the options for a training by several processes."""
    parser.add_argument(
        "--batch-norm",
        choices=("synchronized", "local"),
        default="synchronized",
        help="under torchrun: batch normalization by the statistics of the whole batch, as in one process, or by those"
        " of the part that a process computes, which needs no exchange (default: synchronized)",
    )
    text = f"under torchrun: how long to wait for another process before giving up (default: {SECONDS})"
    parser.add_argument("--peer-timeout", type=float, default=SECONDS, metavar="SECONDS", help=text)


@contextmanager
def joined_ranks(arguments: argparse.Namespace) -> Iterator[Ranks | None]:
    """Join the processes that torchrun has started together with this one; None if this one trains alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or "RANK" not in os.environ:
        yield None
        return
    if arguments.peer_timeout <= 0:
        raise CommandError("--peer-timeout takes a number of seconds above 0.")
    # not at the top of the file: torch is slow to import
    import torch

    from cnnviz.training.ranks import join, leave

    wants_gpu = arguments.device.startswith("cuda") or (arguments.device == "auto" and torch.cuda.is_available())
    if wants_gpu:
        _check_gpus(torch.cuda.device_count())
    synchronized = arguments.batch_norm == "synchronized"
    ranks = join("cuda" if wants_gpu else "cpu", synchronized=synchronized, seconds=arguments.peer_timeout)
    try:
        yield ranks
    finally:
        leave()


def _check_gpus(count: int) -> None:
    """Raise CommandError if this machine has fewer GPUs than processes: NCCL wants a GPU of its own for each."""
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if processes > count:
        raise CommandError(
            f"Each process needs a GPU of its own, and this machine has {count} for {processes} processes: start fewer"
            " with --nproc-per-node, or choose --device cpu."
        )


def check_batch(project: Project, ranks: Ranks) -> None:
    """Raise CommandError if a batch has too few images for all processes."""
    from cnnviz.training.ranks import LEAST_IMAGES

    size, least = project.recipe.batch_size, LEAST_IMAGES * ranks.size
    if size < least:
        raise CommandError(
            f"A batch of {size:,} cannot be shared by {ranks.size} processes, each of which needs {LEAST_IMAGES}"
            f" images: choose --batch-size {least} or more."
        )


def stop_together(session: Session, ranks: Ranks) -> None:
    """Let all processes stop after the same step, and wait until this one has."""
    ranks.want_stop()
    while session.status.state is State.RUNNING and not session.trouble():
        time.sleep(POLL_SECONDS)


def restarted_from(network: str, ranks: Ranks | None) -> RecordedStart | None:
    """Where the training named ``network`` goes on after torchrun has restarted it; None at its first start.

    It is the newest unfinished run of that name that was recorded since torchrun was started, from its last exact
    moment; None if nothing was recorded. All processes go on from what the leading one has found.
    """
    if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) < 1:
        return None
    from cnnviz.runs.continuing import recorded_start

    library = Library(runs_folder())
    found = _unfinished(library, network) if ranks is None or ranks.leads else ""
    if ranks is not None:
        found = ranks.agree(found)
    return recorded_start(library.folder(found)) if found else None


def _unfinished(library: Library, network: str) -> str:
    """The id of the run that was recorded since this process's parent was started; empty if there is none."""
    import psutil

    since = psutil.Process(os.getppid()).create_time()
    runs = [
        run
        for run in library.runs()
        if run.facts.network == network and run.facts.created >= since and run.moments and not run.numbers.finished
    ]
    return max(runs, key=lambda run: run.facts.created).id if runs else ""

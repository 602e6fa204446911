"""``cnnviz lost-device``: a process that loses its GPU while it trains; for :mod:`cnnviz.cli.device.lost`.

No operation of the process on the GPU works after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.device.watched import CLOSING_SECONDS, Watched
from cnnviz.cli.output import write_json
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State
from cnnviz.training.session import Session

if TYPE_CHECKING:
    import argparse

    from cnnviz.training.state import TrainingState

BATCHES = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--device", required=True)


def run(arguments: argparse.Namespace) -> int:
    """Train, lose the GPU, continue, start over and close; prints the sentences and whether the session ended."""
    watched = Watched(Session(TEMPLATES["pytorch-tutorial"].project(), arguments.device))
    session = watched.session
    session.start()
    run = watched.train(BATCHES).run
    session.visit(_lose)
    session.play()
    watched.wait(lambda: session.status.state is State.FAILED)
    first = watched.failure()
    session.reset(session.standing.project)
    watched.wait(lambda: session.status.state is State.FAILED and session.status.run > run)
    closed = session.close(CLOSING_SECONDS)
    write_json({"failure": first, "after_reset": watched.failure(), "closed": closed})
    return 0 if closed else 1


def _lose(state: TrainingState | None) -> None:
    """Index beyond the end of a tensor on the GPU, so that every later operation fails."""
    import torch

    assert state is not None
    device = state.placement.device
    torch.zeros(4, device=device)[torch.tensor([2**20], device=device)]

"""Adds weights that come from elsewhere to the library, as a run with a single moment at step 0. No torch at the top of
the file."""

from __future__ import annotations

import platform
import shutil
import tempfile
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from cnnviz import __version__
from cnnviz.data.catalogue import describe
from cnnviz.files import cause, shown, write_atomically
from cnnviz.network.shapes import infer
from cnnviz.runs.folder import LABEL, RunError
from cnnviz.runs.library import IMPORTING
from cnnviz.runs.sealed import sealed
from cnnviz.runs.summary import LONGEST, Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.project.project import Project

_MARGIN = 2**20
"""Bytes of a run beside its weights, at the most."""


def add_imported(
    home: Path, project: Project, tensors: Mapping[str, Tensor], network: str, source: Path, notes: str = ""
) -> str:
    """Add the weights of ``project`` that were read from the file ``source`` to the library in ``home``; returns the id
    of the run.

    ``tensors`` are named and shaped as in the torch module: float32, batch counters int64. ``network`` is the name of
    the project. Either all of the run is added or nothing. Raises :class:`RunError`.
    """
    import torch

    now = datetime.now()
    recipe = project.recipe
    facts = Facts(
        network,
        now.timestamp(),
        infer(project.network).parameters,
        versions=f"cnnviz {__version__}, torch {torch.__version__}, Python {platform.python_version()}",
        batch_size=recipe.batch_size,
        optimizer=recipe.optimizer,
        learning_rate=recipe.learning_rate,
        source=shown(source.name),
        dataset=describe(project.dataset).title,
    )
    run = f"{now:%Y%m%d-%H%M%S}-{token_hex(4)}"
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    try:
        home.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            temporary = Path(tempfile.mkdtemp(dir=home, prefix=IMPORTING))
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
            with closing(RunWriter(temporary / run, project, facts, size + _MARGIN)) as writer:
                writer.write_weights(0, project, tensors)
                writer.flush()
            write_atomically(temporary / run / LABEL, sealed({"name": "", "notes": notes[:LONGEST]}))
            (temporary / run).rename(home / run)
    except OSError as error:
        raise RunError(
            Sentence("The weights could not be kept in “{name}”: {reason}.", name=shown(home), reason=cause(error))
        ) from error
    return run

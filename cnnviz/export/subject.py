"""The subject of an export: a network with its weights. No torch at the top of the file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.code.write.source import hindrance
from cnnviz.data.catalogue import describe
from cnnviz.network.check import judge
from cnnviz.network.layers import Input, Output
from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project

LONGEST_STEM = 100
"""The most characters in the name of a file, without its ending."""


class ExportError(SaidError):
    """A network that cannot be exported, or a file that cannot be written."""


@dataclass(frozen=True)
class Options:
    """The choices of an export; a format that does not have a choice ignores it.

    ``normalize``: the file normalizes images by mean and standard deviation itself, so that it takes images in [0, 1];
    otherwise it takes normalized images. ``probabilities``: it also returns the softmax of the logits.
    """

    normalize: bool = True
    probabilities: bool = False


@dataclass(frozen=True, eq=False)
class Subject:
    """A network without errors, with its weights.

    ``tensors`` are all parameters and buffers of the used nodes, named and shaped as in the torch module
    (``conv1.weight``: (O, I, kH, kW)): contiguous, float32, batch counters int64. Do not change them. ``classes`` are
    the names of the classes. ``origin`` tells where the weights come from. ``name`` is the name of the network; the
    names of files are made of it.
    """

    project: Project
    report: Report = field(repr=False)
    tensors: Mapping[str, NDArray[np.generic]] = field(repr=False)
    classes: tuple[str, ...]
    origin: Sentence
    name: str

    @property
    def stem(self) -> str:
        """The name of files without their ending, see :func:`stem_of`."""
        return stem_of(self.name)

    @property
    def network(self) -> Network:
        """The network."""
        return self.project.network

    @property
    def input(self) -> Input:
        """The Input."""
        layers = (self.network[name] for name in self.report.used)
        return next(layer for layer in layers if isinstance(layer, Input))

    @property
    def output(self) -> str:
        """The id of the Output."""
        return next(name for name in self.report.used if isinstance(self.network[name], Output))

    @property
    def bytes(self) -> int:
        """The memory that the tensors take."""
        return sum(tensor.nbytes for tensor in self.tensors.values())


def subject_of(project: Project, tensors: Mapping[str, Tensor], origin: Sentence, name: str) -> Subject:
    """The subject for a project and its weights: tensors on the CPU, float32 (batch counters int64), named and shaped
    as in the torch module. They are not copied.

    ``name`` is that of the network. Raises :class:`ExportError` for a network with errors.
    """
    report = judge(project.network, facts_of_data(project))
    if (problem := hindrance(report)) is not None:
        raise ExportError(Sentence("A network with errors cannot be exported: {sentence}", sentence=problem.said))
    arrays = {key: tensor.detach().contiguous().numpy() for key, tensor in tensors.items()}
    return Subject(project, report, arrays, classes_of(project, report), origin, name)


def initial(project: Project, name: str) -> Subject:
    """The subject for a project before training: the first weights by the seed of its recipe.

    Raises :class:`ExportError` for a network with errors.
    """
    from cnnviz.training.model import build

    without_weights = subject_of(project, {}, Sentence("first weights, not trained"), name)
    state = build(project.network, without_weights.report, project.recipe.seed).state_dict()
    return subject_of(project, state, without_weights.origin, name)


def classes_of(project: Project, report: Report) -> tuple[str, ...]:
    """The names of the classes of the project's dataset; numbers if the network has another count of logits."""
    names = describe(project.dataset).classes
    end = next(name for name in report.used if isinstance(project.network[name], Output))
    (count,) = report.nodes[end].output or (len(names),)
    return names if len(names) == count else tuple(str(number) for number in range(count))


def stem_of(name: str) -> str:
    """``name`` as the name of a file without ending: letters, digits, ``-``, ``_`` and ``.`` stay.

    An emoji or another picture is written as its name in Unicode: ``🦊 net`` becomes ``fox-face-net``.
    """
    kept = re.sub(r"[^\w.-]+", "-", "".join(map(_spelled, name))).strip("-._")[:LONGEST_STEM]
    return kept or "network"


def said_of_name(name: str) -> Sentence:
    """A sentence for when the files have another name than their network: what they are called, and why."""
    return Sentence(
        "The files of “{name}” are called “{stem}”: their names have letters, digits, -, _ and . only.",
        name=quoted(name),
        stem=quoted(stem_of(name)),
    )


def _spelled(character: str) -> str:
    """The name of a picture, between spaces; any other character unchanged."""
    if unicodedata.category(character) != "So":
        return character
    return f" {unicodedata.name(character, '').lower()} "

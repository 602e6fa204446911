"""A file of weights and the network that it is imported into, before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.files import shown
from cnnviz.imports.weights.choosing import with_head
from cnnviz.imports.weights.matching import match
from cnnviz.sentence import plural

if TYPE_CHECKING:
    from cnnviz.imports.weights.plan import Head, Plan
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence


@dataclass(frozen=True, eq=False)
class Prepared:
    """The ``plan`` by which ``file`` fills the network of ``project``, called ``network``.

    ``head`` is there if the numbers of classes differ. ``project`` has the file's number if ``file_head``, else its
    own, and then the last layer is initialized.
    """

    file: WeightsFile
    project: Project
    network: str
    plan: Plan
    head: Head | None
    file_head: bool


def prepare(file: WeightsFile, project: Project, network: str, *, file_head: bool = False) -> Prepared:
    """The plan for a file and a project, called ``network``; ``file_head`` takes the file's number of classes."""
    plan = match(file.tensors, project.network)
    head = plan.head
    if head is not None and file_head:
        project = with_head(project, head)
        plan = match(file.tensors, project.network)
    return Prepared(file, project, network, plan, head, file_head and head is not None)


def about_import(prepared: Prepared) -> Sentence:
    """Where the weights of a network come from, for the notes of its run."""
    plan = prepared.plan
    return plural(
        "Imported from {name}: {used} of {count} tensors.",
        "Imported from {name}: {used} of 1 tensor.",
        plan.tensors,
        name=shown(prepared.file.path.name),
        used=len(plan.pairs),
    )

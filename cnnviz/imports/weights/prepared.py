"""What importing a file of weights into a network will do: shown by the import dialog and the command, then done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.files import shown
from cnnviz.imports.weights.choosing import with_head
from cnnviz.imports.weights.matching import match
from cnnviz.imports.weights.torchvision_names import AUXILIARY
from cnnviz.network.layers import Input
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    from cnnviz.imports.weights.plan import Head, Plan
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project


@dataclass(frozen=True, eq=False)
class Prepared:
    """The ``plan`` by which ``file`` fills the network of ``project``, called ``network``. ``notes`` say what the user
    has to know of both.

    If file and network have different numbers of classes, ``head`` has both. With ``file_head`` the network takes the
    file's number: ``project`` is already changed so. Without it the network keeps its number, and its last layer is
    initialized.
    """

    file: WeightsFile
    project: Project
    network: str
    plan: Plan
    head: Head | None
    file_head: bool
    notes: tuple[Sentence, ...] = ()


def prepare(file: WeightsFile, project: Project, network: str, *, file_head: bool = False) -> Prepared:
    """The plan for a file and a project, called ``network``; ``file_head`` takes the file's number of classes."""
    plan = match(file.tensors, project.network)
    head = plan.head
    if head is not None and file_head:
        project = with_head(project, head)
        plan = match(file.tensors, project.network)
    notes = (*file.notes, *_normalization(project, plan))
    return Prepared(file, project, network, plan, head, file_head and head is not None, notes)


def _normalization(project: Project, plan: Plan) -> list[Sentence]:
    """How the network normalizes its images, which no file of weights says."""
    inputs = [project.network[name] for name in project.network.of_kind(Input)]
    notes = [
        Sentence(
            "The Input subtracts {mean} from pixels between 0 and 1, and divides by {std}: set it if these weights were"
            " trained with other numbers.",
            mean=each.mean,
            std=each.std,
        )
        for each in inputs
        if isinstance(each, Input) and plan.pairs
    ]
    if any(AUXILIARY.fullmatch(left.stored.name) for left in plan.left_over):
        notes.append(
            Sentence("The weights of GoogLeNet that torchvision offers were trained with mean 0.5 and deviation 0.5.")
        )
    return notes


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

"""Edits by chance: whatever the window can do to a project, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from fitting_layers import layers
from hypothesis import strategies as st

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, GraphError
from cnnviz.network.layers import ParameterError
from cnnviz.project import blocks, edits
from cnnviz.project.file import fragment_from_json, fragment_to_json
from cnnviz.project.layout import BlockError
from cnnviz.project.project import Project
from cnnviz.training.facts import facts_for

T = TypeVar("T")
Edit = Callable[[st.DataObject, Project], Project]

PLENTY = 2**40
"""Bytes: so that no network here is too large for the machine."""
COORDINATES = st.integers(-2000, 2000).map(float)
NAMES = st.sampled_from(["conv1", "relu1", "head", "training", "x-1", "a b", "1st", ""])
TITLES = st.sampled_from(["stem", "Block 1", " residual ", "layer1.0", "", "a\nb"])


class Impossible(Exception):
    """There is nothing in the project to which the edit could be applied."""


def _one(data: st.DataObject, things: Sequence[T]) -> T:
    if not things:
        raise Impossible
    return data.draw(st.sampled_from(things))


def _nodes(project: Project) -> list[str]:
    return list(project.network.nodes)


def _some(data: st.DataObject, project: Project) -> frozenset[str]:
    """A few nodes, or all those of a block: what is selected."""
    if bool(project.layout.blocks) and data.draw(st.booleans()):
        return project.layout.inside[_block(data, project)]
    if not project.network.nodes:
        raise Impossible
    return frozenset(data.draw(st.sets(st.sampled_from(_nodes(project)), min_size=1, max_size=4)))


def _edges(project: Project) -> list[Edge]:
    return sorted(project.network.edges, key=repr)


def _block(data: st.DataObject, project: Project) -> str:
    return _one(data, list(project.layout.blocks))


def add(data: st.DataObject, project: Project) -> Project:
    at = data.draw(st.none() | st.tuples(COORDINATES, COORDINATES))
    return edits.add_layer(project, data.draw(layers()), at)[0]


def add_after(data: st.DataObject, project: Project) -> Project:
    return edits.add_after(project, _one(data, _nodes(project)), data.draw(layers()))[0]


def insert(data: st.DataObject, project: Project) -> Project:
    edge = _one(data, _edges(project))
    also = [
        other for other in _edges(project) if other.source == edge.source and other != edge and data.draw(st.booleans())
    ]
    return edits.insert(project, edge, data.draw(layers()), also)[0]


def move_onto(data: st.DataObject, project: Project) -> Project:
    loose = [name for name in _nodes(project) if not project.network.inputs[name] and not project.network.outputs[name]]
    return edits.move_onto(project, _one(data, loose), _one(data, _edges(project)))


def remove(data: st.DataObject, project: Project) -> Project:
    return edits.remove(project, _some(data, project))


def bypass(data: st.DataObject, project: Project) -> Project:
    return edits.bypass(project, _some(data, project))


def connect(data: st.DataObject, project: Project) -> Project:
    ends = _one(data, _nodes(project)), _one(data, _nodes(project))
    return edits.connect(project, *ends, data.draw(st.none() | st.integers(0, 3)))


def disconnect(data: st.DataObject, project: Project) -> Project:
    return edits.disconnect(project, {_one(data, _edges(project)), _one(data, _edges(project))})


def redirect(data: st.DataObject, project: Project) -> Project:
    return edits.redirect(project, [_one(data, _edges(project))], _one(data, _nodes(project)))


def reorder(data: st.DataObject, project: Project) -> Project:
    node = _one(data, [name for name, sources in project.network.inputs.items() if len(sources) > 1])
    return edits.reorder(project, node, data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2)))


def set_parameter(data: st.DataObject, project: Project) -> Project:
    node = _one(data, [name for name in _nodes(project) if project.network[name].parameters()])
    layer = data.draw(layers(project.network[node].kind))
    name = _one(data, layer.parameters()).name
    return edits.set_parameter(project, node, name, getattr(layer, name))


def rename(data: st.DataObject, project: Project) -> Project:
    return edits.rename(project, _one(data, _nodes(project)), data.draw(NAMES))


def move(data: st.DataObject, project: Project) -> Project:
    return edits.move(
        project, {name: (data.draw(COORDINATES), data.draw(COORDINATES)) for name in _some(data, project)}
    )


def arrange(data: st.DataObject, project: Project) -> Project:
    return edits.arrange_all(project)


def duplicate(data: st.DataObject, project: Project) -> Project:
    return edits.paste(project, edits.copy(project, _some(data, project)), (0.0, 300.0))[0]


def paste(data: st.DataObject, project: Project) -> Project:
    text = fragment_to_json(edits.copy(project, _some(data, project)))
    cut = edits.remove(project, _some(data, project)) if data.draw(st.booleans()) else project
    return edits.paste(cut, fragment_from_json(text), (92.0, 0.0))[0]


def group(data: st.DataObject, project: Project) -> Project:
    return blocks.group(project, _some(data, project), data.draw(st.sampled_from(["", "stem"])))[0]


def ungroup(data: st.DataObject, project: Project) -> Project:
    return blocks.ungroup(project, _block(data, project))


def take_out(data: st.DataObject, project: Project) -> Project:
    return blocks.take_out(project, _some(data, project))


def fold(data: st.DataObject, project: Project) -> Project:
    return blocks.fold(project, _block(data, project))


def unfold(data: st.DataObject, project: Project) -> Project:
    return blocks.unfold(project, _block(data, project))


def fold_all(data: st.DataObject, project: Project) -> Project:
    return blocks.fold_all(project, folded=data.draw(st.booleans()))


def reveal(data: st.DataObject, project: Project) -> Project:
    return blocks.reveal(project, _some(data, project))


def rename_block(data: st.DataObject, project: Project) -> Project:
    return blocks.rename(project, _block(data, project), data.draw(TITLES))


def change_recipe(data: st.DataObject, project: Project) -> Project:
    rate, size = data.draw(st.floats(1e-6, 1.0)), data.draw(st.integers(1, 512))
    return replace(project, recipe=replace(project.recipe, learning_rate=rate, batch_size=size))


def change_dataset(data: st.DataObject, project: Project) -> Project:
    validation, seed = data.draw(st.integers(0, 10_000)), data.draw(st.integers(0, 9))
    return replace(project, dataset=DatasetChoice(data.draw(st.sampled_from(["mnist", "imagenet"])), validation, seed))


def apply_fix(data: st.DataObject, project: Project) -> Project:
    problems = check(project.network, facts_for(project, PLENTY)).problems
    return edits.apply_fix(project, _one(data, [fix for problem in problems for fix in problem.fixes]))


FOLDING: tuple[Edit, ...] = (group, fold, unfold, ungroup, take_out, fold_all, reveal, rename_block, move, arrange)
"""What changes how a network is drawn, and not what it computes."""
EDITS: tuple[Edit, ...] = (
    *(insert, add, add_after, move_onto, remove, bypass, connect, disconnect, redirect, reorder),
    *(set_parameter, rename, duplicate, paste, change_recipe, change_dataset, apply_fix),
    *FOLDING,
)


def edited(data: st.DataObject, project: Project, among: Sequence[Edit] = EDITS) -> tuple[str, Project]:
    """The name of an edit, and the project after it; the same project where the edit is refused or impossible."""
    edit = data.draw(st.sampled_from(among))
    try:
        return edit.__name__, edit(data, project)
    except (Impossible, GraphError, ParameterError, BlockError):
        return edit.__name__, project

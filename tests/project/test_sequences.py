"""Any edits in any order: each gives a project that can be saved, and undo leads back through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from edit_steps import FOLDING, PLENTY, edited
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import facts, valid_networks
from projects import projects_with_blocks

from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.network.check import check
from cnnviz.project.arrange import arrange
from cnnviz.project.file import from_json, to_json
from cnnviz.project.project import Project
from cnnviz.training.facts import facts_for
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

EDITS = 8


def saved(project: Project) -> str:
    """The content of its file; what is read from there is the same project, with the same content."""
    text = to_json(project)
    read = from_json(text)
    assert read == project
    assert to_json(read) == text
    return text


@pytest.mark.usefixtures("qapp")
@given(projects_with_blocks(), st.data())
def test_undo_leads_back_through_any_edits_and_redo_forward_again(first: Project, data: st.DataObject) -> None:
    editor = ProjectEditor(first, facts_for(first, PLENTY))
    texts, projects = [saved(first)], [first]
    for _ in range(EDITS):
        name, project = edited(data, editor.project)
        assert project.layout.positions.keys() == project.network.nodes.keys(), name
        editor.apply(name, project)
        if project != projects[-1]:
            texts.append(saved(project))
            projects.append(project)
        assert editor.undo_stack.index() == len(projects) - 1, name
    for text in reversed(texts[:-1]):
        editor.undo()
        assert to_json(editor.project) == text
    assert editor.project is first and not editor.undo_stack.canUndo()
    for text in texts[1:]:
        editor.redo()
        assert to_json(editor.project) == text
    assert editor.project is projects[-1] and not editor.undo_stack.canRedo()
    end = from_json(texts[-1])
    editor.finish_trials()
    assert editor.report.problems == check(end.network, facts_for(end, PLENTY)).problems


@pytest.mark.usefixtures("one_torch_thread")
@settings(max_examples=settings().max_examples // 3)
@given(valid_networks(5), st.data())
def test_blocks_however_nested_and_folded_change_no_bit_of_what_is_computed(
    network: Network, data: st.DataObject
) -> None:
    project = Project(network, arrange(network))
    images = torch.rand(2, *facts(network).image)
    drawn = build(network, check(network, facts(network)), seed=1).eval()
    for _ in range(EDITS):
        project = edited(data, project, FOLDING)[1]
    after = from_json(saved(project)).network
    again = build(after, check(after, facts(after)), seed=2).eval()
    again.load_state_dict(drawn.state_dict())
    with torch.no_grad():
        assert torch.equal(again(images)[0], drawn(images)[0])
        assert torch.equal(again.logits(images), drawn.logits(images))

"""The network that weights are imported into: a template that they fit, and its last layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.imports.weights.matching import match
from cnnviz.network.graph import set_parameter
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.imports.weights.plan import Head, Plan
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project


def fitting_template(file: WeightsFile, proceed: Callable[[], bool] = lambda: True) -> str:
    """The name of the template for which the file has all weights, its head aside; empty if there is none.

    ``proceed`` is asked before each template.
    """
    best, most = "", 0
    for name, template in TEMPLATES.items():
        if not proceed():
            break
        plan = match(file.tensors, template.build().network)
        if is_whole(plan) and len(plan.pairs) > most:
            best, most = name, len(plan.pairs)
    return best


def is_whole(plan: Plan) -> bool:
    """Whether a network gets all its weights from a file, its head aside."""
    head = "" if plan.head is None else plan.head.node
    return bool(plan.pairs) and all(part.node == head for part in plan.missing)


def with_head(project: Project, head: Head) -> Project:
    """The project whose last layer has as many classes as the file."""
    return replace(project, network=set_parameter(project.network, head.node, head.setting, head.file_classes))

"""What has changed between two projects, in words."""

from __future__ import annotations

from dataclasses import replace

from cnnviz.gui.run.changed_names import changed_between
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Layer, Output, ReLU
from cnnviz.project.project import Project


def project(*hidden: tuple[str, Layer], epochs: int = 1) -> Project:
    network = chain(("input", Input()), ("flatten", Flatten()), *hidden, ("output", Output()))
    return Project(network, recipe=replace(Project().recipe, epochs=epochs))


def test_layers_are_named_in_the_order_of_the_network() -> None:
    names = ("fc3", "fc1", "fc4", "fc2", "fc5")
    before = project(*((name, Dense(20)) for name in names), ("gone", ReLU()))
    after = project(*((name, Dense(30)) for name in names), epochs=2)
    assert changed_between(before, after) == "fc3, fc1, fc4, fc2, fc5 + 3"

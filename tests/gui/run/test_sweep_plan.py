"""The command that the dialog of a sweep fills in is one that the program reads."""

from __future__ import annotations

import argparse
import shlex

import pytest

from cnnviz.cli import sweep
from cnnviz.gui.run.sweep_plan import Plan, Values, suggested, targets
from cnnviz.project.templates import TEMPLATES
from cnnviz.sweeps.space import applied, axis


@pytest.mark.parametrize("template", ["fast", "lenet-5", "resnet-18-28", "attention", "mobilenet-v2-28"])
def test_every_suggestion_can_be_swept(template: str) -> None:
    project = TEMPLATES[template].project()
    names = [target.name for target in targets(project)]
    assert len(set(names)) == len(names)
    assert {"learning_rate", "optimizer"} <= set(names)
    assert not {"epochs", "threads", "repeatable"} & set(names)
    for target in targets(project):
        found = axis(suggested(target).over(target.name), project)
        assert found.target == target.name
        for value in found.choices or (found.low, found.high):
            applied(project, {target.name: int(value) if found.whole else value})


def test_suggestions_are_about_the_present_value() -> None:
    project = TEMPLATES["lenet-5"].project()
    by_name = {target.name: suggested(target) for target in targets(project)}
    rate = project.recipe.learning_rate
    assert by_name["learning_rate"] == Values("log", f"{rate / 10:.4g}", f"{10 * rate:.4g}")
    assert by_name["optimizer"].listed == "sgd,adam,adamw,rmsprop,adagrad"
    assert by_name["conv1.kernel_size"].listed == "5,7"
    assert by_name["nesterov"].over("nesterov") == "nesterov=true,false"


def test_the_command_is_read_as_it_was_filled_in() -> None:
    parser = argparse.ArgumentParser()
    sweep.add_arguments(parser)
    over = ("learning_rate=log:1e-4:0.1", "conv 1.out_channels=8,16")
    plan = Plan("/a folder/it's.cnnviz", "my sweep", over, 7, 2, 3, "none", "cpu")
    program, command, *line = shlex.split(plan.command())
    assert (program, command) == ("cnnviz", "sweep")
    read = parser.parse_args(line)
    assert (read.source, tuple(read.over), read.name) == (plan.source, over, plan.name)
    assert (read.trials, read.epochs, read.jobs, read.pruner, read.device) == (7, 2, 3, "none", "cpu")
    plain = parser.parse_args(shlex.split(Plan("fast", "fast", over).command())[2:])
    assert (plain.trials, plain.epochs, plain.jobs, plain.pruner, plain.device) == (20, None, 1, "median", "auto")

"""The status line of the window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.gui.shell.status_line import StatusLine
from cnnviz.gui.theme import DARK
from cnnviz.network.check import check
from cnnviz.network.graph import remove
from cnnviz.network.report import Facts
from cnnviz.project.edits import set_parameter
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Status

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FACTS = Facts((1, 28, 28), 10)


def test_a_message_that_comes_before_the_window_is_shown_covers_no_facts(qtbot: QtBot) -> None:
    line = StatusLine(DARK)
    qtbot.addWidget(line)
    line.resize(1200, 24)
    network = TEMPLATES["fast"].project().network
    line.show_report(check(network, FACTS))
    line.show_message("Something was said.")
    with qtbot.waitExposed(line):
        line.show()
    assert line.currentMessage() == "Something was said." and not line.problems.isVisible()
    line.show_message("")
    assert line.problems.isVisible() and line.parameters.isVisible()


def test_what_is_not_known_is_not_shown_and_leaves_no_gap(qtbot: QtBot) -> None:
    line = StatusLine(DARK)
    qtbot.addWidget(line)
    line.resize(1200, 24)
    network = TEMPLATES["fast"].project().network
    line.show_report(check(network, FACTS))
    line.show()
    assert line.parameters.text() == "29,178 parameters" and line.speed.isHidden() and line.left.isHidden()
    line.show_status(replace(Status(), images_per_second=1000.0, seconds_left=5.0))
    assert line.speed.isVisible() and line.left.isVisible()
    # without a path to the Output nothing is counted, instead of 0 parameters
    line.show_report(check(remove(network, ["flatten"]), FACTS))
    assert line.parameters.isHidden() and line.parameters.text() == ""
    # nor are the layers before a layer that does not fit its input
    line.show_report(check(network, FACTS))
    line.show_report(check(set_parameter(TEMPLATES["fast"].project(), "conv3", "kernel_size", (21, 21)).network, FACTS))
    assert line.parameters.isHidden() and line.parameters.text() == ""

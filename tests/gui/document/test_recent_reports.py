"""Reports of recent networks: undo takes the report from before the edit, and never one for other facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.gui.document.recent_reports import MOST, RecentReports
from cnnviz.network.check import examine
from cnnviz.network.report import Facts, Report
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

PROJECT = TEMPLATES["pytorch-tutorial"].project()
FACTS = Facts(image=(1, 28, 28), classes=10)
NOTHING = Report({}, ())


def test_the_same_network_is_examined_once() -> None:
    reports = RecentReports()
    first = reports.of(PROJECT.network, FACTS, NOTHING)
    other = reports.of(edits.set_parameter(PROJECT, "conv1", "out_channels", 7).network, FACTS, first)
    assert other != first
    assert reports.of(PROJECT.network, FACTS, other) is first


@pytest.mark.parametrize(
    "facts", [replace(FACTS, classes=7), replace(FACTS, image=(3, 28, 28)), replace(FACTS, memory=1)]
)
def test_other_facts_need_another_report(facts: Facts) -> None:
    reports = RecentReports()
    first = reports.of(PROJECT.network, FACTS, NOTHING)
    assert reports.of(PROJECT.network, facts, first) == examine(PROJECT.network, facts)
    assert reports.of(PROJECT.network, facts, first) != first


def test_old_reports_are_dropped() -> None:
    reports = RecentReports()
    first = before = reports.of(PROJECT.network, FACTS, NOTHING)
    for count in range(2, MOST + 2):
        before = reports.of(edits.set_parameter(PROJECT, "conv1", "out_channels", count).network, FACTS, before)
    again = reports.of(PROJECT.network, FACTS, before)
    assert again is not first
    assert again == first

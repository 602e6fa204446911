"""Where two compared runs begin, in sentences."""

from __future__ import annotations

from pathlib import Path

from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.beginnings import Beginning, beginnings
from cnnviz.runs.resumed import ResumedRuns
from cnnviz.runs.summary import Facts
from cnnviz.training.events import RunResumed, RunStarted
from cnnviz.training.origin import Origin, WeightsOrigin

ANEW = Beginning("first")
FROM_FIRST = Beginning("second", Facts(parent="first", parent_step=1200), "usual rate")


def said(a: Beginning, b: Beginning) -> list[str]:
    return [str(sentence) for sentence in beginnings(a, b)]


def test_a_run_that_began_at_a_moment_of_the_other_one_says_so() -> None:
    assert said(ANEW, FROM_FIRST) == ["B began at step 1,200 of A."]
    assert said(FROM_FIRST, ANEW) == ["A began at step 1,200 of B."]
    assert said(ANEW, ANEW) == said(ANEW, Beginning("third")) == []


def test_another_run_is_named() -> None:
    other = Beginning("third", Facts(parent="first", parent_step=9), "usual rate")
    assert said(FROM_FIRST, other) == ["A began at step 1,200 of “usual rate”.", "B began at step 9 of “usual rate”."]
    assert said(FROM_FIRST, FROM_FIRST) == ["Both sides began at step 1,200 of “usual rate”."]
    # a run that is not recorded has no id, and goes on from none of them
    assert said(Beginning(), Beginning("", Facts(parent="x", parent_step=3), "x")) == ["B began at step 3 of “x”."]


def test_weights_from_elsewhere_are_said() -> None:
    imported = Beginning("third", Facts(source="digits.pt"))
    kept = Beginning("fourth", Facts(inherited="conv1, fc1", weights_from="third", weights_step=30), "digits")
    assert said(imported, kept) == [
        "A began with the weights in “digits.pt”.",
        "B began with what A had learned until step 30 in conv1, fc1.",
    ]
    unknown = Beginning("fifth", Facts(inherited="conv1", weights_step=7))
    assert said(ANEW, unknown) == ["B began with what a run that was not recorded had learned until step 7 in conv1."]


def test_a_beginning_is_known_before_the_recorder_has_read_of_it() -> None:
    project = TEMPLATES["fast"].project()
    resumed = RunResumed(2, 30, project, origin=Origin("first", 30, exact=False))
    inheriting = RunStarted(3, project, ("conv1",), WeightsOrigin(7, name="third"))
    runs = ResumedRuns(Path(), lambda: [resumed, inheriting])
    assert runs.facts(2, Facts(), lambda _: None) == Facts(parent="first", parent_step=30)
    expected = Facts(inherited="conv1", weights_from="third", weights_step=7)
    assert runs.facts(3, Facts(), lambda _: None) == expected

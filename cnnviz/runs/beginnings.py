"""Where two compared runs begin: at a moment of each other or of another run, or with its weights. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.runs.summary import Facts, name_in, summarize
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Beginning:
    """``run`` is the id of a recorded run, empty if it is not recorded, and ``facts`` say where it begins.

    ``origin`` is the name of the run from which it goes on, or whose weights it began with; empty if there is none.
    """

    run: str = ""
    facts: Facts = field(default_factory=Facts)
    origin: str = ""


def beginning_of(folder: Path) -> Beginning:
    """The beginning of the run in ``folder``; raises RunError."""
    facts = summarize(folder).facts
    return Beginning(folder.name, facts, origin_name(folder.parent, facts))


def origin_name(home: Path, facts: Facts) -> str:
    """The name of the run in the library ``home`` from which a run goes on, or whose weights it began with."""
    origin = facts.parent or facts.weights_from
    return name_in(home / origin) if origin else ""


def beginnings(a: Beginning, b: Beginning) -> tuple[Sentence, ...]:
    """A sentence for each of two runs, A and B, that did not begin with initial weights; one if they are the same."""
    if a == b:
        return _said(Sentence("Both sides"), a, {})
    sides = {each.run: side for side, each in (("B", b), ("A", a)) if each.run}
    return (*_said("A", a, sides), *_said("B", b, sides))


def _said(side: object, beginning: Beginning, sides: Mapping[str, str]) -> tuple[Sentence, ...]:
    """What is said of a ``side``; ``sides`` are the letters of both runs by their ids."""
    facts = beginning.facts
    origin = facts.parent or facts.weights_from
    run = sides.get(origin) or Sentence("“{name}”", name=beginning.origin)
    if facts.parent:
        return (Sentence("{side} began at step {step} of {run}.", side=side, step=facts.parent_step, run=run),)
    if facts.source:
        return (Sentence("{side} began with the weights in “{file}”.", side=side, file=facts.source),)
    if not facts.inherited:
        return ()
    return (
        Sentence(
            "{side} began with what {run} had learned until step {step} in {layers}.",
            side=side,
            run=run if origin else Sentence("a run that was not recorded"),
            step=facts.weights_step,
            layers=facts.inherited,
        ),
    )

"""The preview of an import as rows of texts. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import spell
from cnnviz.imports.weights.plan import Found
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.imports.imported import Imported
    from cnnviz.imports.weights.plan import Plan

MOST_NAMES = 4
"""How many layers are named in a sentence."""


@dataclass(frozen=True)
class Row:
    """A tensor: its name in the file, its place in the network, its shape and what is done with it.

    ``fits`` is False for a tensor that the network does not use, and for one that begins anew.
    """

    stored: str
    place: str
    shape: str
    state: str
    fits: bool


def rows(plan: Plan) -> tuple[Row, ...]:
    """The rows of a plan: first what does not fit, then the pairs in the order of the layers."""
    left = [
        Row(each.stored.name, "", spell(each.stored.shape), _because(Sentence("left out"), each.reason), fits=False)
        for each in plan.left_over
    ]
    missing = [
        Row("", each.key, spell(each.shape), _because(Sentence("begins anew"), each.reason), fits=False)
        for each in plan.missing
    ]
    zero = [
        Row("", each.key, spell(each.shape), _because(Sentence("is 0"), each.reason), fits=True)
        for each in plan.unfilled
        if each.value is not None
    ]
    pairs = [
        Row(pair.stored.name, pair.key, spell(pair.shape), text(_FOUND[pair.found]), fits=True) for pair in plan.pairs
    ]
    return (*left, *missing, *zero, *pairs)


def network_rows(imported: Imported) -> tuple[Row, ...]:
    """The rows of a network that has its weights in the file."""
    state = text(Sentence("with the network"))
    return tuple(
        Row("", name, spell(tuple(tensor.shape)), state, fits=True) for name, tensor in imported.weights.items()
    )


def headline(plan: Plan) -> str:
    """How many of the tensors fit."""
    return counted("{used} of {count} tensors fit", "{used} of 1 tensor fits", plan.tensors, used=len(plan.pairs))


def remainder(plan: Plan) -> str:
    """What begins anew; empty if the network gets all its weights."""
    names = tuple(dict.fromkeys(part.node for part in plan.missing))
    if not names:
        return ""
    shown = names[:MOST_NAMES] if len(names) <= MOST_NAMES else (*names[:MOST_NAMES], "…")
    return counted("{count} layers begin anew: {names}.", "One layer begins anew: {names}.", len(names), names=shown)


_FOUND = {Found.NAME: Sentence("by its name"), Found.ORDER: Sentence("by order and shape")}


def _because(state: Sentence, reason: Sentence) -> str:
    return text(Sentence("{state}: {reason}", state=state, reason=reason))

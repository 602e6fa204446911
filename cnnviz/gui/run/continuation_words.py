"""What is said of a run that would continue with a changed network: which layers keep what they have learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.run.changed_names import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.training.changes import Continuation


def beginning(inherited: Sequence[str]) -> str:
    """The sentence about a run that begins with what another run has learned in the layers ``inherited``."""
    translate = QCoreApplication.translate
    if inherited:
        return translate("RunNotices", "A new run, with what was learned before: %s.") % listed(inherited)
    return translate("RunNotices", "Started over.")


def with_seed(seed: int) -> str:
    """The sentence about a run that begins with other initial weights than the one before."""
    words = QCoreApplication.translate(
        "RunNotices", "Started over with other initial weights: the seed of the recipe is {seed} now."
    )
    return words.format(seed=seed)


def difference(run: str, plan: Continuation | None, *, images: bool, moving: bool, frozen: frozenset[str]) -> str:
    """The sentences about a run whose project is another one than that on screen.

    ``plan`` is None if nothing of the run can be kept. ``images`` tells whether the images differ, and ``moving``
    whether the run is being trained. ``frozen`` are the frozen layers of the project on screen.
    """
    translate = QCoreApplication.translate
    if images and moving:
        sentence = translate(
            "RunNotices", "The images have changed since the start of “{run}”, which goes on as it was."
        )
    elif images:
        sentence = translate("RunNotices", "The images have changed since the start of “{run}”, which stays as it was.")
    elif moving:
        sentence = translate(
            "RunNotices", "The network or its recipe has changed since the start of “{run}”, which goes on as it was."
        )
    else:
        sentence = translate(
            "RunNotices", "The network or its recipe has changed since the start of “{run}”, which stays as it was."
        )
    sentences = [sentence.format(run=run)]
    if plan is not None and plan.new and (plan.kept or plan.recalled):
        sentences.append(translate("RunNotices", "To continue, %s would start new.") % listed(plan.new))
    if plan is not None and not images and (untrained := frozen.intersection(plan.new)):
        sentences.append(translate("RunNotices", "Frozen, so it would stay untrained: %s.") % listed(sorted(untrained)))
    return " ".join(sentences)


def offer(plan: Continuation) -> str:
    """The text of the button that continues."""
    if not plan.new:
        return QCoreApplication.translate("RunNotices", "Continue with the change, keeping all layers")
    kept = plan.count - len(plan.new)
    return counted(
        "Continue with the change, keeping {kept} of {count} layers",
        "Continue with the change, keeping {kept} of 1 layer",
        plan.count,
        kept=kept,
    )


def detail(plan: Continuation) -> str:
    """The tooltip of that button: what becomes of each layer."""
    translate = QCoreApplication.translate
    lines = []
    if plan.kept:
        lines.append(translate("RunNotices", "Go on with what they have learned: %s.") % ", ".join(plan.kept))
    if plan.recalled:
        lines.append(translate("RunNotices", "Come back with what they had learned: %s.") % ", ".join(plan.recalled))
    if plan.new:
        lines.append(translate("RunNotices", "Start new: %s.") % ", ".join(plan.new))
    lines.append(translate("RunNotices", "Steps, epochs and curves go on."))
    return "\n".join(lines)

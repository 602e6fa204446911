"""Connects panels, which are made when they are first shown, with what the window says of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.run.diverging import Diverging
    from cnnviz.gui.run.run_notices import RunNotices
    from cnnviz.gui.widgets.panel_set import PanelSet


def link_panels(panels: PanelSet, notices: RunNotices, diverging: Diverging, show_sample: Callable[[], object]) -> None:
    """Connect each of these panels right after it is made; ``show_sample`` follows where one chooses a sample."""
    for name in ("mistakes", "points", "compare"):
        panels.when_made(name, lambda panel: panel.sampleAsked.connect(lambda *_: show_sample()))
    panels.when_made("problems", lambda problems: diverging.tell(problems.set_course, problems.set_spoilt))
    panels.when_made("recipe", lambda recipe: diverging.offer_start_over(recipe.search))
    panels.when_made("recipe", lambda recipe: recipe.set_trained(notices.trained))
    panels.when_made("recipe", lambda recipe: notices.differs.connect(recipe.set_trained))

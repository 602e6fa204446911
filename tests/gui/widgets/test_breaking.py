"""Where long words may break."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.gui.widgets.breaking import BREAK, LONGEST, WIDEST, breakable, shortened


def test_names_break_behind_their_underscores() -> None:
    assert breakable("the conv1 of features_denseblock3_layer7") == (
        f"the conv1 of features_{BREAK}denseblock3_{BREAK}layer7"
    )
    assert breakable("short_names stay") == "short_names stay"


@given(st.text(st.sampled_from("ab_. ")))
def test_nothing_is_lost_and_nothing_long_stays(text: str) -> None:
    parted = breakable(text)
    assert parted.replace(BREAK, "") == text
    assert max(map(len, parted.replace(BREAK, " ").split()), default=0) <= max(
        LONGEST, 2 * LONGEST * ("_" in text or "." in text)
    )


def test_the_middle_of_long_names_is_left_out_on_buttons() -> None:
    assert shortened("Remove block3_11_cat") == "Remove block3_11_cat"
    assert shortened("Remove a_name_without_any_end at all") == "Remove a_nam…y_end at all"


@given(st.text(st.sampled_from("ab_. ")))
def test_no_word_on_a_button_is_long(text: str) -> None:
    short = shortened(text)
    assert max(map(len, short.split()), default=0) <= WIDEST
    assert len(short.split()) == len(text.split())

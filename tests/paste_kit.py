"""What the tests of pasted source share: images of MNIST, and the sentences about a source that is no network."""

from __future__ import annotations

import pytest

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError

MNIST = (1, 28, 28)


def refusal(text: str) -> str:
    """Why a source is no network, in one text."""
    with pytest.raises(PasteError) as refused:
        paste(text, MNIST)
    return str(refused.value)


def sentences(text: str) -> list[str]:
    """Why a source is no network: short sentences without open fields."""
    with pytest.raises(PasteError) as refused:
        paste(text, MNIST)
    found = [remark.sentence() for remark in refused.value.remarks]
    assert all("{" not in sentence and len(sentence) < 400 for sentence in found)
    return found

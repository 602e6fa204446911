"""The table of layer kinds: how the arithmetic of a value of each is written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.inspection.arithmetic.products import convolution
from cnnviz.network.layers import Conv2d, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.inspection.arithmetic.terms import Arithmetic, Place
    from cnnviz.inspection.look import Look

ARITHMETIC: Mapping[type[Layer], Callable[[Look, Any, Place], Arithmetic]] = {
    Conv2d: convolution,
}
"""For each kind the function of (look, layer, place) that writes out the value at this place."""

"""What holds for all layers of a Keras source: the format of maps, the version of Keras, the size of the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.code.read.keras_format import ChannelAxis
    from cnnviz.network.shape import Shape


@dataclass
class Conventions:
    """``image`` is the shape (C, H, W) of images whose size the source does not state.

    ``keras_1`` says whether the source is written for Keras 1, ``stated`` is the format that layers state, and
    ``default`` the format of layers that state none.
    """

    image: Shape
    keras_1: bool
    stated: ChannelAxis | None
    default: ChannelAxis = "channels_last"
    assumed: bool = False
    """Whether ``image`` was used."""

    @property
    def maps(self) -> ChannelAxis:
        """The format of all maps."""
        return self.stated or self.default

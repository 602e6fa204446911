"""Layers that choose channels or change their order; they have no weights."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Remedy, channels_first
from cnnviz.parameters import integer
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


MOST_CHUNKS = 65536


@dataclass(frozen=True)
class ChannelShuffle(Layer):
    """Channel shuffle (Zhang et al., "ShuffleNet", https://arxiv.org/abs/1707.01083).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """

    family = "shape"
    summary = "Deals the maps of each group out to all groups, so that the next grouped layer reads from every group."
    aliases = ("shuffle", "shufflenet")
    formula = "y[k · groups + g, i, j] = x[g · n + k, i, j], n = C / groups"
    keeps_sign = True

    groups: int = integer(2, 1, 65536, "Into how many groups the maps are split before they are dealt out.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        if channels % self.groups:
            remedy = Remedy("set", "groups", gcd(self.groups, channels))
            raise Misfit("groups_in", (remedy,), groups=self.groups, channels=channels)
        return Inference((channels, height, width))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "channels_in_order" if self.groups in (1, inputs[0][0]) else ""

    def source(self, channel: int, channels: int) -> int:
        """The input map that the output map ``channel`` of ``channels`` is."""
        return channel % self.groups * (channels // self.groups) + channel // self.groups

    def brief(self) -> Sentence:
        return unchanged(f"{self.kind} {self.groups}")


@dataclass(frozen=True)
class Chunk(Layer):
    """A part of the channels, as in the channel split of ShuffleNet-V2 (Ma et al., https://arxiv.org/abs/1807.11164).

    As ``torch.chunk`` cuts them: all chunks have ``ceil(C / chunks)`` channels, but the last may have fewer.
    https://docs.pytorch.org/docs/stable/generated/torch.chunk.html
    """

    family = "shape"
    summary = "Cuts the channels, or the numbers of a flat input, into equal chunks and passes on a single chunk."
    aliases = ("split", "slice", "channel split", "narrow")
    formula = "y[c] = x[index · n + c], c from 0 to n − 1, n = ⌈C / chunks⌉"
    keeps_sign = True

    chunks: int = integer(2, 1, MOST_CHUNKS, "Into how many chunks the channels are cut.")
    index: int = integer(0, 0, MOST_CHUNKS - 1, "Which chunk comes out; the first has the number 0.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        (only,) = inputs
        part = self.part(only[0])
        if not part:
            size = -(-only[0] // self.chunks)
            last = (only[0] - 1) // size
            remedies = (Remedy("set", "index", last), Remedy("set", "chunks", min(self.index + 1, only[0])))
            raise Misfit("no_such_chunk", remedies, index=self.index, count=last + 1, channels=only[0])
        return Inference((len(part), *only[1:]))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "only_chunk" if len(self.part(inputs[0][0])) == inputs[0][0] else ""

    def part(self, channels: int) -> range:
        """The channels that come out of so many; empty if there is no such chunk."""
        size = -(-channels // self.chunks)
        return range(min(channels, self.index * size), min(channels, (self.index + 1) * size))

    @classmethod
    def of(cls, part: range, channels: int) -> Chunk | None:
        """The chunk that holds this part of so many channels; None if no equal chunks have it."""
        sizes = [len(part)]
        if part.stop == channels:
            # all chunks but the last have one size
            sizes += [part.start // count for count in range(1, part.start + 1) if part.start % count == 0]
        for size in sizes:
            chunks = -(-channels // size) if size else MOST_CHUNKS + 1
            if chunks <= MOST_CHUNKS and (made := cls(chunks, part.start // size)).part(channels) == part:
                return made
        return None

    def brief(self) -> Sentence:
        return Sentence("{kind} {number} of {chunks}", kind=self.kind, number=self.index + 1, chunks=self.chunks)

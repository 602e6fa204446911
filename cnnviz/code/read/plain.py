"""Reads a Sequential whose layers stand in the source one by one; nothing of the source is followed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.images import MOST_SIDE, USUAL_SIDES, examples, fitting_side, stated
from cnnviz.code.read.keras_layers import add_keras_layer
from cnnviz.code.read.keras_older import current_name
from cnnviz.code.read.keras_start import keras_start
from cnnviz.code.read.model import Model
from cnnviz.code.read.pasted import Pasted
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import NotAConstant, bound, written
from cnnviz.code.read.torch_layers import TOGETHER, add_torch_layer
from cnnviz.network.layers import KINDS, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.code.read.containers import Entry
    from cnnviz.code.read.syntax import Source
    from cnnviz.network.shape import Shape

MOST_EXAMPLES = 10
CONVOLUTIONS = ("Conv2d", "ConvTranspose2d")


class PlainSequential:
    """The Sequential of a source, whose layers stand in it one by one; :meth:`read` raises PasteError."""

    def __init__(self, source: Source) -> None:
        self.model = Model(source)
        self.names = self.model.names
        self._added = set[int]()
        """The calls whose layers the current attempt has added, by id()."""

    def read(self, image: Shape) -> Pasted:
        """The network; ``image`` is the shape that is used if the source does not state one."""
        entries = self.model.entries()
        self.notes = self.model.notes
        if not entries and not self.model.wrong:
            raise PasteError(Remark("empty", self.model.sequential.lineno))
        if self.model.framework == "keras":
            return self._keras(entries, image)
        entries = self._without_log_softmax(entries)
        if self.model.wrong:
            # sizes are not checked: after a missing layer all others would seem wrong
            return self._done(self._torch(entries, None), image)
        named = stated(self.model.changes, self.names, self.model.keys)
        channels = self._channels(entries)
        # a batch with another number of channels is something else, such as noise
        shown = [size for size in reversed(examples(self.model.changes, self.names)) if channels in (None, size[0])]
        sizes = [*([named] if named is not None and len(named) == 3 else ()), *dict.fromkeys(shown)][:MOST_EXAMPLES]
        for size in sizes:
            read = self._torch(entries, size)
            if not read.wrong:
                return self._done(read, size)
        # no size fits: _done raises what is wrong with the first one
        if sizes and (channels is not None or sizes[0] == named):
            return self._done(self._torch(entries, sizes[0]), sizes[0])
        return self._some_size(entries, image)

    def _some_size(self, entries: list[Entry], image: Shape) -> Pasted:
        """torch source without an image size: try that of the dataset, then usual sizes."""
        channels = self._channels(entries) or image[0]
        first: ReadChain | None = None
        for height, width in (image[1:], *((side, side) for side in USUAL_SIDES)):
            shape = (channels, height, width)
            read = self._torch(entries, shape)
            if not read.wrong:
                self.notes.append(Remark("size_assumed", values={"size": shape}))
                return self._done(read, shape)
            first = first or read
            if any(remark.code not in ("misfit", "wrong_size") for remark in read.wrong):
                break
        side = fitting_side(lambda side: self._torch(entries, (channels, side, side)).wrong)
        if side is not None:
            self.notes.append(Remark("size_assumed", values={"size": (channels, side, side)}))
            return self._done(self._torch(entries, (channels, side, side)), (channels, side, side))
        assert first is not None
        raise PasteError(*first.wrong)

    def _without_log_softmax(self, entries: list[Entry]) -> list[Entry]:
        """The entries without a ``nn.LogSoftmax`` at the end (for ``nn.NLLLoss``), which is a part of the loss here."""
        last = entries[-1].node if entries else None
        if not isinstance(last, ast.Call) or self.model.origins.name(last) != "LogSoftmax":
            return entries
        if bound(last, "LogSoftmax", ("dim",), self.names).arguments.get("dim") not in (1, -1, None):
            return entries
        self.notes.append(Remark("log_softmax_left_out", last.lineno))
        return entries[:-1]

    def _channels(self, entries: list[Entry]) -> int | None:
        """The number of input channels of the first convolution; None if it is not known."""
        for entry in entries:
            match entry.node:
                case ast.Call() if self.model.origins.name(entry.node).startswith("Lazy"):
                    return None
                case ast.Call(args=args, keywords=keywords) if self.model.origins.name(entry.node) in CONVOLUTIONS:
                    given = [*args[:1], *(keyword.value for keyword in keywords if keyword.arg == "in_channels")]
                    try:
                        count = self.names.constant(given[0]) if given else None
                    except NotAConstant:
                        return None
                    return count if type(count) is int and 0 < count <= MOST_SIDE else None
        return None

    def _calls(self, entries: list[Entry], read: ReadChain) -> Iterator[tuple[int, ast.Call]]:
        """The entries that are calls, as all layers are, with their index; other entries are reported."""
        self._added = set[int]()
        for place, entry in enumerate(entries):
            if isinstance(entry.node, ast.Call):
                yield place, entry.node
            else:
                read.report("unknown_value", entry.node.lineno, value=written(entry.node))
                read.shape = None

    def _torch(self, entries: list[Entry], image: Shape | None) -> ReadChain:
        # the limit is for one attempt: many sizes may be tried
        self.names.examined = 0
        read = ReadChain(image)
        for place, node in self._calls(entries, read):
            before, shape = len(read.layers), read.shape
            try:
                if entries[place].pair:
                    self._together(read, entries[place])
                else:
                    name = self.model.origins.layer(node, "pytorch")
                    add_torch_layer(read, node, name, self.names, entries[place].name)
            except PasteError as error:
                read.wrong += error.remarks
                read.shape = None
            self._once(read, node, before, shape)
        return read

    def _once(self, read: ReadChain, node: ast.Call, before: int, shape: Shape | None) -> None:
        """Report a layer with weights that is used twice: its weights are shared there, but not in cnnviz."""
        again = id(node) in self._added
        self._added.add(id(node))
        if not again or shape is None:
            return
        for _, layer, _ in read.layers[before:]:
            inference = layer.infer((shape,))
            if inference.parameters:
                read.report("shared", node.lineno, name=layer.kind)
            shape = inference.output

    def _together(self, read: ReadChain, entry: Entry) -> None:
        """Add a pair of layers that is one kind in cnnviz."""
        pair = ReadChain(read.shape)
        classes = []
        for part in entry.pair:
            assert isinstance(part, ast.Call)
            classes.append(self.model.origins.layer(part, "pytorch"))
            add_torch_layer(pair, part, classes[-1], self.names, None)
        kind = TOGETHER[classes[0], classes[1]]
        if pair.wrong:
            raise PasteError(*pair.wrong)
        (_, first, _), (_, second, _) = pair.layers
        line = entry.node.lineno
        if kind == "Reshape":
            # Flatten and Unflatten: the Unflatten was read as a Reshape, which needs no Flatten before it
            read.append(second, line, entry.name)
        elif first == KINDS[first.kind]():
            # an adaptive pooling to one value, followed by a Flatten, is a global pooling
            read.append(KINDS[kind](), line, entry.name)
        else:
            read.append(first, line, entry.name)
            read.append(second, line, None)

    def _keras(self, entries: list[Entry], image: Shape) -> Pasted:
        start = keras_start(self.model, entries, image)
        read = start.read
        for place, node in self._calls(list(start.layers), read):
            before, shape = len(read.layers), read.shape
            try:
                name = current_name(self.model.origins.layer(node, "keras"))
                following = [
                    entry.node for entry in start.layers[place + 1 : place + 2] if self._is_permute(entry.node)
                ]
                add_keras_layer(read, node, name, self.names, start.formats, *following)
            except PasteError as error:
                read.wrong += error.remarks
                read.shape = None
            self._once(read, node, before, shape)
        self.notes += start.older.notes
        return self._done(read, start.image)

    def _is_permute(self, node: ast.expr) -> TypeGuard[ast.Call]:
        return isinstance(node, ast.Call) and self.model.origins.name(node) == "Permute"

    def _done(self, read: ReadChain, image: Shape) -> Pasted:
        if wrong := [*self.model.wrong, *read.wrong]:
            raise PasteError(*sorted(wrong, key=lambda remark: remark.line))
        if read.layers and read.layers[-1][1].kind == "Softmax":
            self.notes.append(Remark("softmax_left_out", read.lines[-1]))
            read.pop()
        try:
            network = read.network(image)
        except ParameterError as error:
            raise PasteError(
                Remark("bad_parameter", self.model.sequential.lineno, {"reason": error.sentence})
            ) from error
        notes = sorted([*read.notes, *self.notes], key=lambda note: note.line)
        return Pasted(network, self.model.framework, tuple(notes))

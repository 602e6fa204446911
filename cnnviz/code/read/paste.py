"""Reads pasted source as a network: a Sequential, or a class of PyTorch with a ``forward``. It is never executed.

The source may contain imports, constants and other code. Everything that is not understood is reported at once, with
its line. In this case no network is returned, so that no part of it is lost unnoticed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.follow.keras.reading import KerasSource
from cnnviz.code.read.follow.keras.recognizing import is_graph, mentions_keras
from cnnviz.code.read.follow.torch.reading import TorchSource, has_forward
from cnnviz.code.read.images import MOST_SIDE, examples, source_sizes, stated
from cnnviz.code.read.keras_layers import add_keras_layer
from cnnviz.code.read.keras_older import current_name
from cnnviz.code.read.keras_start import keras_start
from cnnviz.code.read.model import Model
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.surroundings import with_surroundings
from cnnviz.code.read.syntax import NotAConstant, bound, parse, written
from cnnviz.code.read.torch_layers import TOGETHER, add_torch_layer
from cnnviz.network.layers import KINDS, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.code.read.containers import Entry
    from cnnviz.code.read.follow.tracing import Traced
    from cnnviz.code.read.syntax import Source
    from cnnviz.network.graph import Network
    from cnnviz.network.shape import Shape
    from cnnviz.project.layout import Block
    from cnnviz.settings import Framework

MOST_EXAMPLES = 10
CONVOLUTIONS = ("Conv2d", "ConvTranspose2d")
USUAL_SIDES = (28, 32, 64, 96, 128, 224, 227, 256, 299)
"""Image sizes that are tried if the source does not state the size."""


@dataclass(frozen=True)
class Pasted:
    """The network that was read, its framework, and remarks about parts that were read differently."""

    network: Network
    framework: Framework
    notes: tuple[Remark, ...]
    blocks: tuple[Block, ...] = ()
    """The parts of the network that are classes of the source, as blocks of the layout."""
    choices: tuple[str, ...] = ()
    """The names of the networks in the source, if it has several."""
    choice: str = ""
    """The name of the network that was read, if the source has several."""


def paste(text: str, image: Shape, choice: str | None = None) -> Pasted:
    """The network in a source. ``image`` is the shape (C, H, W) that is used if the source does not state one.

    ``choice`` is the name of the network to read, if the source has several. Raises
    :class:`~cnnviz.code.read.remarks.PasteError` with everything that was not understood.
    """
    source = parse(text)
    pasted = _pasted(source, image, choice)
    if pasted.framework != "pytorch":
        return pasted
    network, notes = with_surroundings(pasted.network, source.tree)
    return replace(pasted, network=network, notes=(*pasted.notes, *notes))


def _pasted(source: Source, image: Shape, choice: str | None) -> Pasted:
    if has_forward(source.tree):
        followed = TorchSource(source.tree, choice)
        if followed.is_own:
            return _own(followed, source, image)
    if is_graph(source.tree):
        return _followed_keras(source, image, choice)
    pasted: Pasted | None = None
    wrong: PasteError | None = None
    try:
        pasted = _Paste(source).read(image)
    except PasteError as error:
        wrong = error
    if pasted is not None and all(note.code != "last_of_many" for note in pasted.notes):
        return pasted
    changed = wrong is not None and any(remark.code == "changed" for remark in wrong.remarks)
    if not mentions_keras(source.tree):
        return pasted or _followed_torch(source, image, choice, wrong)
    if changed:
        return _either(pasted, wrong)
    try:
        # a loop or a function makes the layers, or there are several networks to choose from
        other = _followed_keras(source, image, choice)
    except PasteError as error:
        # what is wrong with a plain Sequential is said completely by its own reader
        if wrong is not None and error.choices:
            raise
        return _either(pasted, wrong)
    return other if other.choices or pasted is None else pasted


def _followed_torch(source: Source, image: Shape, choice: str | None, wrong: PasteError | None) -> Pasted:
    """The Sequential of a PyTorch source that loops, functions or changes make; raises what its own reader says if it
    cannot be followed either."""
    try:
        return _own(TorchSource(source.tree, choice), source, image)
    except PasteError as error:
        found_none = wrong is None or all(remark.code == "no_network" for remark in wrong.remarks)
        raise error if wrong is None or found_none else wrong from None


def _either(pasted: Pasted | None, wrong: PasteError | None) -> Pasted:
    if pasted is None:
        assert wrong is not None
        raise wrong
    return pasted


def _followed_keras(source: Source, image: Shape, choice: str | None) -> Pasted:
    """The network of a Keras source that the interpreter follows, such as a functional model."""
    try:
        return _keras_of(source, image, choice)
    except PasteError as error:
        first = error
    # a size that the source does not state may be another one
    if not first.size_assumed or any(remark.code != "misfit" for remark in first.remarks):
        raise first
    for side in USUAL_SIDES:
        try:
            return _keras_of(source, (image[0], side, side), choice)
        except PasteError:
            continue
    raise first


def _keras_of(source: Source, image: Shape, choice: str | None) -> Pasted:
    followed = KerasSource(source.tree, image, choice)
    choices = followed.choices if len(followed.choices) > 1 else ()
    name = followed.name if choices else ""
    notes = [*source.notes]
    try:
        read = followed.read()
    except PasteError as error:
        error.choices, error.choice, error.size_assumed = choices, name, followed.keras.conventions.assumed
        raise
    if followed.several:
        notes.append(Remark("many_networks", values={"names": ", ".join(choices), "name": name}))
    return Pasted(read.network, "keras", (*notes, *read.notes), read.blocks, choices, name)


def _own(followed: TorchSource, source: Source, image: Shape) -> Pasted:
    """The network of a class of the source."""
    choices = followed.choices if len(followed.choices) > 1 else ()
    choice = followed.name if choices else ""
    notes = [*source.notes]
    try:
        read = _traced(followed, source, image, notes)
    except PasteError as error:
        error.choices, error.choice = choices, choice
        raise
    if choices:
        notes.append(Remark("many_networks", values={"names": ", ".join(choices), "name": choice}))
    return Pasted(read.network, "pytorch", (*notes, *read.notes), read.blocks, choices, choice)


def _traced(followed: TorchSource, source: Source, image: Shape, notes: list[Remark]) -> Traced:
    """The network for the size that the source states, else for the first usual size that fits."""
    known = followed.channels()
    stated, likely = source_sizes(source.tree, followed.name, known)
    if stated:
        return followed.read(stated)[0]
    read, size = followed.read([*likely, *followed.usual_sizes(image, USUAL_SIDES)])
    if size not in likely:
        notes.append(Remark("size_assumed", values={"size": size}))
    return read


class _Paste:
    def __init__(self, source: Source) -> None:
        self.model = Model(source)
        self.names = self.model.names
        self._read = set[int]()

    def read(self, image: Shape) -> Pasted:
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
                    stated = [*args[:1], *(keyword.value for keyword in keywords if keyword.arg == "in_channels")]
                    try:
                        count = self.names.constant(stated[0]) if stated else None
                    except NotAConstant:
                        return None
                    return count if type(count) is int and 0 < count <= MOST_SIDE else None
        return None

    def _calls(self, entries: list[Entry], read: ReadChain) -> Iterator[tuple[int, ast.Call]]:
        """The entries that are calls, as all layers are, with their index; other entries are reported."""
        self._read = set[int]()
        for place, entry in enumerate(entries):
            if isinstance(entry.node, ast.Call):
                yield place, entry.node
            else:
                read.report("unknown_value", entry.node.lineno, value=written(entry.node))
                read.shape = None

    def _torch(self, entries: list[Entry], image: Shape | None) -> ReadChain:
        self.names.looked = 0
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
        again = id(node) in self._read
        self._read.add(id(node))
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
            before, known = len(read.layers), read.shape
            try:
                name = current_name(self.model.origins.layer(node, "keras"))
                following = [
                    entry.node for entry in start.layers[place + 1 : place + 2] if self._is_permute(entry.node)
                ]
                add_keras_layer(read, node, name, self.names, start.formats, *following)
            except PasteError as error:
                read.wrong += error.remarks
                read.shape = None
            self._once(read, node, before, known)
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

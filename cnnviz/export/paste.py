"""Pasted source as a network: ``nn.Sequential(...)`` or ``keras.Sequential([...])``, read and never executed.

Around it there may be imports, constants and other code. Everything that is not understood is named with its line, all
at once; then there is no network, so that nothing is lost in silence.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cnnviz.export.keras_reading import add_keras_layer, image_of
from cnnviz.export.reading import (
    MOST_DEPTH,
    Names,
    NotAConstant,
    called,
    dotted,
    parse,
    statements,
    written,
)
from cnnviz.export.reading_chain import ReadChain
from cnnviz.export.remarks import PasteError, Remark
from cnnviz.export.source import Framework
from cnnviz.export.torch_reading import TOGETHER, add_torch_layer
from cnnviz.network.graph import Network
from cnnviz.network.layers import KINDS, ParameterError
from cnnviz.network.problems import Shape

MOST_LAYERS = 2000
USUAL_SIDES = (28, 32, 64, 96, 128, 224, 227, 256, 299)
"""Heights and widths that are tried where the source does not say how large the images are."""
MOST_SIDE = 4096


@dataclass(frozen=True)
class Pasted:
    """What was read: the network, from which framework, and what was read in its own way."""

    network: Network
    framework: Framework
    notes: tuple[Remark, ...]


@dataclass(frozen=True)
class _Entry:
    """A layer in the source: its expression, and the name that the Sequential gives it."""

    node: ast.expr
    name: str | None = None


def paste(text: str, image: Shape) -> Pasted:
    """The network that a source describes; ``image`` (C, H, W) is taken where the source does not say the size.

    Raises :class:`~cnnviz.export.remarks.PasteError` with everything that was not understood.
    """
    return _Paste(text).read(image)


class _Paste:
    def __init__(self, text: str) -> None:
        self.tree = parse(text)
        self.names = Names()
        self.added: dict[str, list[ast.expr]] = {}
        self.found: list[tuple[str | None, ast.Call]] = []
        self.inside: tuple[int, str] | None = None
        self.images: Shape | None = None
        self.listed = 0
        self.notes: list[Remark] = []
        for statement, owner in statements(self.tree):
            self._look(statement, owner)
        self.sequential = self._choose()
        self.framework: Framework = self._framework(self.sequential)

    def read(self, image: Shape) -> Pasted:
        entries = [*self._entries(self.sequential, 0), *self._appended()]
        self.listed = 0
        if not entries:
            raise PasteError(Remark("empty", self.sequential.lineno))
        if self.framework == "keras":
            return self._keras(entries, image)
        if self.images is not None:
            return self._done(self._torch(entries, self.images), self.images)
        return self._some_size(entries, image)

    def _some_size(self, entries: list[_Entry], image: Shape) -> Pasted:
        """torch's source does not say how large images are: those of the data, or else a usual size that fits."""
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

    # Finding the Sequential.

    def _look(self, statement: ast.stmt, owner: str) -> None:
        value: ast.expr | None = None
        target: str | None = None
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                self.names.values[target] = value
            case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.Return(value=value):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=model), attr="add"), args=[layer])):
                self.added.setdefault(model, []).append(layer)
            case ast.Expr(value=value):
                pass
        if value is None:
            return
        self._example(value)
        call = _unwrapped(value)
        if called(call) != "Sequential" or not isinstance(call, ast.Call):
            return
        if owner:
            self.inside = self.inside or (call.lineno, owner)
        else:
            self.found.append((target, call))

    def _example(self, value: ast.expr) -> None:
        """``torch.rand(2, 1, 28, 28)`` says how large the images are."""
        match value:
            case ast.Call(func=ast.Attribute(attr="rand" | "randn" | "zeros" | "ones" | "empty"), args=args):
                try:
                    sizes = [self.names.constant(one) for one in args]
                except NotAConstant:
                    return
                sizes = list(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple) else sizes
                if len(sizes) == 4 and all(type(size) is int and 0 < size <= MOST_SIDE for size in sizes[1:]):
                    self.images = (sizes[1], sizes[2], sizes[3])

    def _choose(self) -> ast.Call:
        """The Sequential that is no part of another; the last one where there are several."""
        parts = {
            name.id
            for _, call in self.found
            for argument in (*call.args, *(keyword.value for keyword in call.keywords))
            for name in ast.walk(argument)
            if isinstance(name, ast.Name)
        }
        whole = [(name, call) for name, call in self.found if name not in parts]
        if not whole:
            if self.inside is not None:
                line, owner = self.inside
                raise PasteError(Remark("in_class", line, {"name": owner}))
            raise PasteError(Remark("no_sequential"))
        self.name, chosen = whole[-1]
        if len(whole) > 1:
            self.notes.append(Remark("last_of_many", chosen.lineno, {"count": len(whole)}))
        return chosen

    def _framework(self, call: ast.Call) -> Framework:
        words = dotted(call.func).split(".")
        if "keras" in words or "models" in words:
            return "keras"
        first = call.args[0] if call.args else None
        listed = isinstance(first, ast.List | ast.Tuple) or self.name in self.added
        return "keras" if "nn" not in words and listed else "pytorch"

    # Its layers.

    def _entries(self, node: ast.Call, depth: int) -> Iterator[_Entry]:
        if depth > MOST_DEPTH:
            raise PasteError(Remark("too_nested"))
        for keyword in node.keywords:
            if keyword.arg not in ("name", "layers", "trainable"):
                raise PasteError(
                    Remark("unknown_argument", node.lineno, {"name": "Sequential", "argument": str(keyword.arg)})
                )
        arguments = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "layers")]
        for argument in arguments:
            for entry in self._listed(self.names.resolve(argument)):
                self.listed += 1
                if self.listed > MOST_LAYERS:
                    raise PasteError(Remark("too_many", values={"most": MOST_LAYERS}))
                layer = _unwrapped(self.names.resolve(entry.node))
                if called(layer) == "Sequential" and isinstance(layer, ast.Call):
                    parts = list(self._entries(layer, depth + 1))
                    pair = tuple(called(part.node) for part in parts)
                    if pair in TOGETHER:
                        yield _Entry(layer, entry.name)
                    else:
                        yield from parts
                else:
                    yield _Entry(layer, entry.name)

    def _listed(self, node: ast.expr) -> Iterator[_Entry]:
        """The layers in a list, an OrderedDict or a dict; else the one that it is."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    match part:
                        case ast.Tuple(elts=[ast.Constant(value=str(name)), layer]):
                            yield _Entry(layer, name)
                        case _:
                            yield _Entry(part)
            case ast.Dict(keys=keys, values=values):
                for key, layer in zip(keys, values, strict=True):
                    yield _Entry(
                        layer, key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
                    )
            case ast.Call(args=args, keywords=keywords) if called(node) == "OrderedDict":
                for argument in args:
                    yield from self._listed(self.names.resolve(argument))
                for keyword in keywords:
                    yield _Entry(keyword.value, keyword.arg)
            case _:
                yield _Entry(node)

    def _appended(self) -> Iterator[_Entry]:
        for layer in self.added.get(self.name or "", []):
            yield _Entry(self.names.resolve(layer))

    def _channels(self, entries: list[_Entry]) -> int | None:
        """How many channels the first convolution expects."""
        for entry in entries:
            match entry.node:
                case ast.Call(args=args, keywords=keywords) if called(entry.node) in ("Conv2d", "ConvTranspose2d"):
                    stated = [*args[:1], *(one.value for one in keywords if one.arg == "in_channels")]
                    try:
                        count = self.names.constant(stated[0]) if stated else None
                    except NotAConstant:
                        return None
                    return count if type(count) is int and 0 < count <= MOST_SIDE else None
        return None

    def _calls(self, entries: list[_Entry], read: ReadChain) -> Iterator[tuple[ast.Call, str | None]]:
        """Every entry that is a call, as each layer is; the others are named."""
        for entry in entries:
            if isinstance(entry.node, ast.Call):
                yield entry.node, entry.name
            else:
                read.say("unknown_value", entry.node.lineno, value=written(entry.node))
                read.shape = None

    def _torch(self, entries: list[_Entry], image: Shape) -> ReadChain:
        self.names.looked = 0
        read = ReadChain(image)
        for node, name in self._calls(entries, read):
            try:
                if called(node) == "Sequential":
                    self._together(read, node, name)
                else:
                    add_torch_layer(read, node, called(node) or written(node.func), self.names, name)
            except PasteError as error:
                read.wrong += error.remarks
                read.shape = None
        return read

    def _together(self, read: ReadChain, node: ast.Call, name: str | None) -> None:
        """Two classes that are one kind here."""
        self.listed = 0
        parts = [part.node for part in self._entries(node, 0)]
        kind = TOGETHER[called(parts[0]), called(parts[1])]
        pair = ReadChain(read.shape)
        for part in parts:
            assert isinstance(part, ast.Call)
            add_torch_layer(pair, part, called(part), self.names, None)
        if pair.wrong:
            raise PasteError(*pair.wrong)
        (_, first, _), (_, second, _) = pair.layers
        if kind == "Reshape":
            read.append(second, node.lineno, name)
        elif first == KINDS[first.kind]():
            # to one value a map, which is what their default is
            read.append(KINDS[kind](), node.lineno, name)
        else:
            read.append(first, node.lineno, name)
            read.append(second, node.lineno, None)

    def _keras(self, entries: list[_Entry], image: Shape) -> Pasted:
        shape, label, rest = self._keras_images(entries)
        read = ReadChain(shape or image, input_name=label)
        for node, _ in self._calls(rest, read):
            try:
                add_keras_layer(read, node, called(node) or written(node.func), self.names)
            except PasteError as error:
                read.wrong += error.remarks
                read.shape = None
        if shape is None:
            self.notes.append(Remark("size_assumed", values={"size": image}))
        return self._done(read, shape or image)

    def _keras_images(self, entries: list[_Entry]) -> tuple[Shape | None, str | None, list[_Entry]]:
        """What the Input or the first layer says of the images, and the layers without the Input."""
        first = entries[0].node
        if not isinstance(first, ast.Call):
            return None, None, entries
        name = called(first)
        shape, label = image_of(first, name, self.names)
        if name in ("Input", "InputLayer"):
            return shape, label, entries[1:]
        return shape, None, entries

    def _done(self, read: ReadChain, image: Shape) -> Pasted:
        if read.wrong:
            raise PasteError(*read.wrong)
        if read.layers and read.layers[-1][1].kind == "Softmax":
            self.notes.append(Remark("softmax_left_out", read.lines[-1]))
            read.take_back()
        try:
            network = read.network(image)
        except ParameterError as error:
            raise PasteError(Remark("bad_parameter", self.sequential.lineno, {"reason": str(error)})) from error
        notes = sorted([*read.notes, *self.notes], key=lambda note: note.line)
        return Pasted(network, self.framework, tuple(notes))


def _unwrapped(node: ast.expr) -> ast.expr:
    """What stands before ``.to(device)``, ``.eval()`` and the like."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("to", "cuda", "cpu", "eval", "train", "float", "double", "half"):
            break
        node = node.func.value
    return node

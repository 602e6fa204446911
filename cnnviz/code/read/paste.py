"""Reads pasted source as a network: of PyTorch a Sequential or a class with a ``forward``, of Keras any model.

The source is never executed. It may contain imports, constants and other code. Everything that is not understood is
reported at once, with its line. In this case no network is returned, so that no part of it is lost unnoticed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.keras.reading import KerasSource
from cnnviz.code.read.follow.keras.recognizing import is_graph, mentions_keras
from cnnviz.code.read.follow.torch.reading import TorchSource, has_forward
from cnnviz.code.read.images import USUAL_SIDES, source_sizes
from cnnviz.code.read.pasted import Pasted
from cnnviz.code.read.plain import PlainSequential
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.surroundings import with_surroundings
from cnnviz.code.read.syntax import parse

if TYPE_CHECKING:
    from cnnviz.code.read.follow.tracing import Traced
    from cnnviz.code.read.syntax import Source
    from cnnviz.network.shape import Shape


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
            return _torch_of(followed, source, image)
    if is_graph(source.tree):
        return _followed_keras(source, image, choice)
    plain = _plain(source, image)
    # of several networks the plain reader takes the last; the interpreter of Keras offers a choice
    if isinstance(plain, Pasted) and all(note.code != "last_of_many" for note in plain.notes):
        return plain
    if not mentions_keras(source.tree):
        return plain if isinstance(plain, Pasted) else _followed_torch(source, image, choice, plain)
    if isinstance(plain, PasteError) and any(remark.code == "changed" for remark in plain.remarks):
        # the interpreter would not see each change of a model, such as that of its ``layers``
        raise plain
    try:
        # a loop or a function makes the layers, or there are several networks to choose from
        other = _followed_keras(source, image, choice)
    except PasteError as error:
        if isinstance(plain, Pasted):
            return plain
        # what is wrong with a plain Sequential is said completely by its own reader
        raise error if error.choices else plain from None
    return other if other.choices or isinstance(plain, PasteError) else plain


def _plain(source: Source, image: Shape) -> Pasted | PasteError:
    """The network of a plain Sequential, or what was not understood."""
    try:
        return PlainSequential(source).read(image)
    except PasteError as error:
        return error


def _followed_torch(source: Source, image: Shape, choice: str | None, wrong: PasteError) -> Pasted:
    """The Sequential of a PyTorch source that loops, functions or changes make; raises what its own reader says,
    ``wrong``, if it cannot be followed either."""
    try:
        return _torch_of(TorchSource(source.tree, choice), source, image)
    except PasteError as error:
        found_none = all(remark.code == "no_network" for remark in wrong.remarks)
        raise error if found_none else wrong from None


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


def _torch_of(followed: TorchSource, source: Source, image: Shape) -> Pasted:
    """The network of a PyTorch source that the interpreter follows."""
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
    """The network for the size that the source states, else for the first likely, usual or searched one that fits."""
    channels = followed.channels()
    stated, likely = source_sizes(source.tree, followed.name, channels)
    if stated:
        return followed.read(stated)[0]
    likely = [*dict.fromkeys((*reversed(followed.torch.tried_sizes), *likely))]
    usual = [*followed.usual_sizes(image, USUAL_SIDES)]
    try:
        read, size = followed.read([*likely, *usual])
    except PasteError:
        found = followed.searched(usual[0][0])
        if found is None:
            raise
        read, size = found
    if size not in likely:
        notes.append(Remark("size_assumed", values={"size": size}))
    return read

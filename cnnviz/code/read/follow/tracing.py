"""The layers that a tensor passes while a network is traced, and the network with blocks that they form."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.code.read.chain import misfit_remarks
from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.values import NotKnown, Raised, Unfit, Unknown, line_of, no_counterpart
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.network.graph import Edge, Network, Node, free_id
from cnnviz.network.layers import Flatten, Input, Layer, Output
from cnnviz.network.layers.base import Misfit
from cnnviz.network.names import LONGEST_ID, is_id, numbered
from cnnviz.project.layout import DEEPEST, LONGEST_BLOCK_NAME, Block

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.code.read.follow.values import Given, Value
    from cnnviz.network.shape import Shape

MOST_LAYERS = 2000
ROOM_FOR_NUMBER, ROOM_FOR_KIND = 7, 14
"""The characters of an id that are kept free for a number behind it, and for the usual id of a layer behind it."""
FOLDED_FROM = 40
"""In a network with more nodes than this blocks are folded, except an outermost block that contains others."""


class TracedTensor(FrameworkValue):
    """A tensor of a network that is traced. Its values are not known: no condition or loop can depend on them."""

    def truth(self, run: Machine, node: ast.AST) -> bool:
        """A condition on values has no counterpart."""
        raise PasteError(Remark("unknown_condition", line_of(node), {"value": Unknown(node).text}))

    def iterate(self, run: Machine, node: ast.AST) -> list[Value]:
        """A loop over the images of a batch has no counterpart."""
        raise no_counterpart(node)

    def call(self, run: Machine, given: Given) -> Value:
        """A tensor is no function."""
        raise no_counterpart(given.node)


@contextmanager
def tracing(run: Machine, line: int) -> Iterator[None]:
    """Trace the network that is made in this line; what cannot be followed raises PasteError."""
    run.tracing += 1
    try:
        yield
    except Unfit as unfit:
        raise PasteError(Remark("unfit", line, {"value": Unknown(unfit.node).text})) from unfit
    except NotKnown as unknown:
        raise PasteError(unknown.remark or Remark("no_network")) from unknown
    except Raised as raised:
        raise PasteError(raised.why()) from raised
    except RecursionError as error:
        raise PasteError(Remark("too_nested")) from error
    finally:
        run.tracing -= 1


@dataclass(frozen=True, eq=False)
class Step:
    """A layer with the steps that it reads; ``shape`` is its output shape, None if it is not known.

    ``name`` is the path of the layer in the source, such as ``layer1.0.conv1``, ``blocks`` the blocks around it.
    """

    layer: Layer
    sources: tuple[int, ...]
    shape: Shape | None
    line: int
    name: str = ""
    blocks: tuple[str, ...] = ()


@dataclass
class Trace:
    """The steps of one image through a network; step 0 is the Input. ``wrong`` and ``notes`` are remarks."""

    image: Shape
    steps: list[Step] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    input_name: str | None = None
    used: dict[int, int] = field(default_factory=dict)
    """How often each object of the source was called, by its ``id``."""
    blocks: tuple[str, ...] = ()
    """The blocks around the next step, outermost first."""
    scaled: dict[tuple[float, float] | None, int] = field(default_factory=dict)
    """With which means and standard deviations layers get the images, None for unscaled, each with its line."""
    joins: dict[int, ast.AST] = field(default_factory=dict)
    """For each step that is a sum or a product of two, its expression."""
    _entered: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps.append(Step(Input(self.image), (), self.image, 0))

    def add(self, layer: Layer, sources: tuple[int, ...], line: int, name: str = "") -> int:
        """Add a layer that reads these steps; if it does not fit them, this is collected in ``wrong``."""
        if len(self.steps) > MOST_LAYERS:
            raise PasteError(Remark("too_many", values={"most": MOST_LAYERS}))
        shape: Shape | None = None
        shapes = tuple(found for source in sources if (found := self.steps[source].shape) is not None)
        if len(shapes) == len(sources):
            try:
                shape = layer.infer(shapes).output
            except Misfit as misfit:
                self.wrong += misfit_remarks(misfit, layer, line, name)
        self.steps.append(Step(layer, sources, shape, line, name, self.blocks))
        return len(self.steps) - 1

    def lost(self, sources: tuple[int, ...], line: int) -> int:
        """Add a step for something that was reported in ``wrong``; its shape is not known."""
        self.steps.append(Step(Flatten(), sources, None, line))
        return len(self.steps) - 1

    def use(self, called: object) -> int:
        """Count a call of an object; returns how often it was called before."""
        before = self.used.get(id(called), 0)
        self.used[id(called)] = before + 1
        return before

    @contextmanager
    def block(self, name: str) -> Iterator[None]:
        """A block around the steps that are added meanwhile."""
        count = self._entered.get(name, 0)
        self._entered[name] = count + 1
        outer = self.blocks
        self.blocks = (*outer, name if not count else f"{name} ({count + 1})")
        try:
            yield
        finally:
            self.blocks = outer

    def network(self, output: int) -> tuple[Network, tuple[Block, ...]]:
        """The network of the steps that the output depends on, and its blocks; raises ParameterError."""
        kept = self._kept(output)
        names = self._names(kept)
        nodes = {names[0]: Node(names[0], Input(self.image, self.mean, self.std))}
        edges: set[Edge] = set()
        for place in kept[1:]:
            name = names[place]
            nodes[name] = Node(name, self.steps[place].layer)
            edges |= {Edge(names[source], name, port) for port, source in enumerate(self.steps[place].sources)}
        end = Output()
        name = free_id(Network(), end, nodes)
        nodes[name] = Node(name, end)
        edges.add(Edge(names[output], name))
        return Network(nodes, frozenset(edges)), self._blocks(kept, names)

    def _kept(self, output: int) -> list[int]:
        kept = {0}
        waiting = [output]
        while waiting:
            place = waiting.pop()
            if place not in kept:
                kept.add(place)
                waiting += self.steps[place].sources
        return sorted(kept)

    def _names(self, kept: list[int]) -> dict[int, str]:
        """A unique id for each step: its path in the source, else the usual id with the name of its block."""
        names = {0: good_id(self.input_name or "") or "input"}
        taken = set(names.values())
        for place in kept[1:]:
            preferred = good_id(self.steps[place].name)
            if preferred and preferred not in taken:
                names[place] = preferred
                taken.add(preferred)
        for place in kept[1:]:
            if place not in names:
                names[place] = self._free_name(self.steps[place], taken)
                taken.add(names[place])
        return names

    def _free_name(self, step: Step, taken: set[str]) -> str:
        again = good_id(step.name)
        if again:
            if len(again) > LONGEST_ID - ROOM_FOR_NUMBER:
                return free_id(Network(), step.layer, taken)
            return numbered(f"{again}_", taken, 2)
        block = good_id(step.blocks[-1].replace(" (", "_").rstrip(")")) if step.blocks else ""
        if not block or len(block) > LONGEST_ID - ROOM_FOR_KIND:
            return free_id(Network(), step.layer, taken)
        inner = {name.removeprefix(f"{block}_") for name in taken if name.startswith(f"{block}_")}
        return f"{block}_{free_id(Network(), step.layer, inner)}"

    def _blocks(self, kept: list[int], names: dict[int, str]) -> tuple[Block, ...]:
        """The blocks with at least two nodes, but no block that holds the same nodes as the one around it."""
        # by the path of names to a block: the nodes in it, its id, and the path of the block around it
        inside: dict[tuple[str, ...], set[str]] = {}
        for place in kept:
            blocks = self.steps[place].blocks
            for depth in range(1, min(len(blocks), DEEPEST - 1) + 1):
                inside.setdefault(blocks[:depth], set()).add(names[place])
        shown: dict[tuple[str, ...], str] = {}
        around: dict[tuple[str, ...], tuple[str, ...] | None] = {}
        for path in sorted(inside, key=lambda path: (len(path), min(_places_of(inside[path], names)))):
            outer = next((path[:depth] for depth in range(len(path) - 1, 0, -1) if path[:depth] in shown), None)
            if len(inside[path]) < 2 or (outer is not None and inside[outer] == inside[path]):
                continue
            shown[path], around[path] = f"#{len(shown) + 1}", outer
        folded = len(kept) > FOLDED_FROM
        named_blocks = []
        for path, identifier in shown.items():
            deeper = set[str]().union(*(inside[other] for other, outer in around.items() if outer == path))
            parent = around[path]
            named_blocks.append(
                Block(
                    identifier,
                    _block_name(path[-1]),
                    frozenset(inside[path] - deeper),
                    shown[parent] if parent is not None else None,
                    folded and (parent is not None or not deeper),
                )
            )
        return tuple(named_blocks)


@dataclass(frozen=True)
class Traced:
    """The network that was read, its blocks, and remarks about it."""

    network: Network
    blocks: tuple[Block, ...]
    notes: tuple[Remark, ...]


def _places_of(members: Iterable[str], names: dict[int, str]) -> list[int]:
    """The places in the trace of the nodes with these ids."""
    kept = set(members)
    return [place for place, name in names.items() if name in kept]


def _block_name(name: str) -> str:
    plain = "".join(character for character in name if character.isprintable()).strip()
    return plain[-LONGEST_BLOCK_NAME:].strip() or "block"


def good_id(path: str) -> str:
    """The path of a layer as an id, without dots; empty if it cannot be one."""
    name = path.replace(".", "_")
    return name if is_id(name) else ""

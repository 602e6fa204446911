"""Reads functional models of Keras that are chains: ``keras.Model(images, Dense(10)(Flatten()(images)))``."""

from __future__ import annotations

import ast
from bisect import bisect_left
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import MOST_DEPTH, unwrapped, written

if TYPE_CHECKING:
    from cnnviz.code.read.origins import Origins
    from cnnviz.code.read.scopes import Binding, Position, Scope, Standing, Survey

MOST_STEPS = 2000
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Functional:
    """Finds the layers of a ``keras.Model(inputs, outputs)``."""

    def __init__(self, survey: Survey, origins: Origins) -> None:
        self.survey, self.origins = survey, origins
        self._sorted: dict[tuple[Scope, str], list[Binding]] = {}

    def is_model(self, node: ast.expr) -> bool:
        """Whether an expression creates a functional model from its own Input."""
        if self.origins.name(node) not in ("Model", "Functional") or not isinstance(node, ast.Call):
            return False
        inputs, outputs = _ends(node)
        # a model whose input is an attribute (``other.input``) is a part of another model
        return outputs is not None and inputs is not None and not isinstance(inputs, ast.Attribute)

    def chain(self, model: ast.Call, standing: Standing) -> list[tuple[ast.expr, Standing]]:
        """The Input and the layers in order, each with the statement that uses it; raises PasteError."""
        inputs, value = _ends(model)
        start = self._value(inputs, standing)[0] if inputs is not None else None
        layers: list[tuple[ast.expr, Standing]] = []
        while value is not None and len(layers) < MOST_STEPS:
            made, standing = self._value(value, standing)
            if made is start and made is not None and self.origins.name(made) == "Input":
                return [(made, standing), *reversed(layers)]
            match made:
                case ast.Call(func=layer, args=[ast.Name() | ast.Call() as before], keywords=keywords) if all(
                    keyword.arg == "training" for keyword in keywords
                ):
                    layers.append((layer, standing))
                    value = before
                case _:
                    raise PasteError(Remark("functional", model.lineno, {"value": written(made or value)}))
        raise PasteError(Remark("too_many", values={"most": MOST_STEPS}))

    def _value(self, node: ast.expr, standing: Standing) -> tuple[ast.expr | None, Standing]:
        """The value of an expression in a statement, and the statement that assigned it; None if it is not known."""
        for _ in range(MOST_DEPTH):
            if not isinstance(node, ast.Name):
                return node, standing
            home = self.survey.home(node)
            binding = self._last(home, node.id, standing) if home is not None else None
            if binding is None:
                return None, standing
            node, standing = binding
        return None, standing

    def _last(self, home: Scope, name: str, use: Standing) -> tuple[ast.expr, Standing] | None:
        """The value that a name certainly has in a statement of its own scope, and the statement that assigned it."""
        if (home, name) not in self._sorted:
            self._sorted[home, name] = sorted(home.bound[name], key=_place)
        bindings = self._sorted[home, name]
        before = bisect_left(bindings, use.start, key=_place)
        if before == 0 or use.scope is not home:
            return None
        last = bindings[before - 1]
        repeated = any(isinstance(block, _LOOPS) for block, _ in use.blocks)
        if last.value is None or repeated or not last.standing.runs_with(use):
            return None
        return unwrapped(last.value), last.standing


def _place(binding: Binding) -> Position:
    return binding.standing.start


def _ends(model: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """The input and the output of a model; lists of one are unpacked, None if missing."""
    named = {keyword.arg: keyword.value for keyword in model.keywords}
    ends = [named.get("inputs"), named.get("outputs")]
    for place, argument in enumerate(model.args[:2]):
        ends[place] = argument
    first, last = (end.elts[0] if isinstance(end, ast.List | ast.Tuple) and len(end.elts) == 1 else end for end in ends)
    return first, last

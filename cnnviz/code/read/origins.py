"""Finds the origin of the names in a source: whether ``nn.Linear`` is torch's, or something that the source defines."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import Binding, Scope, Survey, nodes_of
from cnnviz.code.read.syntax import MOST_DEPTH, written
from cnnviz.code.write.pytorch_layers import CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.settings import Framework

USUAL: Mapping[str, str] = MappingProxyType(
    {
        "nn": "torch.nn",
        "torch": "torch",
        "F": "torch.nn.functional",
        "torchvision": "torchvision",
        "transforms": "torchvision.transforms",
        "T": "torchvision.transforms",
        "keras": "keras",
        "tf": "tensorflow",
        "tensorflow": "tensorflow",
        "layers": "keras.layers",
        "models": "keras.models",
        "activations": "keras.activations",
        "collections": "collections",
        "K": "keras.backend",
        "backend": "keras.backend",
    }
)
"""The usual meaning of names, for a part of a source without its imports."""
_TORCH = re.compile(r"torch\.nn\.(?:modules\.(?:\w+\.)?)?(\w+)|torchvision\.transforms\.(?:\w+\.)*(Normalize)")
_KERAS = re.compile(r"(?:keras|tensorflow\.nn)\.(?:\w+\.)*\w+")
_OPS_GELU = re.compile(r"keras\.ops\.(nn\.)?gelu")
KERAS_NAMES = re.compile(r"(tensorflow(\.python)?\.keras|tf_keras|keras_core|keras\.(api|src|_tf_keras\.keras))\b")
_LAYERS = re.compile(r"(torch\.nn|keras)\b")
_HARMLESS = frozenset({"torch", "torch.nn", "torch.nn.functional", "numpy", "pylab", "matplotlib.pyplot"})
"""Besides the standard library, modules whose ``import *`` gives no name of a layer another meaning."""
_BASES = frozenset({"Module", "Sequential", "Layer", "Model", "Functional", "Operation"})
"""Classes that every layer inherits from."""
UNBOUND = "?"
"""Prefix of the path of a name that is not assigned in the source."""


@dataclass(frozen=True)
class Known:
    """A class or function of a framework; ``framework`` is None if it is not known which."""

    name: str
    framework: Framework | None = None
    path: str = ""


class Origins:
    """The origins of names, as far as the source shows them."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self._starts: dict[tuple[Scope, str], str] = {}
        self._stars = [
            binding
            for binding in survey.module.bound.get("*", ())
            if isinstance(binding.placed.statement, ast.ImportFrom)
        ]
        self._patches = self._patched()

    def path(self, node: ast.expr, depth: int = 0) -> str:
        """The full path of what an expression means, such as ``torch.nn.Linear``; empty if it is not known."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or depth > MOST_DEPTH:
            return ""
        home = self.survey.home(node)
        if home is None:
            start = (USUAL.get(node.id) if attributes else None) or f"{UNBOUND}.{node.id}"
        elif (key := (home, node.id)) in self._starts:
            start = self._starts[key]
        else:
            paths = {self._bound(binding, depth) for binding in home.bound[node.id]}
            # the same class of tensorflow.keras and of keras counts as one
            start = self._starts[key] = paths.pop() if len(paths) == 1 else ""
        return KERAS_NAMES.sub("keras", ".".join([start, *reversed(attributes)]), count=1) if start else ""

    def known(self, node: ast.expr) -> Known | None:
        """The class or function of torch or Keras that an expression means; None for anything else."""
        path = self.path(node)
        if path.startswith(f"{UNBOUND}."):
            name = path.removeprefix(f"{UNBOUND}.")
            return Known(name) if "." not in name and not self._foreign_star() else None
        if isinstance(node, ast.Name) and path == node.id and self._generated(node):
            return Known(node.id, "pytorch", f"torch.nn.{node.id}")
        if match := _TORCH.fullmatch(path):
            return Known(match[1] or match[2], "pytorch", path)
        if _KERAS.fullmatch(path):
            return Known(keras_name(path), "keras", path)
        return Known("OrderedDict") if path in ("collections.OrderedDict", "typing.OrderedDict") else None

    def layer(self, node: ast.Call, framework: Framework) -> str:
        """The name of the layer class that a call creates; raises PasteError unless it is one of this framework."""
        shown = written(node.func)
        known = self.known(node.func)
        if known is None or known.framework not in (None, framework):
            raise PasteError(self._why(node, shown))
        patch = self._patches.get(known.name) or self._patches.get("")
        if patch is not None:
            raise PasteError(Remark("patched", node.lineno, {"name": shown, **patch}))
        return known.name

    def name(self, node: ast.expr) -> str:
        """The name of the class or function of a framework that an expression calls or means; empty for others."""
        known = self.known(node.func if isinstance(node, ast.Call) else node)
        return known.name if known is not None else ""

    def _bound(self, binding: Binding, depth: int) -> str:
        if binding.path:
            return KERAS_NAMES.sub("keras", binding.path, count=1)
        if binding.value is not None:
            return self.path(binding.value, depth + 1)
        statement = binding.placed.statement
        return statement.name if isinstance(statement, ast.ClassDef) else ""

    def _generated(self, node: ast.Name) -> bool:
        """Whether a class of the source is exactly one of the classes in generated source."""
        binding = self.survey.only(node)
        statement = binding.placed.statement if binding is not None else None
        return isinstance(statement, ast.ClassDef) and is_generated(statement)

    def _foreign_star(self) -> str:
        """The module of the last ``import *`` that may give names of layers another meaning; empty if there is none."""
        for binding in reversed(self._stars):
            module = KERAS_NAMES.sub("keras", binding.path.removesuffix(".*"), count=1)
            if module in _HARMLESS or module == "keras" or module.startswith("keras."):
                return ""
            if module.partition(".")[0] not in sys.stdlib_module_names:
                return module
        return ""

    def _why(self, node: ast.Call, shown: str) -> Remark:
        """The remark that says why a call is not known as a layer."""
        root: ast.expr = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        home = self.survey.home(root) if isinstance(root, ast.Name) else None
        if home is not None and isinstance(root, ast.Name):
            bindings = home.bound[root.id]
            origin = self.path(node.func)
            if all(binding.path for binding in bindings) and origin:
                return Remark("other_origin", node.lineno, {"name": shown, "origin": origin.rpartition(".")[0]})
            return Remark("own_name", node.lineno, {"name": shown, "where": bindings[-1].placed.start[0]})
        if isinstance(root, ast.Name) and root is node.func and (star := self._foreign_star()):
            return Remark("other_origin", node.lineno, {"name": shown, "origin": star})
        return Remark("unknown_layer", node.lineno, {"name": shown})

    def _patched(self) -> dict[str, dict[str, object]]:
        """The classes of torch and Keras that the source changes, by name, with the place; the name "" means all."""
        found: dict[str, dict[str, object]] = {}
        for placed in self.survey.statements:
            for node in nodes_of(placed.statement):
                target: ast.expr | None = None
                match node:
                    case ast.Attribute(ctx=ast.Store() | ast.Del()):
                        target = node
                    case ast.Subscript(value=ast.Attribute(attr="__dict__", value=target), ctx=ast.Store()):
                        pass
                    case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[holder, ast.Constant(value=name), *_]):
                        target = ast.Attribute(holder, str(name))
                    case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]):
                        pass
                path = self.path(target) if target is not None else ""
                if not _LAYERS.match(path):
                    continue
                place = {"where": placed.start[0], "value": written(placed.statement)}
                parts = path.split(".")
                everything = _BASES.intersection(parts) or path in ("torch.nn", "keras", "keras.layers")
                for name in ("",) if everything else parts:
                    found.setdefault(name, place)
        return found


def keras_name(path: str) -> str:
    """The name of a class or function of Keras by its path, without modules; ``ops.gelu`` for the function that
    approximates GELU by default."""
    return "ops.gelu" if _OPS_GELU.fullmatch(path) else path.rpartition(".")[2]


def is_generated(statement: ast.ClassDef) -> bool:
    """Whether a class has the code of one that this program writes into source; its docstring may differ."""
    return statement.name in CLASSES and _code(statement) == _generated_class(statement.name)


@cache
def _generated_class(name: str) -> str:
    (statement,) = ast.parse(CLASSES[name]).body
    assert isinstance(statement, ast.ClassDef)
    return _code(statement)


def _code(statement: ast.ClassDef) -> str:
    """A class without its docstring, as :func:`ast.dump` writes it."""
    body = statement.body if ast.get_docstring(statement) is None else statement.body[1:]
    return ast.dump(ast.ClassDef(**(dict(ast.iter_fields(statement)) | {"body": body})))

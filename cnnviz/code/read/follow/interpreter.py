"""The interpreter of the readers of PyTorch and Keras: runs through a source as Python would, without executing it."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.calls import fatal
from cnnviz.code.read.follow.library import CONSTANTS
from cnnviz.code.read.follow.scoping import stored_names
from cnnviz.code.read.follow.statements import Statements
from cnnviz.code.read.follow.values import Given, Instance, NotKnown, Path, Raised, Scope, Unknown, Value, line_of
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from cnnviz.code.read.follow.framework import Framework


class Interpreter(Statements):
    """Follows a source with the help of a framework.

    After :meth:`follow`, ``module`` has the values of the source's names, ``made`` all its objects, and ``troubles``
    remarks about statements of the module that were given up.
    """

    def __init__(self, framework: Framework) -> None:
        super().__init__()
        self.framework = framework
        self.run = self
        """What the base classes pass on as the argument ``run``: themselves, typed with all methods."""
        self.troubles: list[Remark] = []
        self.patches: dict[str, Remark] = {}
        """Remarks about paths of the framework to which the source assigns something."""
        self.not_followed: list[tuple[Instance, Remark]] = []
        """Objects that a function that is not known may have changed, each with a remark."""
        self.joined: dict[int, tuple[Instance, Remark]] = {}
        """Objects that are made together as arguments of one call of a function that is not known, which may join them;
        each with a remark about the call."""
        self.lost: dict[str, Instance] = {}
        """Objects whose names later got values that are not known."""
        self._stars: list[str] = []
        """The modules of which the source imports everything, in this order."""

    def follow(self, tree: ast.Module) -> None:
        """Run through a module. What cannot be followed makes the names that it assigns unknown."""
        try:
            for statement in tree.body:
                self._follow(statement)
        except RecursionError as error:
            raise PasteError(Remark("too_nested")) from error

    def _follow(self, statement: ast.stmt) -> None:
        try:
            self.execute(statement)
        except PasteError as error:
            if fatal(error):
                raise
            self._give_up(statement, error.remarks[0])
        except Raised as raised:
            self._give_up(statement, raised.why())

    def _give_up(self, statement: ast.stmt, remark: Remark) -> None:
        self.troubles.append(remark)
        for name in stored_names(statement):
            self.module.names[name] = Unknown(statement, remark)

    def followed(self, tree: ast.Module) -> dict[str, Value]:
        """The names that another module defines, which is followed beside the source."""
        outer, self.scope = self.scope, Scope()
        try:
            self.block(tree.body)
            return self.scope.names
        finally:
            self.scope = outer

    def patched(self, path: Path, node: ast.AST) -> None:
        """Note that the source assigns something to a path of the framework."""
        line = line_of(node)
        self.patches.setdefault(path.name, Remark("unknown_value", line, {"value": Unknown(node).text}))

    def passed_on(self, given: Given) -> None:
        """Note that values are passed to a function that is not known: it may join objects that are made in the call,
        and ``shuffle`` changes its list."""
        node = given.node
        if isinstance(node, ast.Call) and len(node.args) == len(given.positional):
            written = zip(node.args, given.positional, strict=True)
            instances = [value for part, value in written if isinstance(part, ast.Call) and isinstance(value, Instance)]
            if len(instances) > 1:
                self.joined.update({id(value): (value, Unknown(node).why()) for value in instances})
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "shuffle":
            for value in given.all():
                self.spoil(value, node)

    def rebound(self, target: ast.Name, before: Value, value: Value) -> None:
        """Note that the name of an object gets a value that is not known.

        A call of which the object is an argument may have changed it. Anything but a call, such as ``model += other``,
        counts as a change of it.
        """
        if not isinstance(before, Instance) or not isinstance(value, Unknown):
            return
        self.lost[target.id] = before
        if isinstance(value.node, ast.Call):
            if any(isinstance(node, ast.Name) and node.id == target.id for node in ast.walk(value.node)):
                self.not_followed.append((before, Remark("not_followed", target.lineno, {"value": value.text})))
        else:
            self.spoil(before, value.node, "changed")

    def imported(self, path: str, node: ast.AST) -> Value:
        """The value of an import."""
        if path in CONSTANTS:
            return CONSTANTS[path]
        return self.framework.imported(self, Path(path), node)

    def imported_all(self, module: str) -> None:
        """Note an ``import *``."""
        self._stars.append(module)

    def framework_name(self, node: ast.Name) -> Value:
        """The value of a name that an ``import *`` may bring in, or that the source does not define."""
        for module in reversed(self._stars):
            path = Path(f"{module}.{node.id}")
            if self.framework.owns(path):
                return self.framework.imported_by_star(self, path, node)
            if module.partition(".")[0] not in sys.stdlib_module_names:
                # this module may define the name, and its source is not here
                raise NotKnown
        return self.framework.undefined(node.id)

    def call_with(self, function: Value, value: Value, node: ast.AST) -> Value:
        """Call a function with one argument."""
        return self.call(function, Given(node, [value]))

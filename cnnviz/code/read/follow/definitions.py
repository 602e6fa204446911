"""Executes definitions of functions and classes, and imports."""

from __future__ import annotations

import ast
from abc import abstractmethod

from cnnviz.code.read.follow.calls import Calls
from cnnviz.code.read.follow.library import HARMLESS
from cnnviz.code.read.follow.values import Class, Function, NotKnown, Path, Scope, Unfit, Unknown, Value, Wrapped
from cnnviz.code.read.remarks import Remark


class Definitions(Calls):
    """Executes statements that define names."""

    def define(self, node: ast.FunctionDef) -> None:
        """Execute the definition of a function."""
        self.scope.names[node.name] = self._decorated(node, self.function(node.name, node))

    def _decorated(self, node: ast.FunctionDef | ast.ClassDef, value: Value) -> Value:
        for decorator in reversed(node.decorator_list):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            applied = self.evaluate(target)
            if isinstance(applied, Path) and (applied.name in HARMLESS or self.framework.keeps_as_is(applied, node)):
                continue
            if isinstance(target, ast.Attribute) and target.attr in ("setter", "deleter", "getter"):
                # the property is there already; only how it is read counts here
                return self.scope.names.get(node.name, value)
            if isinstance(decorator, ast.Call):
                applied = self.evaluate(decorator)
            try:
                if isinstance(applied, Unknown):
                    raise NotKnown(applied.remark)
                value = self.call_with(applied, value, decorator)
            except NotKnown as unknown:
                remark = Remark("decorated", decorator.lineno, {"value": Unknown(decorator).text, "name": node.name})
                value = Unknown(node, unknown.remark or remark)
            except Unfit:
                value = Unknown(node, Remark("unfit", decorator.lineno, {"value": Unknown(decorator).text}))
        return value

    def _base(self, node: ast.expr) -> Value:
        """A base of a class; it is not known if it is a value that can be none, such as a list."""
        value = self.evaluate(node)
        return Unknown(node) if isinstance(value, list | tuple | dict | set | slice) else value

    def define_class(self, node: ast.ClassDef) -> None:
        """Execute the definition of a class."""
        if (path := self.framework.recognized(node)) is not None:
            self.scope.names[node.name] = path
            return
        bases = tuple(map(self._base, node.bases))
        defined = Class(node.name, node, bases)
        outer, self.scope = self.scope, Scope(outer=self.scope, is_class=True)
        try:
            self.block(node.body)
            defined.names, defined.fields = self.scope.names, self.scope.fields
        finally:
            self.scope = outer
        for value in defined.names.values():
            inner = value.function if isinstance(value, Wrapped) else value
            if isinstance(inner, Function) and inner.owner is None:
                inner.owner = defined
        self.scope.names[node.name] = self._decorated(node, defined)

    def import_module(self, node: ast.Import) -> None:
        """Execute ``import …``."""
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            self.scope.names[alias.asname or name] = self.imported(name, node)

    def import_from(self, node: ast.ImportFrom) -> None:
        """Execute ``from … import …``."""
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.imported_all(origin)
            else:
                dot = "" if origin.endswith(".") else "."
                self.scope.names[alias.asname or alias.name] = self.imported(f"{origin}{dot}{alias.name}", node)

    @abstractmethod
    def imported(self, path: str, node: ast.stmt) -> Value:
        """The value of an import."""

    @abstractmethod
    def imported_all(self, module: str) -> None:
        """Note an ``import *``."""

    @abstractmethod
    def call_with(self, function: Value, value: Value, node: ast.AST) -> Value:
        """Call a function with one argument."""

"""What a framework defines for the interpreter: the meaning of its paths, and of objects of its classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.values import MISSING, Given, Instance, NotKnown, Path, Value

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine


class Framework(ABC):
    """A framework such as PyTorch; one subclass for PyTorch and one for Keras.

    Its values derive from :class:`~cnnviz.code.read.follow.machine.FrameworkValue`, objects of its classes are
    :class:`~cnnviz.code.read.follow.values.Instance` with a path as their class or as a base.

    Each method raises NotKnown for what it does not define.
    """

    @abstractmethod
    def owns(self, path: Path) -> bool:
        """Whether a path belongs to the framework."""

    @abstractmethod
    def value(self, path: Path) -> Value:
        """The value of a path that is neither a function nor a class; :data:`MISSING` for others."""

    @abstractmethod
    def call(self, run: Machine, path: Path, given: Given) -> Value:
        """Call a function, or make an object of a class."""

    @abstractmethod
    def construct(self, run: Machine, made: Instance, path: Path, given: Given) -> None:
        """Run ``__init__`` of the class ``path`` for an object that has or derives from this class."""

    @abstractmethod
    def call_instance(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call an object of a class of the framework, or of a class of the source that has no ``__call__``."""

    @abstractmethod
    def is_a(self, instance: Instance, path: Path) -> bool:
        """Whether an object is an instance of a class."""

    def imported(self, run: Machine, path: Path, node: ast.AST) -> Value:
        """The value of a path that is imported; by default the path itself."""
        return path

    def imported_by_star(self, run: Machine, path: Path, node: ast.AST) -> Value:
        """The value of a name that an ``import *`` brings in, if its module has it."""
        return self.imported(run, path, node)

    def undefined(self, name: str) -> Value:
        """The value of a name that the source uses and does not define, such as that of a layer class."""
        raise NotKnown

    def is_traced(self, value: Value) -> bool:
        """Whether a value is a tensor of a network that is traced, or holds one."""
        return False

    def recognized(self, node: ast.ClassDef) -> Path | None:
        """The path that a class of the source stands for; None for a class that is followed."""
        return None

    def call_base(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call an object as its class in the framework defines it, such as ``forward`` of ``nn.Linear``."""
        raise NotKnown

    def is_class(self, path: Path) -> bool:
        """Whether a path is that of a class: by its name, which begins with a capital letter."""
        return path.name.rpartition(".")[2][:1].isupper()

    def attribute(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> Value:
        """An attribute that neither the object nor its own classes have; :data:`MISSING` if there is none."""
        return MISSING

    def method(self, run: Machine, tensor: Any, name: str, given: Given) -> Value:
        """Call a method of a tensor."""
        raise NotKnown

    def iterate(self, run: Machine, instance: Instance, node: ast.AST) -> list[Value]:
        """The values that a loop over an object takes."""
        raise NotKnown

    def item(self, run: Machine, instance: Instance, key: Value, node: ast.AST) -> Value:
        """The value of ``instance[key]``."""
        raise NotKnown

    def stored(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> None:
        """Note that the source assigns an attribute of an object of the framework's own classes."""
        return

    def store_item(self, run: Machine, instance: Instance, key: Value, value: Value, node: ast.AST) -> None:
        """Assign ``instance[key]``; with :data:`MISSING` as the value, delete it."""
        run.spoil(instance, node)
        raise NotKnown

    def operate(self, run: Machine, sign: str, left: Value, right: Value, node: ast.AST) -> Value:
        """The result of an operator one of whose sides is an object."""
        raise NotKnown

    def keeps_as_is(self, decorator: Value, node: ast.AST) -> bool:
        """Whether a decorator leaves a function or a class as it is, for reading it."""
        return False

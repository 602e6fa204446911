"""Reads the pickle in a file of PyTorch without unpickling it: nothing is imported, called or executed.

A small stack machine follows the instructions that :mod:`pickletools` knows. It builds plain values and descriptions of
tensors; every object of another kind becomes an :class:`Unread` with its name.
"""

from __future__ import annotations

import io
import pickletools
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import TYPE_CHECKING, Any

from cnnviz.imports.weights.harmless import HARMLESS
from cnnviz.imports.weights.stored import WeightsError
from cnnviz.imports.weights.views import STORAGES, Storage, Unread, is_count, sides, view
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class PickleError(WeightsError):
    """A pickle that cannot be followed, or should not be."""


def described(content: bytes) -> tuple[Any, frozenset[str]]:
    """The value in a pickle, and the names of objects that were not read; raises :class:`PickleError`.

    The value is made of None, truth values, numbers, texts, tuples, lists, dicts with plain keys, :class:`View` and
    :class:`Unread`.
    """
    machine = _Machine(len(content))
    try:
        for name, argument in _instructions(content):
            machine.step(name, argument)
            if name == "STOP":
                return machine.result(), frozenset(machine.unread)
    except PickleError:
        raise
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        # pickletools, and a stack that is too short, fail in many ways
        raise _damaged() from error
    raise _damaged()


def _instructions(content: bytes) -> Iterator[tuple[str, Any]]:
    """The names and the arguments of the instructions; raises ValueError for what is none, and PickleError for an
    instruction that no file of weights has."""
    file = io.BytesIO(content)
    while code := file.read(1):
        instruction = _INSTRUCTIONS.get(code)
        if instruction is None:
            raise ValueError("no instruction")
        name = instruction.name
        if name == "GLOBAL":
            # pickletools would take backslashes in it for escapes
            yield name, " ".join(file.readline().decode().rstrip("\n") for _ in range(2))
        elif name in _KNOWN:
            yield name, None if instruction.arg is None else instruction.arg.reader(file)
        else:
            raise PickleError(
                Sentence("Its list of tensors uses the instruction {name}, which no weights need.", name=name)
            )


def _damaged() -> PickleError:
    return PickleError(Sentence("Its list of tensors is damaged."))


class _Machine:
    """The stack and the memo of a pickle; ``budget`` is how many values it may copy."""

    def __init__(self, budget: int) -> None:
        self.unread: set[str] = set()
        self._budget = budget
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Follow an instruction."""
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]() if callable(_CONSTANTS[name]) else _CONSTANTS[name])
        elif name in _WITH_VALUE:
            self._stack.append(argument)
        elif name in _STEPS:
            _STEPS[name](self, argument)

    def result(self) -> Any:
        """The value at the end."""
        (value,) = self._stack
        if self._marks:
            raise ValueError("marks are left")
        return value

    def mark(self, _: Any) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def put(self, index: Any) -> None:
        self._memo[int(index)] = self._stack[-1]

    def memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def get(self, index: Any) -> None:
        self._stack.append(self._memo[int(index)])

    def pop(self, _: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._marked()

    def duplicate(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def pop_mark(self, _: Any) -> None:
        self._marked()

    def tuple_of(self, count: int | None) -> None:
        values = self._marked() if count is None else self._popped(count)
        self._stack.append(tuple(values))

    def list_of(self, _: Any) -> None:
        values = self._marked()
        self._stack.append(values)

    def dict_of(self, _: Any) -> None:
        values = self._marked()
        self._stack.append({})
        self._set(values)

    def append(self, _: Any) -> None:
        self._extend(self._popped(1))

    def appends(self, _: Any) -> None:
        self._extend(self._marked())

    def set_item(self, _: Any) -> None:
        self._set(self._popped(2))

    def set_items(self, _: Any) -> None:
        self._set(self._marked())

    def add_items(self, _: Any) -> None:
        # the members of a set
        self._marked()

    def set_of(self, _: Any) -> None:
        self._marked()
        self._stack.append(Unread("builtins.frozenset"))

    def name(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(self._named(module, name))

    def name_on_stack(self, _: Any) -> None:
        module, name = self._popped(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise TypeError("a name is no text")
        self._stack.append(self._named(module, name))

    def call(self, _: Any) -> None:
        function, arguments = self._popped(2)
        if not isinstance(function, Unread) or not isinstance(arguments, tuple):
            raise TypeError("what is called has no name")
        self._stack.append(self._made(function, arguments))

    def new(self, _: Any) -> None:
        kind, arguments = self._popped(2)
        if not isinstance(kind, Unread):
            raise TypeError("a class has no name")
        self._stack.append(self._made(kind, arguments if isinstance(arguments, tuple) else ()))

    def new_with_keywords(self, _: Any) -> None:
        kind, _arguments, _keywords = self._popped(3)
        if not isinstance(kind, Unread):
            raise TypeError("a class has no name")
        self._stack.append(self._noted(kind))

    def build(self, _: Any) -> None:
        # the attributes of an object, such as the versions of the layers of a state dict
        self._popped(1)
        if not self._stack:
            raise IndexError("nothing to build")

    def storage(self, _: Any) -> None:
        (entry,) = self._popped(1)
        if not isinstance(entry, tuple) or len(entry) != 5 or entry[0] != "storage":
            self._stack.append(self._noted(Unread("storage")))
            return
        _, kind, key, _place, count = entry
        dtype = STORAGES.get(kind.name.removeprefix("torch.")) if isinstance(kind, Unread) else None
        if dtype is None:
            self._stack.append(self._noted(kind if isinstance(kind, Unread) else Unread("storage")))
        elif isinstance(key, str) and is_count(count):
            self._stack.append(Storage(dtype, key, count))
        else:
            raise TypeError("no storage")

    def _made(self, function: Unread, arguments: tuple[Any, ...]) -> Any:
        match function.name:
            case "collections.OrderedDict" | "collections.defaultdict" | "builtins.dict":
                return self._copied(arguments[0]) if arguments and isinstance(arguments[0], list) else {}
            case "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor":
                return view(*arguments[:4])
            case "torch._utils._rebuild_parameter" | "torch._utils._rebuild_parameter_with_state":
                return arguments[0]
            case "torch.Size":
                return tuple(sides(arguments[0])) if arguments else ()
        return self._noted(function)

    def _copied(self, pairs: list[Any]) -> dict[Any, Any]:
        """A dict of pairs. A list that is copied again and again would take more memory than the file."""
        self._budget -= len(pairs)
        if self._budget < 0:
            raise ValueError("values are copied too often")
        return dict(_plain(pair) for pair in pairs if isinstance(pair, tuple | list) and len(pair) == 2)

    def _named(self, module: str, name: str) -> Unread:
        """The object of this name, unless no file of a training has a reason to name it."""
        # older protocols have the names of Python 2, which become those of Python 3
        module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        harmless = HARMLESS.get(module, set())  # None: all names of the module
        if module.partition(".")[0] in sys.stdlib_module_names and harmless is not None and name not in harmless:
            raise PickleError(
                Sentence(
                    "It makes PyTorch call “{name}”, which no weights need. Do not load it with other programs"
                    " either, unless you trust where it comes from.",
                    name=quoted(f"{module}.{name}"),
                )
            )
        return Unread(f"{module}.{name}")

    def _noted(self, kind: Unread) -> Unread:
        self.unread.add(kind.name)
        return kind

    def _marked(self) -> list[Any]:
        values, self._stack = self._stack, self._marks.pop()
        return values

    def _popped(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise IndexError("the stack is too short")
        values = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return values

    def _extend(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, list):
            target += values

    def _set(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, dict):
            target.update(_plain(pair) for pair in _pairs(values))


def _pairs(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(values[::2], values[1::2], strict=True)


def _plain(pair: Any) -> tuple[Any, Any]:
    """A key and its value. A key of another kind is replaced, because hashing it may take forever."""
    key, value = pair
    return (key if isinstance(key, str | int | float | bool | bytes | None) else repr(type(key))), value


_INSTRUCTIONS = {each.code.encode("latin-1"): each for each in pickletools.opcodes}
"""The instructions by their bytes."""
_CONSTANTS: Mapping[str, Any] = {
    "NONE": None,
    "NEWTRUE": True,
    "NEWFALSE": False,
    "EMPTY_TUPLE": (),
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": lambda: Unread("builtins.set"),
}
_WITH_VALUE = frozenset((
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
))  # fmt: skip
_STEPS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.duplicate,
    "TUPLE": lambda machine, _: machine.tuple_of(None),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "LIST": _Machine.list_of,
    "DICT": _Machine.dict_of,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "ADDITEMS": _Machine.add_items,
    "FROZENSET": _Machine.set_of,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name_on_stack,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.new,
    "NEWOBJ_EX": _Machine.new_with_keywords,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.storage,
}
_KNOWN = frozenset({*_CONSTANTS, *_WITH_VALUE, *_STEPS, "PROTO", "FRAME", "STOP"})
"""The instructions that are followed; the last three change no value."""

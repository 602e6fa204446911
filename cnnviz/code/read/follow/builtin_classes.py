"""Python's built-in functions about classes and attributes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.values import (
    MISSING,
    Bound,
    Class,
    Function,
    Given,
    Instance,
    Native,
    NotKnown,
    Path,
    Super,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine

_TYPES: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "int": int,
        "float": float,
        "bool": bool,
        "str": str,
        "tuple": tuple,
        "list": list,
        "dict": dict,
        "set": set,
        "range": range,
        "NoneType": type(None),
    }
)
"""The built-in classes whose objects are Python's own here."""
_ABSTRACT: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "Iterable": (list, tuple, dict, set, range, str),
        "Sequence": (list, tuple, range, str),
        "Mapping": (dict,),
        "Number": (int, float),
        "Integral": (int,),
        "Real": (int, float),
        "OrderedDict": (dict,),
        "Callable": (),
        "Collection": (list, tuple, dict, set, range, str),
    }
)
"""Abstract classes of ``collections.abc``, ``typing`` and ``numbers``."""
_PLAIN = (bool, int, float, str, type(None), tuple, list, dict, set, frozenset, range)


def _isinstance(run: Machine, given: Given) -> Value:
    value, classes = given.positional
    return any(_is_a(run, value, cls) for cls in (classes if isinstance(classes, tuple) else (classes,)))


def _is_a(run: Machine, value: Value, cls: Value) -> bool:
    """Whether a value is an instance of a class; raises NotKnown."""
    if isinstance(value, Instance) and isinstance(cls, Path):
        return bool(run.framework.is_a(value, cls))
    if isinstance(value, Unknown) or isinstance(cls, Unknown):
        raise NotKnown
    if isinstance(cls, Class):
        return isinstance(value, Instance) and value.own is not None and cls in value.own.order
    if isinstance(cls, Native):
        types = _TYPES.get(cls.name)
        if types is None:
            raise NotKnown
        return isinstance(value, types)
    if not isinstance(cls, Path):
        raise NotKnown
    if isinstance(value, FrameworkValue):
        return value.is_a(cls)
    last = cls.name.rpartition(".")[2]
    if isinstance(value, _PLAIN):
        if last in _ABSTRACT and cls.name.startswith(("collections", "typing", "numbers")):
            return isinstance(value, _ABSTRACT[last])
        return False
    return last == "Callable" and isinstance(value, Function | Bound | Native | Class)


def _issubclass(_: Machine, given: Given) -> Value:
    cls, classes = given.positional
    if not isinstance(cls, Class):
        raise NotKnown
    others = classes if isinstance(classes, tuple) else (classes,)
    if any(other in cls.order for other in others):
        return True
    # a base that is not of the source may itself derive from a class that is not of the source
    if all(isinstance(other, Class) for other in others) and not any(isinstance(base, Unknown) for base in cls.order):
        return False
    raise NotKnown


def _callable(_: Machine, given: Given) -> Value:
    (value,) = given.positional
    if isinstance(value, Function | Bound | Native | Class):
        return True
    if isinstance(value, _PLAIN):
        return False
    raise NotKnown


def _type(run: Machine, given: Given) -> Value:
    (value,) = given.positional
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, FrameworkValue):
        return value.path
    for name in ("bool", "int", "float", "str", "tuple", "list", "dict", "set"):
        if type(value) is _TYPES[name]:
            return run.builtin(name)
    raise NotKnown


def _getattr(run: Machine, given: Given) -> Value:
    holder, name, *default = given.positional
    if not isinstance(name, str):
        raise NotKnown
    found = run.found(holder, name, given.node)
    if found is MISSING:
        if not default:
            raise NotKnown
        return default[0]
    return found


def _hasattr(run: Machine, given: Given) -> Value:
    holder, name = given.positional
    if not isinstance(name, str) or isinstance(holder, Unknown | Path):
        raise NotKnown
    found = run.found(holder, name, given.node)
    if isinstance(found, Unknown):
        raise NotKnown
    return found is not MISSING or (isinstance(holder, _PLAIN) and hasattr(holder, name))


def _setattr(run: Machine, given: Given) -> Value:
    holder, name, value = given.positional
    if not isinstance(name, str):
        run.spoil(holder, given.node)
        raise NotKnown
    run.store_attribute(holder, name, value, given.node)
    return None


def _super(run: Machine, given: Given) -> Value:
    if given.positional:
        owner, receiver = given.positional
    else:
        owner, receiver = run.current_method()
    if not isinstance(owner, Class):
        raise NotKnown
    return Super(owner, receiver)


CLASS_FUNCTIONS: Mapping[str, Callable[[Machine, Given], Value]] = MappingProxyType(
    {
        "isinstance": _isinstance,
        "issubclass": _issubclass,
        "callable": _callable,
        "type": _type,
        "getattr": _getattr,
        "hasattr": _hasattr,
        "setattr": _setattr,
        "super": _super,
    }
)
"""The functions by name."""

"""What is in a Sequential, a ModuleList or a ModuleDict: the modules, by place or by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.code.read.follow.torch.modules import children, is_module, torch_class
from cnnviz.code.read.follow.values import MISSING, Given, Instance, NotKnown, Path, Unfit, Unknown, Value

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine

_LISTS = ("Sequential", "ModuleList")


def fill(run: Machine, made: Instance, given: Given) -> None:
    """Put the arguments of a Sequential into it; raises Unfit for a name that is no text."""
    if given.rest is not None:
        run.spoil(made, given.node)
    elif len(given.positional) == 1 and isinstance(given.positional[0], dict):
        run.require_certain(given.positional[0], given.node)
        if not all(isinstance(name, str) for name in given.positional[0]):
            raise Unfit(given.node)
        made.attributes.update(given.positional[0])
    else:
        made.attributes.update({str(place): value for place, value in enumerate(given.positional)})


def entries(instance: Instance) -> list[Value]:
    """What is in a container, in its order.

    An object of a class of the source that derives from a container may have attributes beside its modules; an unknown
    value counts as a module if its name is a number.
    """
    if instance.own is None:
        return list(instance.attributes.values())
    return [
        value
        for name, value in instance.attributes.items()
        if is_module(value) or (isinstance(value, Instance | Unknown) and name.isdecimal())
    ]


def iterated(instance: Instance) -> list[Value]:
    """The modules in a container, or the names of a ModuleDict; raises NotKnown for other modules."""
    kind = torch_class(instance)
    if kind == "ModuleDict":
        return list(instance.attributes)
    if kind in _LISTS:
        return entries(instance)
    raise NotKnown


def length(run: Machine, instance: Instance, node: ast.AST) -> int:
    """The number of modules in a container; raises NotKnown if a change of it is not certain."""
    run.require_certain(instance, node)
    return len(entries(instance))


def parts(run: Machine, instance: Instance, node: ast.AST) -> dict[str, Value]:
    """The dict ``_modules`` of a module; raises NotKnown if a change of the module is not certain."""
    run.require_certain(instance, node)
    return run.view(dict(children(instance)), instance)


def item(run: Machine, instance: Instance, key: Value, node: ast.AST) -> Value:
    """A module in a container; for a slice, a container of its modules. Raises NotKnown."""
    kind = torch_class(instance)
    if isinstance(key, str) and kind == "ModuleDict" and key in instance.attributes:
        return instance.attributes[key]
    inside = entries(instance)
    if kind not in _LISTS:
        raise NotKnown
    if isinstance(key, slice):
        made = Instance(Path(f"torch.nn.{kind}"), node, regions=run.regions)
        run.made.append(made)
        chosen = list(children(instance).items())[key]
        made.attributes.update(chosen if kind == "Sequential" else {str(n): v for n, (_, v) in enumerate(chosen)})
        return made
    if type(key) is not int or not -len(inside) <= key < len(inside):
        raise NotKnown
    return inside[key]


def store_item(run: Machine, instance: Instance, key: Value, value: Value, node: ast.AST) -> None:
    """Replace or add a module in a container; with MISSING as the value, delete it. Raises LookupError if there is no
    module at ``key``."""
    kind = torch_class(instance)
    if isinstance(key, str) and kind == "ModuleDict":
        if value is MISSING:
            del instance.attributes[key]
        else:
            instance.attributes[key] = value
        return
    names = list(children(instance))
    if type(key) is not int or kind not in _LISTS or value is MISSING:
        run.spoil(instance, node)
        return
    instance.attributes[names[key]] = value

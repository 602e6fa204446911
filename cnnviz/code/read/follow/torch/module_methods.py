"""Methods of ``nn.Module`` and of torch's containers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.torch.modules import children, modules, torch_class
from cnnviz.code.read.follow.values import MISSING, Given, Instance, NotKnown, Unknown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Mapping

    from cnnviz.code.read.follow.machine import Machine


def extend(run: Machine, made: Instance, values: Value, node: ast.AST) -> None:
    """Add modules at the end of a ModuleList, a Sequential or a ModuleDict."""
    try:
        if isinstance(values, dict):
            run.require_certain(values, node)
            made.attributes.update({str(key): value for key, value in values.items()})
        else:
            entries = run.iterated(values, node)
            if torch_class(made) == "ModuleDict":
                for pair in entries:
                    key, value = run.unpacked(pair, 2, node)
                    made.attributes[str(key)] = value
            else:
                start = len(children(made))
                made.attributes.update({str(start + place): value for place, value in enumerate(entries)})
    except NotKnown:
        run.spoil(made, node)


def _add_module(run: Machine, module: Instance, given: Given) -> Value:
    values = given.bind("name", "module")
    run.change(module, given.node)
    if not isinstance(values["name"], str):
        run.spoil(module, given.node)
    else:
        module.attributes[values["name"]] = values["module"]
    return None


def _append(run: Machine, module: Instance, given: Given) -> Value:
    (value,) = given.bind("module").values()
    run.change(module, given.node)
    module.attributes[str(len(children(module)))] = value
    return module


def _extend(run: Machine, module: Instance, given: Given) -> Value:
    (values,) = given.bind("sequential" if torch_class(module) == "Sequential" else "modules").values()
    run.change(module, given.node)
    extend(run, module, values, given.node)
    return module


def _insert(run: Machine, module: Instance, given: Given) -> Value:
    values = given.bind("index", "module")
    place = values["index"]
    run.change(module, given.node)
    entries = list(children(module).values())
    if not -len(entries) <= run.index_in(place, module, given.node) <= len(entries):
        run.spoil(module, given.node)
        raise NotKnown
    entries.insert(place, values["module"])
    module.attributes = {str(number): entry for number, entry in enumerate(entries)}
    return module


def _update(run: Machine, module: Instance, given: Given) -> Value:
    _extend(run, module, given)
    return None


def _nothing(run: Machine, module: Instance, given: Given) -> Value:
    return None


def _buffer(run: Machine, module: Instance, given: Given) -> Value:
    name = given.positional[0] if given.positional else given.named.get("name")
    if isinstance(name, str):
        module.attributes[name] = Unknown(given.node)
    return None


def _set(run: Machine, module: Instance, given: Given) -> Value:
    values = given.bind("name", "value")
    name = values["name"]
    if not isinstance(name, str):
        run.spoil(module, given.node)
        raise NotKnown
    run.store_attribute(module, name, values["value"], given.node)
    return None


def _get(run: Machine, module: Instance, given: Given) -> Value:
    (name,) = given.bind("name").values()
    found = module.attributes.get(name, MISSING) if isinstance(name, str) else MISSING
    if found is MISSING:
        raise NotKnown
    return found


def _listed(listed: Callable[[Instance], Iterable[Value]]) -> Callable[[Machine, Instance, Given], Value]:
    """A method that lists what is in a module; it raises NotKnown if its content is not known anymore."""

    def method(run: Machine, module: Instance, given: Given) -> Value:
        run.require_certain(module, given.node)
        return list(listed(module))

    return method


MODULE_METHODS: Mapping[str, Callable[[Machine, Instance, Given], Value]] = MappingProxyType(
    {
        "add_module": _add_module,
        "register_module": _add_module,
        "append": _append,
        "extend": _extend,
        "insert": _insert,
        "update": _update,
        "children": _listed(lambda module: children(module).values()),
        "named_children": _listed(lambda module: children(module).items()),
        "modules": _listed(lambda module: (inner for _, inner in modules(module))),
        "named_modules": _listed(modules),
        "keys": _listed(lambda module: module.attributes),
        "values": _listed(lambda module: module.attributes.values()),
        "items": _listed(lambda module: module.attributes.items()),
        "__setattr__": _set,
        "__getattr__": _get,
        "register_buffer": _buffer,
        "register_parameter": _buffer,
        **dict.fromkeys(("zero_grad", "save_hyperparameters"), _nothing),
    }
)
"""The methods by name."""

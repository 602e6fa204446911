"""What differs in two projects, in sentences: layers, wires, recipe and dataset. Positions and blocks are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.catalogue import describe
from cnnviz.data.choice import DatasetChoice
from cnnviz.data.errors import DataError
from cnnviz.network.pairing import pairing
from cnnviz.numerals import Figure
from cnnviz.parameters import PROPER_NAMES, parameters_of
from cnnviz.project.recipe import SETTINGS
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cnnviz.network.graph import Network
    from cnnviz.network.layers.base import Layer
    from cnnviz.parameters import Parameter
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe


def differences(before: Project, after: Project) -> tuple[Sentence, ...]:
    """A sentence for each difference that has an effect on training; empty if there is none.

    Layers are matched by name, or by the original name of a renamed one; of the others, a layer that is missing in one
    project is a renamed layer if the other project has an equal layer with the same inputs under another name. Old
    values come first, from ``before``. Settings of the recipe without an effect, such as the momentum of Adam, are
    left out.
    """
    return (
        *_of_networks(before.network, after.network),
        *_of_recipes(before.recipe, after.recipe),
        *_of_datasets(before.dataset, after.dataset),
    )


def in_brief(before: Project, after: Project) -> tuple[Sentence, ...]:
    """The same differences in a few words each, as ``after`` has it: ``+ conv3``, ``fc1 units 64``, ``rate 0.05``.

    Names of layers and positions count for nothing.
    """
    return (
        *_brief_networks(before.network, after.network),
        *_brief_recipes(before.recipe, after.recipe),
        *_brief_datasets(before.dataset, after.dataset),
    )


def brief_rates(rates: Sequence[float]) -> Sentence:
    """A learning rate in a few words; of several, the first and the last."""
    first, *later = map(_number, rates)
    if later:
        return Sentence("rate {first} → {last}", first=first, last=later[-1])
    return Sentence("rate {rate}", rate=first)


def _brief_networks(old: Network, new: Network) -> Iterator[Sentence]:
    old_names = _same_layers(old, new)
    new_names = {old_name: name for name, old_name in old_names.items()}
    removed, added = frozenset(old.nodes) - new_names.keys(), frozenset(new.nodes) - old_names.keys()
    for name in new.order:
        if name in added:
            yield Sentence("+ {name}", name=name)
    for name in old.order:
        if name in removed:
            yield Sentence("− {name}", name=name)
    for name, old_name in old_names.items():
        if old[old_name] != new[name]:
            yield _brief_layer(name, old[old_name], new[name])
        if old.nodes[old_name].frozen != new.nodes[name].frozen:
            frozen = new.nodes[name].frozen
            yield Sentence("{name} frozen", name=name) if frozen else Sentence("{name} not frozen", name=name)
        before = tuple(new_names.get(each, each) for each in _sources(old, old_name, removed))
        if before != _sources(new, name, added):
            yield Sentence("{name} rewired", name=name)


def _brief_layer(name: str, old: Layer, new: Layer) -> Sentence:
    if type(old) is not type(new):
        return Sentence("{name} {layer}", name=name, layer=new.brief())
    first, *others = (each for each in new.parameters() if getattr(old, each.name) != getattr(new, each.name))
    if others:
        return Sentence("{name} changed", name=name)
    value = _value(first, getattr(new, first.name))
    return Sentence("{name} {setting} {value}", name=name, setting=first.title, value=value)


def _brief_recipes(old: Recipe, new: Recipe) -> Iterator[Sentence]:
    for name, setting in SETTINGS.items():
        value = getattr(new, name)
        if value == getattr(old, name) or not setting.used(new):
            continue
        if name == "learning_rate":
            yield brief_rates((value,))
        elif value in PROPER_NAMES:
            yield unchanged(PROPER_NAMES[value])
        else:
            yield _brief_setting(setting.parameter, value)


def _brief_datasets(old: DatasetChoice, new: DatasetChoice) -> Iterator[Sentence]:
    if old.name != new.name:
        yield unchanged(_title(new))
    elif old.own != new.own:
        yield Sentence("other images")
    for parameter in parameters_of(DatasetChoice):
        if getattr(old, parameter.name) != (value := getattr(new, parameter.name)):
            yield _brief_setting(parameter, value)


def _title(dataset: DatasetChoice) -> str:
    try:
        return describe(dataset).title
    except DataError:
        # a recorded run may have been trained on images that this program does not know
        return dataset.name


def _brief_setting(parameter: Parameter, value: object) -> Sentence:
    return Sentence("{setting} {value}", setting=parameter.title, value=_value(parameter, value))


def _of_networks(old: Network, new: Network) -> Iterator[Sentence]:
    old_names = _same_layers(old, new)
    new_names = {old_name: name for name, old_name in old_names.items()}
    for name in old.order:
        if name not in new_names:
            yield Sentence("{layer} “{name}” was removed.", layer=old[name].brief(), name=name)
    for name in new.order:
        if name not in old_names:
            yield _addition(new, name)
            continue
        old_name = old_names[name]
        if old_name != name:
            yield Sentence("“{before}” is now named “{name}”.", before=old_name, name=name)
        if old[old_name] != new[name]:
            yield _of_layers(name, old[old_name], new[name])
        if old.nodes[old_name].frozen != new.nodes[name].frozen:
            frozen = Sentence("“{name}” is frozen.", name=name)
            yield frozen if new.nodes[name].frozen else Sentence("“{name}” is no longer frozen.", name=name)
    # what a removed or an added layer does to its neighbours was said above
    removed, added = frozenset(old.nodes) - new_names.keys(), frozenset(new.nodes) - old_names.keys()
    for name in new.order:
        if name in old_names:
            before = tuple(new_names.get(each, each) for each in _sources(old, old_names[name], removed))
            if before != _sources(new, name, added):
                yield Sentence(
                    "Inputs of “{name}”: {before} → {after}.",
                    name=name,
                    before=_listed(new_names.get(each, each) for each in old.inputs[old_names[name]]),
                    after=_listed(new.inputs[name]),
                )


def _same_layers(old: Network, new: Network) -> dict[str, str]:
    """The ids of nodes in ``new``, each with the id of the same node in ``old``; new nodes are missing."""
    names = pairing(old, new)
    taken = frozenset(names.values())
    free = [name for name in old.order if name not in taken]
    for name in new.order:
        if name in names:
            continue
        inputs = tuple(names.get(source) for source in new.inputs[name])
        found = next((each for each in free if old[each] == new[name] and old.inputs[each] == inputs), None)
        if found is not None:
            names[name] = found
            free.remove(found)
    return names


def _sources(network: Network, node: str, skipped: frozenset[str]) -> tuple[str, ...]:
    """The inputs of a node. In place of a ``skipped`` node stand its own inputs, each of them once."""
    found: list[str] = []
    for port in network.inputs[node]:
        waiting, seen = [port], set()
        while waiting:
            source = waiting.pop()
            if source in seen:
                continue
            seen.add(source)
            if source in skipped:
                waiting.extend(reversed(network.inputs[source]))
            else:
                found.append(source)
    return tuple(found)


def _addition(network: Network, name: str) -> Sentence:
    layer = network[name]
    values = [
        Sentence("{setting} {value}", setting=parameter.title, value=_value(parameter, getattr(layer, parameter.name)))
        for parameter in layer.parameters()
        if getattr(layer, parameter.name) != _default(layer, parameter)
    ]
    added = {"layer": layer.brief(), "name": name, "inputs": _listed(network.inputs[name])}
    if not network.inputs[name]:
        return _with(Sentence("{layer} “{name}” was added.", **added), values)
    return _with(Sentence("{layer} “{name}” was added after {inputs}.", **added), values)


def _with(sentence: Sentence, values: list[Sentence]) -> Sentence:
    if not values:
        return sentence
    return Sentence("{sentence} Its settings: {values}.", sentence=sentence, values=tuple(values))


def _default(layer: Layer, parameter: Parameter) -> object:
    return type(layer).__dataclass_fields__[parameter.name].default


def _of_layers(name: str, old: Layer, new: Layer) -> Sentence:
    if type(old) is not type(new):
        return Sentence("“{name}”: {before} → {after}.", name=name, before=old.brief(), after=new.brief())
    changes = tuple(
        _change(parameter, getattr(old, parameter.name), getattr(new, parameter.name))
        for parameter in new.parameters()
        if getattr(old, parameter.name) != getattr(new, parameter.name)
    )
    return Sentence("{kind} “{name}”: {changes}.", kind=new.kind, name=name, changes=changes)


def _of_recipes(old: Recipe, new: Recipe) -> Iterator[Sentence]:
    for name, setting in SETTINGS.items():
        before, after = getattr(old, name), getattr(new, name)
        used_before, used_after = setting.used(old), setting.used(new)
        if before == after or not (used_before or used_after):
            continue
        parameter = setting.parameter
        if used_before and used_after:
            change = _change(parameter, before, after)
        else:
            unused = Sentence("not used")
            change = _arrow(
                parameter,
                _value(parameter, before) if used_before else unused,
                _value(parameter, after) if used_after else unused,
            )
        yield Sentence("Recipe: {change}.", change=change)


def _of_datasets(old: DatasetChoice, new: DatasetChoice) -> Iterator[Sentence]:
    if old.name != new.name:
        yield Sentence("Dataset: {before} → {after}.", before=old.name, after=new.name)
    elif old.own != new.own:
        yield Sentence("Dataset: other images, or images made from the pictures in another way.")
    for parameter in parameters_of(DatasetChoice):
        before, after = getattr(old, parameter.name), getattr(new, parameter.name)
        if before != after:
            yield Sentence("Dataset: {change}.", change=_change(parameter, before, after))


def _change(parameter: Parameter, before: object, after: object) -> Sentence:
    return _arrow(parameter, _value(parameter, before), _value(parameter, after))


def _arrow(parameter: Parameter, before: object, after: object) -> Sentence:
    values = {"setting": parameter.title, "before": before, "after": after}
    if not parameter.unit or isinstance(after, Sentence):
        return Sentence("{setting} {before} → {after}", **values)
    return Sentence("{setting} {before} → {after} {unit}", unit=Sentence(parameter.unit), **values)


def _value(parameter: Parameter, value: object) -> object:
    """A value as a sentence writes it."""
    match parameter.form:
        case "switch":
            return Sentence("on") if value else Sentence("off")
        case "choice":
            return PROPER_NAMES.get(str(value)) or Sentence(str(value))
        case "number":
            return _number(value)
        case "numbers" | "sides" if isinstance(value, tuple):
            # as figures: a tuple of ints would be written as a size, such as 3×3
            return tuple(_number(each) for each in value)
    return Sentence("same") if value == "same" else value


def _number(value: object) -> Figure:
    """A number with as many digits as distinguish it from every other number, but no more than needed."""
    if isinstance(value, int):
        return Figure(f"{value:,}")
    assert isinstance(value, float)
    return Figure(short if float(short := f"{value:g}") == value else repr(value))


def _listed(names: Iterable[str]) -> object:
    quoted = tuple(f"“{name}”" for name in names)
    return quoted or Sentence("none")

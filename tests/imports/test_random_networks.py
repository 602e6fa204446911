"""Random networks whose weights come without their names, and not all of them: what is matched is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from networks import valid_networks

from cnnviz.imports.weights.matching import match, targets
from cnnviz.imports.weights.plan import Found
from cnnviz.imports.weights.stored import StoredTensor
from cnnviz.network.shapes import infer

if TYPE_CHECKING:
    from cnnviz.network.graph import Network


def _nameless(network: Network) -> tuple[dict[str, StoredTensor], dict[str, str]]:
    """The tensors of a network's layers, named by their numbers; and the place of each."""
    stored, places = {}, {}
    for number, target in enumerate(targets(network, infer(network))):
        for tensor, shape in target.tensors.items():
            name = f"{number}.{tensor}"
            stored[name] = StoredTensor(name, "float32", shape)
            places[name] = f"{target.node}.{tensor}"
    return stored, places


@given(valid_networks())
def test_all_layers_without_their_names_are_matched_in_order(network: Network) -> None:
    stored, places = _nameless(network)
    plan = match(stored, network)
    assert all(places[pair.stored.name] == pair.key for pair in plan.pairs)
    assert {pair.found for pair in plan.pairs} <= {Found.ORDER}
    assert plan.tensors == len(stored)


@given(valid_networks(), st.data())
def test_where_a_layer_is_missing_nothing_is_matched_wrongly(network: Network, data: st.DataObject) -> None:
    stored, places = _nameless(network)
    numbers = sorted({name.partition(".")[0] for name in stored})
    gone = data.draw(st.sampled_from(numbers)) if numbers else ""
    left = {name: tensor for name, tensor in stored.items() if name.partition(".")[0] != gone}
    plan = match(left, network)
    assert all(places[pair.stored.name] == pair.key for pair in plan.pairs)
    used = {pair.key for pair in plan.pairs} | {one.key for one in plan.unfilled}
    assert used == set(places.values())


@given(valid_networks())
def test_their_own_names_match_everything(network: Network) -> None:
    stored = {
        f"module.{target.node}.{tensor}": StoredTensor(f"module.{target.node}.{tensor}", "float32", shape)
        for target in targets(network, infer(network))
        for tensor, shape in target.tensors.items()
    }
    plan = match(stored, network)
    assert [f"module.{pair.key}" for pair in plan.pairs] == list(stored)
    assert not plan.left_over
    assert not plan.unfilled

"""The compiled network computes, node by node, what plain torch modules with the same weights compute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from fitting_layers import FLAT
from hypothesis import given
from hypothesis import strategies as st
from networks import CLASSES, facts, valid_networks
from oracle import BATCH, module_of, modules_of, run
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import KINDS, BatchNorm2d, Dense, Flatten, Input, Output, PReLU, Reshape
from cnnviz.network.report import Facts
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.device import Placement
from cnnviz.training.loop import first_out_of_range
from cnnviz.training.model import build, build_with
from cnnviz.training.state import start

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

pytestmark = pytest.mark.usefixtures("one_torch_thread")

TINY = Facts((1, 4, 4), 10)
SMALLEST = chain(("input", Input((1, 4, 4))), ("flatten", Flatten()), ("fc", Dense(10)), ("end", Output()))


@given(valid_networks(), st.integers(0, 2**31 - 1))
def test_every_node_of_a_random_network(network: Network, seed: int) -> None:
    report = check(network, facts(network))
    compiled = build(network, report, seed).eval()
    modules = modules_of(network, {name: _known(report.nodes[name].inputs) for name in network.order})
    expected_state = {
        f"{name}.{key}": value
        for name, module in modules.items()
        if name in report.used
        for key, value in module.state_dict().items()
    }
    assert compiled.state_dict().keys() == expected_state.keys()
    for name, module in modules.items():
        if name in report.used:
            own = {key.removeprefix(f"{name}."): one for key, one in compiled.state_dict().items() if _of(key, name)}
            module.load_state_dict(own)
    images = torch.rand(BATCH, *facts(network).image)
    with torch.no_grad():
        logits, seen = compiled(images, frozenset(report.used))
        assert seen.keys() == set(report.used)
        for name, value in seen.items():
            assert tuple(value.shape[1:]) == report.nodes[name].output
            expected = run(network[name], modules.get(name), [seen[one] for one in network.inputs[name]] or [images])
            _same_values(value, expected)
    assert logits.shape == (BATCH, CLASSES)
    assert sum(one.numel() for one in compiled.parameters()) == report.parameters


@given(valid_networks())
def test_gradients_reach_every_parameter(network: Network) -> None:
    report = check(network, facts(network))
    compiled = build(network, report, 1).eval()
    logits, seen = compiled(torch.rand(BATCH, *facts(network).image))
    assert seen == {}
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.long)))
    assert [name for name, one in compiled.named_parameters() if one.grad is None] == []


@given(valid_networks(), st.integers(0, 100))
def test_weights_depend_on_seed_and_name_alone(network: Network, seed: int) -> None:
    report = check(network, facts(network))
    before = torch.random.get_rng_state()
    one, again = build(network, report, seed), build(network, report, seed)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, value in one.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    # the head alone, in a network of its own, starts from the same weights
    head = network.inputs[network.of_kind(Output)[0]][0]
    width = report.nodes[head].inputs[0]
    assert width is not None
    alone = chain(("input", Input((1, 1, width[0]))), ("flatten", Flatten()), (head, Dense(CLASSES)), ("end", Output()))
    other = build(alone, check(alone, Facts((1, 1, width[0]), CLASSES)), seed)
    assert torch.equal(other.state_dict()[f"{head}.weight"], one.state_dict()[f"{head}.weight"])


@given(valid_networks())
def test_a_module_around_given_tensors_computes_the_same(network: Network) -> None:
    report = check(network, facts(network))
    compiled = build(network, report, 3).eval()
    images = torch.rand(BATCH, *facts(network).image)
    state = {name: value.clone() for name, value in compiled.state_dict().items()}
    random_state = torch.get_rng_state()
    borrowed = build_with(network, report, state)
    # the observer builds while the trainer initializes: both share torch's global generator
    assert torch.equal(torch.get_rng_state(), random_state)
    with torch.no_grad():
        assert torch.equal(borrowed(images)[0], compiled(images)[0])
    assert not any(one.requires_grad for one in borrowed.parameters())
    for name, value in borrowed.state_dict().items():
        assert value.data_ptr() == state[name].data_ptr() or value.numel() == 0


@given(valid_networks())
def test_loading_gives_the_tensors_that_torch_gives_and_looks_through_them_once(network: Network) -> None:
    class Watched(dict[str, Tensor]):
        looks = 0

        def items(self) -> Any:
            Watched.looks += 1
            return super().items()

    report = check(network, facts(network))
    tensors = build(network, report, 1).state_dict()
    expected, loaded, assigned = (build(network, report, 2) for _ in range(3))
    expected.load_state_dict(tensors)
    loaded.load(Watched(tensors))
    assert Watched.looks == 1
    assigned.load(tensors, assign=True)
    for compiled in (loaded, assigned):
        assert all(torch.equal(one, expected.state_dict()[key]) for key, one in compiled.state_dict().items())
    assert all(one.data_ptr() == tensors[key].data_ptr() for key, one in assigned.state_dict().items())
    key = next(iter(tensors))
    for strange in (
        {**tensors, "nowhere.weight": tensors[key]},
        {each: tensors[each] for each in tensors if each != key},
    ):
        with pytest.raises(RuntimeError):
            loaded.load(strange)


def test_ids_may_be_the_names_of_everything_that_a_module_has() -> None:
    plain = build(SMALLEST, check(SMALLEST, TINY))
    taken = sorted({*dir(type(plain)), *vars(plain)})
    middle = [(name, BatchNorm2d() if at % 2 else PReLU()) for at, name in enumerate(taken)]
    network = chain(("input", Input((1, 4, 4))), *middle, ("flatten", Flatten()), ("fc", Dense(10)), ("end", Output()))
    assert {"training", "forward", "eval", "_modules", "parameters", "network", "__class__"} <= network.nodes.keys()
    report = check(network, TINY)
    state = start(
        Project(network, recipe=Recipe(precision="float32")), report, Placement(torch.device("cpu"), "float32", 1)
    )
    images = torch.rand(BATCH, 1, 4, 4)
    for module in (state.module, state.module.eval(), state.module.train(), state.module.to(torch.float32)):
        assert torch.equal(module.logits(images), module(images)[0])
    torch.autograd.backward(state.module.logits(images).sum())
    assert [name for name, one in state.module.named_parameters() if one.grad is None] == []
    kept = {name: one.clone() for name, one in state.module.state_dict().items()}
    _, seen = build_with(network, report, kept)(images, taken)
    assert seen.keys() == set(taken)
    assert first_out_of_range(state, images) is None
    assert first_out_of_range(state, images * torch.inf) == "input"


def test_other_tensors_stand_in_for_the_module_s_own_and_nothing_of_it_changes() -> None:
    network = chain(
        ("forward", Input((2, 4, 4))), ("training", BatchNorm2d()), ("attend", KINDS["MultiheadSelfAttention"]()),
        ("type", Flatten()), ("weight", Dense(10)), ("eval", Output()),
    )  # fmt: skip
    report = check(network, Facts((2, 4, 4), 10))
    module, other = build(network, report, 1), build(network, report, 2)
    before = {name: one.clone() for name, one in module.state_dict().items()}
    images = torch.rand(BATCH, 2, 4, 4)
    logits = module(images, (), {name: one.clone() for name, one in other.state_dict().items()})[0]
    assert torch.equal(logits, other(images)[0])
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    part = {name: one for name, one in other.state_dict().items() if name.startswith("weight.")}
    module.load_state_dict(part, strict=False)
    assert torch.equal(module.eval()(images)[0], build_with(network, report, before)(images, (), part)[0])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Input", "Output"}))
def test_what_is_computed_does_not_depend_on_whether_weights_require_gradients(kind: str, bias: bool) -> None:
    """Not only the values are equal here: torch runs the same operations, so that they are equal on every processor."""
    layer = KINDS[kind]()
    if "bias" in {parameter.name for parameter in layer.parameters()}:
        layer = replace(layer, bias=bias)  # type: ignore[call-arg]
    if kind == "Reshape":
        layer = Reshape((2, 6, 12))
    middle = [("flatten", Flatten())] * (kind in FLAT) + [("layer", layer)]
    network = chain(("input", Input((4, 6, 6))), *middle, ("flat", Flatten()), ("fc", Dense(10)), ("end", Output()))
    module = build(network, check(network, Facts((4, 6, 6), 10))).eval()
    images = torch.rand(BATCH, 4, 6, 6)
    with torch.no_grad(), _Operations() as learning:
        module(images)
    module.requires_grad_(False)
    with torch.no_grad(), _Operations() as frozen:
        module(images)
    assert learning.names and learning.names == frozen.names


def test_dropout_is_silent_when_looking_and_repeatable_when_training() -> None:
    network = chain(
        ("input", Input((1, 8, 8))), ("flatten", Flatten()), ("drop", KINDS["Dropout"]()), ("fc", Dense(CLASSES)),
        ("output", Output()),
    )  # fmt: skip
    report = check(network, Facts((1, 8, 8), CLASSES))
    images = torch.rand(BATCH, 1, 8, 8)
    first, second = build(network, report, 5), build(network, report, 5)
    one = first(images, {"drop"})[1]["drop"]
    torch.rand(100)
    assert torch.equal(one, second(images, {"drop"})[1]["drop"])
    assert not torch.equal(one, first(images, {"drop"})[1]["drop"])
    flat = first.eval()(images, {"flatten", "drop"})[1]
    assert torch.equal(flat["flatten"], flat["drop"])
    expected = run(network["flatten"], module_of(network["flatten"], ((1, 8, 8),)), [(images - 0.1307) / 0.3081])
    torch.testing.assert_close(flat["flatten"], expected)


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The names of all operations that torch runs, in their order."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def _same_values(actual: Tensor, expected: Tensor) -> None:
    """Equal up to the rounding of the largest value; powers of powers may overflow alike in both."""
    assert actual.dtype == expected.dtype
    finite = expected.nan_to_num(0, 0, 0).abs()
    atol = 1e-5 * max(1.0, float(finite.max()))
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=atol, equal_nan=True)


def _known(inputs: tuple[Shape | None, ...]) -> tuple[Shape, ...]:
    return tuple(shape for shape in inputs if shape is not None)


def _of(key: str, name: str) -> bool:
    return key.startswith(f"{name}.")

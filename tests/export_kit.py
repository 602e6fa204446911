"""What the tests of generated source share: networks of every kind, and running what was generated."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch
from fitting_layers import FLAT
from networks import CLASSES, facts
from torch import Tensor, nn

from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, connect
from cnnviz.network.layers import KINDS, Dense, Flatten, Input, Layer, Output
from cnnviz.network.layers.base import Misfit
from cnnviz.network.report import Facts, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.write.source import Source

IMAGE = (4, 6, 6)


def made(kind: str, *values: Any, **options: Any) -> Layer:
    """A layer with its parameters in any form that it takes, such as one number for a pair."""
    layer: Any = KINDS[kind]
    one: Layer = layer(*values, **options)
    return one


def one_of(layer: Any) -> Network:
    """A network around one layer; what joins paths gets two that are alike."""
    inner: list[tuple[str, Layer]] = [("one", layer)]
    image = layer.shape if layer.kind == "Reshape" else IMAGE
    try:
        flat = len(layer.infer((image,)).output) == 1
    except Misfit:
        inner, flat = [("flatten", Flatten()), *inner], True
    if not flat:
        inner.append(("flat", Flatten()))
    network = chain(("input", Input(image)), *inner, ("head", Dense(CLASSES)), ("output", Output()))
    return connect(network, "input", "one") if layer.most_inputs is None else network


def two_of(first: Any, second: Any) -> Network | None:
    """A network of a convolution and two layers on its maps; None where the second does not fit the first."""
    inner: list[tuple[str, Layer]] = [("conv", made("Conv2d", 4, 3, padding=1))]
    shape: tuple[int, ...] = IMAGE
    for name, layer in (("first", first), ("second", second)):
        if layer.kind == "Reshape":
            layer = made("Reshape", (2, prod(shape) // 2, 1))
        if layer.kind.startswith("Adaptive"):
            layer = made(layer.kind, 3)
        if layer.kind in FLAT and len(shape) > 1:
            inner.append((f"flat-{name}", Flatten()))
            shape = (prod(shape),)
        try:
            shape = layer.infer((shape,)).output
        except Misfit:
            return None
        inner.append((name, layer))
    if len(shape) > 1:
        inner.append(("flat", Flatten()))
    return chain(("input", Input(IMAGE)), *inner, ("head", Dense(CLASSES)), ("output", Output()))


def kinds() -> list[str]:
    """Every kind that stands between Input and Output."""
    return sorted(KINDS.keys() - {"Input", "Output"})


def checked(network: Network) -> Report:
    """The report of a network on data that suit it; it has no errors."""
    end = network.of_kind(Output)[0]
    own = facts(network)
    report = check(network, own)
    classes = (report.nodes[end].output or (CLASSES,))[0]
    report = check(network, Facts(own.image, classes, own.batch_size))
    assert not report.errors, [problem.sentence() for problem in report.errors]
    return report


def executed(source: Source) -> Any:
    """What the source calls ``network``."""
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source.text, "generated.py", "exec"), namespace)
    return namespace["network"]


def renamed(state: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """A state whose keys begin with node ids, under the names of the source."""
    made = {}
    for key, value in state.items():
        node, _, rest = key.partition(".")
        made[f"{names[node]}.{rest}"] = value
    return made


def trained(module: nn.Module) -> Any:
    """The module in evaluation mode, with statistics and shifts that are not those of a new one."""
    generator = torch.Generator().manual_seed(5)
    for key, value in module.state_dict().items():
        if key.endswith("running_var"):
            value.uniform_(0.5, 2, generator=generator)
        elif key.endswith(("running_mean", "bias")):
            value.uniform_(-1, 1, generator=generator)
    return module.eval()


def assert_close(value: Tensor, expected: Tensor) -> None:
    """Equal but for the order of sums: within a hundred-thousandth of the largest output."""
    largest = float(expected[expected.isfinite()].abs().max()) if expected.isfinite().any() else 0.0
    torch.testing.assert_close(value, expected, rtol=0, atol=1e-5 * largest, equal_nan=True)

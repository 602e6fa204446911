"""What a GPU computes in a way of its own gives the values and gradients of torch's layers on a processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.device import place, set_deterministic
from cnnviz.training.gpu_modules import (
    AdaptiveAveragePool,
    AdaptiveMaximumPool,
    AveragePool,
    ResponseNorm,
    adaptive_averages,
    adaptive_maxima,
    attended,
    attended_in_steps,
    averages_by_map,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("one_torch_thread")

SHAPE = (3, 4, 7, 10)
SIZES = [(1, 1), (7, 5), (7, 10), (3, 4), (5, 10), (2, 7), (8, 11), (1, 3)]
POOLS = [
    AveragePool((3, 3), (2, 2), (1, 1), True),
    AveragePool((3, 2), (1, 2), (1, 0)),
    AveragePool((2, 5), (2, 3), (1, 2), True),
]


def maps(shape: tuple[int, ...] = SHAPE, *, ties: bool = False) -> Tensor:
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    if ties:
        x = x.round().clamp_(min=0)
    return x.contiguous(memory_format=torch.channels_last)


def with_gradients(function: Callable[..., Tensor], *inputs: Tensor) -> list[Tensor]:
    inputs = tuple(one.detach().clone().requires_grad_() for one in inputs)
    output = function(*inputs)
    weights = torch.arange(output.numel(), dtype=output.dtype, device=output.device).cos().reshape(output.shape)
    return [output, *torch.autograd.grad((output * weights).sum(), inputs)]


def assert_alike(found: list[Tensor], expected: list[Tensor]) -> None:
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.cpu(), other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("way", ["module", "by map"])
def test_an_average_pool_divides_by_the_pixels_of_its_window_with_the_padding(way: str) -> None:
    pool = AveragePool((3, 3), (2, 2), (1, 1), True)
    x = torch.ones(2, 5, 4, 4, dtype=torch.float64).contiguous(memory_format=torch.channels_last).requires_grad_()
    y = pool(x) if way == "module" else averages_by_map(x, pool)
    # rows -1 to 1, 1 to 3 and 3 to 4, of which -1 and 4 are padding
    inside = torch.tensor([2 / 3, 3 / 3, 1 / 2], dtype=torch.float64)
    torch.testing.assert_close(y, torch.outer(inside, inside).expand(2, 5, 3, 3))
    (gradient,) = torch.autograd.grad(y.sum(), x)
    each = torch.tensor([1 / 3, 1 / 3 + 1 / 3, 1 / 3, 1 / 3 + 1 / 2], dtype=torch.float64)
    torch.testing.assert_close(gradient, torch.outer(each, each).expand(2, 5, 4, 4), rtol=1e-12, atol=0)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("channels", [1, 4])
def test_average_pools_map_by_map(pool: AveragePool, channels: int) -> None:
    x = maps((3, channels, 7, 10))
    assert_alike(with_gradients(lambda one: averages_by_map(one, pool), x), with_gradients(pool, x))


@pytest.mark.parametrize("size", SIZES)
def test_adaptive_averages(size: tuple[int, int]) -> None:
    expected = with_gradients(lambda one: functional.adaptive_avg_pool2d(one, size), maps())
    assert_alike(with_gradients(lambda one: adaptive_averages(one, size), maps()), expected)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_adaptive_maxima_give_the_gradient_to_the_same_of_several(size: tuple[int, int], ties: bool) -> None:
    x = maps(ties=ties)
    expected = with_gradients(lambda one: functional.adaptive_max_pool2d(one, size), x)
    assert_alike(with_gradients(lambda one: adaptive_maxima(one, size), x), expected)


def test_attention_in_steps() -> None:
    tokens = [maps((3, 2, 9, 5)).roll(one, 2) for one in range(3)]
    expected = with_gradients(functional.scaled_dot_product_attention, *tokens)
    assert_alike(with_gradients(attended_in_steps, *tokens), expected)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_local_response_normalization_of_flat_maps(size: int) -> None:
    module = nn.LocalResponseNorm(size, 0.3, 0.75, 2.0)
    x = maps()
    assert_alike(
        with_gradients(lambda one: module(one.flatten(2)).unflatten(2, one.shape[2:]), x), with_gradients(module, x)
    )


@pytest.mark.cuda
@pytest.mark.parametrize("repeatable", [False, True])
def test_a_gpu_gives_what_a_processor_gives(repeatable: bool) -> None:
    modules: list[nn.Module] = [*POOLS]
    modules += [kind(size) for kind in (AdaptiveAveragePool, AdaptiveMaximumPool) for size in SIZES]
    modules += [ResponseNorm(3, 0.3, 0.75, 2.0)]
    images, tokens = [maps()], [maps((3, 2, 9, 5)).roll(one, 2) for one in range(3)]
    cases: list[tuple[Callable[..., Tensor], list[Tensor]]] = [(module, images) for module in modules]
    cases.append((attended, tokens))
    expected = [with_gradients(function, *inputs) for function, inputs in cases]
    place("cuda", "float32", 1)  # has cuBLAS repeat its bits
    set_deterministic(repeatable)
    try:
        for (function, inputs), right in zip(cases, expected, strict=True):
            first, again = (with_gradients(function, *(one.cuda() for one in inputs)) for _ in range(2))
            assert_alike(first, right)
            assert not repeatable or all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    finally:
        set_deterministic(False)

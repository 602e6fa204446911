"""FGSM and PGD, compared with plain implementations of the papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from adversarial_kit import images, logits_of, module
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from cnnviz.inspection.adversarial.attack import METHODS, NORMS, Method, Norm
from cnnviz.inspection.adversarial.methods import Goal, attack, fgsm, projected, start, whole_pixels

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.training.model import CompiledNetwork

COUNT = 500


def madry(network: CompiledNetwork, x: Tensor, labels: Tensor, size: float, steps: int, length: float) -> Tensor:
    """PGD as Madry et al. describe it: a random start, steps along the sign of the gradient of the cross-entropy,
    projection. Whether each image is then wrong."""
    generator = torch.Generator().manual_seed(17)
    changed = (x + (2 * torch.rand(x.shape, generator=generator) - 1) * size).clamp(0, 1)
    for _ in range(steps):
        changed = changed.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(cross_entropy(logits_of(network, changed), labels, reduction="sum"), changed)
        changed = changed.detach() + length * gradient.sign()
        changed = torch.min(torch.max(changed, x - size), x + size).clamp(0, 1)
    return logits_of(network, changed).argmax(1) != labels


@pytest.mark.parametrize("size", [4, 8])
def test_pgd_finds_at_least_what_the_paper_finds_and_stays_within_the_size(size: int) -> None:
    """Each image that the paper's attack makes wrong."""
    network, (x, labels) = module(), images(COUNT)
    right = int((logits_of(network, x / 255).argmax(1) == labels).sum())
    assert right > 0.8 * COUNT
    found = attack(network, x, Goal(labels, towards=False), torch.full((COUNT,), size), "pgd", "linf")
    for length in (1 / 255, 2.5 * size / 20 / 255):
        paper = madry(network, x / 255, labels, size / 255, 20, length)
        assert int(paper.sum()) > COUNT - right and not bool((paper & ~found.reached).any())
    wrong = logits_of(network, found.images / 255).argmax(1) != labels
    assert torch.equal(found.reached, wrong)
    assert float((found.images - x).abs().max()) <= size
    assert found.images.min() >= 0 and found.images.max() <= 255 and torch.equal(found.images, found.images.round())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("towards", [False, True])
def test_no_attack_leaves_the_size_or_the_pixels(method: Method, norm: Norm, towards: bool) -> None:
    network, (x, labels) = module(), images(24)
    classes = (labels + 3) % 10 if towards else labels
    sizes = torch.arange(24) * (3 if norm == "linf" else 40) + 1
    found = attack(network, x, Goal(classes, towards), sizes, method, norm)
    change = (found.images - x).double().flatten(1)
    length = change.abs().amax(1) if norm == "linf" else change.norm(dim=1)
    assert bool((length <= sizes).all()) and bool(change.any())
    assert found.images.min() >= 0 and found.images.max() <= 255 and torch.equal(found.images, found.images.round())
    said = logits_of(network, found.images / 255).argmax(1)
    assert torch.equal(found.reached, (said == classes) == towards) and bool(found.reached.any())


def test_fgsm_is_one_step_along_the_sign_of_the_gradient_of_the_cross_entropy() -> None:
    network, (x, labels) = module(), images(50)
    pixels = (x / 255).requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(logits_of(network, pixels), labels, reduction="sum"), pixels)
    plain = (x + 20 * gradient.sign()).clamp(0, 255)
    found = fgsm(network, x, Goal(labels, towards=False), torch.full((50,), 20), "linf")
    # a gradient of nearly 0 may have another sign in the last bits
    assert float((found.images == plain).float().mean()) > 0.999
    pixels = (x / 255).requires_grad_()
    (gradient,) = torch.autograd.grad(-cross_entropy(logits_of(network, pixels), labels, reduction="sum"), pixels)
    unit = gradient / gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    plain = (x + 300 * unit).clamp(0, 255)
    found = fgsm(network, x, Goal(labels, towards=True), torch.full((50,), 300), "l2")
    assert float((found.images - plain).abs().max()) <= 1.001


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 400), st.sampled_from(["linf", "l2"]))
def test_rounding_and_projection_never_leave_the_size(seed: int, size: int, norm: Norm) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 256, (3, 3, 9, 7), generator=generator).float()
    sizes = torch.tensor([size, 1, 2 * size])
    exact = projected(x, x + 200 * torch.randn(x.shape, generator=generator), sizes, norm)
    for changed in (
        whole_pixels(x, exact, sizes, norm),
        whole_pixels(x, projected(x, x + start(x.shape[1:], sizes, norm), sizes, norm), sizes, norm),
    ):
        change = (changed - x).double().flatten(1)
        lengths = change.abs().amax(1) if norm == "linf" else change.norm(dim=1)
        assert bool((lengths <= sizes).all())
        assert changed.min() >= 0 and changed.max() <= 255 and torch.equal(changed, changed.round())
    # rounding moves no pixel by a whole unit
    assert float((whole_pixels(x, exact, sizes, norm) - exact).abs().max()) < 1.0001


def test_the_objective_has_the_direction_of_the_cross_entropy_also_where_that_vanishes() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5]], requires_grad=True)
    goal = Goal(torch.tensor([0]), towards=False)
    (mine,) = torch.autograd.grad(goal.objective(logits).sum(), logits)
    (true,) = torch.autograd.grad(cross_entropy(logits, torch.tensor([0])), logits)
    assert torch.allclose(mine / mine.norm(), true / true.norm(), atol=1e-6)
    sure = torch.tensor([[400.0, -1.0, 0.5]], requires_grad=True)
    (mine,) = torch.autograd.grad(goal.objective(sure).sum(), sure)
    (true,) = torch.autograd.grad(cross_entropy(sure, torch.tensor([0])), sure)
    assert mine.abs().max() == 1 and not true.any()

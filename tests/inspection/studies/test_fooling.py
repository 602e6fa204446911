"""Adversarial versions of a sample, and the accuracy over the size of the change."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from adversarial_kit import images, logits_of, module, trained
from inspection_kit import moment_of, sample_of, state
from torch.nn.functional import cross_entropy

from cnnviz.data.catalogue import Split, load
from cnnviz.inspection.adversarial.attack import METHODS, NORMS, Attack, Method, Norm, largest_size, sizes_of_study
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.studies import fooling
from cnnviz.inspection.studies.fooling import fool, measure_robustness
from cnnviz.jobs import JobError
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output
from cnnviz.training.model import CompiledNetwork

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def sample(number: int) -> Sample:
    """A validation image."""
    split = load("mnist").validation
    return Sample(split.images[number], int(split.labels[number]), number)


def never() -> bool:
    return False


def signs(number: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """An image, the sign of the gradient of the cross-entropy of its answer, and the answer, computed plainly."""
    network, (x, _) = module(), images(number + 1)
    x = x[number:]
    said = int(logits_of(network, x / 255).argmax())
    pixels = (x / 255).requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(logits_of(network, pixels), torch.tensor([said])), pixels)
    return x, gradient.sign(), said


@pytest.mark.parametrize("number", range(4))
def test_the_smallest_size_of_fgsm_is_that_of_a_plain_loop_over_all_sizes(number: int) -> None:
    x, sign, said = signs(number)
    works = (
        size
        for size in range(1, 256)
        if int(logits_of(module(), (x + size * sign).clamp(0, 255) / 255).argmax()) != said
    )
    found = fool(trained(), sample(number), Attack("fgsm"), never)
    assert found is not None and found.size == next(works, 255)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("target", [None, 8])
def test_the_smallest_size_of_pgd_works_and_the_next_smaller_one_does_not(norm: Norm, target: int | None) -> None:
    found = fool(trained(), sample(1), Attack("pgd", norm, None, target), never)
    assert found is not None and found.fooled
    logits = logits_of(module(), torch.from_numpy(found.image[np.newaxis].astype(np.float32)) / 255)
    assert np.allclose(found.after, logits.softmax(1)[0].numpy(), atol=1e-6) and int(logits.argmax()) == found.said
    assert found.said == target if target is not None else found.said != found.said_before
    assert (found.largest if norm == "linf" else found.length) <= found.size
    again = fool(trained(), sample(1), Attack("pgd", norm, found.size, target), never)
    assert again is not None and np.array_equal(again.image, found.image)
    smaller = found.size - 1 if norm == "linf" else int(found.size * (1 - fooling.PRECISION)) - 1
    less = fool(trained(), sample(1), Attack("pgd", norm, smaller, target), never)
    assert less is not None and not less.fooled


def test_a_large_network_takes_one_image_in_a_pass_and_finds_the_same_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fool(trained(), sample(0), Attack(), never)
    monkeypatch.setattr(fooling, "LARGEST_PASS", 1)
    tried: list[int] = []
    alone = fool(trained(), sample(0), Attack(), never, tried.append)
    assert whole is not None and alone is not None and alone.size == whole.size
    assert tried[:2] == [1, 2] and len(tried) <= 18


@pytest.mark.parametrize("method", METHODS)
def test_the_accuracy_is_that_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch, method: Method) -> None:
    # in larger passes the last bits may differ
    monkeypatch.setattr(fooling, "LARGEST_PASS", 1)
    split = load("mnist").validation
    few = Split(split.images[:10], split.labels[:10])
    shares: list[float] = []
    found = measure_robustness(trained(), few, method, "linf", shares.append, never)
    assert found is not None and shares == sorted(shares) and shares[-1] == 1
    assert found.sizes == (0, 1, 2, 4, 8, 16, 32, 64, 128)
    (x, labels), network = images(10), module()
    right = logits_of(network, x / 255).argmax(1) == labels
    counts = [int(right.sum())]
    for size in found.sizes[1:]:
        if method == "fgsm":
            pixels = (x / 255).requires_grad_()
            loss = cross_entropy(logits_of(network, pixels), labels, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, pixels)
            changed = (x + size * gradient.sign()).clamp(0, 255)
            counts.append(int((right & (logits_of(network, changed / 255).argmax(1) == labels)).sum()))
        else:
            for number in right.nonzero()[:, 0].tolist():
                one = fool(trained(), sample(number), Attack("pgd", "linf", size), never)
                assert one is not None
                right[number] = not one.fooled
            counts.append(int(right.sum()))
    assert list(found.right) == counts and len(set(counts)) > 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("passes", [None, 0, 1, 3])
def test_an_attack_leaves_no_trace_also_if_it_is_cancelled(method: Method, norm: Norm, passes: int | None) -> None:
    moment, asked = trained(), Attack(method, norm)
    before = {name: (tensor.clone(), tensor._version) for name, tensor in moment.tensors.items()}
    random, gradients = torch.get_rng_state(), torch.is_grad_enabled()
    count = 0

    def cancelled() -> bool:
        nonlocal count
        count += 1
        return passes is not None and count > passes

    split = load("mnist").validation
    made = fool(moment, sample(2), asked, cancelled)
    assert (made is None) == (passes is not None and count > passes)
    few = Split(split.images[:8], split.labels[:8])
    count = 0
    measured = measure_robustness(moment, few, method, norm, lambda _: None, cancelled)
    assert (measured is None) == (passes is not None)
    for name, tensor in moment.tensors.items():
        assert torch.equal(tensor, before[name][0]) and tensor._version == before[name][1]
        assert tensor.grad is None and not tensor.requires_grad
    assert torch.equal(random, torch.get_rng_state()) and torch.is_grad_enabled() == gradients


def test_an_attack_leaves_no_trace_in_the_module_also_if_the_model_raises() -> None:
    network, real = module(), CompiledNetwork.logits
    before, calls = state(network), 0

    def failing(self: CompiledNetwork, x: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise RuntimeError("broken")
        return real(self, x)

    gradients = torch.is_grad_enabled()
    with (
        patch.object(fooling, "build_with", lambda *_: network),
        patch.object(CompiledNetwork, "logits", failing),
        pytest.raises(RuntimeError, match="broken"),
    ):
        fool(trained(), sample(0), Attack(), never)
    assert state(network) == before and torch.is_grad_enabled() == gradients


def test_what_cannot_be_attacked_is_a_sentence() -> None:
    one = fool(trained(), sample(0), Attack(size=1), never)
    assert one is not None
    with pytest.raises(JobError, match="no class number 10"):
        fool(trained(), sample(0), Attack(target=10), never)
    with pytest.raises(JobError, match="says this class already"):
        fool(trained(), sample(0), Attack(target=one.said_before), never)
    lost = {name: tensor.float() * float("nan") for name, tensor in trained().tensors.items()}
    with pytest.raises(JobError, match="not a number"):
        fool(replace(trained(), tensors=lost), sample(0), Attack(), never)
    wide = Split(np.zeros((1, 3, 32, 32), np.uint8), np.zeros(1, np.int64))
    with pytest.raises(JobError, match="There are no answers for these images yet"):
        measure_robustness(trained(), wide, "pgd", "linf", lambda _: None, never)


@pytest.mark.parametrize("classes", [2, 1000])
@pytest.mark.parametrize("method", METHODS)
def test_colours_and_any_number_of_classes(classes: int, method: Method) -> None:
    network = chain(
        ("input", Input((3, 12, 10))),
        ("conv", Conv2d(4, (3, 3))),
        ("flatten", Flatten()),
        ("fc", Dense(classes)),
        ("output", Output()),
    )
    moment, image = moment_of(network), sample_of(network)
    for norm in NORMS:
        found = fool(moment, image, Attack(method, norm), never)
        assert found is not None and found.fooled and found.image.shape == (3, 12, 10) and len(found.after) == classes
        assert (found.largest if norm == "linf" else found.length) <= found.size


def test_the_sizes_of_a_study_depend_on_the_norm_and_the_image() -> None:
    assert sizes_of_study("l2", (1, 28, 28)) == (0, 16, 32, 64, 128, 256, 512, 1024, 2048)
    assert sizes_of_study("l2", (3, 224, 224))[1] == 128
    assert sizes_of_study("l2", (1, 2, 2))[-1] <= largest_size("l2", (1, 2, 2)) == 510

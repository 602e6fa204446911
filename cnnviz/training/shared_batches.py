"""Layers that depend on a whole batch, where several processes compute a part of it each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnnviz.training.modules import SeededDropout

if TYPE_CHECKING:
    from cnnviz.training.ranks import Ranks


class SynchronizedBatchNorm(_BatchNorm):
    """A batch normalization whose mean and variance, in training, are those of the parts of all processes.

    torch's own ``SyncBatchNorm`` works on GPUs only.
    """

    ranks: Ranks

    @classmethod
    def of(cls, module: _BatchNorm, ranks: Ranks) -> SynchronizedBatchNorm:
        """The same module, with the same parameters and buffers, synchronized."""
        synchronized = cls.__new__(cls)
        # the tensors themselves are shared: the optimizer and the network refer to them
        synchronized.__dict__ = dict(module.__dict__)
        object.__setattr__(synchronized, "ranks", ranks)
        return synchronized

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (N, C) -> the same shape and dtype."""
        if not self.training:
            return super().forward(input)
        channels = input.shape[1]
        weight = torch.ones(channels, device=input.device) if self.weight is None else self.weight
        bias = torch.zeros(channels, device=input.device) if self.bias is None else self.bias
        normalized = _Normalize.apply(input.float(), weight, bias, self.eps, self.ranks)  # type: ignore[no-untyped-call]
        output, mean, variance, count = normalized
        if self.running_mean is not None and self.running_var is not None:
            self._keep(mean, variance * (count / (count - 1)))
        return output.to(input.dtype)  # type: ignore[no-any-return]

    def _keep(self, mean: Tensor, variance: Tensor) -> None:
        """Update the running statistics by those of a batch; the variance is the unbiased one."""
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)

    def _check_input_dim(self, input: Tensor) -> None:
        """torch asks whether the input has a good number of dimensions; the network has been checked."""


class _Normalize(torch.autograd.Function):
    """Normalize by the statistics of all processes, and pass gradients through these statistics."""

    @staticmethod
    def forward(
        context: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, ranks: Ranks
    ) -> tuple[Tensor, Tensor, Tensor, float]:
        """float32 (N, C, ...) -> the same shape; mean and biased variance, float32 (C,); the number of values."""
        dims = _all_but_channels(x)
        own = x.numel() // x.shape[1]
        variance, mean = torch.var_mean(x, dims, correction=0)  # (C,) each
        own_share = torch.cat([mean, variance * own, mean.new_tensor([own])]).double()
        found = ranks.collect(own_share)  # (ranks, 2 C + 1)
        means, squares, counts = found[:, : len(mean)], found[:, len(mean) : -1], found[:, -1:]
        count = counts.sum()
        middle = (means * counts).sum(0) / count
        # Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979
        spread = (squares + counts * (means - middle).square()).sum(0) / count
        mean, variance = middle.to(x.dtype), spread.to(x.dtype)
        inverse = (variance + eps).rsqrt()
        normal = (x - _wide(mean, x)) * _wide(inverse, x)
        context.save_for_backward(normal, weight, inverse)
        context.ranks, context.count = ranks, float(count)
        context.mark_non_differentiable(mean, variance)
        return normal * _wide(weight, x) + _wide(bias, x), mean, variance, float(count)

    @staticmethod
    def backward(context: Any, gradient: Tensor, *_: Any) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """The gradients of x, weight and bias; those of weight and bias are of this process's part."""
        normal, weight, inverse = context.saved_tensors
        dims = _all_but_channels(gradient)
        by_bias, by_weight = gradient.sum(dims), (gradient * normal).sum(dims)  # (C,) each
        sums = torch.stack([by_bias, by_weight])
        context.ranks.add_up(sums)
        sums /= context.count
        centred = gradient - _wide(sums[0], gradient) - normal * _wide(sums[1], gradient)
        return centred * _wide(weight * inverse, gradient), by_weight, by_bias, None, None


def _all_but_channels(x: Tensor) -> list[int]:
    return [dim for dim in range(x.dim()) if dim != 1]


def _wide(values: Tensor, x: Tensor) -> Tensor:
    """Values of the channels, (C,), in a shape that is broadcast over ``x``, (N, C, ...)."""
    return values.reshape(1, -1, *[1] * (x.dim() - 2))


def share_batches(module: nn.Module, ranks: Ranks) -> None:
    """Prepare the children of ``module`` for batches of which each process computes a part.

    Dropout draws one mask for all parts. Batch normalization is replaced by a synchronized one if ``ranks`` say so.
    """
    for name, child in module.named_children():
        if isinstance(child, SeededDropout):
            child.ranks = ranks
        elif isinstance(child, _BatchNorm) and ranks.synchronized:
            module._modules[name] = SynchronizedBatchNorm.of(child, ranks)

"""Principal component analysis of a matrix that is read in parts, so that it need not be in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from cnnviz.inspection.axes import Principal, oriented

Parts = Callable[[], Iterator[Tensor]]
"""Returns the rows of a matrix in parts, each float32 (B, D); it is called once for each pass over the matrix."""
WHOLE = 1024
"""Up to this many columns the covariance matrix is decomposed as a whole, and up to this many rows the Gram matrix."""
GRAM_BYTES = 1 << 28
"""Rows that take more memory, 268 MB, are not held for the Gram matrix."""
LEAST_VARIANCE = 1e-6
"""Of the Gram matrix, directions with a smaller share of the largest variance are rounding errors."""
OVERSAMPLING = 22
"""The number of additional directions in the iteration, so that the wanted ones converge fast."""
MOST_PASSES = 12
"""The most passes of the iteration over the matrix."""
TOLERANCE = 3e-5
"""The iteration ends when no residual |A v - variance v| is larger than this share of the largest variance."""


def principal(parts: Parts, count: int, passes: int = MOST_PASSES) -> Principal | None:
    """The ``count`` principal components of the rows; None if ``parts`` returned no rows.

    With more than :data:`WHOLE` columns and rows they are found by subspace iteration (Halko, Martinsson, Tropp,
    arXiv:0909.4061) with at most ``passes`` passes. The iteration needs memory for one part and about 100 further rows.
    """
    rows, sums = 0, torch.zeros(())
    for part in parts():
        rows, sums = rows + len(part), sums + part.sum(0, dtype=torch.float64)
    if not rows:
        return None
    mean = (sums / rows).float()  # (D,)
    if len(mean) <= WHOLE:
        variances, found, total = _decompose(parts, mean, rows, count)
    elif rows <= WHOLE and 4 * rows * len(mean) <= GRAM_BYTES:
        variances, found, total = _decompose_gram(list(parts()), mean, rows, count)
    else:
        variances, found, total = _iterate(parts, mean, rows, count, passes)
    directions = np.zeros((count, len(mean)), np.float32)
    directions[: len(found)] = found.numpy()
    kept = np.zeros(count)
    kept[: len(variances)] = variances.clamp(min=0).numpy()
    return Principal(mean.numpy(), oriented(directions), kept, max(total, 0.0), rows)


def _decompose(parts: Parts, mean: Tensor, rows: int, count: int) -> tuple[Tensor, Tensor, float]:
    """Variances (K,) and directions (K, D), and the total variance, from the covariance matrix."""
    covariance = torch.zeros(len(mean), len(mean), dtype=torch.float64)
    for part in parts():
        centred = (part - mean).double()
        covariance += centred.T @ centred
    variances, vectors = torch.linalg.eigh(covariance / rows)
    return variances.flip(0)[:count], vectors.flip(1)[:, :count].T.float(), float(variances.sum())


def _decompose_gram(parts: list[Tensor], mean: Tensor, rows: int, count: int) -> tuple[Tensor, Tensor, float]:
    """Variances (K,), up to K directions (k, D), and the total variance, from the products of all pairs of rows."""
    gram = torch.zeros(rows, rows)
    ends = torch.tensor([len(part) for part in parts]).cumsum(0).tolist()
    places = [slice(end - len(part), end) for end, part in zip(ends, parts, strict=True)]
    for at, (place, part) in enumerate(zip(places, parts, strict=True)):
        centred = part - mean
        for other, rest in zip(places[at:], parts[at:], strict=True):
            products = centred @ (rest - mean).T
            gram[place, other], gram[other, place] = products, products.T
    values, vectors = torch.linalg.eigh(gram.double())
    variances, weights = values.flip(0)[:count] / rows, vectors.flip(1)[:, :count].float()  # (n, K)
    kept = int((variances > LEAST_VARIANCE * variances[0].clamp(min=0)).sum())
    found = torch.zeros(kept, len(mean))
    for place, part in zip(places, parts, strict=True):
        found += weights[place, :kept].T @ (part - mean)
    return variances, found / found.norm(dim=1, keepdim=True).clamp(min=1e-30), float(gram.diagonal().sum()) / rows


def _iterate(parts: Parts, mean: Tensor, rows: int, count: int, passes: int) -> tuple[Tensor, Tensor, float]:
    """Variances (K,) and directions (K, D), and the total variance, by subspace iteration."""
    generator = torch.Generator().manual_seed(0)
    width = min(len(mean), count + OVERSAMPLING)
    basis = torch.linalg.qr(torch.randn(len(mean), width, generator=generator))[0]  # (D, width)
    while True:
        passes -= 1
        product, total = torch.zeros_like(basis), 0.0
        for part in parts():
            centred = part - mean  # (B, D)
            product += centred.T @ (centred @ basis)
            total += float(centred.square().sum())
        product /= rows
        variances, rotation = torch.linalg.eigh((basis.T @ product).double())
        largest, best = variances.flip(0)[:count], rotation.flip(1)[:, :count].float()
        found = basis @ best
        residuals = (product @ best - found * largest.float()).norm(dim=0)
        if passes <= 0 or float(residuals.max()) <= TOLERANCE * float(largest[0]):
            return largest, found.T.contiguous(), total / rows
        basis = torch.linalg.qr(product)[0]

"""The observer: on a thread and with a module of its own it turns (weights, sample, request) into a snapshot.

It computes in float32, in evaluation mode, the network as drawn, with one torch thread. It draws nothing and trains
nothing: a slow window makes snapshots rarer, never training slower.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.snapshot import Array, Kernels, Maps, Sample, Snapshot, Wanted
from cnnviz.training.channels import Weights, WeightsSlot

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.training.model import CompiledNetwork

log = logging.getLogger(__name__)

SMALLEST_LIMIT = 1e-6
"""The scale of a layer that is silent."""
WITHIN = 0.997
"""Share of a layer's values that its scale spans: a few large ones do not make all others dark."""
MOST_SORTED = 2**16
"""Values that a scale is read from; of more, evenly spaced ones are taken."""


@dataclass(frozen=True)
class _Request:
    sample: Sample
    wanted: Wanted
    serial: int


class Observer:
    """Makes snapshots on request; the newest is :attr:`latest`.

    Each call of :meth:`look` asks for one snapshot of the newest weights, and asks the trainer for newer ones; while
    nothing is asked nothing is computed. ``seconds`` adds up what looking has cost this thread. ``failure`` is a
    sentence where the newest request could not be answered, empty again with the next snapshot.
    """

    def __init__(self, weights: WeightsSlot) -> None:
        self.latest: Snapshot | None = None
        self.failure = ""
        self.made = 0
        self.seconds = 0.0
        self._slot = weights
        self._wake = threading.Condition()
        self._request: _Request | None = None
        self._answered: tuple[int, Weights | None] = (0, None)
        self._closed = False
        self._listeners: list[Callable[[], None]] = []
        weights.listen(self._notify)
        self._thread = threading.Thread(target=self._run, name="cnnviz-observer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the observer's thread after each snapshot; it must return at once."""
        self._listeners.append(callback)

    def look(self, sample: Sample, wanted: Wanted) -> None:
        """Ask for a snapshot of this sample: of the newest weights now, and again when newer ones come."""
        with self._wake:
            serial = self._request.serial + 1 if self._request else 1
            self._request = _Request(sample, wanted, serial)
            self._wake.notify()
        self._slot.request()

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread; whether it has ended within ``timeout`` seconds."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify()

    def _next(self) -> tuple[_Request, Weights] | None:
        """Wait for a request that is not answered with the newest weights; None when closed."""
        with self._wake:
            while not self._closed:
                request, weights = self._request, self._slot.latest
                if request and weights and (request.serial, weights) != self._answered:
                    self._answered = (request.serial, weights)
                    return request, weights
                self._wake.wait()
        return None

    def _run(self) -> None:
        painter: _Viewer | None = None
        while (asked := self._next()) is not None:
            began = time.perf_counter()
            try:
                painter = painter or _Viewer()
                self.latest = painter.snapshot(*asked)
            except Exception as error:
                self._fail(error)
                continue
            self.failure = ""
            self.made += 1
            self.seconds += time.perf_counter() - began
            for callback in self._listeners:
                callback()

    def _fail(self, error: Exception) -> None:
        """Say it and log it, once where every look ends in the same."""
        what = next(iter(str(error).strip().splitlines()), type(error).__name__)
        sentence = f"Kernels and maps could not be made, and those on screen may be old: {what.rstrip('.')}."
        if sentence != self.failure:
            log.error("a snapshot could not be made", exc_info=error)
        self.failure = sentence


class _Viewer:
    """The observer's own module and scales."""

    def __init__(self) -> None:
        import torch

        # this thread's own setting: looking must not take cores from training
        torch.set_num_threads(1)
        self._network: Network | None = None
        self._signed: Mapping[str, bool] = {}
        self._limits: dict[tuple[str, str], float] = {}
        self._strongest: dict[str, tuple[int, ...]] = {}
        self._sample: Sample | None = None
        self._run = 0
        self._module: CompiledNetwork | None = None
        self._weights: Weights | None = None

    def snapshot(self, request: _Request, weights: Weights) -> Snapshot:
        """One forward pass, and what the request wants of it."""
        import torch

        began = time.perf_counter()
        module = self._fresh(weights)
        if request.sample is not self._sample:
            self._sample = request.sample
            self._strongest.clear()
        wanted = request.wanted
        network = weights.network
        nodes = [name for name in wanted.maps if name in module._modules]
        pixels = torch.from_numpy(request.sample.image.copy())
        with torch.inference_mode():
            logits, values = module(pixels.to(torch.float32).div_(255).unsqueeze(0), nodes)
            probabilities = logits[0].softmax(0)
        maps = {name: self._maps(name, _frozen(values[name][0]), wanted.maps[name]) for name in nodes}
        kernels = {
            name: self._kernels(name, weights)
            for name in sorted(wanted.kernels)
            if f"{name}.weight" in weights.tensors and weights.tensors[f"{name}.weight"].dim() > 1
        }
        return Snapshot(
            weights.run,
            weights.step,
            network,
            request.sample,
            maps,
            kernels,
            logits[0].numpy(),
            probabilities.numpy(),
            weights.settled,
            time.perf_counter() - began,
        )

    def _fresh(self, weights: Weights) -> CompiledNetwork:
        """The module around these weights; built anew only where the network is another one."""
        from cnnviz.network.shapes import infer
        from cnnviz.training.model import build_with

        if weights.run != self._run or weights.network is not self._network:
            self._limits.clear()
            self._strongest.clear()
        if self._module is None or weights.network is not self._network:
            self._signed = _signed(weights.network)
            self._module = build_with(weights.network, infer(weights.network), weights.tensors)
        elif weights is not self._weights:
            self._module.load_state_dict(dict(weights.tensors), assign=True)
            self._module.requires_grad_(False)
        if weights.settled and weights is not self._weights:
            self._limits.clear()
        self._network, self._run, self._weights = weights.network, weights.run, weights
        return self._module

    def _maps(self, name: str, values: Array, count: int | None) -> Maps:
        total = len(values)
        limit = self._limit("maps", name, _spanned(values))
        zeros = 1 - np.count_nonzero(values) / max(1, values.size)
        strongest: tuple[int, ...] = ()
        chosen = tuple(range(total))
        if values.ndim > 1:
            if name not in self._strongest:
                self._strongest[name] = _by_strength(values)
            strongest = self._strongest[name]
            if count is not None:
                chosen = tuple(sorted(strongest[:count]))
                values = values.take(chosen, axis=0)
                values.flags.writeable = False
        return Maps(values, chosen, total, self._signed[name], limit, strongest, zeros)

    def _kernels(self, name: str, weights: Weights) -> Kernels:
        weight = _frozen(weights.tensors[f"{name}.weight"])
        bias = weights.tensors.get(f"{name}.bias")
        source = weights.network.inputs[name][0]
        limit = self._limit("kernels", name, _largest(weight))
        return Kernels(weight, None if bias is None else _frozen(bias), limit, source)

    def _limit(self, what: str, name: str, span: float) -> float:
        """The layer's scale for values up to ``span``: it widens at once and holds still otherwise; standing still
        begins it anew."""
        if not isfinite(span):
            span = SMALLEST_LIMIT
        limit = max(SMALLEST_LIMIT, span, self._limits.get((what, name), 0.0))
        self._limits[what, name] = limit
        return limit


def _signed(network: Network) -> Mapping[str, bool]:
    """For each node whether its output can be negative: pooling, say, keeps what its input says."""
    signed: dict[str, bool] = {}
    for name in network.order:
        layer = network[name]
        sources = network.inputs[name]
        signed[name] = layer.signed and (not layer.keeps_sign or any(signed[source] for source in sources))
    return signed


def _largest(values: Array) -> float:
    """The largest absolute value; NaN where one is."""
    return max(float(values.max()), -float(values.min())) if values.size else 0.0


def _spanned(values: Array) -> float:
    """The absolute value that :data:`WITHIN` of the values stay below or reach; of a vector the largest one."""
    if values.ndim == 1:
        return _largest(values)
    sizes = np.abs(values.ravel()[:: -(-values.size // MOST_SORTED)])
    place = int(WITHIN * (len(sizes) - 1))
    return float(np.partition(sizes, place)[place])


def _by_strength(values: Array) -> tuple[int, ...]:
    """The channels of maps (C, H, W) by how much their values differ (standard deviation), then by their size."""
    flat = values.reshape(len(values), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        spread, size = flat.std(axis=1), np.abs(flat).mean(axis=1)
    order = np.lexsort((-np.nan_to_num(size), -np.nan_to_num(spread)))
    return tuple(order.tolist())


def _frozen(tensor: Tensor) -> Array:
    array: Array = tensor.contiguous().numpy()
    array.flags.writeable = False
    return array

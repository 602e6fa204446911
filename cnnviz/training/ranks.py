"""Several processes that train one network together: each computes a part of every batch, and all make the same step.

The processes are started by ``torchrun`` and talk to each other through :mod:`torch.distributed`. After the backward
pass the gradients of all parts are summed, as in Li et al., "PyTorch Distributed: Experiences on Accelerating Data
Parallel Training", 2020. ``DistributedDataParallel`` is not used: it arranges its buckets anew after the first step, so
that with three processes or more a training that goes on would not have the bits of one that was never interrupted.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING
from uuid import uuid4

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from cnnviz.sentence import SaidError, Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor
    from torch._C._distributed_c10d import Store

LEAST_IMAGES = 2
"""Every process has at least so many images of a batch: batch normalization needs two values for a variance."""
BUCKET_VALUES = 8_000_000
"""Gradients are summed in pieces of about so many values (32 MB), so that a copy of all of them is never needed."""
STEPS_BETWEEN_STOPS = 16
"""On a GPU a wish to stop is read after so many steps."""

POLL_SECONDS = 0.05
"""How often a process that waits for others to join looks again."""
_PLACE = re.compile(r"^\[[^\]]*\]\s*")
"""The place in its source that torch.distributed puts before the reason of an error."""
_joined: Ranks | None = None
"""The processes that this one has joined, see :func:`joined`."""


class PeerLost(SaidError):
    """Another process of the training has ended or does not answer."""


class Ranks:
    """The processes of a training, as seen by the one with number ``rank`` of ``size``.

    ``device`` is where tensors are exchanged. ``synchronized``: batch normalization uses the statistics of the whole
    batch, as one process would; otherwise each process uses those of its own part.
    """

    def __init__(self, rank: int, size: int, device: torch.device, *, synchronized: bool) -> None:
        self.rank, self.size, self.device, self.synchronized = rank, size, device, synchronized
        self.count = 0
        """The number of images of the present batch, of all processes."""
        self.part = slice(0)
        """The images of the present batch that this process computes."""
        self.stopping = False
        """Whether a process has asked to stop; all know it after the same step."""
        self.exchange_seconds = 0.0
        """The time that this process has spent exchanging tensors and waiting for others, on a CPU. A GPU exchanges
        beside the program, which does not see the time."""
        self._stop_wanted = False
        self._steps = 0

    @property
    def leads(self) -> bool:
        """Whether this is the process that records, saves and prints."""
        return self.rank == 0

    def begin(self, count: int) -> slice:
        """Begin a batch of ``count`` images; returns the indices of those that this process computes."""
        self.count, self.part = count, self.share(count)
        return self.part

    def share(self, count: int) -> slice:
        """The indices of this process's part of ``count`` items; the parts differ by at most one item."""
        return slice(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def want_stop(self) -> None:
        """Ask all processes to stop after the same step; callable from any thread."""
        self._stop_wanted = True

    def sum_step(self, gradients: Sequence[Tensor], loss: Tensor, correct: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Add up a step over all processes; returns the mean loss, float32 (), and the right predictions, int64 ().

        ``gradients``, float32 of any shapes, are those of the sum of the losses of this process's ``count`` images;
        they become those of the mean over the whole batch. ``loss`` is the sum of the losses, ``correct`` the number of
        right predictions among these images. Raises PeerLost.
        """
        totals = torch.stack(
            [
                loss.float(),
                correct.float(),
                torch.full_like(loss, count, dtype=torch.float32),
                torch.full_like(loss, self._stop_wanted, dtype=torch.float32),
            ]
        )  # (4,)
        self.add_up(totals)
        for bucket in _buckets(gradients):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            self.add_up(flat)
            flat /= totals[2]
            first = 0
            for gradient in bucket:
                gradient.copy_(flat[first : first + gradient.numel()].view(gradient.shape))
                first += gradient.numel()
        self._steps += 1
        # reading makes the program wait for a GPU; all processes read after the same steps, and so stop after the same
        if self.device.type == "cpu" or self._steps % STEPS_BETWEEN_STOPS == 0:
            self.stopping = bool(totals[3] > 0)
        return totals[0] / totals[2], totals[1].to(torch.int64)

    def sum_evaluation(self, loss: Tensor, correct: Tensor, count: int) -> tuple[Tensor, Tensor, int]:
        """The sum of the losses, float64 (), the right predictions, int64 (), and the images, of all processes.

        The arguments are those of the images that this process has evaluated. Raises PeerLost.
        """
        totals = torch.stack([loss, correct.double(), torch.full_like(loss, count)])  # (3,)
        self.add_up(totals)
        return totals[0], totals[1].to(torch.int64), int(totals[2].item())

    def add_up(self, tensor: Tensor) -> None:
        """Replace a tensor, of any shape and dtype, by its sum over all processes. Raises PeerLost."""
        with self._exchange():
            dist.all_reduce(tensor)

    def collect(self, tensor: Tensor) -> Tensor:
        """The tensors of all processes, of the same shape and dtype, stacked: (size, ...). Raises PeerLost."""
        found = [torch.empty_like(tensor) for _ in range(self.size)]
        with self._exchange():
            dist.all_gather(found, tensor)
        return torch.stack(found)

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors, of any shapes and dtypes, by those of the leading process. Raises PeerLost."""
        for tensor in tensors:
            with self._exchange():
                dist.broadcast(tensor, 0)

    def agree(self, text: str) -> str:
        """The ``text`` that the leading process gives. Raises PeerLost."""
        given = text.encode()
        length = torch.tensor([len(given)], device=self.device)
        self.copy_from_first([length])
        if not self.leads:
            given = bytes(int(length.item()))
        letters = torch.tensor([*given], dtype=torch.uint8, device=self.device)
        if len(letters):
            self.copy_from_first([letters])
        return bytes(letters.tolist()).decode()

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        began = time.perf_counter()
        with _answered():
            yield
        self.exchange_seconds += time.perf_counter() - began


def join(device: str, *, synchronized: bool, seconds: float) -> Ranks:
    """Join the processes that ``torchrun`` has started, and use them for every training of this process.

    ``device`` is "cpu" or "cuda", ``seconds`` how long to wait for another process. Raises PeerLost.
    """
    global _joined
    exchanging = torch.device("cpu")
    if device == "cuda":
        exchanging = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(exchanging)
    timeout = timedelta(seconds=seconds)
    with _answered():
        shared, rank, size = next(rendezvous("env://", timeout=timeout))
        name = agreed_name(shared, rank, size, seconds)
        store = dist.PrefixStore(name, shared)  # type: ignore[attr-defined] # torch's types leave it out
        backend = "nccl" if device == "cuda" else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=timeout)
    _joined = Ranks(dist.get_rank(), dist.get_world_size(), exchanging, synchronized=synchronized)
    return _joined


def agreed_name(store: Store, rank: int, size: int, seconds: float) -> str:
    """A name that all processes know and that no earlier start of the training has used.

    After a restart torchrun's store still holds the addresses of processes that have ended; a process that reads one of
    them waits for nobody. So each process leaves a token, the leading one proposes a name made of all tokens, anew if a
    token changes, until all have acknowledged it. Raises RuntimeError after ``seconds``.
    """
    token, end = uuid4().hex, time.monotonic() + seconds
    store.set(f"token/{rank}", token)
    while time.monotonic() < end:
        if rank == 0:
            store.set("tokens", " ".join(store.get(f"token/{other}").decode() for other in range(size)))
        tokens = store.get("tokens").decode()
        if tokens.split(" ")[rank] == token:
            name = sha256(tokens.encode()).hexdigest()
            store.set(f"{name}/ready/{rank}", "")
            if rank == 0 and all(store.check([f"{name}/ready/{other}"]) for other in range(size)):
                store.set(f"{name}/agreed", "")
            if store.check([f"{name}/agreed"]):
                return name
        time.sleep(POLL_SECONDS)
    raise RuntimeError("the processes did not find each other")


def joined() -> Ranks | None:
    """The processes that this one has joined; None if it trains alone."""
    return _joined


def leave() -> None:
    """End what :func:`join` has begun."""
    global _joined
    if _joined is not None:
        dist.destroy_process_group()
    _joined = None


def local_size() -> int:
    """The number of processes of the training on this machine."""
    return 1 if _joined is None else int(os.environ.get("LOCAL_WORLD_SIZE", _joined.size))


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    bucket: list[Tensor] = []
    values = 0
    for gradient in gradients:
        bucket.append(gradient)
        values += prod(gradient.shape)
        if values >= BUCKET_VALUES:
            yield bucket
            bucket, values = [], 0
    if bucket:
        yield bucket


@contextmanager
def _answered() -> Iterator[None]:
    """Turn the error of an exchange into a sentence."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        # only the first sentence of its first line
        reason = _PLACE.sub("", str(error).strip()).partition(". ")[0].partition("\n")[0] or type(error).__name__
        raise PeerLost(
            Sentence(
                "Another process of this training has ended or does not answer: {reason}. “cnnviz runs resume”, started"
                " by torchrun too, goes on from the last recorded moment.",
                reason=unchanged(reason.rstrip(".")),
            )
        ) from error

"""Makes snapshots: one forward pass, then the answer to each question. Only the observer's thread uses it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Question, Questions, without_covered
from cnnviz.inspection.scales import Scales
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.layers import Input
from cnnviz.training.model import CompiledNetwork, build_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.inspection.answers import Answers
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.network.graph import Network

JUDGE_SECONDS = 3.0
"""While training, the maps are ordered by their present strength only this often: it takes time, and what follows from
it would flicker."""


class Viewer:
    """Keeps a torch module and the colour scales between snapshots; only another network needs another module."""

    def __init__(self, answers: Answers) -> None:
        # this holds for the calling thread only, the observer's: it must not take cores from training
        torch.set_num_threads(1)
        self._answers = answers
        self.scales = Scales()
        self._signed: Mapping[str, bool] = {}
        self._origin: object = None
        """The origin of the sample for which the strongest maps were chosen."""
        self._judged_at = -inf
        """When the maps of a training that runs were last ordered by their strength."""
        self._moment: Moment | None = None
        self._present: Moment | None = None
        """The last moment that was not a recorded one."""
        self._module: CompiledNetwork | None = None
        self._of_weights: dict[Question[Any], object] = {}
        """The last answers that depend on the weights alone. While a drawing changes, they are the same objects from
        snapshot to snapshot, so that panels need not draw them again."""

    def snapshot(self, moment: Moment, sample: Sample, questions: Questions) -> Snapshot:
        """Answer all questions that are possible at this moment."""
        began = time.perf_counter()
        module = self._module_of(moment)
        if sample.origin is not self._origin and not sample.unfinished:
            self._origin = sample.origin
            self.scales.forget_strongest()
        # a sample of another dataset can be chosen before its network is there
        fits = all(moment.shapes.nodes[name].output == sample.image.shape for name in moment.network.of_kind(Input))
        asked = [
            question
            for question in without_covered(questions)
            if question.possible(moment) and (fits or not (question.needs_forward or question.needs_gradients))
        ]
        pixels = pixels_of(sample)
        outputs, logits = {}, None
        with torch.inference_mode():
            if any(question.needs_forward for question in asked):
                nodes = {node for question in asked for node in question.outputs(moment.network)}
                batch, values = module(pixels, nodes)
                outputs, logits = {node: as_array(value[0]) for node, value in values.items()}, batch[0]
            judge = self._judges(moment, began)
            look = Look(moment, sample, outputs, logits, pixels, self._signed, self.scales, module, judge)
            answers = {question: self._answer(look, question) for question in asked if not question.needs_gradients}
        for question in asked:
            if question.needs_gradients:
                with leaving_no_trace(module), torch.enable_grad():
                    answers[question] = self._answer(look, question)
        self._of_weights = {question: answers[question] for question in asked if question.needs_weights_alone}
        seconds = time.perf_counter() - began
        return Snapshot(moment.run, moment.step, moment.network, sample, answers, moment.settled, seconds, moment)

    def choose_maps_again(self) -> None:
        """Choose with the next snapshot which maps are the strongest."""
        self.scales.forget_strongest()

    def _judges(self, moment: Moment, now: float) -> bool:
        """Whether to order the maps by their strength at this moment; ``now`` is the present time, in seconds."""
        if moment.settled or moment.recorded:
            # a training that then goes on has other maps
            self._judged_at = -inf
            return True
        if now - self._judged_at < JUDGE_SECONDS:
            return False
        self._judged_at = now
        return True

    def _answer(self, look: Look, question: Question[Any]) -> object:
        if question in self._of_weights:
            return self._of_weights[question]
        return self._answers[type(question)](look, question)

    def _module_of(self, moment: Moment) -> CompiledNetwork:
        """The module with the weights of this moment; also decides whether scales and orders of maps begin anew."""
        # unknown until its weights are in the module: they may not fit
        before, self._moment = self._moment, None
        if moment is not before:
            self._of_weights.clear()
        if before is None or moment.network is not before.network or moment.run != before.run:
            self.scales.forget_strongest()
        self.scales.turn_to(moment.run, recorded=moment.recorded)
        if not moment.recorded and moment is not (present := self._present):
            other = present is None or moment.network is not present.network or moment.run != present.run
            # while training scales only widen; they narrow where it stands still
            if other or moment.settled:
                self.scales.forget_limits()
            self._present = moment
        if self._module is None or before is None or moment.network is not before.network:
            self._module = build_with(moment.network, moment.shapes, moment.tensors)
            self._signed = signs(moment.network)
        elif moment is not before:
            self._module.load(moment.tensors, assign=True)
            self._module.requires_grad_(False)
        self._moment = moment
        return self._module


def pixels_of(sample: Sample) -> Tensor:
    """The image of a sample as a network takes it: float32 (1, C, H, W) in [0, 1]."""
    return torch.from_numpy(sample.image.copy()).to(torch.float32).div_(255).unsqueeze(0)


def signs(network: Network) -> Mapping[str, bool]:
    """For each node whether its output can be negative. Layers such as pooling keep the sign of their input."""
    signed: dict[str, bool] = {}
    for name in network.order:
        layer = network[name]
        sources = network.inputs[name]
        signed[name] = layer.signed and (not layer.keeps_sign or any(signed[source] for source in sources))
    return signed


@contextmanager
def leaving_no_trace(module: CompiledNetwork) -> Iterator[None]:
    """Restore modes, ``requires_grad``, gradients, hooks and torch's random state afterwards, also after an exception.

    Raises RuntimeError if the values of a parameter or buffer were changed.
    """
    modules = list(module.modules())
    modes = [part.training for part in modules]
    hooks = [
        (part._forward_hooks.copy(), part._forward_pre_hooks.copy(), part._backward_hooks.copy()) for part in modules
    ]
    tensors: list[Tensor] = [*module.parameters(), *module.buffers()]
    states = [(tensor.requires_grad, tensor.grad, tensor._version) for tensor in tensors]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for part, mode, (forward, forward_pre, backward) in zip(modules, modes, hooks, strict=True):
                object.__setattr__(part, "training", mode)
                for present, before in (
                    (part._forward_hooks, forward),
                    (part._forward_pre_hooks, forward_pre),
                    (part._backward_hooks, backward),
                ):
                    present.clear()
                    present.update(before)
            for tensor, (required, gradient, _) in zip(tensors, states, strict=True):
                tensor.requires_grad_(required)
                tensor.grad = gradient
    if any(tensor._version != version for tensor, (*_, version) in zip(tensors, states, strict=True)):
        raise RuntimeError("an answer has changed the weights that it was asked about")

"""What can be wrong with a network, said as values.

A :class:`Problem` names the node, a ``code`` and the numbers that fill the sentence; a :class:`Fix` is an edit that
removes it. Both are frozen and compared by value, so that a list of problems can be diffed and a fix can be previewed.
Sentences are English templates in :data:`SENTENCES` and :data:`LABELS`; whoever shows them translates the template
first and fills in the values afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cnnviz.network.layers.base import Layer
from cnnviz.network.shape import Shape, spell

SENTENCES: Mapping[str, str] = {
    "no_input": "The network has no Input. Every network starts with one.",
    "many_inputs": "The network has {count} Inputs, but only one can be fed. Remove all but one.",
    "no_output": "The network has no Output. Every network ends with one.",
    "many_outputs": "The network has {count} Outputs, but only one can be trained. Remove all but one.",
    "input_missing": "{kind} “{node}” has nothing to work on: connect its input.",
    "unused": "{kind} “{node}” leads nowhere, so it takes no part in the network.",
    "unconnected": "{kind} “{node}” is not connected, so it takes no part in the network.",
    "needs_flat": "{kind} “{node}” needs a flat input, but gets {shape}.",
    "needs_maps": "{kind} “{node}” needs maps (channels × height × width), but gets a flat vector of {shape}.",
    "kernel_too_large": "A {kernel} kernel does not fit a {input} input in “{node}”.",
    "windows_in_padding": "With its padding some windows of “{node}” see nothing of its {input} input, only padding, so"
    " part of its output is the same for every image. Make the padding smaller or the kernel larger.",
    "values_cut_off": "The padding {padding} of “{node}” cuts off all that some values of its input give. Make it"
    " smaller.",
    "window_too_large": "A {kernel} window does not fit a {input} input in “{node}”.",
    "groups_in": "“{node}” splits its input into {groups} groups,"
    " but {channels} channels cannot be divided by {groups}.",
    "groups_out": "“{node}” splits its output into {groups} groups,"
    " but {channels} channels cannot be divided by {groups}.",
    "same_with_stride": "Padding “same” works only with stride 1, but “{node}” has stride {stride}.",
    "pool_padding": "The padding {padding} of “{node}” is more than half of its {kernel} window.",
    "add_shapes": "{kind} “{node}” needs inputs of one shape, or C×1×1 or 1×H×W beside C×H×W, but gets {shapes}.",
    "concat_shapes": "Concat “{node}” needs inputs of one height and width, but gets {shapes}.",
    "flat_and_maps": "{kind} “{node}” joins flat vectors with maps: {shapes}.",
    "normalization_length": "Input “{node}” has {channels} channels, but {count} values for {what}.",
    "input_shape": "Input “{node}” expects {shape}, but the images of the dataset are {wanted}.",
    "no_images": "The images of {dataset} do not come with cnnviz:"
    " this network can be looked at and changed, but not trained.",
    "output_not_flat": "The Output needs one number for each class, but gets {shape}.",
    "output_classes": "The dataset has {wanted} classes, but the Output gets {count} numbers.",
    "one_value_per_channel": "BatchNorm2d “{node}” sees a single value per channel at batch size 1,"
    " which has no variance.",
    "one_value_per_group": "GroupNorm “{node}” normalizes each group of maps by itself, but its groups are a single"
    " value each.",
    "one_value_per_map": "InstanceNorm2d “{node}” normalizes each map by itself, but its maps are a single value each.",
    "padding_too_large": "The padding {padding} of “{node}” cuts off all of its {uncut} output.",
    "output_padding": "The output padding {padding} of “{node}” must be less than its stride {stride} or"
    " dilation {dilation}.",
    "reshape_count": "“{node}” gets {count} numbers, but {shape} would take {wanted}.",
    "heads": "“{node}” shares {channels} channels among {heads} heads, but {channels} cannot be divided by {heads}.",
    "too_large_memory": "Training this network may take {needed}, but only {available} of memory are free."
    " Most of it is in {kind} “{node}”.",
    "too_large_batch": "Training this network at a batch size of {size} may take {needed}, but only {available} of"
    " memory are free. A batch size of {fits} would fit.",
    "too_many_parameters": "{kind} “{node}” would have {count} parameters, more than any machine can hold.",
    "too_many_values": "{kind} “{node}” would give more numbers for one image than any machine can hold.",
    "activation_at_end": "{kind} “{node}” stands right before the Output. The loss already contains the softmax and"
    " expects plain numbers (logits); an activation here slows learning or stops it.",
    "repeated_activation": "{kind} “{node}” follows the activation “{before}” directly. Nothing is learned"
    " between them; one of the two is enough.",
    "nothing_negative": "{kind} “{node}” changes nothing: “{before}” gives no negative numbers. Remove it.",
    "slope_of_one": "{kind} “{node}” changes nothing: it multiplies negative values by 1. Remove it, or set a smaller"
    " slope.",
    "dropout_zero": "{kind} “{node}” drops nothing: its probability is 0. Remove it, or set a probability.",
    "single_input": "{kind} “{node}” has a single input and changes nothing. Connect another, or remove it.",
    "pool_of_one": "{kind} “{node}” changes nothing: its window holds a single value. Remove it, or make the"
    " window larger.",
    "pool_to_its_size": "{kind} “{node}” changes nothing: its input {shape} has the wanted size already. Remove it.",
    "scale_of_one": "{kind} “{node}” changes nothing: its scale factor is 1. Remove it, or set a larger factor.",
    "no_border": "{kind} “{node}” adds nothing: its padding is 0 on all sides. Remove it, or set a padding.",
    "flat_already": "{kind} “{node}” changes nothing: what it gets is flat already. Remove it.",
    "shape_already": "{kind} “{node}” changes nothing: what it gets has the shape {shape} already. Remove it.",
    "divides_by_one": "{kind} “{node}” changes nothing: with these numbers it divides by 1. Remove it, or set another"
    " alpha and beta.",
    "constant_output": "{kind} “{node}” gives the same numbers for every image: it compares each value with itself"
    " alone. Remove it.",
    "linear_pair": "“{before}” and “{node}” follow each other without an activation between them;"
    " together they can do no more than one. Put an activation between them.",
    "linear_convolutions": "“{before}” and “{node}” follow each other without an activation between them;"
    " together they can do no more than one convolution with a larger kernel. Put an activation between them.",
    "bias_before_norm": "The bias of {kind} “{node}” has no effect: {norm} “{following}” subtracts the mean of each"
    " map, and the bias with it. Turn the bias off.",
    "unseen_pixels": "The windows of {kind} “{node}” reach only {reached} of the {size} rows and columns of its input:"
    " parts of the image have no effect. Make the window larger or the stride smaller.",
    "unused_weights": "Of each {kernel} kernel of “{node}” only {used} weights meet its {size} input: the others meet"
    " padding alone and learn nothing. Take a smaller kernel, or fewer layers with a stride before it.",
    "narrow_view": "{kind} “{node}” puts together positions that each see only {seen} of the {image} image; where they"
    " were is lost. Let them see more, with a pooling or more convolutions before it, or take Flatten instead.",
    "wide_dense": "{count} of the {total} parameters are in {kind} “{node}”, because “{before}” gives it {width}"
    " numbers, each with weights of its own. Let “{before}” give fewer.",
    "heavy_dense": "{count} of the {total} parameters are in {kind} “{node}”, because each value of the {shape} maps"
    " before “{flatten}” has weights of its own. Make the maps smaller first, with a pooling or a stride.",
}
"""Problem code -> sentence. ``{node}`` and ``{kind}`` are always available."""

LABELS: Mapping[str, str] = {
    "insert": "Insert {kind}",
    "set": "Set {parameter} {value}",
    "switch_on": "Turn {parameter} on",
    "switch_off": "Turn {parameter} off",
    "remove": "Remove {node}",
    "bypass": "Remove {node}",
    "move": "Move {node} in front of {target}",
    "replace": "Take {kind} instead",
    "feed_all": "Feed all from {source}, remove {node}",
    "add": "Add {kind}",
    "connect": "Connect {source}",
    "connect_through": "Connect {source} through {kind}",
    "dataset_shape": "Set shape {value}",
    "batch_size": "Set batch size {value}",
    "use_dataset": "Fit it to {dataset}",
}
"""Fix code -> label of its button."""


class Severity(Enum):
    """An error keeps the network from being trained; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Give one parameter of a node another value."""

    node: str
    parameter: str
    value: Any


@dataclass(frozen=True, slots=True)
class SetLayer:
    """Put another layer in the place of a node's own, where one parameter asks for another."""

    node: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class InsertBefore:
    """Put a new layer on the wire that enters ``node`` at ``port``."""

    node: str
    port: int
    layer: Layer


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Remove a node; where it had one input, what followed it is connected to what came before."""

    node: str


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Add a layer; ``after`` and ``before`` name the nodes it is connected to, where there are any."""

    layer: Layer
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Draw a wire from ``source`` to the next free input of ``target``, with a new layer in its middle where given."""

    source: str
    target: str
    through: Layer | None = None


@dataclass(frozen=True, slots=True)
class SetBatchSize:
    """Take fewer images at once; the network stays as it is."""

    size: int


@dataclass(frozen=True, slots=True)
class UseDataset:
    """Take the images of the data set ``name``, and fit the network to them: ``image`` (C, H, W), ``mean`` and ``std``
    for each channel, and how many ``classes`` it tells apart.
    """

    name: str
    title: str
    image: Shape
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


Step = SetParameter | SetLayer | InsertBefore | RemoveNode | AddLayer | Connect


@dataclass(frozen=True, slots=True)
class Together:
    """Several edits as one, each of the network that those before it have left."""

    steps: tuple[Step, ...]


Edit = Step | Together | SetBatchSize | UseDataset


@dataclass(frozen=True)
class Fix:
    """One way to remove a problem: an edit and the label of its button (a code of :data:`LABELS` and its values)."""

    code: str
    edit: Edit
    values: Mapping[str, Any] = field(default_factory=dict)

    def label(self, template: str | None = None) -> str:
        """The text of the button; ``template`` replaces the English one."""
        return (template or LABELS[self.code]).format(**{name: spell(value) for name, value in self.values.items()})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, at one node (or at the network as a whole, where ``node`` is None).

    ``fixes`` were tried: each removes the problem and makes no other. Of the ``untried`` that is not known yet.
    """

    severity: Severity
    node: str | None
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    untried: tuple[Fix, ...] = ()

    def sentence(self, template: str | None = None) -> str:
        """The problem as a sentence; ``template`` replaces the English one."""
        return (template or SENTENCES[self.code]).format(**{name: spell(value) for name, value in self.values.items()})

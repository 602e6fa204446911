"""All kinds of problems that a network can have. What their fields mean is said in :class:`ProblemKind`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.network.problem_kind import About, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = (
    ProblemKind(
        "no_input", About.NETWORK, "The network has no Input. Every network starts with one.", one_outcome=True
    ),
    ProblemKind(
        "many_inputs",
        About.NETWORK,
        "The network has {count} Inputs, but only one can be fed. Remove all but one.",
        counted=True,
    ),
    ProblemKind("no_output", About.NETWORK, "The network has no Output. Every network ends with one.", lets_in=True),
    ProblemKind(
        "many_outputs",
        About.NETWORK,
        "The network has {count} Outputs, but only one can be trained. Remove all but one.",
        counted=True,
    ),
    ProblemKind("input_missing", About.MISSING_INPUT, "{kind} “{node}” has nothing to work on: connect its input."),
    ProblemKind("unused", About.UNUSED, "{kind} “{node}” leads nowhere, so it takes no part in the network."),
    ProblemKind("unconnected", About.UNUSED, "{kind} “{node}” is not connected, so it takes no part in the network."),
    ProblemKind(
        "groups_out",
        About.LAYER,
        "“{node}” splits its output into {groups} groups, but {channels} channels cannot be divided by {groups}.",
        one_outcome=True,
    ),
    ProblemKind(
        "same_with_stride", About.LAYER, "Padding “same” works only with stride 1, but “{node}” has stride {stride}."
    ),
    ProblemKind(
        "pool_padding", About.LAYER, "The padding {padding} of “{node}” is more than half of its {kernel} window."
    ),
    ProblemKind(
        "normalization_length",
        About.LAYER,
        "Input “{node}” has {channels} channels, but {count} values for {what}.",
        one_outcome=True,
    ),
    ProblemKind(
        "output_padding",
        About.LAYER,
        "The output padding {padding} of “{node}” must be less than its stride {stride} or dilation {dilation}.",
    ),
    ProblemKind("needs_flat", About.INPUTS, "{kind} “{node}” needs a flat input, but gets {shape}.", one_outcome=True),
    ProblemKind(
        "needs_maps",
        About.INPUTS,
        "{kind} “{node}” needs maps (channels × height × width), but gets a flat vector of {shape}.",
    ),
    ProblemKind(
        "kernel_too_large", About.INPUTS, "A {kernel} kernel does not fit a {input} input in “{node}”.", own=True
    ),
    ProblemKind(
        "windows_in_padding",
        About.INPUTS,
        "With its padding some windows of “{node}” see nothing of its {input} input, only padding, so part of its"
        " output is the same for every image. Make the padding smaller or the kernel larger.",
        own=True,
    ),
    ProblemKind(
        "values_cut_off",
        About.INPUTS,
        "The padding {padding} of “{node}” cuts off so much of its output that some values of its input have no effect."
        " Make it smaller.",
        own=True,
    ),
    ProblemKind(
        "window_too_large", About.INPUTS, "A {kernel} window does not fit a {input} input in “{node}”.", own=True
    ),
    ProblemKind(
        "groups_in",
        About.INPUTS,
        "“{node}” splits its input into {groups} groups, but {channels} channels cannot be divided by {groups}.",
        one_outcome=True,
        own=True,
    ),
    ProblemKind(
        "add_shapes",
        About.INPUTS,
        "{kind} “{node}” needs inputs of one shape, or C×1×1 or 1×H×W beside C×H×W, but gets {shapes}.",
        mutual=True,
    ),
    ProblemKind(
        "concat_shapes",
        About.INPUTS,
        "Concat “{node}” needs inputs of one height and width, but gets {shapes}.",
        mutual=True,
    ),
    ProblemKind("flat_and_maps", About.INPUTS, "{kind} “{node}” joins flat vectors with maps: {shapes}.", mutual=True),
    ProblemKind("output_not_flat", About.INPUTS, "The Output needs one number for each class, but gets {shape}."),
    ProblemKind(
        "one_value_per_group",
        About.INPUTS,
        "GroupNorm “{node}” normalizes each group of maps by itself, but its groups are a single value each.",
    ),
    ProblemKind(
        "one_value_per_map",
        About.INPUTS,
        "InstanceNorm2d “{node}” normalizes each map by itself, but its maps are a single value each.",
    ),
    ProblemKind(
        "padding_too_large",
        About.INPUTS,
        "The padding {padding} of “{node}” cuts off all of its {uncut} output.",
        own=True,
    ),
    ProblemKind(
        "no_such_chunk",
        About.INPUTS,
        "“{node}” passes on chunk {index}, counted from 0, but {channels} channels make only {count} chunks.",
        mutual=True,
    ),
    ProblemKind(
        "reshape_count", About.INPUTS, "“{node}” gets {count} numbers, but {shape} would take {wanted}.", mutual=True
    ),
    ProblemKind(
        "heads",
        About.INPUTS,
        "“{node}” shares {channels} channels among {heads} heads, but {channels} cannot be divided by {heads}.",
        one_outcome=True,
        own=True,
    ),
    ProblemKind(
        "input_shape", About.DATASET, "Input “{node}” expects {shape}, but the images of the dataset are {wanted}."
    ),
    ProblemKind(
        "no_images",
        About.DATASET,
        "The images of {dataset} do not come with cnnviz: this network can be looked at and changed, but not trained.",
    ),
    ProblemKind(
        "images_gone",
        About.DATASET,
        "The images of {dataset} are no longer at “{path}”. Put them back, or choose other images: until then this"
        " network can be looked at and changed, but not trained.",
    ),
    ProblemKind(
        "output_classes",
        About.DATASET,
        "The dataset has {wanted} classes, but the Output gets {count} numbers.",
        mutual=True,
    ),
    ProblemKind(
        "one_value_per_channel",
        About.BATCH_SIZE,
        "{kind} “{node}” sees a single value per channel at batch size 1, which has no variance.",
    ),
    ProblemKind(
        "few_steps",
        About.STEPS,
        "With {images} training images and a batch size of {size}, an epoch has fewer than {least} steps, and the"
        " weights change only once a step. A batch size of {fits} gives more steps.",
    ),
    ProblemKind(
        "too_large_memory",
        About.MEMORY,
        "Training this network takes about {total}, and to be safe {needed} must be free, but only {available} of"
        " memory are. Most of it is in {kind} “{node}”.",
        moves=True,
    ),
    ProblemKind(
        "too_large_batch",
        About.MEMORY,
        "Training this network at a batch size of {size} takes about {total}, and to be safe {needed} must be free, but"
        " only {available} of memory are. A batch size of {fits} would fit.",
        moves=True,
    ),
    ProblemKind(
        "too_many_parameters",
        About.SIZE,
        "{kind} “{node}” would have {count} parameters, more than any machine can hold.",
    ),
    ProblemKind(
        "too_many_values",
        About.SIZE,
        "{kind} “{node}” would give more numbers for one image than any machine can hold.",
    ),
    ProblemKind(
        "activation_at_end",
        About.DESIGN,
        "{kind} “{node}” stands right before the Output. The loss already contains the softmax and expects plain"
        " numbers (logits); an activation here slows learning or stops it.",
    ),
    ProblemKind(
        "repeated_activation",
        About.DESIGN,
        "{kind} “{node}” follows the activation “{before}” directly. Nothing is learned between them; one of the"
        " two is enough.",
    ),
    ProblemKind(
        "nothing_negative",
        About.DESIGN,
        "{kind} “{node}” changes nothing: “{before}” gives no negative numbers. Remove it.",
    ),
    ProblemKind(
        "slope_of_one",
        About.DESIGN,
        "{kind} “{node}” changes nothing: it multiplies negative values by 1. Remove it, or set a smaller slope.",
    ),
    ProblemKind(
        "dropout_zero",
        About.DESIGN,
        "{kind} “{node}” drops nothing: its probability is 0. Remove it, or set a probability.",
    ),
    ProblemKind(
        "single_input",
        About.DESIGN,
        "{kind} “{node}” has a single input and changes nothing. Connect another, or remove it.",
    ),
    ProblemKind(
        "pool_of_one",
        About.DESIGN,
        "{kind} “{node}” changes nothing: its window holds a single value. Remove it, or make the window larger.",
    ),
    ProblemKind(
        "pool_to_its_size",
        About.DESIGN,
        "{kind} “{node}” changes nothing: its input {shape} has the wanted size already. Remove it.",
    ),
    ProblemKind(
        "scale_of_one",
        About.DESIGN,
        "{kind} “{node}” changes nothing: its scale factor is 1. Remove it, or set a larger factor.",
    ),
    ProblemKind(
        "no_border",
        About.DESIGN,
        "{kind} “{node}” adds nothing: its padding is 0 on all sides. Remove it, or set a padding.",
    ),
    ProblemKind(
        "flat_already", About.DESIGN, "{kind} “{node}” changes nothing: what it gets is flat already. Remove it."
    ),
    ProblemKind(
        "shape_already",
        About.DESIGN,
        "{kind} “{node}” changes nothing: what it gets has the shape {shape} already. Remove it.",
    ),
    ProblemKind(
        "channels_in_order",
        About.DESIGN,
        "{kind} “{node}” changes nothing: with this number of groups the channels keep their order. Remove it, or set"
        " another number.",
    ),
    ProblemKind(
        "only_chunk",
        About.DESIGN,
        "{kind} “{node}” changes nothing: its chunk holds all channels. Remove it, or set more chunks.",
    ),
    ProblemKind(
        "divides_by_one",
        About.DESIGN,
        "{kind} “{node}” changes nothing: with these numbers it divides by 1. Remove it, or set another alpha and"
        " beta.",
    ),
    ProblemKind(
        "constant_output",
        About.DESIGN,
        "{kind} “{node}” gives the same numbers for every image: it compares each value with itself alone. Remove it.",
    ),
    ProblemKind(
        "linear_pair",
        About.DESIGN,
        "“{before}” and “{node}” follow each other without an activation between them; together they can do no"
        " more than one. Put an activation between them.",
    ),
    ProblemKind(
        "linear_convolution",
        About.DESIGN,
        "“{before}” and “{node}” follow each other without an activation between them; together they can do no"
        " more than one Dense layer. Put an activation between them.",
    ),
    ProblemKind(
        "linear_convolutions",
        About.DESIGN,
        "“{before}” and “{node}” follow each other without an activation between them; together they can do no"
        " more than one convolution with a larger kernel. Put an activation between them.",
    ),
    ProblemKind(
        "bias_before_norm",
        About.DESIGN,
        "The bias of {kind} “{node}” has no effect: {norm} “{following}” subtracts the mean of each channel,"
        " and the bias with it. Turn the bias off.",
    ),
    ProblemKind(
        "all_frozen",
        About.DESIGN,
        "All layers with weights are frozen, also {kind} “{node}”, the last: training changes nothing.",
    ),
    ProblemKind(
        "unseen_pixels",
        About.DESIGN,
        "The windows of {kind} “{node}” reach only {reached} of the {size} rows and columns of its input: parts of"
        " the image have no effect. Make the window larger or the stride smaller.",
    ),
    ProblemKind(
        "unused_weights",
        About.DESIGN,
        "Of each {kernel} kernel of “{node}” only {used} weights meet its {size} input: the others meet padding"
        " alone and learn nothing. Take a smaller kernel, or fewer layers with a stride before it.",
    ),
    ProblemKind(
        "narrow_view",
        About.DESIGN,
        "{kind} “{node}” puts together positions that each see only {seen} of the {image} image; where they were"
        " is lost. Let them see more, with a pooling or more convolutions before it, or take Flatten instead.",
    ),
    ProblemKind(
        "wide_dense",
        About.DESIGN,
        "{count} of the {total} parameters are in {kind} “{node}”, because “{before}” gives it {width} numbers,"
        " each with weights of its own. Let “{before}” give fewer.",
    ),
    ProblemKind(
        "heavy_dense",
        About.DESIGN,
        "{count} of the {total} parameters are in {kind} “{node}”, because each value of the {shape} maps before"
        " “{flatten}” has weights of its own. Make the maps smaller first, with a pooling or a stride.",
    ),
)

PROBLEM_KINDS: Mapping[str, ProblemKind] = MappingProxyType({kind.code: kind for kind in _KINDS})
"""The problem kinds by code."""

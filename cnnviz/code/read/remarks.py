"""Remarks about pasted source, as values with a line number."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.numerals import spell
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        # errors
        "too_long": "The source has {count} characters; more than {most} are not read.",
        "too_much": "There is too much in this source to read it. Paste the network alone, with the constants it uses.",
        "no_python": "Line {line}: this is not Python ({reason}).",
        "no_python_at_all": "This is not Python ({reason}).",
        "no_text": "Line {line}: a character with the code 0 stands here. Source is text without such characters: the"
        " file is damaged, or something else.",
        "no_notebook_at_all": "This is not the whole JSON of a notebook. Copy its code cells, or the whole file.",
        "no_notebook": "Line {line}: this is not the whole JSON of a notebook. Copy its code cells, or the whole file.",
        "too_nested": "The source is nested too deeply to be read.",
        "in_class": "Line {line}: this Sequential is a part of the class {name}, whose forward decides what else"
        " happens. Paste the Sequential alone.",
        "empty": "Line {line}: this Sequential has no layers.",
        "too_many": "The network has more than {most} layers.",
        "unknown_layer": "Line {line}: {name} is no layer that is known here.",
        "own_name": "Line {line}: {name} is defined in line {where} of the source itself. Only layers of torch and"
        " Keras are read.",
        "other_origin": "Line {line}: {name} comes from {origin}. Only layers of torch and Keras are read.",
        "patched": "Line {line}: {name} may be another layer, because line {where} changes it: {value}.",
        "unknown_argument": "Line {line}: the argument {argument} of {name} is not known here.",
        "unknown_activation": "Line {line}: the activation {value} is not known here.",
        "unknown_value": "Line {line}: {value} cannot be told without running the source.",
        "no_attribute": "Line {line}: {value} is not defined in the source.",
        "missing_argument": "Line {line}: {name} lacks its argument {argument}.",
        "too_many_arguments": "Line {line}: {name} has more arguments than are known here.",
        "bad_value": "Line {line}: {name} has {argument}={value}, which has no counterpart here.",
        "bad_parameter": "Line {line}: {reason}",
        "misfit": "Line {line}: {reason}",
        "wrong_size": "Line {line}: {name} expects {argument}={value}, but gets {actual} from the layer before it.",
        "order": "Line {line}: {name} gets its values in another order than here, and no Dense before it makes up"
        " for that.",
        "shared": "Line {line}: this {name} stands in the chain more than once, with the same weights each time. Layers"
        " here have weights of their own: write one for each place.",
        "changed": "Line {line}: {value} changes the layers in a way that is not read here.",
        "sometimes": "Line {line}: whether and how often {value} runs cannot be told without running the source.",
        "no_counterpart": "Line {line}: {value} has no counterpart among the layers here.",
        "unknown_condition": "Line {line}: whether {value} holds cannot be told without running the source.",
        "view_count": "Line {line}: {value} needs {wanted} values for each image, but gets {actual}.",
        "reused": "Line {line}: {name} is used more than once, with the same weights each time. Layers here have"
        " weights of their own: write one for each use.",
        "raises": "Line {line}: the source stops here: {value}.",
        "unfit": "Line {line}: the arguments in {value} do not fit.",
        "decorated": "Line {line}: how the decorator {value} changes {name} cannot be told without running the source.",
        "needs_arguments": "Line {line}: {name} is made nowhere in the source, and needs arguments. Add a line that"
        " makes it, such as model = {name}({value}).",
        "no_network": "No network was found: no nn.Sequential(…) or keras.Sequential([…]), no class of PyTorch with a"
        " forward, and no model of Keras.",
        "several_results": "Line {line}: the network returns a {value}. Only a single tensor can be its output.",
        "training_differs": "Line {line}: the network computes something else in training than in evaluation. Only"
        " networks that are the same in both can be read.",
        "no_layers": "Line {line}: {name} has no layers between its input and its output.",
        "several_inputs": "Line {line}: tensors of several inputs meet here. Only networks with one input are read.",
        "inner_input": "Line {line}: this model begins in the middle of another one. Only whole networks are read.",
        "scaled_in_part": "Line {line}: the images are scaled for a part of the layers only.",
        # notes about parts that are read differently
        "softmax_left_out": "Line {line}: the softmax at the end is left out, as the Output contains it.",
        "log_softmax_left_out": "Line {line}: the log-softmax at the end is left out: the Output contains the softmax,"
        " and the loss the logarithm.",
        "output_left_out": "Line {line}: the output of Python is left out.",
        "not_followed": "Line {line}: {value} is not followed; the Sequential is taken as it was before.",
        "last_of_many": "The source has {count} Sequential models; the last one, in line {line}, is taken.",
        "rescaled": "Line {line}: the scaling of the images is left out or becomes a part of the Input: images are in"
        " [0, 1] here.",
        "size_unknown": "Line {line}: {value} cannot be told without running the source: images of {size} are assumed.",
        "flat_images": "Line {line}: the source takes each image as {count} values. Here images of {size} come in,"
        " and a Flatten follows.",
        "side_or_stride": "Line {line}: {value} has one side of the kernel and then the strides, as in Keras today. In"
        " Keras 1 both numbers were sides of the kernel.",
        "channels_first_assumed": "Line {line}: {value} is read as channels first, which was usual in Keras 1.",
        "channels_last_assumed": "Line {line}: {value} has its channels last, as the source sets no other format.",
        "size_assumed": "The source does not say how large the images are: {size} is assumed.",
        "unused": "Line {line}: {name} is never used by the network, and is left out.",
        "always_dropout": "Line {line}: this {name} also drops values in evaluation; here it does so in training only.",
        "many_networks": "The source has several networks ({names}); {name} is taken.",
        "fixed_training": "Line {line}: this {name} works as in training or as after it, always; here it follows the"
        " training.",
        "dense_on_maps": "Line {line}: this Dense computes each position of its maps alone, and so becomes a 1×1"
        " convolution.",
        "layer_left_out": "Line {line}: this {name} works in training only and is left out here.",
        "initial_left_out": "Line {line}: {value} is left out: the weights begin here as they do in PyTorch itself.",
        "normalize_taken": "Line {line}: {value} becomes a part of the Input.",
        "normalize_left_out": "Line {line}: {value} is left out, as its numbers cannot be told or differ within the"
        " source. Enter mean and standard deviation in the Input.",
        "not_kept": "Line {line}: {argument} of {name} has no counterpart here and is left out.",
    }
)


@dataclass(frozen=True)
class Remark:
    """One remark. ``code`` is a key of :data:`MESSAGES`; ``line`` counts from 1, and is 0 if there is no line."""

    code: str
    line: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Sentence:
        """The remark as a sentence."""
        values = {name: _quoted(value) for name, value in self.values.items()}
        return Sentence(MESSAGES[self.code], line=str(self.line), **values)

    def sentence(self) -> str:
        """The remark as a sentence in English."""
        return str(self.said)


def _quoted(value: object) -> object:
    # the length of a sentence is limited elsewhere
    return value if isinstance(value, Sentence | int) else quoted(spell(value))


class PasteError(ValueError):
    """Source that cannot be read as a network, with all reasons. ``str()`` has a sentence in each line.

    ``choices`` are the names of the networks in the source, if it has several, and ``choice`` is the name of the one
    that cannot be read. ``size_assumed`` says that the size of the images is not known from the source.
    """

    choices: tuple[str, ...] = ()
    choice: str = ""
    size_assumed: bool = False

    def __init__(self, *remarks: Remark) -> None:
        self.remarks = remarks
        super().__init__("\n".join(remark.sentence() for remark in remarks))

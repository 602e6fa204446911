"""A kind of problem that a network can have: its sentence, and facts that depend on the kind alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class About(Enum):
    """The subject of a problem: the part of the project that a fix has to change."""

    NETWORK = auto()
    """The network as a whole."""
    MISSING_INPUT = auto()
    """A node that needs an input and has none."""
    UNUSED = auto()
    """A node that no Output depends on. A warning."""
    LAYER = auto()
    """A layer alone, whatever its inputs are."""
    INPUTS = auto()
    """A layer and the shapes of its inputs."""
    DATASET = auto()
    """The network and the dataset."""
    BATCH_SIZE = auto()
    """The network and the batch size."""
    STEPS = auto()
    """The number of training images and the batch size. A warning."""
    MEMORY = auto()
    """The network and the memory of this machine."""
    SIZE = auto()
    """A layer too large for any machine."""
    DESIGN = auto()
    """A network that can be trained as it is, but could be better. A warning."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem.

    ``template`` is its English sentence; it may use ``{node}`` and ``{kind}``, the id and the kind of the layer.

    The other fields tell whether errors that appear after a fix are caused by the fix:

    - ``moves``: the problem concerns the whole network and is reported at the node with the largest part in it. After
      an edit the same problem may be reported at another node.
    - ``counted``: a fix may lower the ``count`` of the problem without removing it.
    - ``one_outcome``: all fixes lead to the same shapes, so errors of the nodes that it feeds have other causes.
    - ``mutual``: two nodes do not fit together, so the cause may be a fix of another problem at one of them.
    - ``lets_in``: the fixes only connect nodes that were unused before, so errors of these nodes have other causes.
    - ``own``: a parameter of the node does not fit its input, and setting the parameter removes the problem.
    """

    code: str
    about: About
    template: str
    moves: bool = False
    counted: bool = False
    one_outcome: bool = False
    mutual: bool = False
    lets_in: bool = False
    own: bool = False

    @property
    def nameless(self) -> str:
        """The template for a layer without a name, as in source code: it names only the kind of the layer."""
        return self.template.replace("{kind} “{node}”", "{kind}")

    @property
    def hangs_on_settings(self) -> bool:
        """Whether the cause of such a problem is a parameter of its node, the batch size or the memory."""
        return self.own or self.about in (About.LAYER, About.BATCH_SIZE, About.MEMORY, About.SIZE)

    @property
    def concerns_training(self) -> bool:
        """Whether only training needs what is missing, such as the images: a trained network can be looked at."""
        return self.about in (About.DATASET, About.BATCH_SIZE, About.STEPS, About.MEMORY)

    @property
    def is_warning(self) -> bool:
        """Whether a network with such a problem can be trained. Others prevent training if their node is used."""
        return self.about in (About.UNUSED, About.STEPS, About.DESIGN)

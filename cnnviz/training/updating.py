"""Steps of torch's optimizers without its compiler.

An optimizer loads the whole of ``torch._dynamo``, eight hundred modules in a second or two, when it is made and at its
first step: to tell the compiler, which nobody has asked for, to leave it alone. The methods that it wraps for that are
used here as they are.
"""

from __future__ import annotations

from inspect import unwrap

import torch

SHIELDED = ("add_param_group", "state_dict", "load_state_dict", "zero_grad")
"""Methods that the compiler is to leave alone; see ``torch/_compile.py``."""


def prepare() -> None:
    """Have the methods answer without asking the compiler; to be called before an optimizer is made."""
    for name in SHIELDED:
        plain = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if plain is not None:
            # what torch itself remembers there after the first call
            setattr(plain, "__dynamo_disable", plain)


@torch.no_grad()
def update(optimizer: torch.optim.Optimizer) -> None:
    """One step: ``optimizer.step()`` without the wrappers of compiler and profiler. Hooks are not called."""
    unwrap(type(optimizer).step)(optimizer)

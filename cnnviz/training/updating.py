"""Uses torch's optimizers without importing torch's compiler.

An optimizer imports ``torch._dynamo``, eight hundred modules in a second or two, when it is created and at its first
step. It does so only to exclude its methods from compilation, which is not used here. So this file calls the methods
without the wrappers.
"""

from __future__ import annotations

from inspect import unwrap

import torch

SHIELDED = ("add_param_group", "state_dict", "load_state_dict", "zero_grad")
"""Methods that torch wraps to exclude them from compilation; see ``torch/_compile.py``."""


def prepare() -> None:
    """Make these methods skip the compiler; to be called before an optimizer is created."""
    for name in SHIELDED:
        plain = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if plain is not None:
            # torch sets the same attribute at the first call
            setattr(plain, "__dynamo_disable", plain)


@torch.no_grad()
def update(optimizer: torch.optim.Optimizer) -> None:
    """One step: ``optimizer.step()`` without the wrappers of compiler and profiler. Its hooks are not called."""
    unwrap(type(optimizer).step)(optimizer)

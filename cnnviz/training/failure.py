"""Turns an exception of the training thread into a sentence that says what happened and what to do."""

from __future__ import annotations


class NotANumber(ArithmeticError):
    """The loss at ``step`` was NaN or infinite.

    ``layer`` is the id of the first layer whose output was, or None if that is not known. ``split`` is "validation" or
    "test" if it happened in an evaluation, and empty in a training step.
    """

    def __init__(self, step: int, layer: str | None = None, split: str = "") -> None:
        super().__init__(f"loss is not a number at step {step}")
        self.step, self.layer, self.split = step, layer, split


_NO_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
"""Parts of torch's messages if memory ran out on the CPU or in a library of the GPU; these errors have no own type."""


def explain(error: BaseException, batch_size: int | None = None) -> str:
    """The sentence for an exception of the training thread, never empty. ``batch_size`` is that of the run."""
    if isinstance(error, NotANumber):
        where = f", and the first layer whose values left the range is “{error.layer}”" if error.layer else ""
        loss = f"{error.split} loss".strip()
        return (
            f"At step {error.step:,} the {loss} was no longer a number{where}: the weights grew without limit."
            " Lower the learning rate and start over."
        )
    text = str(error)
    if out_of_memory(error):
        lower = "Make the network smaller"
        if batch_size is None or batch_size > 1:
            lower = f"Lower the batch size{_half(batch_size)} or make the network smaller"
        return f"There was not enough memory for a step. {lower}, then start over."
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if any(kind.__name__ == "AcceleratorError" for kind in type(error).__mro__) or "CUDA error" in text:
        said = f" ({first})" if first else ""
        return f"The GPU no longer answers{said}. Save your project and start the program again."
    reason = (first or type(error).__name__).rstrip(".")
    return f"Training stopped: {reason}. Start over; if it happens again, start the program again."


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out. torch has a type for GPUs; on the CPU only the text of a RuntimeError shows it."""
    text = str(error)
    known = isinstance(error, MemoryError) or any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__)
    return known or any(words in text for words in _NO_MEMORY)


def _half(batch_size: int | None) -> str:
    return "" if batch_size is None else f" from {batch_size:,} to {batch_size // 2:,}"

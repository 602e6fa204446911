"""Why a run cannot go on, as a sentence that says what to do."""

from __future__ import annotations


class NotANumber(ArithmeticError):
    """The loss left the range of numbers at ``step``; ``layer`` is the first whose output did, where that is known.

    ``split`` names the images of an evaluation: "validation" or "test"; it is empty for a batch of the training.
    """

    def __init__(self, step: int, layer: str | None = None, split: str = "") -> None:
        super().__init__(f"loss is not a number at step {step}")
        self.step, self.layer, self.split = step, layer, split


_NO_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
"""What torch says where memory is missing that is not its own: that of the processor, or of the libraries of a GPU."""


def explain(error: BaseException, batch_size: int | None = None) -> str:
    """The sentence for an exception of the training thread; never empty. ``batch_size`` is that of the run."""
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
    """Whether memory ran out: torch has a type for GPUs, and for the CPU a RuntimeError whose text alone tells it."""
    text = str(error)
    known = isinstance(error, MemoryError) or any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__)
    return known or any(words in text for words in _NO_MEMORY)


def _half(batch_size: int | None) -> str:
    return "" if batch_size is None else f" from {batch_size:,} to {batch_size // 2:,}"

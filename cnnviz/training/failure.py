"""Turns an exception of the training thread into a sentence that says what happened and what to do."""

from __future__ import annotations

from cnnviz.sentence import SaidError, Sentence, unchanged


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


def explain(error: BaseException, batch_size: int | None = None) -> Sentence:
    """The sentence for an exception of the training thread. ``batch_size`` is the batch size of the run."""
    if isinstance(error, SaidError):
        return error.sentence
    if isinstance(error, NotANumber):
        return _not_a_number(error)
    if out_of_memory(error):
        return _no_memory(batch_size)
    text = str(error)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if _is_a("AcceleratorError", error) or "CUDA error" in text:
        if not first:
            return Sentence("The GPU no longer answers. Save your project and start the program again.")
        return Sentence(
            "The GPU no longer answers ({reason}). Save your project and start the program again.",
            reason=unchanged(first),
        )
    return Sentence(
        "Training stopped: {reason}. Start over; if it happens again, start the program again.",
        reason=unchanged((first or type(error).__name__).rstrip(".")),
    )


def _not_a_number(error: NotANumber) -> Sentence:
    step, layer = error.step, error.layer
    match error.split, layer is not None:
        case "validation", True:
            return Sentence(
                "At step {step} the validation loss was no longer a number, and the first layer whose values left the"
                " range is “{layer}”: the weights grew without limit. Lower the learning rate and start over.",
                step=step,
                layer=layer,
            )
        case "test", True:
            return Sentence(
                "At step {step} the test loss was no longer a number, and the first layer whose values left the range"
                " is “{layer}”: the weights grew without limit. Lower the learning rate and start over.",
                step=step,
                layer=layer,
            )
        case _, True:
            return Sentence(
                "At step {step} the loss was no longer a number, and the first layer whose values left the range is"
                " “{layer}”: the weights grew without limit. Lower the learning rate and start over.",
                step=step,
                layer=layer,
            )
        case "validation", _:
            return Sentence(
                "At step {step} the validation loss was no longer a number: the weights grew without limit. Lower the"
                " learning rate and start over.",
                step=step,
            )
        case "test", _:
            return Sentence(
                "At step {step} the test loss was no longer a number: the weights grew without limit. Lower the"
                " learning rate and start over.",
                step=step,
            )
    return Sentence(
        "At step {step} the loss was no longer a number: the weights grew without limit. Lower the learning rate and"
        " start over.",
        step=step,
    )


def _no_memory(batch_size: int | None) -> Sentence:
    if batch_size is None:
        return Sentence(
            "There was not enough memory for a step. Lower the batch size or make the network smaller, then start over."
        )
    if batch_size == 1:
        return Sentence("There was not enough memory for a step. Make the network smaller, then start over.")
    return Sentence(
        "There was not enough memory for a step. Lower the batch size from {size} to {half} or make the network"
        " smaller, then start over.",
        size=batch_size,
        half=batch_size // 2,
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out. torch has a type for GPUs; on the CPU only the text of a RuntimeError shows it."""
    text = str(error)
    has_type = isinstance(error, MemoryError) or _is_a("OutOfMemoryError", error)
    return has_type or any(words in text for words in _NO_MEMORY)


def _is_a(name: str, error: BaseException) -> bool:
    """Whether an error is of the class of torch with this name; torch itself need not be imported for that."""
    return any(kind.__name__ == name for kind in type(error).__mro__)

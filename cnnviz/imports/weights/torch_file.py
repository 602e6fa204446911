"""Reads a file of ``torch.save``: a zip archive with a pickle, and a record for each storage. No torch."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnviz.files import open_ordinary
from cnnviz.imports.weights.pickles import described
from cnnviz.imports.weights.stored import MOST_TENSORS, StoredTensor, WeightsError, WeightsFile, conversion_note
from cnnviz.imports.weights.views import Unread, View
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

PICKLE = "/data.pkl"
MOST_PICKLE_BYTES = 2**22
WRAPPERS = (
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "module",
    "model_ema", "ema", "ema_state_dict", "backbone", "encoder",
)  # fmt: skip
"""Keys under which training programs keep a state dict, the usual ones first."""
DEEPEST = 3
"""How deep state dicts are wrapped at most."""
_PART_BYTES = 2**20
_LOCAL_HEADER = 30
"""The bytes of the header before a record of a zip archive, without name and extra field."""
_NAME_LENGTH, _EXTRA_LENGTH = slice(26, 28), slice(28, 30)
"""Where the header has the lengths of name and extra field."""
_MAGIC = b"PK\x03\x04"
MOST_OTHERS, MOST_CLASSES = 5, 3
"""The most entries, and the most classes of objects, that a sentence names."""


@dataclass(frozen=True)
class _Place:
    """Where the values of a storage are in the file: from byte ``start`` on, ``size`` bytes with a checksum."""

    start: int
    size: int
    checksum: int


def open_torch(path: Path, archive: zipfile.ZipFile, size: int) -> WeightsFile:
    """The weights in the zip ``archive`` of ``size`` bytes at ``path``; raises WeightsError or what zipfile raises."""
    entries = {entry.filename: entry for entry in archive.infolist()}
    pickles = [name for name in entries if name.endswith(PICKLE)]
    if any(name.endswith("/constants.pkl") or "/code/" in name for name in entries):
        raise WeightsError(
            Sentence(
                "It is a TorchScript program, not weights. Load it with torch.jit.load, and save its state_dict() with"
                " torch.save."
            )
        )
    if "model.weights.h5" in entries:
        raise WeightsError(
            Sentence(
                "It is a model of Keras, which is not read. An ONNX file is, which Keras writes with"
                ' model.export(FILE, format="onnx").'
            )
        )
    if len(pickles) != 1:
        raise WeightsError(
            Sentence("It is a zip archive, but holds no state dict of PyTorch. Save one with torch.save.")
        )
    prefix = pickles[0].removesuffix(PICKLE)
    value, unread = described(_record(archive, entries[pickles[0]], size))
    found, notes = _state_dict(value, unread)
    order = _byte_order(archive, entries.get(f"{prefix}/byteorder"), size)
    with open_ordinary(path) as file:
        places = {
            view.storage.key: _place(file, entries.get(f"{prefix}/data/{view.storage.key}"), size, name)
            for name, view in found.items()
        }
    for name, view in found.items():
        _check(name, view, places[view.storage.key])
    tensors = {name: StoredTensor(name, view.storage.dtype, view.shape) for name, view in found.items()}
    values = _Values(path, found, places, order)
    return WeightsFile(path, "PyTorch", tensors, (*notes, *conversion_note(tensors)), values)


def _state_dict(value: Any, unread: frozenset[str]) -> tuple[dict[str, View], list[Sentence]]:
    """The tensors of the state dict in a value by name, and notes; raises WeightsError if there is none."""
    notes: list[Sentence] = []
    for _ in range(DEEPEST):
        if not isinstance(value, dict):
            break
        tensors = {name: tensor for name, tensor in value.items() if isinstance(name, str) and isinstance(tensor, View)}
        if len(tensors) > MOST_TENSORS:
            raise WeightsError(Sentence("It has more than {most} tensors, which no network has.", most=MOST_TENSORS))
        if tensors:
            if others := sum(1 for key in value if key not in tensors):
                notes.append(
                    plural(
                        "{count} entries beside its tensors are not weights, and are not read.",
                        "One entry beside its tensors is no weight, and is not read.",
                        others,
                    )
                )
            return tensors, notes
        if (key := _wrapper(value)) is None:
            break
        if beside := tuple(quoted(str(other)) for other in value if other != key)[:MOST_OTHERS]:
            notes.append(
                Sentence("The weights are those under “{key}”; not read: {others}.", key=quoted(key), others=beside)
            )
        value = value[key]
    raise _without_weights(value, unread)


def _wrapper(value: Mapping[Any, Any]) -> str | None:
    """The key of an inner dict that holds tensors, of a wrapper if possible; else the first wrapper, which may hold
    them deeper; None if there is none."""
    inner = [key for key, each in value.items() if isinstance(key, str) and isinstance(each, dict)]
    wrappers = [key for key in WRAPPERS if key in inner]
    candidates = [*wrappers, *(key for key in inner if key not in wrappers)]
    for key in candidates:
        if any(isinstance(name, str) and isinstance(tensor, View) for name, tensor in value[key].items()):
            return key
    return wrappers[0] if wrappers else None


def _without_weights(value: Any, unread: frozenset[str]) -> WeightsError:
    holds_objects = isinstance(value, Unread) or (
        isinstance(value, dict) and any(isinstance(v, Unread) for v in value.values())
    )
    if holds_objects and unread:
        return WeightsError(
            Sentence(
                "It holds objects of {names}, and no state dict: a whole model cannot be read without running its"
                " code. Where it was made, save its weights with torch.save(model.state_dict(), …).",
                names=tuple(f"“{quoted(name)}”" for name in sorted(unread)[:MOST_CLASSES]),
            )
        )
    return WeightsError(Sentence("It holds no state dict. Save one with torch.save(model.state_dict(), …)."))


def _record(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int) -> bytes:
    """The content of a small record, stored and not larger than the file."""
    _require_stored(entry, size)
    if entry.file_size > MOST_PICKLE_BYTES:
        raise WeightsError(Sentence("Its list of tensors is larger than that of any network."))
    return archive.read(entry)


def _require_stored(entry: zipfile.ZipInfo, size: int) -> None:
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.compress_size != entry.file_size:
        raise WeightsError(
            Sentence("It was packed anew by another program. Load it with PyTorch, and save it again with torch.save.")
        )
    if entry.file_size > size:
        raise _truncated()


def _truncated() -> WeightsError:
    return WeightsError(Sentence("It is truncated. Replace it by a complete copy."))


def _byte_order(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None, size: int) -> Literal["<", ">"]:
    """The prefix of numpy's types for the byte order of the values; old files name none and are little-endian."""
    return ">" if entry is not None and _record(archive, entry, size).strip() == b"big" else "<"


def _place(file: io.BufferedReader, entry: zipfile.ZipInfo | None, size: int, name: str) -> _Place:
    """Where the values of a tensor's storage are; raises WeightsError if they are not in the file."""
    if entry is None:
        raise WeightsError(Sentence("The values of “{name}” are missing in it.", name=quoted(name)))
    _require_stored(entry, size)
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(_MAGIC):
        raise zipfile.BadZipFile("a record has no header")
    lengths = (int.from_bytes(header[part], "little") for part in (_NAME_LENGTH, _EXTRA_LENGTH))
    start = entry.header_offset + _LOCAL_HEADER + sum(lengths)
    if start + entry.file_size > size:
        raise _truncated()
    return _Place(start, entry.file_size, entry.CRC)


def _check(name: str, view: View, place: _Place) -> None:
    """Raise WeightsError unless a tensor lies in its storage, and has no more values than that."""
    item = _item_size(view)
    last = view.offset + _reach(view)
    count = StoredTensor(name, "", view.shape).count
    if view.storage.count * item > place.size or (count and last >= view.storage.count) or count > view.storage.count:
        raise WeightsError(Sentence("“{name}” has more values than the file holds for it.", name=quoted(name)))


def _reach(view: View) -> int:
    """The place of the last value of a tensor, counted from its first."""
    return sum((side - 1) * step for side, step in zip(view.shape, view.strides, strict=True))


def _item_size(view: View) -> int:
    return 2 if view.storage.dtype == "bfloat16" else np.dtype(view.storage.dtype).itemsize


class _Values:
    """Reads the values of tensors from the file at ``path``, whose numbers have this byte ``order``."""

    def __init__(
        self, path: Path, views: Mapping[str, View], places: Mapping[str, _Place], order: Literal["<", ">"]
    ) -> None:
        self._path, self._views, self._places, self._order = path, views, places, order
        self._sound: set[str] = set()
        """The storages whose checksum was compared. Many tensors may share a large one."""

    def __call__(self, tensor: StoredTensor) -> NDArray[Any]:
        """The values of a tensor in its shape: float32, or int64 if they are whole numbers."""
        view = self._views[tensor.name]
        place, item = self._places[view.storage.key], _item_size(view)
        count = 1 + _reach(view) if tensor.count else 0
        try:
            with open_ordinary(self._path) as file:
                if view.storage.key not in self._sound:
                    _compare(file, place, tensor.name)
                    self._sound.add(view.storage.key)
                file.seek(place.start + view.offset * item)
                content = file.read(count * item)
        except OSError as error:
            raise WeightsError(Sentence("“{name}” cannot be read from it.", name=quoted(tensor.name))) from error
        if len(content) < count * item:
            raise _truncated()
        bfloat = view.storage.dtype == "bfloat16"
        kind = np.dtype("u2" if bfloat else view.storage.dtype).newbyteorder(self._order)
        values = np.lib.stride_tricks.as_strided(
            np.frombuffer(content, kind, count),
            view.shape,
            tuple(step * item for step in view.strides),
            writeable=False,
        )
        return from_bfloat16(values) if bfloat else computed(values)


def _compare(file: io.BufferedReader, place: _Place, name: str) -> None:
    """Raise WeightsError unless the values of a storage have their checksum."""
    file.seek(place.start)
    left, checksum = place.size, 0
    while left and (part := file.read(min(left, _PART_BYTES))):
        left -= len(part)
        checksum = zlib.crc32(part, checksum)
    if left:
        raise _truncated()
    if checksum != place.checksum:
        raise WeightsError(Sentence("The values of “{name}” have changed since they were written.", name=quoted(name)))


def from_bfloat16(values: NDArray[Any]) -> NDArray[Any]:
    """float32 from the bits of bfloat16 (uint16), its upper half; the shape stays."""
    return (values.astype(np.uint32) << 16).view(np.float32)


def computed(values: NDArray[Any]) -> NDArray[Any]:
    """A copy in the same shape: as float32, or as int64 for whole numbers."""
    return np.array(values, np.float32 if values.dtype.kind == "f" else np.int64, order="C")

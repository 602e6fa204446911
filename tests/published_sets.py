"""Public datasets with small files in the forms in which their authors publish them, on a server on this machine."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from arrays_of_images import made, write_idx

from cnnviz.data.sources.public import PUBLIC

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import Loopback
    from numpy.typing import NDArray

    from cnnviz.data.sources.public import Public

IMAGES, LABELS = made(40, (32, 32, 3), 10)
"""uint8 (40, 32, 32, 3) and int64 (40,)."""


def packed_idx(path: Path, array: NDArray[np.generic]) -> bytes:
    write_idx(path, array)
    return path.read_bytes()


def idx_files(public: Public, folder: Path) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for remote in public.files:
        grey = IMAGES[:, :28, :28, 0] if "train" in remote.name else IMAGES[:10, :28, :28, 1]
        numbers = LABELS[: len(grey)]
        if "idx2" in remote.name:
            array: NDArray[np.generic] = np.stack([numbers, *[numbers + 500] * 7], 1).astype(np.int32)
        else:
            array = grey if "images" in remote.name else numbers.astype(np.uint8)
        contents[remote.name] = packed_idx(folder / remote.name, array)
    return contents


def emnist_file(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in ("letters", "balanced"):
            for split, count in {"train": 40, "test": 10}.items():
                name = f"emnist-{part}-{split}"
                grey = IMAGES[:count, :28, :28, 0].transpose(0, 2, 1)
                labels = (LABELS[:count] + (part == "letters")).astype(np.uint8)
                for kind, array in {"images-idx3": grey, "labels-idx1": labels}.items():
                    member = zipfile.ZipInfo(f"gzip/{name}-{kind}-ubyte.gz")
                    archive.writestr(member, packed_idx(folder / "x.gz", array))
        archive.writestr(zipfile.ZipInfo("../evil"), "out of the folder")
    return file.getvalue()


def cifar_file(fine: bool) -> bytes:
    planar = IMAGES.transpose(0, 3, 1, 2).reshape(40, -1)
    columns = [np.full(40, 7), LABELS] if fine else [LABELS]
    records = np.concatenate([np.stack(columns, 1), planar], 1).astype(np.uint8)
    if fine:
        contents = {"cifar-100-binary/train.bin": records, "cifar-100-binary/test.bin": records[:10]}
    else:
        contents = {f"cifar-10-batches-bin/data_batch_{at + 1}.bin": records[8 * at : 8 * at + 8] for at in range(5)}
        contents["cifar-10-batches-bin/test_batch.bin"] = records[:10]
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, array in {"../evil": records, **contents}.items():
            member = tarfile.TarInfo(name)
            member.size = array.nbytes
            archive.addfile(member, io.BytesIO(array.tobytes()))
    return file.getvalue()


def svhn_file(count: int) -> bytes:
    """As MATLAB writes it: two compressed matrices."""

    pixels = IMAGES[:count].transpose(1, 2, 3, 0).tobytes(order="F")
    labels = np.where(LABELS[:count] == 0, 10, LABELS[:count]).astype(np.uint8)
    return matlab_file({b"X": ((32, 32, 3, count), pixels), b"y": ((count, 1), labels.tobytes())})


def matlab_file(matrices: dict[bytes, tuple[tuple[int, ...], bytes]]) -> bytes:
    """A file of compressed matrices of bytes, each with its shape, by names of one letter."""

    def element(kind: int, content: bytes) -> bytes:
        return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)

    made = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    for name, (shape, values) in matrices.items():
        inner = element(6, struct.pack("<II", 9, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape))
        one = element(14, inner + struct.pack("<HH", 1, 1) + name + bytes(3) + element(2, values))
        content = zlib.compress(one)
        made += struct.pack("<II", 15, len(content)) + content
    return made


def published(name: str, server: Loopback, folder: Path) -> Public:
    """A public dataset with small files, on the server."""
    public = PUBLIC[name]
    folder.mkdir(exist_ok=True)
    match public.packing:
        case "idx":
            contents = idx_files(public, folder)
        case "emnist":
            contents = {"gzip.zip": emnist_file(folder)}
        case "svhn":
            contents = {"train_32x32.mat": svhn_file(40), "test_32x32.mat": svhn_file(10)}
        case _:
            contents = {public.files[0].name: cifar_file(public.packing == "cifar100")}
    for file, content in contents.items():
        server.files[f"/{name}/{file}"] = content
        (folder / file).write_bytes(content)
    files = tuple(
        replace(
            remote,
            url=f"{server.address}/{name}/{remote.name}",
            md5=hashlib.md5(contents[remote.name]).hexdigest(),
            size=len(contents[remote.name]),
        )
        for remote in public.files
    )
    return replace(public, files=files)

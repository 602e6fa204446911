"""Damaged images of the user, of every kind of file: a sentence or a load, in little time and memory."""

from __future__ import annotations

import csv
import io
import json
import resource
import shutil
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from arrays_of_images import made, write_idx
from mutations import attacks, damaged_bytes, watched
from PIL import Image

from cnnviz.data.errors import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_BYTES = 200 * 2**20
"""More memory than at the start is not needed by any of these files, which have some kilobytes."""
SHAPE = (9, 7)


def in_grey(_: Form) -> Form:
    return Form(1, 8, 8)


def in_colour(_: Form) -> Form:
    return Form(3, 8, 8)


def folder(path: Path) -> None:
    kinds = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM", "TGA", "ICO", "TIFF")
    pixels, _ = made(len(kinds), (16, 16, 3))
    (path / "a").mkdir()
    for image, kind in zip(pixels, kinds, strict=True):
        Image.fromarray(image).save(path / "a" / f"one.{'jpg' if kind == 'JPEG' else kind.lower()}", kind)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels[0]).convert("P").save(path / "a" / "palette.png")
    Image.fromarray(pixels[0]).convert("CMYK").save(path / "a" / "cmyk.jpg", exif=exif)
    Image.fromarray(pixels[0, ..., 0].astype(np.uint16) * 200).save(path / "a" / "deep.png")
    frames = [Image.fromarray(image) for image in pixels[:3]]
    frames[0].save(path / "a" / "animated.gif", save_all=True, append_images=frames[1:])


def idx(path: Path) -> None:
    images, labels = made(20, SHAPE)
    write_idx(path / "images", images)
    write_idx(path / "labels.gz", labels.astype(np.uint8))


def npz(path: Path) -> None:
    images, labels = made(20, SHAPE)
    np.savez_compressed(path / "all.npz", x_train=images, y_train=labels, x_test=images / 255, y_test=labels)


def npy(path: Path) -> None:
    images, labels = made(20, SHAPE)
    np.save(path / "images.npy", images)
    np.save(path / "labels.npy", labels)


def pixels_csv(path: Path) -> None:
    images, labels = made(20, (5, 5))
    with (path / "all.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["label", *range(25)])
        table.writerows([label, *image.ravel()] for label, image in zip(labels, images, strict=True))


def paths_csv(path: Path) -> None:
    folder(path)
    names = sorted(each.name for each in (path / "a").iterdir())
    lines = [f'"a/{name}",{"ä" if at % 2 else "b"},train' for at, name in enumerate(names)]
    (path / "all.csv").write_text("\n".join(["path,label,split", *lines]), encoding="utf-8")


def parquet(path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    images, labels = made(20, (16, 16, 3))
    records = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        records.append({"bytes": file.getvalue(), "path": "x"})
    about = json.dumps({"info": {"features": {"label": {"names": ["a", "b", "c"]}}}})
    table = pa.table({"image": records, "label": labels}).replace_schema_metadata({"huggingface": about})
    write_table(table, path / "all.parquet", row_group_size=8)


KINDS = (folder, idx, npz, npy, pixels_csv, paths_csv, parquet)


@pytest.mark.parametrize("write", KINDS, ids=lambda write: write.__name__)
def test_sources(write: Callable[[Path], None], tmp_path: Path, home: Path) -> None:
    whole, place = tmp_path / "whole", tmp_path / "damaged"
    whole.mkdir()
    write(whole)
    assert len(open_source(whole).contents)
    contents = {path.relative_to(whole): path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    shutil.copytree(whole, place)
    begin = _peak()
    for number, chance in attacks(write.__name__, 150, 5_000):
        for name in chance.sample(sorted(contents), k=min(len(contents), chance.choice((1, 1, 3)))):
            (place / name).write_bytes(damaged_bytes(contents[name], chance))
        with watched(f"{write.__name__} {number}"):
            try:
                found = describe_path(place, in_grey if chance.random() < 0.5 else in_colour)
                assert found.description.training > 0
            except DataError as error:
                assert str(error).endswith((".", "pyarrow")) and len(str(error)) < 400
        shutil.rmtree(home / "cache" / "decoded", ignore_errors=True)
        for name, content in contents.items():
            (place / name).write_bytes(content)
    assert _peak() - begin < MOST_BYTES


def _peak() -> int:
    """The most bytes that the process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

"""Parquet files as Hugging Face writes them."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from arrays_of_images import made
from PIL import Image

from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import open_source
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form, Trouble

if TYPE_CHECKING:
    from pathlib import Path


def test_without_pyarrow_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match="pip install pyarrow"):
        open_source(tmp_path)


class TestWithPyarrow:
    """What needs pyarrow, which is an extra of the program."""

    @pytest.fixture(autouse=True)
    def parquet(self) -> Any:
        pytest.importorskip("pyarrow")
        import pyarrow.parquet

        return pyarrow.parquet

    def write(self, path: Path, count: int, seed: int, broken: int | None = None, names: bool = True) -> np.ndarray:
        import pyarrow as pa
        import pyarrow.parquet as pq

        images, labels = made(count, (8, 8, 3), seed=seed)
        records = []
        for at, image in enumerate(images):
            file = io.BytesIO()
            Image.fromarray(image).save(file, "PNG")
            records.append({"bytes": b"nothing" if at == broken else file.getvalue(), "path": f"{at}.png"})
        about = {"info": {"features": {"label": {"names": ["Äpfel", "犬", "c"], "_type": "ClassLabel"}}}}
        table = pa.table({"image": records, "label": labels})
        if names:
            table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
        pq.write_table(table, path, row_group_size=7)
        return images

    def test_shards_and_splits(self, tmp_path: Path) -> None:
        folder = tmp_path / "pets" / "data"
        folder.mkdir(parents=True)
        first = self.write(folder / "train-00000-of-00002.parquet", 20, 0)
        second = self.write(folder / "train-00001-of-00002.parquet", 10, 1, broken=3)
        tests = self.write(folder / "test-00000-of-00001.parquet", 9, 2)
        source = open_source(tmp_path / "pets")
        assert source.contents.title == "pets" and source.contents.classes == ("Äpfel", "犬", "c")
        assert source.contents.form == Form(3, 8, 8)
        block = source.read("train", 0, 30, Form(3, 8, 8))
        assert [(fault.name, fault.trouble) for fault in block.faults] == [
            ("train-00001-of-00002.parquet, 24", Trouble.UNREADABLE)
        ]
        expected = np.concatenate([first, second]).transpose(0, 3, 1, 2)
        expected[23] = 0
        assert np.array_equal(block.images, expected)
        assert np.array_equal(source.read("test", 4, 9, Form(3, 8, 8)).images, tests[4:].transpose(0, 3, 1, 2))
        assert len(load_choice(describe_path(tmp_path / "pets").choice).test) == 9

    def test_numbers_where_no_names_are_given(self, tmp_path: Path) -> None:
        self.write(tmp_path / "all.parquet", 20, 0, names=False)
        assert open_source(tmp_path / "all.parquet").contents.classes == ("0", "1", "2")

    def test_labels_of_bytes(self, tmp_path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = io.BytesIO()
        Image.new("L", (8, 8)).save(file, "PNG")
        labels = pa.array([b"cat", b"caf\xe9", "café".encode(), b"caf\xe8"], pa.binary())
        pq.write_table(pa.table({"image": [file.getvalue()] * 4, "label": labels}), tmp_path / "all.parquet")
        contents = open_source(tmp_path / "all.parquet").contents
        assert contents.classes == ("cafè", "café", "cat") and contents.labels["train"].tolist() == [2, 1, 1, 0]

    def test_damaged_files_and_other_tables(self, tmp_path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = tmp_path / "a.parquet"
        path.write_bytes(b"PAR1 nothing")
        with pytest.raises(DataError, match="is no Parquet file of pictures, or is damaged"):
            open_source(path)
        pq.write_table(pa.table({"x": [1], "y": [2]}), path)
        with pytest.raises(DataError, match="no columns “image” and “label”; its columns are x, y"):
            open_source(path)

"""A run comes back whole from its archive; of any other file nothing is added to the library."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from full_disk import full_disk
from mutations import attacks, damaged_bytes, watched
from runs_kit import recorded_run
from training_kit import assert_same

from cnnviz.runs import archive
from cnnviz.runs.folder import FACTS, LABEL, NUMBERS, SUMMARY, VERSION, RunError, project_at, weights, weights_path
from cnnviz.runs.library import Library
from cnnviz.runs.summary import read_entries
from cnnviz.zip_files import MOST_DIRECTORY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = "20260102-030405-0a1b2c3d"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = recorded_run(tmp_path_factory.mktemp("library") / RUN)
    Library(folder.parent).label(RUN, "first", "a note")
    return folder


@pytest.fixture
def packed(run: Path, tmp_path: Path) -> Path:
    path = tmp_path / "packed.cnnviz-run"
    archive.write(run, path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def nothing_added(home: Path) -> bool:
    return not home.exists() or not list(home.iterdir())


def test_all_of_a_run_comes_back(run: Path, packed: Path, tmp_path: Path) -> None:
    home = tmp_path / "other machine" / "runs"
    assert archive.read(packed, home) == RUN
    assert Library(home).runs() == Library(run.parent).runs()
    assert contents(home / RUN) == contents(run)
    assert [path.name for path in home.iterdir()] == [RUN]
    assert project_at(home / RUN, 9) == project_at(run, 9)
    for step in (0, 4, 9):
        assert_same(weights(home / RUN, step)[1], weights(run, step)[1])


def test_an_archive_is_a_zip_file_that_other_programs_read_and_write(run: Path, packed: Path, tmp_path: Path) -> None:
    assert archive.is_archive(packed) and not archive.is_archive(run / FACTS)
    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        file.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked" / RUN / ".DS_Store").write_bytes(b"not ours")
    for name in (SUMMARY, "owner.json"):
        (tmp_path / "unpacked" / RUN / name).write_bytes(b"{}")
    again = shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path / "unpacked")
    archive.read(tmp_path / again, tmp_path / "home")
    assert contents(tmp_path / "home" / RUN) == contents(run)


@pytest.mark.parametrize(
    ("name", "run_id"),
    [(f"{RUN} (copy)", f"{RUN}-copy"), ("Läufe & Co.", "L-ufe-Co"), ("…", "run"), ("x" * 200, "x" * 64)],
)
def test_a_folder_of_any_name_with_other_files_in_it(run: Path, tmp_path: Path, name: str, run_id: str) -> None:
    folder = tmp_path / name
    shutil.copytree(run, folder)
    for place in (folder, folder / "moments", folder / "moments" / "000000000009"):
        (place / "notes of mine.txt").write_text("not ours")
        (place / "cnnviz-abc.part").write_text("half a file")
    (folder / "more.json").mkdir()
    archive.write(folder, tmp_path / "packed")
    assert archive.read(tmp_path / "packed", tmp_path / "home") == run_id
    assert contents(tmp_path / "home" / run_id) == contents(run)
    archive.write(folder, tmp_path / "with project", project=project_at(run, 9))
    assert archive.project_in(tmp_path / "with project") == project_at(run, 9)


def test_an_archive_can_have_some_moments_only(run: Path, tmp_path: Path) -> None:
    path, home = tmp_path / "some", tmp_path / "home"
    archive.write(run, path, steps=(9,))
    archive.read(path, home)
    (one,) = Library(home).runs()
    assert [(moment.step, moment.exact) for moment in one.moments] == [(9, True)]
    assert read_entries(home / RUN).steps == 9
    before = path.read_bytes()
    with pytest.raises(RunError, match="has no moment at step 5 any more"):
        archive.write(run, path, steps=(9, 5))
    assert path.read_bytes() == before


def test_a_run_that_is_there_already_gets_another_id(run: Path, packed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    library = Library(home)
    assert [archive.read(packed, home) for _ in range(3)] == [RUN, f"{RUN}-2", f"{RUN}-3"]
    library.delete(f"{RUN}-2")
    assert archive.read(packed, home) == f"{RUN}-4"
    library.restore(f"{RUN}-2")
    assert len(library.runs()) == 4
    assert contents(home / f"{RUN}-2") == contents(run)


def test_a_full_disk_leaves_no_part_of_a_run(run: Path, packed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with full_disk(1500):
        with pytest.raises(RunError, match="could not be opened: File too large"):
            archive.read(packed, home)
        with pytest.raises(RunError, match="could not be written: File too large"):
            archive.write(run, tmp_path / "full")
    assert nothing_added(home) and not (tmp_path / "full").exists()
    assert not list(tmp_path.glob("*.part"))


def changed(packed: Path, change: Callable[[zipfile.ZipInfo, bytes], tuple[zipfile.ZipInfo, bytes]]) -> Path:
    """The archive with each entry changed by a function."""
    path = packed.with_name("changed")
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(*change(entry, old.read(entry)))
    return path


@pytest.mark.parametrize(
    "name",
    ["../outside.json", f"{RUN}/../../outside.json", f"{RUN}/moments/../../outside.json", "/outside.json",
     f"{RUN}\\..\\outside.json", f"{RUN}/program.py", f"{RUN}/moments/evil.json", "../run.json"],
)  # fmt: skip
def test_an_archive_with_other_files_is_refused(packed: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr(name, b"{}")
    with pytest.raises(RunError, match="is damaged, or no archive"):
        archive.read(packed, tmp_path / "home" / "runs")
    assert nothing_added(tmp_path / "home" / "runs")
    assert not list(tmp_path.rglob("outside*")) and not list(tmp_path.rglob("*.py"))


def linked(entry: zipfile.ZipInfo, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    if entry.filename.endswith(LABEL):
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        return entry, b"/etc/passwd"
    return entry, content


def newer(entry: zipfile.ZipInfo, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    if entry.filename.endswith(FACTS):
        content = content.replace(f'"version": {VERSION}'.encode(), f'"version": {VERSION + 1}'.encode())
    return entry, content


def huge(entry: zipfile.ZipInfo, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    if entry.filename.endswith(NUMBERS):
        entry.compress_type = zipfile.ZIP_DEFLATED
        return entry, bytes(2**28)
    return entry, content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [(linked, "is damaged, or no archive"), (newer, "by a newer version"), (huge, "is damaged, or no archive")],
)
def test_strange_entries_are_refused(
    packed: Path,
    tmp_path: Path,
    change: Callable[[zipfile.ZipInfo, bytes], tuple[zipfile.ZipInfo, bytes]],
    sentence: str,
) -> None:
    with pytest.raises(RunError, match=sentence):
        archive.read(changed(packed, change), tmp_path / "home")
    assert nothing_added(tmp_path / "home")


def test_a_file_that_is_there_twice_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(f"{RUN}/{LABEL}", b"{}")
    with pytest.raises(RunError, match="is damaged, or no archive"):
        archive.read(packed, tmp_path / "home")
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(f"{RUN}/{FACTS}", b"{}")
        file.writestr(f"another/{NUMBERS}", b"")
    with pytest.raises(RunError, match="holds no recorded run"):
        archive.read(packed, tmp_path / "home")
    assert nothing_added(tmp_path / "home")


def test_an_entry_that_says_a_smaller_size_is_refused(packed: Path, tmp_path: Path) -> None:
    content = bytearray(changed(packed, huge).read_bytes())
    # the size of the numbers in the table of contents
    at = content.rindex(f"{RUN}/{NUMBERS}".encode()) - 46 + 24
    assert struct.unpack_from("<I", content, at)[0] == 2**28
    struct.pack_into("<I", content, at, 100)
    packed.write_bytes(content)
    with pytest.raises(RunError, match="is damaged, or no archive"):
        archive.read(packed, tmp_path / "home")
    assert nothing_added(tmp_path / "home")


def test_a_table_of_contents_without_end_is_not_read(packed: Path, tmp_path: Path) -> None:
    content = bytearray(packed.read_bytes())
    length = MOST_DIRECTORY_BYTES + 1
    at = content.rindex(b"PK\5\6")
    struct.pack_into("<II", content, at + 12, length, 0)
    packed.write_bytes(bytes(length) + content[at:])
    with pytest.raises(RunError, match="is damaged, or no archive"):
        archive.read(packed, tmp_path / "home")


@pytest.mark.parametrize("content", [b"", b"PK\5\6" + bytes(18), b"PK\3\4" + bytes(100), b"hello"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange"
    path.write_bytes(content)
    with pytest.raises(
        RunError, match=r"“strange” (is damaged, or no archive of a recorded run|holds no recorded run)\."
    ):
        archive.read(path, tmp_path / "home")
    for other, sentence in ((tmp_path, "it is a folder"), (tmp_path / "gone", "No such file")):
        with pytest.raises(RunError, match=sentence):
            archive.read(other, tmp_path / "home")
    assert nothing_added(tmp_path / "home")


def test_random_damage_is_refused_or_changes_nothing_that_counts(run: Path, packed: Path, tmp_path: Path) -> None:
    content, whole = packed.read_bytes(), contents(run)
    home = tmp_path / "home"
    for number, chance in attacks("archives", 150, 3_000):
        packed.write_bytes(damaged_bytes(content, chance))
        with watched(f"archive {number}"):
            try:
                added = archive.read(packed, home)
            except RunError as error:
                assert str(error).endswith(".") and nothing_added(home)
                continue
            for name, part in contents(home / added).items():
                assert part == whole[name] or name == SUMMARY
            shutil.rmtree(home)


def test_a_run_that_cannot_be_read_is_not_archived(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"The recorded run in “{RUN}” could not be read: No such file"):
        archive.write(tmp_path / RUN, tmp_path / "packed")
    with pytest.raises(RunError, match=r"“.*/gone/packed” could not be written: No such file"):
        archive.write(run, tmp_path / "gone" / "packed")
    assert not (tmp_path / "packed").exists()


def test_a_moment_that_is_deleted_meanwhile_is_left_out(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / RUN)
    weights_path(tmp_path / RUN, 4).unlink()
    archive.write(tmp_path / RUN, tmp_path / "packed")
    archive.read(tmp_path / "packed", tmp_path / "home")
    (one,) = Library(tmp_path / "home").runs()
    assert [moment.step for moment in one.moments] == [0, 9]

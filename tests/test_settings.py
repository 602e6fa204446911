"""Preferences survive a restart, and a broken file harms nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz import settings
from cnnviz.log import start_logging
from cnnviz.settings import MOST_RECENT, Settings, folders


def test_all_folders_are_below_the_home_that_is_set(home: Path) -> None:
    found = folders()
    for folder in (found.config, found.data, found.cache, found.log):
        assert folder.is_dir()
        assert folder.is_relative_to(home)
    assert found.settings.parent == found.config
    assert found.recovery.parent == found.data


def test_without_it_they_are_where_the_system_wants_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CNNVIZ_HOME")
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    assert folders().config == tmp_path / "CONFIG" / "cnnviz"
    assert folders().data == tmp_path / "DATA" / "cnnviz"


def test_settings_are_read_back_as_they_were_written() -> None:
    some = Settings("dark", ("/a.cnnviz", "/b.cnnviz"), "Z2Vv", "YXJy", "cuda:0", 3, 1000, "keras")
    assert settings.load() == Settings()
    assert settings.save(some)
    assert settings.load() == some


def test_settings_of_another_version_keep_what_is_known() -> None:
    folders().settings.write_text(json.dumps({"theme": "light", "invented_later": [1, 2]}))
    assert settings.load() == Settings(theme="light")


@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "[]", "null", "[" * 100_000, "\x00\xff"],
)  # fmt: skip
def test_a_broken_file_is_kept_aside_and_the_defaults_are_used(content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = folders().settings
    path.write_text(content, encoding="latin-1")
    assert settings.load() == Settings()
    assert path.with_name("settings.json.broken").read_text(encoding="latin-1") == content
    assert not path.exists()
    (record,) = caplog.records
    assert record.getMessage().startswith("The settings in “")
    assert settings.load() == Settings()


@pytest.mark.parametrize(
    "entry",
    [
        {"theme": "pink"}, {"theme": []}, {"threads": -1}, {"threads": "2"}, {"threads": True}, {"recent": [1]},
        {"recent": ["\ud800"]}, {"recent": ["a\0b"]}, {"recent": [""]}, {"recent": "/a"}, {"geometry": "abc"},
        {"geometry": "YWJj.YWJj"}, {"arrangement": "é"}, {"geometry": "YWJj" * 5000}, {"device": "\ud800"},
        {"threads": float("inf")}, {"validation": 10**4000}, {"framework": None}, {"folders": {}},
        {"folders": [["film", "/"]]}, {"folders": [["code"]]}, {"folders": [["code", ""]]}, {"folders": [[[], "/"]]},
    ],
)  # fmt: skip
def test_a_preference_that_cannot_be_understood_has_its_default(
    entry: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    folders().settings.write_text(json.dumps({"validation": 77, "threads": 7, **entry}))
    read = settings.load()
    ((name, _),) = entry.items()
    assert read == replace(Settings(validation=77, threads=7), **{name: getattr(Settings(), name)})
    (record,) = caplog.records
    assert record.getMessage().startswith(f"The setting “{name}” cannot be ")
    assert len(record.getMessage()) < 150
    assert settings.save(read)
    assert settings.load() == read


def test_a_recent_file_whose_name_is_no_utf8_is_remembered(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.cnnviz"))
    assert settings.save(Settings().with_recent(path))
    assert settings.load().recent == (str(path),)


def test_without_a_home_nothing_is_kept_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(path: str) -> str:
        return path

    monkeypatch.delenv("CNNVIZ_HOME")
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", unknown)
    monkeypatch.chdir(tmp_path)
    assert settings.load() == Settings()
    assert not caplog.records
    assert not settings.save(Settings(theme="dark"))
    assert settings.unwritable() == folders().config
    assert settings.start_folder() == Path()
    assert start_logging() is None
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings.unwritable() is None
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNVIZ_HOME", str(tmp_path / "file" / "home"))
    assert settings.load() == Settings()
    assert not settings.save(Settings())
    assert settings.unwritable() == tmp_path / "file" / "home" / "config"
    assert start_logging() is None


def test_a_pipe_in_the_place_of_settings_and_log_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(folders().settings)
    os.mkfifo(folders().log / "cnnviz.log")
    assert settings.load() == Settings()
    assert "it is a pipe, not an ordinary file" in caplog.text
    assert not settings.save(Settings(theme="dark"))
    assert start_logging() is None


def test_a_failed_save_is_said_in_the_log_and_keeps_the_old_file(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.save(Settings(theme="dark"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert not settings.save(Settings(theme="light"))
    assert "The settings could not be saved: No space left on device." in caplog.text
    assert settings.load() == Settings(theme="dark")
    assert [one.name for one in folders().config.iterdir()] == ["settings.json"]


def test_recent_files_are_the_last_ones_once_each(tmp_path: Path) -> None:
    some = Settings()
    for at in range(MOST_RECENT + 3):
        some = some.with_recent(tmp_path / f"{at}.cnnviz")
    some = some.with_recent(tmp_path / "5.cnnviz")
    assert len(some.recent) == MOST_RECENT
    assert some.recent[:2] == (str(tmp_path / "5.cnnviz"), str(tmp_path / "12.cnnviz"))
    assert some.recent.count(str(tmp_path / "5.cnnviz")) == 1
    assert str(tmp_path / "5.cnnviz") not in some.without_recent(tmp_path / "5.cnnviz").recent


def test_the_log_is_opened_once(home: Path) -> None:
    import logging

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        path = start_logging()
        assert path is not None
        assert path.is_relative_to(home)
        assert start_logging() == path
        logging.getLogger("cnnviz").error("a sentence")
        assert "a sentence" in path.read_text(encoding="utf-8")
    finally:
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


def test_the_folder_used_last_is_kept_for_each_kind_while_it_is_there(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    some = Settings().with_folder("project", tmp_path).with_folder("code", other).with_folder("project", one)
    assert settings.save(some) and settings.load() == some
    assert (some.folder("project"), some.folder("code"), some.folder("picture")) == (one, other, None)
    one.rmdir()
    assert settings.load().folder("project") is None


def test_dialogs_begin_beside_a_project_of_another_folder(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    used = Settings().with_project_folder(one).with_folder("training", other).with_folder("picture", other)
    assert used.with_project_folder(one) == used
    moved = used.with_project_folder(other)
    assert (moved.folder("project"), moved.folder("training"), moved.folder("picture")) == (other, None, other)

"""Folders in the user's cache: complete or not there, whatever is killed, damaged or written at the same time."""

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from cli.deploy.cached_folders import CachedFolders, DamagedFolderError
from tests.cli.killed_process import is_killed

MOST = 2


@pytest.fixture
def cached(tmp_path: Path) -> CachedFolders:
    """Return a cache in a folder that does not exist yet."""
    return CachedFolders(tmp_path / "cache" / "assemblies", MOST)


def writing(text: str) -> Callable[[Path], bool]:
    """Return a function that writes two files with this text."""

    def write(folder: Path) -> bool:
        (folder / "sub").mkdir()
        (folder / "a.json").write_text(text)
        (folder / "sub" / "b.json").write_text(text)
        return True

    return write


def text_of(cached: CachedFolders, digest: str) -> str | None:
    """Return the text in the folder of this digest, or None if there is none."""
    found: list[str] = []
    cached.use(digest, lambda folder: found.extend((folder / name).read_text() for name in ("a.json", "sub/b.json")))
    assert len(set(found)) <= 1
    return found[0] if found else None


def names(cached: CachedFolders) -> set[str]:
    return {each.name for each in cached.folder.iterdir() if each.is_dir()}


def test_a_folder_is_found_by_its_digest_only(cached: CachedFolders) -> None:
    assert text_of(cached, "one") is None
    assert cached.keep("one", writing("first"))

    assert text_of(cached, "one") == "first"
    assert text_of(cached, "two") is None


def test_what_is_not_to_be_kept_leaves_nothing(cached: CachedFolders) -> None:
    assert not cached.keep("one", lambda folder: not writing("secret")(folder))

    assert names(cached) == set()


def test_of_two_at_once_one_is_kept(cached: CachedFolders) -> None:
    both = threading.Barrier(2, timeout=20)

    def write(text: str) -> bool:
        def meet(folder: Path) -> bool:
            both.wait()  # so neither has removed what the other writes
            return writing(text)(folder)

        return cached.keep("one", meet)

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(write, ("first", "second"))] == [True, True]
    assert text_of(cached, "one") in {"first", "second"}
    assert names(cached) == {"one"}


@pytest.mark.parametrize("damage", ["changed", "cut off", "removed", "added"])
def test_a_damaged_folder_is_removed_and_not_read(damage: str, cached: CachedFolders) -> None:
    cached.keep("one", writing("first"))
    file = cached.folder / "one" / "a.json"
    match damage:
        case "changed":
            file.write_text("FIRST")
        case "cut off":
            file.write_text("fir")
        case "removed":
            file.unlink()
        case _:
            (file.parent / "c.json").touch()

    with pytest.raises(DamagedFolderError):
        text_of(cached, "one")
    assert text_of(cached, "one") is None
    cached.keep("one", writing("second"))
    assert text_of(cached, "one") == "second"


def test_those_that_were_used_last_stay(cached: CachedFolders) -> None:
    for seconds, digest in enumerate(("one", "two", "three")):
        cached.keep(digest, writing(digest))
        os.utime(cached.folder / digest, (seconds, seconds))  # long ago, one after another
        text_of(cached, "one")

    assert names(cached) == {"one", "three"}


def test_a_writer_that_is_killed_at_any_step_leaves_nothing_half(cached: CachedFolders) -> None:
    steps = 0
    for steps in count(1):
        if not is_killed(lambda: cached.keep("one", writing("whole")), steps):
            break
        assert text_of(cached, "one") in {None, "whole"}
        cached.keep("two", writing("next"))
        assert names(cached) <= {"one", "two"}, "the next one removes what was left"
        shutil.rmtree(cached.folder)
    assert steps > 8
    assert text_of(cached, "one") == "whole"

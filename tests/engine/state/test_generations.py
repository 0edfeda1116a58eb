"""Kills of a writer at any moment: the current generation is complete, either the previous one or the new one."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from engine.state import generations
from engine.state.generations import Mark

MARK = Mark("2030-01-07T10:00:00Z", 4566, "17 then", last=False)


def write(folder: Path, text: str) -> None:
    before = generations.newest(folder)
    beside = generations.begin(folder)
    for name in ("dynamodb", "sqs"):
        generations.put(text, beside / f"{name}.json", before and before.path / f"{name}.json")
    generations.commit(beside, MARK)
    generations.prune(folder)


def content(folder: Path) -> set[str]:
    newest = generations.newest(folder)
    assert newest is not None
    return {(newest.path / f"{name}.json").read_text() for name in ("dynamodb", "sqs")}


class Killed(BaseException):
    """Raised to simulate the end of the process."""


@pytest.mark.parametrize("call", range(16))
def test_a_writer_killed_at_any_call_leaves_one_whole_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    folder, left = tmp_path / "saved", [call]

    def until_killed(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **options: object) -> object:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return real(*arguments, **options)

        return counted

    write(folder, "monday")
    with monkeypatch.context() as patched:
        for owner, name in (
            *((Path, name) for name in ("mkdir", "rename", "write_bytes", "write_text")),
            (os, "rmdir"),
        ):
            patched.setattr(owner, name, until_killed(getattr(owner, name)))
        with suppress(Killed):
            write(folder, "tuesday")
    assert content(folder) in ({"monday"}, {"tuesday"})
    write(folder, "wednesday")

    assert content(folder) == {"wednesday"}
    assert len([*folder.iterdir()]) == 1, "nothing of an earlier attempt is left"


def test_unchanged_files_are_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, "monday")
    newest = generations.newest(tmp_path)
    assert newest is not None
    before = (newest.path / "sqs.json").stat().st_ino
    write(tmp_path, "monday")
    newest = generations.newest(tmp_path)

    assert newest is not None
    assert newest.number == 2
    assert (newest.path / "sqs.json").stat().st_ino == before

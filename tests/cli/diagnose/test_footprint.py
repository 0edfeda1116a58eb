"""The disk that a sandbox uses, while its files come and go."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.diagnose.footprint import disk_bytes


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 10_000)
    once = disk_bytes(tmp_path)
    os.link(tmp_path / "one", tmp_path / "two")
    assert disk_bytes(tmp_path) == once >= 10_000


def test_a_folder_that_is_removed_meanwhile_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "kept").write_bytes(b"x" * 10_000)
    scandir = os.scandir

    def removing(path: Any) -> Iterator[Any]:
        if Path(path) == tmp_path / "gone":
            Path(path).rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", removing)
    assert disk_bytes(tmp_path) >= 10_000

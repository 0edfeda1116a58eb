"""Files in an archive of a wheel: the same bytes for the same files, and no name of each in the wheel's own lists."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path


def write_archive(file: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Write contents to an archive, each under its name, a path with `/`: the same bytes for the same contents."""
    with tarfile.open(file, "w:xz", preset=9) as archive:
        for name, content in contents:
            entry = tarfile.TarInfo(name)  # without times, owners and permissions of this machine
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def read_archive(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file in an archive."""
    with tarfile.open(file, "r:xz") as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None, entry.name  # noqa: S101 - only a file is ever added
            yield entry.name, content.read()

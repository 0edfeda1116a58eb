"""The log of what changed since a generation: without it, a kill would lose everything since then.

A file `7.log` beside the generations begins with a line, and then has entries. An entry has all changes between two
instants at which nothing was being changed, so the entries until any of them are a state that was. Its length and its
checksum precede it: what a killed process wrote of the last one is ignored.

The mark of a generation has the number of the first log after it (generations.py). Logs with higher numbers continue
it, up to one that begins with a snapshot (`AFTER_SNAPSHOT`): that one needs the generation of this snapshot, which has
changes that no log has.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from engine.state import generations
from engine.state.generations import LOG_SUFFIX, Generation

AFTER_SNAPSHOT: Final = b"paysandbox changes 1, after a snapshot\n"
CONTINUED: Final = b"paysandbox changes 1\n"

_HEAD: Final = struct.Struct(">II")
"""The length of an entry in bytes, and its CRC-32."""


@dataclass
class ChangeLog:
    """A log that is being written. Not for concurrent use."""

    path: Path
    file: IO[bytes]
    size: int
    is_empty: bool = True

    @classmethod
    def begin(cls, folder: Path, number: int, *, after_snapshot: bool) -> Self:
        """Create an empty log, and the folder: the first generation may not be there yet. Raises OSError."""
        with suppress(FileExistsError):
            folder.mkdir()
        path = folder / f"{number}{LOG_SUFFIX}"
        file = path.open("wb", buffering=0)
        line = AFTER_SNAPSHOT if after_snapshot else CONTINUED
        file.write(line)
        return cls(path, file, len(line))

    @property
    def number(self) -> int:
        """The number of the log."""
        return int(self.path.stem)

    def append(self, entry: bytes) -> None:
        """Write an entry, which the system keeps if this process is killed. Raises OSError.

        A log that was removed or moved is an error, too: the next start would not find it.
        """
        if not os.path.samestat(self.path.stat(), os.fstat(self.file.fileno())):
            raise FileNotFoundError(2, os.strerror(2), str(self.path))
        data = memoryview(_HEAD.pack(len(entry), zlib.crc32(entry)) + entry)
        while data:
            data = data[self.file.write(data) :]
        self.size += _HEAD.size + len(entry)
        self.is_empty = False

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def entries(folder: Path, generation: Generation, until: int | None = None) -> Iterator[bytes]:
    """Yield the entries after a generation, in order, of the logs before the one of number `until`."""
    number = generation.mark.log
    while number != until:
        try:
            file = (folder / f"{number}{LOG_SUFFIX}").open("rb")
        except FileNotFoundError:
            return
        with file:
            line = file.readline()
            if line != CONTINUED and not (line == AFTER_SNAPSHOT and number == generation.mark.log):
                return
            yield from _entries_of(file)
            if file.tell() != os.fstat(file.fileno()).st_size:
                return
        number += 1


def all_entries(folder: Path, generation: Generation, until: int) -> Iterator[bytes]:
    """Yield the entries of all logs after a generation and before `until`, whether or not they need another one."""
    for number in generations.logs(folder):
        if generation.mark.log <= number < until:
            with (folder / f"{number}{LOG_SUFFIX}").open("rb") as file:
                file.readline()
                yield from _entries_of(file)


def _entries_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the whole entries. Afterwards, the file is at the end of the last one."""
    while True:
        begin = file.tell()
        head = file.read(_HEAD.size)
        if len(head) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            entry = file.read(length)
            if len(entry) == length and zlib.crc32(entry) == checksum:
                yield entry
                continue
        file.seek(begin)
        return

"""Folders in the user's cache, each by a digest of what it was made of. Clones and work trees share them.

A folder is written beside the others and renamed when it is complete, is compared with its own digest before it is
read, and is removed when others were used after it. Any number of processes may use the same cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.state.state_dir import read_json, write_json

RECORD: Final = "digest.json"
"""The file with the digest of the others in a folder."""

_WRITING: Final = ".writing"
_BESIDE: Final = ".beside"


class DamagedFolderError(Exception):
    """A folder was not as it was written, and is removed."""


@dataclass(frozen=True)
class CachedFolders:
    """The folders in one folder: at most `most`, those that were used last."""

    folder: Path
    most: int

    def use(self, digest: str, read: Callable[[Path], object]) -> bool:
        """Call `read` with the folder of this digest. Return False if there is none. Raises DamagedFolderError.

        Nobody removes the folder until `read` returns.
        """
        found = self.folder / digest
        with self._locked(fcntl.LOCK_SH):
            if not found.is_dir():
                return False
            is_whole = read_json(found / RECORD) == _record(found)
            if is_whole:
                os.utime(found)
                read(found)
        if not is_whole:
            with self._locked(fcntl.LOCK_EX):
                shutil.rmtree(found, ignore_errors=True)
            raise DamagedFolderError(digest)
        return True

    def keep(self, digest: str, write: Callable[[Path], bool]) -> bool:
        """Call `write` with an empty folder, and keep it unless `write` returns False. Of two at once, one is kept.

        Return whether there is a folder of this digest now.
        """
        with self._writing():
            beside = Path(tempfile.mkdtemp(suffix=_BESIDE, dir=self.folder))
            try:
                if not write(beside):
                    return False
                write_json(beside / RECORD, _record(beside))
                with self._locked(fcntl.LOCK_EX):
                    if not (self.folder / digest).is_dir():
                        beside.rename(self.folder / digest)
                    self._prune()
                return True
            finally:
                shutil.rmtree(beside, ignore_errors=True)

    def _prune(self) -> None:
        folders = [each for each in self.folder.iterdir() if each.is_dir() and not each.suffix]
        for old in sorted(folders, key=lambda each: each.stat().st_mtime, reverse=True)[self.most :]:
            shutil.rmtree(old)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold what all writers hold. If this is the first of them, remove what killed ones left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _WRITING).open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                for left in self.folder.glob(f"*{_BESIDE}"):
                    shutil.rmtree(left, ignore_errors=True)
            fcntl.flock(held, fcntl.LOCK_SH)
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as held:
            fcntl.flock(held, how)
            yield


def _record(folder: Path) -> dict[str, Any]:
    """Return the SHA-256 of everything in a folder: the names and contents of its files."""
    whole = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file != folder / RECORD):
        whole.update(f"{file.relative_to(folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return {"sha256": whole.hexdigest()}

"""The memory and the disk that a sandbox uses."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.sandbox.processes import PROC

_BLOCK_BYTES = 512  # the unit of st_blocks


def memory_bytes(pids: Iterable[int]) -> int:
    """Return the memory of these processes; one that has ended counts as 0.

    On Linux, pages that several processes share count once, in proportion (PSS). Elsewhere, each process counts them.
    """
    if PROC.is_dir():
        return sum(map(_pss_bytes, pids))
    named = ",".join(map(str, pids))
    done = subprocess.run(["ps", "-o", "rss=", "-p", named], capture_output=True, text=True, check=False)
    return sum(int(kilobytes) * 1024 for kilobytes in done.stdout.split())


def disk_bytes(folder: Path) -> int:
    """Return the bytes that a folder takes on disk; a file with several hard links counts once."""
    return sum(_sizes(folder))


def _pss_bytes(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # the process has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _sizes(folder: Path) -> Iterator[int]:
    inodes: set[int] = set()
    # Unlike a recursive pattern, it leaves out what is removed meanwhile, a folder too.
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            try:
                stat = Path(place, name).lstat()
            except OSError:
                continue
            if stat.st_ino not in inodes:
                inodes.add(stat.st_ino)
                yield stat.st_blocks * _BLOCK_BYTES

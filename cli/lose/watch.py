"""`lose --watch`: after a change of a file, the worst red cell is tried again, and all cells once it is green."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from cli.lose.cells import AnyCell
from cli.lose.results import Outcome, Run
from cli.terminal.failure import Failure

_PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "venv", "dist", "build", "target", "coverage"})
"""Folders whose files follow from others. So do hidden ones."""
_MOST_FILES: Final = 20_000
_LOOK_AGAIN_S: Final = 0.5

Files = Mapping[str, tuple[int, int]]
"""When each file was last changed, in nanoseconds, and its size in bytes, by its path."""


def watch(
    attempt: Callable[[Sequence[AnyCell]], Run],
    folder: Path,
    cells: Sequence[AnyCell],
    say: Callable[[str], None],
    *,
    wait: Callable[[float], object] = time.sleep,
) -> NoReturn:
    """Try `cells`, all if there are none, and after each change of a file below the folder the worst red one.

    Ends only by an exception, as Ctrl-C is one. A later run that cannot start, as while a program is being changed,
    waits for the next change. Raises Failure if the first run does, and for a folder with too many files.
    """
    wanted, red, has_run = cells, cells, False
    while True:
        before = files_below(folder)
        try:
            run = attempt(red)
        except Failure as failure:
            if not has_run:
                raise
            say(failure.message)
        else:
            has_run = True
            lost = [result.cell for result in run.red_first if result.outcome is Outcome.LOST]
            if not lost and [*red] != [*wanted]:
                red = wanted
                continue
            red = lost[:1] or wanted
        say(f"Waiting for a change below {folder}, to try {_named(red)}. Ctrl-C ends it.")
        while files_below(folder) == before:
            wait(_LOOK_AGAIN_S)


def files_below(folder: Path) -> Files:
    """Return the files below a folder. Raises Failure if there are too many to be looked at every half second."""
    found: dict[str, tuple[int, int]] = {}
    for path, status in _walk(folder):
        found[path] = status
        if len(found) > _MOST_FILES:
            raise Failure(f"There are more than {_MOST_FILES} files below {folder}.", "Watch in the program's folder.")
    return found


def _walk(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _PASSED_OVER and not name.startswith(".")]
        for name in names:
            path = Path(at, name)
            try:
                status = path.stat()
            except OSError:  # removed meanwhile
                continue
            yield str(path), (status.st_mtime_ns, status.st_size)


def _named(cells: Sequence[AnyCell]) -> str:
    return ", ".join(str(cell) for cell in cells) if cells else "all cells"

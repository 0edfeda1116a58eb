"""The saved generations of the engine's state: numbered folders, each complete, of which the highest is current.

A generation is written to a folder under another name (`8.new`), marked, and renamed (`8`): a folder with a plain
number is complete, even if a process was killed. Older generations are renamed (`7.old`) before they are removed.
Unchanged files are hard links to the previous generation, so a file is deleted with the last folder that links it.
Logs (`7.log`) beside them have what changed since. Those of before the newest generation are removed too.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER_NAME = "saved"

# The environment variable with the seconds between two generations, and its default.
EVERY_VARIABLE = "SNAPSHOT_EVERY_S"
EVERY_S = 15.0

FORMAT = 6
"""The format of generations, and of the logs after them."""
READABLE = frozenset({4, 5, FORMAT})
"""The formats that are read. Format 4 had no logs, and 5 nothing beside the items of tables."""

LOG_SUFFIX = ".log"

MARK = "generation.json"
"""The file of a generation with its metadata."""
_NEW, _OLD = ".new", ".old"


@dataclass(frozen=True)
class Mark:
    """The metadata of a generation.

    `at` is the moment that it captures (ISO 8601, UTC), `port` the port in its services' URLs, `engine` the engine that
    wrote it (`engine_name`), `last` whether that engine wrote it during a graceful stop, `requests` how often it had
    been asked to save its state, `format` the format of its files, `log` the number of the first log with what changed
    since (change_log.py).
    """

    at: str
    port: int
    engine: str
    last: bool
    requests: int = 0
    format: int = FORMAT
    log: int = 0


@dataclass(frozen=True)
class Generation:
    """A complete generation on disk."""

    path: Path
    mark: Mark

    @property
    def number(self) -> int:
        """The generation's number, higher than that of every earlier generation."""
        return int(self.path.name)


def engine_name(facts: dict[str, Any]) -> str:
    """Return the name of the engine that wrote the lock: a process ID alone can be reused."""
    return f"{facts['pid']} {facts['started_at']}"


def newest(folder: Path) -> Generation | None:
    """Return the current generation, or None if nothing was ever saved."""
    while numbers := [int(each.name) for each in _entries(folder) if each.name.isdigit()]:
        path = folder / str(max(numbers))
        try:
            return Generation(path, Mark(**{"format": 1, **_read(path / MARK)}))
        except FileNotFoundError:  # removed by the running engine in favor of a newer one
            continue
    return None


def begin(folder: Path) -> Path:
    """Return an empty folder for the next generation, without leftovers of an earlier attempt."""
    before = newest(folder)
    beside = folder / f"{1 if before is None else before.number + 1}{_NEW}"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    return beside


def commit(beside: Path, mark: Mark) -> Generation:
    """Make the folder the current generation."""
    (beside / MARK).write_text(json.dumps(asdict(mark)), encoding="utf-8")
    path = beside.with_name(beside.name.removesuffix(_NEW))
    beside.rename(path)
    return Generation(path, mark)


def prune(folder: Path) -> None:
    """Remove all generations but the newest, and leftovers of interrupted writes and removals."""
    counts = newest(folder)
    for each in _entries(folder):
        if (counts is not None and each == counts.path) or each.suffix == LOG_SUFFIX:
            continue
        if each.name.isdigit():
            each = each.rename(each.with_name(each.name + _OLD))  # noqa: PLW2901 - the same folder
        shutil.rmtree(each, ignore_errors=True)


def logs(folder: Path) -> list[int]:
    """Return the numbers of the logs, in order."""
    return sorted(int(each.stem) for each in _entries(folder) if each.suffix == LOG_SUFFIX and each.stem.isdigit())


def next_log(folder: Path) -> int:
    """Return the number of the next log, higher than that of every earlier one."""
    counts = newest(folder)
    return 1 + max([0 if counts is None else counts.mark.log, *logs(folder)])


def prune_logs(folder: Path) -> None:
    """Remove the logs of before the newest generation."""
    counts = newest(folder)
    for number in logs(folder):
        if counts is not None and number < counts.mark.log:
            (folder / f"{number}{LOG_SUFFIX}").unlink(missing_ok=True)


def remove_logs(folder: Path) -> None:
    """Remove all logs, the last one first, so that those that are left continue each other."""
    for number in reversed(logs(folder)):
        (folder / f"{number}{LOG_SUFFIX}").unlink(missing_ok=True)


def put(content: str | bytes, file: Path, before: Path | None) -> None:
    """Write a file of a generation, or link it if the previous one has the same."""
    data = content.encode() if isinstance(content, str) else content
    if before is not None and _holds(before, data):
        os.link(before, file)
        return
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)


def _holds(file: Path, data: bytes) -> bool:
    try:
        return file.stat().st_size == len(data) and file.read_bytes() == data
    except FileNotFoundError:
        return False


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def _entries(folder: Path) -> list[Path]:
    return [*folder.iterdir()] if folder.is_dir() else []

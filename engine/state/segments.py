"""How a table's items are saved: a base with all of them, and segments with those written or removed since.

A generation adds one segment with what has changed since the previous generation, and links the others. So a snapshot
reads little of the engine's memory: whatever a forked process reads is copied, since reading counts references.
When the segments outgrow the base, they are merged, from file to file.

A line has an item's keys in JSON, a tab, and the item as it is stored (packed_items.py) in Base64, or nothing if it was
removed. Of several lines with the same keys, the last one counts. A file beside them has the dictionary for unpacking.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.state.packed_items import PackedItems

SEGMENTS_MAX: Final = 16
"""More are merged into one."""
SEGMENTS_BYTES_MIN: Final = 1_000_000
"""Segments are merged with a base that is smaller only from this size on."""

_SUFFIX: Final = ".items"
_DICTIONARY: Final = ".dictionary"
_LINES_AT_ONCE: Final = 1_000

FOLDER_NAME: Final = "items"
"""The folder of a generation with its tables."""

Alive = Callable[[], None]


def load(folder: Path, name: str) -> PackedItems | None:
    """Return the items of a table, or None if the folder has none."""
    files = _files(folder, name)
    if not files:
        return None
    dictionary = folder / f"{name}{_DICTIONARY}"
    items = PackedItems(dictionary=dictionary.read_bytes() if dictionary.exists() else b"")
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                keys, _, packed = line.rstrip(b"\n").partition(b"\t")
                key, sort_key = json.loads(keys)
                if packed:
                    items.write_packed(key, sort_key, b64decode(packed))
                elif items.has(key, sort_key):
                    items.remove(key, sort_key)
                    if not items[key]:
                        del items[key]
    items.written.clear()
    items.is_saved = True
    return items


def save(
    items: PackedItems, lines: Collection[bytes] | None, before: Path | None, folder: Path, name: str, alive: Alive
) -> None:
    """Save a table in `folder`, after the previous generation, which is in `before`.

    `lines` are those of what was written since then (`line`), or None if the previous generation has nothing of it.
    `alive` is called repeatedly, and raises to stop.
    """
    if lines is not None and before is not None and _files(before, name):
        extend(before, folder, name, lines, items.dictionary, alive)
        return
    folder.mkdir(exist_ok=True)
    if items.dictionary:
        (folder / f"{name}{_DICTIONARY}").write_bytes(items.dictionary)
    every = (line(keys, items.packed(*keys)) for keys in items.keys_of_all())
    _write(_file(folder, name, 0), every, alive)


def extend(before: Path, folder: Path, name: str, lines: Collection[bytes], dictionary: bytes, alive: Alive) -> None:
    """Save a table that the previous generation has in `before`, with the lines of what was written since then."""
    folder.mkdir(exist_ok=True)
    text, earlier = folder / f"{name}{_DICTIONARY}", before / f"{name}{_DICTIONARY}"
    if earlier.exists():
        text.hardlink_to(earlier)
    elif dictionary:
        text.write_bytes(dictionary)
    files = _files(before, name)
    for number, file in enumerate(files):
        _file(folder, name, number).hardlink_to(file)
    if not lines:
        return
    items = PackedItems(dictionary=text.read_bytes() if text.exists() else b"")
    _write(_file(folder, name, len(files)), (_compressed(each, items) for each in lines), alive)
    _compact(folder, name, alive)


def names(folder: Path) -> set[str]:
    """Return the names of the tables that a folder has."""
    return {file.name.removesuffix(_SUFFIX).rpartition(".")[0] for file in folder.glob(f"*{_SUFFIX}")}


def line(keys: tuple[str, str], packed: bytes | None) -> bytes:
    """Return the line of an item as it is stored, or of its removal (None)."""
    return json.dumps(keys).encode("ascii") + b"\t" + b64encode(packed or b"") + b"\n"


def keys_of(line: bytes) -> bytes:
    """Return what a line has in common with all others of the same item."""
    return line.partition(b"\t")[0]


def _compressed(line: bytes, items: PackedItems) -> bytes:
    keys, _, packed = line.rstrip(b"\n").partition(b"\t")
    return keys + b"\t" + b64encode(items.compressed(b64decode(packed))) + b"\n"


def _compact(folder: Path, name: str, alive: Alive) -> None:
    files = _files(folder, name)
    base_bytes, *others = (file.stat().st_size for file in files)
    if sum(others) > max(base_bytes, SEGMENTS_BYTES_MIN):
        merged = files
    elif len(others) > SEGMENTS_MAX:
        merged = files[1:]
    else:
        return
    beside = merged[0].with_suffix(".merged")
    _write(beside, _merged(merged, is_base=merged is files), alive)
    for file in merged:
        file.unlink()
    beside.rename(merged[0])


def _merged(files: Sequence[Path], *, is_base: bool) -> Iterator[bytes]:
    """Yield the lines that count. A base has no lines of removed items."""
    last_file: dict[bytes, int] = {}
    for number, file in enumerate(files[1:], 1):
        with file.open("rb") as lines:
            last_file |= {keys_of(line): number for line in lines}
    for number, file in enumerate(files):
        with file.open("rb") as lines:
            for line in lines:
                keys, _, packed = line.partition(b"\t")
                if last_file.get(keys, 0) == number and not (is_base and packed == b"\n"):
                    yield line


def _write(file: Path, lines: Iterable[bytes], alive: Alive) -> None:
    with file.open("wb") as out:
        for number, line in enumerate(lines):
            if number % _LINES_AT_ONCE == 0:
                alive()
            out.write(line)


def _files(folder: Path, name: str) -> list[Path]:
    found: dict[int, Path] = {}
    for file in folder.glob(f"{name}.*{_SUFFIX}"):
        number = file.name[len(name) + 1 : -len(_SUFFIX)]
        if number.isdigit():
            found[int(number)] = file
    return [found[number] for number in sorted(found)]


def _file(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}.{number}{_SUFFIX}"

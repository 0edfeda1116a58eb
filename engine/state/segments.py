"""How a table's items are saved: a base with all of them, and segments with those written or removed since.

A generation adds one segment with what has changed since the previous generation, and links the others. So a snapshot
reads little of the engine's memory: whatever a forked process reads is copied, since reading counts references.
When the segments outgrow the base, they are merged, from file to file.

A line has an item's keys in JSON, a tab, and the item as it is stored (packed_items.py) in Base64, or nothing if it was
removed. Then there is a tab and the JSON of the attributes that the table's indexes need (key_attributes.py), so that a
start unpacks nothing. Their names are in the first line, which has no tab. A file without it, or with other names than
the last one, is read too: its items are unpacked then. Lines of the log (changes.py) have no attributes: they are added
when a segment is made of them.

A file has one line of an item, and that of the last file counts. A file beside them has the dictionary for unpacking.
"""

import json
from base64 import b64decode, b64encode
from binascii import a2b_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final

from engine.fast_json import decoded, encoded
from engine.state.key_attributes import row_of
from engine.state.packed_items import PackedItems

SEGMENTS_MAX: Final = 16
"""More are merged into one."""
SEGMENTS_BYTES_MIN: Final = 1_000_000
"""Segments are merged with a base that is smaller only from this size on."""

_SUFFIX: Final = ".items"
_DICTIONARY: Final = ".dictionary"
_LINES_AT_ONCE: Final = 1_000
_WITH_ROW: Final = 3
"""The columns of a line with the attributes beside its item."""

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
    names_line, last_file = _names_line_of(files[-1]), _last_files(files)
    names: Sequence[str] = () if names_line is None else decoded(names_line)
    for number, file in enumerate(files):
        has_rows = names_line is not None and _names_line_of(file) == names_line
        with file.open("rb") as lines:
            while some := [*islice(lines, _LINES_AT_ONCE)]:
                columns = [line.rstrip(b"\n").split(b"\t") for line in some]
                counting = [of for of in columns if last_file.get(of[0], 0) == number and len(of) > 1 and of[1]]
                # One call of JSON's decoder for all of them takes a fraction of the time.
                keys = decoded(_array(of[0] for of in counting))
                packed = map(a2b_base64, [of[1] for of in counting])
                rows = _array(of[2] if len(of) == _WITH_ROW else b"null" for of in counting) if has_rows else None
                items.restore(zip(keys, packed, strict=True), names, rows)
    items.written.clear()
    items.is_saved = True
    return items


def save(
    items: PackedItems,
    lines: Collection[bytes] | None,
    before: Path | None,
    folder: Path,
    name: str,
    alive: Alive,
    attributes: Sequence[str] = (),
) -> None:
    """Save a table in `folder`, after the previous generation, which is in `before`.

    `lines` are those of what was written since then (`line`), or None if the previous generation has nothing of it.
    `attributes` are the names of those that are saved beside an item. `alive` is called repeatedly, and raises to stop.
    """
    if lines is not None and before is not None and _files(before, name):
        extend(before, folder, name, lines, items.dictionary, alive, attributes)
        return
    folder.mkdir(exist_ok=True)
    if items.dictionary:
        (folder / f"{name}{_DICTIONARY}").write_bytes(items.dictionary)
    every = (
        _segment_line(json.dumps(keys).encode("ascii"), items.packed(*keys) or b"", items, attributes)
        for keys in items.keys_of_all()
    )
    _write(_file(folder, name, 0), chain([_names_line(attributes)], every), alive)


def extend(
    before: Path,
    folder: Path,
    name: str,
    lines: Collection[bytes],
    dictionary: bytes,
    alive: Alive,
    attributes: Sequence[str] = (),
) -> None:
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
    compressed = (_compressed(each, items, attributes) for each in lines)
    _write(_file(folder, name, len(files)), chain([_names_line(attributes)], compressed), alive)
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


def _compressed(line: bytes, items: PackedItems, attributes: Sequence[str]) -> bytes:
    """Return the line of a segment for one of the log."""
    keys, _, packed = line.rstrip(b"\n").partition(b"\t")
    return _segment_line(keys, b64decode(packed), items, attributes) if packed else line


def _segment_line(keys: bytes, packed: bytes, items: PackedItems, attributes: Sequence[str]) -> bytes:
    """Return the line of an item of a segment."""
    row = encoded(row_of(items.unpacked(packed), attributes))
    return keys + b"\t" + b64encode(items.compressed(packed)) + b"\t" + row + b"\n"


def _names_line(attributes: Sequence[str]) -> bytes:
    """Return the first line of a segment."""
    return encoded([*attributes]) + b"\n"


def _names_line_of(file: Path) -> bytes | None:
    """Return the first line of a segment, or None if it has no names."""
    with file.open("rb") as lines:
        line = lines.readline()
    return None if b"\t" in line or not line else line


def _last_files(files: Sequence[Path]) -> Mapping[bytes, int]:
    """Return the number of the last file that has a line with these keys, of those that are not only in the first."""
    last_file: dict[bytes, int] = {}
    for number, file in enumerate(files[1:], 1):
        with file.open("rb") as lines:
            last_file |= {keys_of(line): number for line in lines}
    return last_file


def _array(values: Iterable[bytes]) -> bytes:
    """Return the JSON array of values in JSON."""
    return b"[" + b",".join(values) + b"]"


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
    names_line, last_file = _names_line_of(files[-1]), _last_files(files)
    if names_line is not None:
        yield names_line
    for number, file in enumerate(files):
        has_rows = _names_line_of(file) == names_line
        with file.open("rb") as lines:
            for line in lines:
                keys, tab, packed = line.partition(b"\t")
                if not tab or last_file.get(keys, 0) != number or (is_base and packed == b"\n"):
                    continue
                yield line if has_rows else keys + tab + packed.rstrip(b"\n").partition(b"\t")[0] + b"\n"


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

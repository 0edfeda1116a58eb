"""How a generation of the engine's state is written and read: one file per service, as in ministack.

Two things are stored outside those files. Large contents (the zips of functions and layers) are stored once each, under
their SHA-256. Tables' items have a file per table with a line per partition, so that a table without writes is not
written again.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from cli.engine_process.generations import Generation, put

Key = tuple[str, str, str]
"""A table: account, region, name."""

BLOB_BYTES_MIN = 32_768

_BLOB = "__blob__"
_BLOBS, _ITEMS = "blobs", "items"
_TABLES = "dynamodb"
_FORMAT = "__ministack_format__"

# Records of the past keep the port of their time.
_HISTORY = frozenset({_TABLES, "cloudwatch_logs"})

_PARTITIONS_AT_ONCE = 500

# Attribute values are JSON already: binary values are Base64.
_ITEM_JSON = json.JSONEncoder(check_circular=False)


class Writer:
    """Writes one generation. `persistence` is ministack's module; `alive` raises when writing must stop."""

    def __init__(
        self, folder: Path, before: Generation | None, persistence: Any, alive: Callable[[], None] = lambda: None
    ) -> None:
        self._folder = folder
        self._before = None if before is None else before.path
        self._persistence = persistence
        self._alive = alive
        self._digests: dict[int, str] = {}
        self.changed = False

    def write(
        self,
        services: Mapping[str, Callable[[], dict[str, Any] | None]],
        *,
        unchanged_tables: Iterable[Key] = (),
        digests: Mapping[int, str] | None = None,
    ) -> None:
        """Write every service. `digests` are the known ones, by the content's `id`."""
        self._digests = dict(digests or {})
        for name, get_state in services.items():
            self._alive()
            state = get_state()
            file = f"{name}.json"
            if state is None:  # its module cannot be loaded: its last saved state is kept
                self._carry_over(file)
                continue
            if name == _TABLES:
                state = self._without_items(state, frozenset(unchanged_tables))
            version = self._persistence._state_format_version(name)  # noqa: SLF001 - ministack's own format of a service
            self._put(file, json.dumps({_FORMAT: version, "payload": state}, default=self._encoded))

    def _without_items(self, state: dict[str, Any], unchanged: frozenset[Key]) -> dict[str, Any]:
        tables = type(state["tables"])()
        for key, table in state["tables"]._data.items():  # noqa: SLF001 - there is no other way to it
            tables._data[key] = {name: part for name, part in table.items() if name != "items"}  # noqa: SLF001 - there is no other way to it
            name = _items_file(key)
            if not (key in unchanged and self._carry_over(name)):
                self._write_items(name, table["items"])
        return {**state, "tables": tables}

    def _write_items(self, name: str, items: Mapping[str, Any]) -> None:
        file = self._folder / name
        file.parent.mkdir(exist_ok=True)
        partitions = iter(items.items())
        with file.open("w", encoding="utf-8") as out:
            while lines := [_ITEM_JSON.encode(partition) for partition in islice(partitions, _PARTITIONS_AT_ONCE)]:
                self._alive()
                out.write("\n".join(lines) + "\n")
        before = self._before / name if self._before else None
        if before is not None and _same(before, file):
            file.unlink()
            self._carry_over(name)
        else:
            self.changed = True

    def _encoded(self, value: Any) -> Any:
        if isinstance(value, bytes) and len(value) >= BLOB_BYTES_MIN:
            digest = self._digests.get(id(value)) or hashlib.sha256(value).hexdigest()
            name = f"{_BLOBS}/{digest}"
            if not (self._folder / name).exists() and not self._carry_over(name):
                self._put(name, value)
            return {_BLOB: digest}
        return self._persistence._json_default(value)  # noqa: SLF001 - there is no other way to it

    def _put(self, name: str, content: str | bytes) -> None:
        self.changed |= put(content, self._folder / name, self._before and self._before / name)

    def _carry_over(self, name: str) -> bool:
        before = self._before / name if self._before else None
        if before is None or not before.exists():
            return False
        (self._folder / name).parent.mkdir(exist_ok=True)
        (self._folder / name).hardlink_to(before)
        return True


class Reader:
    """Reads a generation for an engine at `port`."""

    def __init__(self, generation: Generation, port: int, persistence: Any) -> None:
        self._generation = generation
        self._port = port
        self._persistence = persistence
        self.blobs: dict[str, bytes] = {}

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a service's state, or None if it has none. Raises ValueError if the state is unreadable."""
        file = self._generation.path / f"{name}.json"
        if not file.exists():
            return None
        text = file.read_text(encoding="utf-8")
        if name not in _HISTORY:
            text = at_port(text, self._generation.mark.port, self._port)
        stored = json.loads(text, object_hook=self._decoded)
        if _FORMAT in stored:
            version, supported = stored[_FORMAT], self._persistence._state_format_version(name)  # noqa: SLF001 - there is no other way to it
            if version > supported:
                raise ValueError(f"{file} is of format {version}; this engine understands {supported}")
            stored = stored["payload"]
        if name == _TABLES:
            self._add_items(stored)
        return stored

    def _add_items(self, state: dict[str, Any]) -> None:
        for key, table in state["tables"]._data.items():  # noqa: SLF001 - there is no other way to it
            file = self._generation.path / _items_file(key)
            if not file.exists():  # a generation of an older version, with the items in the table's own file
                continue
            with file.open(encoding="utf-8") as lines:
                table["items"] = defaultdict(dict, map(json.loads, lines))

    def _decoded(self, value: dict[str, Any]) -> Any:
        digest = value.get(_BLOB)
        if not isinstance(digest, str):
            return self._persistence._json_object_hook(value)  # noqa: SLF001 - there is no other way to it
        if digest not in self.blobs:
            self.blobs[digest] = (self._generation.path / _BLOBS / digest).read_bytes()
        return self.blobs[digest]


def at_port(text: str, before: int, now: int) -> str:
    """Return the text with the port of every local URL replaced: queue URLs and environment variables."""
    if before == now:
        return text
    return re.sub(rf"(//(?:localhost|127\.0\.0\.1):){before}(?!\d)", rf"\g<1>{now}", text)


def _items_file(key: Key) -> str:
    return f"{_ITEMS}/{'.'.join(key)}.jsonl"


def _same(one: Path, other: Path) -> bool:
    if not one.exists() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        return hashlib.file_digest(left, "sha256").digest() == hashlib.file_digest(right, "sha256").digest()

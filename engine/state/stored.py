"""How a generation of the engine's state is written and read: one file per service, as in ministack.

Two things are stored outside those files. Large contents (the zips of functions and layers) are stored once each, under
their SHA-256. Tables' items are in a base and segments (segments.py), so that only what has changed is written.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from engine.ministack import scoped
from engine.state import segments
from engine.state.generations import Generation, put
from engine.state.key_attributes import saved_names
from engine.state.packed_items import PackedItems

Key = tuple[str, str, str]
"""A table: account, region, name."""

BLOB_BYTES_MIN = 32_768

_BLOB = "__blob__"
_BLOBS = "blobs"
_TABLES = "dynamodb"
_FORMAT = "__ministack_format__"

_PLAIN = (dict, list, tuple, str, int, float, bool, type(None))

# The file, its payload, a store of the service with its entries by account and Region, and these.
_WRITTEN_IN_PARTS = 4

# Records of the past keep the port of their time.
_HISTORY = frozenset({_TABLES, "cloudwatch_logs"})


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

    def write(
        self,
        services: Mapping[str, Callable[[], dict[str, Any] | None]],
        *,
        written: Mapping[Key, Collection[bytes] | None] | None = None,
        digests: Mapping[int, str] | None = None,
    ) -> None:
        """Write every service. `digests` are the known ones, by the content's `id`.

        `written` has the lines of the items that were written since the last generation, by table. Tables that it
        lacks, or that have None, are written as a whole.
        """
        self._digests = dict(digests or {})
        for name, get_state in services.items():
            self._alive()
            state = get_state()
            file = f"{name}.json"
            if state is None:  # its module cannot be loaded: its last saved state is kept
                self._carry_over(file)
                continue
            if name == _TABLES:
                state = self._without_items(state, written or {})
            version = self._persistence.state_format_version(name)
            self._write(file, self._json({_FORMAT: version, "payload": state}, _WRITTEN_IN_PARTS))

    def _without_items(self, state: dict[str, Any], written: Mapping[Key, Collection[bytes] | None]) -> dict[str, Any]:
        tables = type(state["tables"])()
        for key, table in scoped(state["tables"]).items():
            scoped(tables)[key] = {name: part for name, part in table.items() if name != "items"}
            before = self._before / segments.FOLDER_NAME if self._before else None
            segments.save(
                table["items"],
                written.get(key),
                before,
                self._folder / segments.FOLDER_NAME,
                ".".join(key),
                self._alive,
                saved_names(table),
            )
        return {**state, "tables": tables}

    def _write(self, name: str, parts: Iterable[str]) -> None:
        """Write a file part by part, or link the previous one if it is the same."""
        file, before = self._folder / name, self._before and self._before / name
        with file.open("w", encoding="utf-8") as out:
            for part in parts:
                self._alive()
                out.write(part)
        if before is not None and _same(before, file):
            file.unlink()
            self._carry_over(name)

    def _json(self, value: Any, levels: int) -> Iterator[str]:
        """Yield the JSON of a value, the entries of its upper levels one by one: log groups have tens of megabytes."""
        if not isinstance(value, _PLAIN):
            value = self._encoded(value)
        if levels == 0 or not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            yield json.dumps(value, default=self._encoded)
            return
        opening = "{"
        for key, part in cast("dict[str, Any]", value).items():
            yield f"{opening}{json.dumps(key)}: "
            yield from self._json(part, levels - 1)
            opening = ", "
        yield "}" if opening == ", " else "{}"

    def _encoded(self, value: Any) -> Any:
        if isinstance(value, bytes) and len(value) >= BLOB_BYTES_MIN:
            digest = self._digests.get(id(value)) or hashlib.sha256(value).hexdigest()
            name = f"{_BLOBS}/{digest}"
            if not (self._folder / name).exists() and not self._carry_over(name):
                self._put(name, value)
            return {_BLOB: digest}
        return self._persistence.json_default(value)

    def _put(self, name: str, content: str | bytes) -> None:
        put(content, self._folder / name, self._before and self._before / name)

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
            version, supported = stored[_FORMAT], self._persistence.state_format_version(name)
            if version > supported:
                raise ValueError(f"{file} is of format {version}; this engine understands {supported}")
            stored = stored["payload"]
        if name == _TABLES:
            self._add_items(stored)
        return stored

    def _add_items(self, state: dict[str, Any]) -> None:
        for key, table in scoped(state["tables"]).items():
            table["items"] = segments.load(self._generation.path / segments.FOLDER_NAME, ".".join(key)) or PackedItems()

    def _decoded(self, value: dict[str, Any]) -> Any:
        digest = value.get(_BLOB)
        if not isinstance(digest, str):
            return self._persistence.json_object_hook(value)
        if digest not in self.blobs:
            self.blobs[digest] = (self._generation.path / _BLOBS / digest).read_bytes()
        return self.blobs[digest]


def at_port(text: str, before: int, now: int) -> str:
    """Return the text with the port of every local URL replaced: queue URLs and environment variables."""
    if before == now:
        return text
    return re.sub(rf"(//(?:localhost|127\.0\.0\.1):){before}(?!\d)", rf"\g<1>{now}", text)


def _same(first: Path, second: Path) -> bool:
    if not first.exists() or first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as left, second.open("rb") as right:
        return hashlib.file_digest(left, "sha256").digest() == hashlib.file_digest(right, "sha256").digest()

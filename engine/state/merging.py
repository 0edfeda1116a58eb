"""Merges a generation and the log after it into the next generation, from file to file.

The engine has a process do so while it runs, when the log has become long, and does so itself before it loads its
state: it reads nothing but generations. `paysandbox state save` does so in the home of a sandbox that was killed.

    python -m engine.state.merging FOLDER NUMBER DESCRIPTOR

merges the logs of before NUMBER. DESCRIPTOR is the file of the home's lock: two engines never write generations at the
same time. The process ends when the one that started it has ended.
"""

import json
import os
import sys
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from engine.corrections.log_subscriptions import UNSENT
from engine.state import change_log, generations, segments
from engine.state.generations import FORMAT, Generation
from engine.state.key_attributes import saved_names
from engine.state.stream_records import UNREAD

# A lower priority than that of requests.
_NICENESS: Final = 10

Object = dict[str, Any]


@dataclass
class Merged:
    """What the entries of a log have, together: of each thing, what the generation before it lacks."""

    at: str = ""
    tables: dict[str, "TableChanges"] = field(default_factory=dict[str, "TableChanges"])
    streams: dict[str, "StreamChanges"] = field(default_factory=dict[str, "StreamChanges"])
    queues: dict[str, "QueueChanges"] = field(default_factory=dict[str, "QueueChanges"])
    groups: dict[str, "GroupChanges"] = field(default_factory=dict[str, "GroupChanges"])
    unsent: list[Any] | None = None

    def lines(self, table: str) -> Collection[bytes]:
        """Return the last line of each item of a table that was written or removed."""
        return self.tables[table].lines.values() if table in self.tables else ()

    def add(self, entry: bytes) -> None:
        """Add the next entry."""
        table = TableChanges()
        for line in entry.splitlines(keepends=True):
            if line.startswith(b"["):
                table.lines[segments.keys_of(line)] = line
                continue
            match json.loads(line):
                case {"at": at}:
                    self.at = at
                case {"table": name, "count": count, "dictionary": dictionary}:
                    table = self.tables.setdefault(name, TableChanges())
                    table.count, table.dictionary = count, b64decode(dictionary) or table.dictionary
                case {"stream": name, **change}:
                    self.streams.setdefault(name, StreamChanges()).add(change)
                case {"queue": name, **change}:
                    self.queues.setdefault(name, QueueChanges()).add(change)
                case {"group": name, **change}:
                    self.groups.setdefault(name, GroupChanges()).add(change)
                case {"unsent": unsent}:
                    self.unsent = unsent
                case other:
                    raise ValueError(f"a log of changes has {[*other]}")

    def apply_to_tables(self, payload: Object) -> None:
        """Change the state of the tables' service, without items."""
        for name, table in _tables(payload):
            change = self.tables.get(name)
            if change is not None:
                table |= {"ItemCount": change.count, "TableSizeBytes": change.count * 200}
        unread = _scoped(payload, UNREAD)
        unread |= {key: change.applied(unread.get(key, ())) for key, change in self.streams.items()}

    def apply_to_queues(self, payload: Object) -> None:
        """Change the state of the queues' service."""
        queues = _scoped(payload, "queues")
        queues |= {key: change.applied(queues[key]) for key, change in self.queues.items() if key in queues}

    def apply_to_logs(self, payload: Object) -> None:
        """Change the state of the log groups' service."""
        groups = _scoped(payload, "log_groups")
        groups |= {key: change.applied(groups.get(key, {})) for key, change in self.groups.items()}
        if self.unsent is not None:
            payload[UNSENT] = self.unsent


@dataclass
class TableChanges:
    """The last line of each item that was written or removed, how many items there are, and their dictionary."""

    lines: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    count: int = 0
    dictionary: bytes = b""


@dataclass
class StreamChanges:
    """The new records that remain, and how many remain, older ones included."""

    new: list[Any] = field(default_factory=list[Any])
    unread: int = 0

    def add(self, change: Object) -> None:
        """Add the next change."""
        self.unread = change["unread"]
        self.new = _last(self.unread, self.new, change["new"])

    def applied(self, records: Sequence[Any]) -> list[Any]:
        """Return the records of the generation and the new ones."""
        return _last(self.unread, records, self.new)


@dataclass
class QueueChanges:
    """The IDs of messages that were removed, the messages that were sent or received, and what else has changed."""

    gone: set[str] = field(default_factory=set[str])
    messages: Object = field(default_factory=dict[str, Any])
    about: Object = field(default_factory=dict[str, Any])

    def add(self, change: Object) -> None:
        """Add the next change."""
        for message_id in change["gone"]:
            self.gone.add(message_id)
            self.messages.pop(message_id, None)
        self.messages |= {message["id"]: message for message in change["changed"]}
        self.about = change["about"]

    def applied(self, queue: Object) -> Object:
        """Return the queue of the generation with the changes. Messages remain in the order in which they were sent."""
        remain = {message["id"]: message for message in queue["messages"] if message["id"] not in self.gone}
        return {**queue, **self.about, "messages": [*(remain | self.messages).values()]}


@dataclass
class GroupChanges:
    """The streams of a log group, with the new lines that remain, and what else is known of a new group."""

    about: Object = field(default_factory=dict[str, Any])
    streams: Object = field(default_factory=dict[str, Any])

    def add(self, change: Object) -> None:
        """Add the next change."""
        self.about |= change["about"]
        self.streams = {
            name: {**stream, "new": _last(stream["count"], self.streams.get(name, {}).get("new", ()), stream["new"])}
            for name, stream in change["streams"].items()
        }

    def applied(self, group: Object) -> Object:
        """Return the group of the generation, which may have none, with the changes."""
        before = group.get("streams", {})
        streams = {
            name: {
                **stream["about"],
                "events": _last(stream["count"], before.get(name, {}).get("events", ()), stream["new"]),
            }
            for name, stream in self.streams.items()
        }
        return {**group, **self.about, "streams": streams}


def _last(count: int, older: Sequence[Any], newer: Sequence[Any]) -> list[Any]:
    """Return the last ones of two lists."""
    both = [*older, *newer]
    return both[max(0, len(both) - count) :]


def merge(folder: Path, until: int | None = None, alive: Callable[[], None] = lambda: None) -> Generation | None:
    """Merge the log, or its part before the number `until`, and return the newest generation, or None without one.

    `alive` is called repeatedly, and raises to stop.
    """
    before = generations.newest(folder)
    if before is None:
        return None
    merged = Merged()
    for entry in change_log.entries(folder, before, until):
        alive()
        merged.add(entry)
    if not merged.at:
        return before
    beside = generations.begin(folder)
    _write(merged, before.path, beside, alive)
    alive()
    after = generations.next_log(folder) if until is None else until
    mark = replace(before.mark, at=merged.at, last=False, format=FORMAT, log=after)
    generation = generations.commit(beside, mark)
    generations.prune(folder)
    generations.prune_logs(folder)
    return generation


def saved_at(folder: Path) -> str | None:
    """Return the time of the last entry, or of the newest generation if there is none. None: nothing was saved."""
    newest = generations.newest(folder)
    if newest is None:
        return None
    at = newest.mark.at
    for entry in change_log.entries(folder, newest):
        at = json.loads(entry.partition(b"\n")[0])["at"]
    return at


def _write(merged: Merged, before: Path, beside: Path, alive: Callable[[], None]) -> None:
    attributes: dict[str, Sequence[str]] = {}
    services: Mapping[str, Callable[[Object], None]] = {
        "dynamodb": merged.apply_to_tables,
        "sqs": merged.apply_to_queues,
        "cloudwatch_logs": merged.apply_to_logs,
    }
    for file in before.glob("*.json"):
        alive()
        if file.stem in services:
            content = json.loads(file.read_text(encoding="utf-8"))
            services[file.stem](content["payload"])
            if file.stem == "dynamodb":
                attributes = {name: saved_names(table) for name, table in _tables(content["payload"])}
            (beside / file.name).write_text(json.dumps(content), encoding="utf-8")
        elif file.name != generations.MARK:
            (beside / file.name).hardlink_to(file)
    for blob in before.glob("blobs/*"):
        (beside / "blobs").mkdir(exist_ok=True)
        (beside / "blobs" / blob.name).hardlink_to(blob)
    items = before / segments.FOLDER_NAME
    for name in segments.names(items):
        table = merged.tables.get(name, TableChanges())
        segments.extend(
            items,
            beside / items.name,
            name,
            table.lines.values(),
            table.dictionary,
            alive,
            attributes.get(name, ()),
        )


def _tables(payload: Object) -> Iterator[tuple[str, Object]]:
    """Yield the tables of the tables' service, each with the name that its files have."""
    for key, table in _scoped(payload, "tables").items():
        yield ".".join([*key.split("\x00")[:2], table["TableName"]]), table


def _scoped(payload: Object, name: str) -> Object:
    """Return the entries of a dictionary by account and Region."""
    return payload.setdefault(name, {"__account_region_scoped__": True, "data": {}})["data"]


def main() -> None:
    """Merge, as the arguments say."""
    folder, until, _ = sys.argv[1:]
    parent = os.getppid()
    os.nice(_NICENESS)

    def alive() -> None:
        if os.getppid() != parent:
            sys.exit(1)

    merge(Path(folder), int(until), alive)


if __name__ == "__main__":
    main()

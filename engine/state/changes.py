"""What changed in the engine's state between two instants, of the parts that change with every request.

These are the items of tables, the unread records of their streams, the messages of queues, and the lines of log groups.
At an instant, only references are taken, which costs microseconds: what is stored is never changed but replaced,
except a message that is received. A thread then makes an entry of the log (change_log.py) of them.

An entry has lines. Most are JSON objects, which a merge applies (merging.py):

- `{"at": …}`: the instant
- `{"table": …, "count": …, "dictionary": …}`: a table and how many items it has. Lines of items (segments.py) follow.
- `{"stream": …, "unread": …, "new": […]}`: the new records of a table's stream, of which the last `unread` remain
- `{"queue": …, "gone": […], "changed": […]}`: the messages of a queue that were removed, and sent or received
- `{"group": …, "streams": {…}}`: the streams of a log group, each with its new lines and how many it has
- `{"unsent": […]}`: all lines that the subscriber of a log group has not received

Dictionaries by account and Region have the keys that they have in ministack's files.
"""

import copy
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import itemgetter
from typing import Any, Final

from engine.lock import now
from engine.ministack import scoped
from engine.state import segments
from engine.state.packed_items import Item, PackedItems, plain
from engine.state.stream_records import read_to

Scope = tuple[str, str, str]
"""An account, a Region, and the name of a table, a queue or a log group."""

Message = dict[str, Any]
_facts: Final = itemgetter("id", "receipt_handle", "visible_at", "receive_count")
"""The ID of a message, and what changes when it is received."""


@dataclass(frozen=True)
class TableChange:
    """The items of a table that were written or removed (None), by their keys, as they are stored."""

    name: str
    count: int
    dictionary: bytes
    items: Sequence[tuple[tuple[str, str], Item | bytes | None]]

    def lines(self) -> Iterator[bytes]:
        """Yield the line of each item."""
        for keys, item in self.items:
            yield segments.line(keys, plain(item) if isinstance(item, dict) else item)


@dataclass(frozen=True)
class Cut:
    """The changes until an instant. `others` are those of streams, queues and log groups."""

    at: str
    tables: Sequence[TableChange]
    others: Sequence[Mapping[str, Any]]

    def __bool__(self) -> bool:
        return bool(self.tables or self.others)

    def entry(self, default: Callable[[Any], Any]) -> bytes:
        """Return the entry of the log. `default` encodes what JSON does not know."""
        return b"".join(self._lines(default))

    def _lines(self, default: Callable[[Any], Any]) -> Iterator[bytes]:
        yield json.dumps({"at": self.at}).encode() + b"\n"
        for table in self.tables:
            about = {"table": table.name, "count": table.count, "dictionary": b64encode(table.dictionary).decode()}
            yield json.dumps(about).encode() + b"\n"
            yield from table.lines()
        for other in self.others:
            yield json.dumps(other, default=default).encode() + b"\n"


@dataclass
class Changes:
    """Finds what changed since the last instant, in ministack's services: `readers` is Lambda, which reads streams.

    The caller holds their locks, and runs between requests.
    """

    tables: Any
    readers: Any
    queues: Any
    logs: Any
    _dictionaries: dict[Scope, bytes] = field(default_factory=dict[Scope, bytes])
    _streams: dict[Scope, tuple[Any, int]] = field(default_factory=dict[Scope, tuple[Any, int]])
    _messages: dict[Scope, tuple[int, list[Any]]] = field(default_factory=dict[Scope, tuple[int, list[Any]]])
    _groups: dict[Scope, dict[str, tuple[Any, int]]] = field(default_factory=dict[Scope, dict[str, tuple[Any, int]]])
    _were_unsent: bool = False

    def cut(self) -> Cut:
        """Return what changed since the last call, or since an empty state."""
        return Cut(
            at=now(),
            tables=[*self._of_tables()],
            others=[*self._of_streams(), *self._of_queues(), *self._of_groups(), *self._of_unsent()],
        )

    def _of_tables(self) -> Iterator[TableChange]:
        for key, table in self.tables.tables.all_items():
            items: PackedItems = table["items"]
            if not items.written:
                continue
            written, items.written = items.written, {}
            # Those that are packed need the dictionary, which a table gets with its first items and then keeps.
            is_new = items.dictionary != self._dictionaries.get(key, b"")
            self._dictionaries[key] = items.dictionary
            yield TableChange(
                ".".join(key),
                table.get("ItemCount", 0),
                items.dictionary if is_new else b"",
                [(keys, items.stored(*keys)) for keys in written],
            )

    def _of_streams(self) -> Iterator[dict[str, Any]]:
        read = read_to(self.readers)
        for key, records in scoped(self.tables.stream_records).items():
            trimmed = self.tables.stream_trimmed.get_scoped(*key, 0)
            unread = len(records) - max(0, read.get(key, trimmed) - trimmed)
            last, were_unread = self._streams.get(key, (None, 0))
            new = [*takewhile(lambda record, last=last: record is not last, reversed(records))][:unread]
            if new or unread != were_unread:
                self._streams[key] = records[-1] if records else None, unread
                yield {"stream": _name(key), "unread": unread, "new": new[::-1]}

    def _of_queues(self) -> Iterator[dict[str, Any]]:
        for key, queue in scoped(self.queues.queues).items():
            messages: list[Message] = queue["messages"]
            # A message that was sent and removed in between still counts, in a FIFO queue.
            sent, after = queue["fifo_seq"], [*map(_facts, messages)]
            sent_before, before = self._messages.get(key, (0, []))
            if (sent, after) == (sent_before, before):
                continue
            self._messages[key] = sent, after
            known, remain = set(before), {message_id for message_id, *_ in after}
            about = {name: copy.copy(queue[name]) for name in ("fifo_seq", "dedup_cache")} if queue["is_fifo"] else {}
            yield {
                "queue": _name(key),
                "gone": [message_id for message_id, *_ in before if message_id not in remain],
                "changed": [{**message} for message, of in zip(messages, after, strict=True) if of not in known],
                "about": about,
            }

    def _of_groups(self) -> Iterator[dict[str, Any]]:
        for key, group in scoped(self.logs.log_groups).items():
            streams = group["streams"]
            after = {
                name: (of["events"][-1] if of["events"] else None, len(of["events"])) for name, of in streams.items()
            }
            before = self._groups.get(key, {})
            if after == before:
                continue
            self._groups[key] = after
            yield {
                "group": _name(key),
                # That of a group which is known only changes on request, and is saved then.
                "about": {} if before else copy.deepcopy({name: of for name, of in group.items() if name != "streams"}),
                "streams": {name: _new_lines(of, *before.get(name, (None, 0))) for name, of in streams.items()},
            }

    def _of_unsent(self) -> Iterator[dict[str, Any]]:
        unsent = [*self.logs.unsent_lines()]
        if unsent or self._were_unsent:
            self._were_unsent = bool(unsent)
            yield {"unsent": unsent}


def _new_lines(stream: Mapping[str, Any], last: Any, count: int) -> dict[str, Any]:
    """Return a stream's facts and its new lines, and how many it has, of which the oldest may be older."""
    events = stream["events"]
    about = {name: value for name, value in stream.items() if name != "events"}
    new = [*takewhile(lambda event: event is not last, reversed(events))][::-1]
    if len(new) + count < len(events):  # lines with an earlier time were inserted
        new = [*events]
    return {"about": about, "count": len(events), "new": new}


def _name(key: Scope) -> str:
    """Return the key as ministack's files have it."""
    account, region, name = key
    return f"{account}\x00{region}\x00{name!r}"

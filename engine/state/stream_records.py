"""Additions to the state that ministack saves (snapshots.py saves it).

- ministack saves the position of each reader of a table's stream, but not the stream: after a stop, readers would get
  nothing until the new stream is as long as the old one was. So unread records are saved with the tables, and read
  from the start.
- It saves in-flight messages as invisible. They become visible at once.
"""

import time
from typing import Any

from engine.ministack import scoped

UNREAD = "unread_stream_records"


def keep_streams(tables: Any, readers: Any) -> None:
    """Save the unread end of each table's stream with the tables; readers begin at its start after a restart.

    A reader that was ahead of another one reads some records again: at-least-once delivery, as on AWS.
    """
    get_tables, load_tables, load_readers = tables.get_state, tables.load_persisted_state, readers.load_persisted_state

    def get_state() -> dict[str, Any]:
        positions = read_to(readers)
        unread = type(tables.stream_records)()
        for (account, region, table), records in [*scoped(tables.stream_records).items()]:
            trimmed = tables.stream_trimmed.get_scoped(account, region, table, 0)
            # A reader that has not polled since the start has read nothing.
            read = positions.get((account, region, table), trimmed)
            unread.set_scoped(account, region, table, records[max(0, read - trimmed) :])
        return {**get_tables(), UNREAD: unread}

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_tables(data)
        tables.stream_records.update(data.get(UNREAD, {}))

    def load_without_positions(data: dict[str, Any]) -> None:
        load_readers({name: part for name, part in data.items() if name != "dynamodb_stream_positions"})

    tables.get_state = get_state
    tables.load_persisted_state = load_persisted_state
    readers.load_persisted_state = load_without_positions


def discard_read_records(tables: Any, readers: Any) -> None:
    """Remove records from each table's stream that all of its readers have read.

    ministack keeps them for 24 hours, as AWS does, each with two images of its item. A stream without a reader is kept.
    """
    poll = readers.poll_dynamodb_streams

    # Before each round of reading, in the thread that reads: a reader computes an index from its position.
    def discard_and_poll() -> bool:
        with readers.dynamodb_stream_positions_lock:
            for (account, region, table), read in read_to(readers).items():
                records = tables.stream_records.get_scoped(account, region, table) or []
                trimmed = tables.stream_trimmed.get_scoped(account, region, table, 0)
                if read > trimmed:
                    del records[: read - trimmed]
                    tables.stream_trimmed.set_scoped(account, region, table, read)
        return bool(poll())

    readers.poll_dynamodb_streams = discard_and_poll


def read_to(readers: Any) -> dict[tuple[str, str, str], int]:
    """Return the position that all readers of a stream have read to. A reader that has not polled yet is at its start.

    Keys are account, Region and table. Streams without readers are missing.
    """
    positions = readers.dynamodb_stream_positions
    every: dict[tuple[str, str, str], int] = {}
    for (account, region, reader), source in [*scoped(readers.esms).items()]:
        table, is_stream, _ = source.get("EventSourceArn", "").partition("/stream/")
        if is_stream:
            of, position = (account, region, table.rpartition("/")[2]), positions.get_scoped(account, region, reader, 0)
            every[of] = min(position, every.get(of, position))
    return every


def hand_back(queues: Any) -> None:
    """Make messages that were in flight visible again after a restart, since their consumers ended with the engine.

    Otherwise they would stay invisible for the queue's visibility timeout, which is six minutes for ours.
    """
    load_queues = queues.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_queues(data)
        now = time.time()
        for queue in scoped(queues.queues).values():
            for message in queue["messages"]:
                if message.get("receipt_handle") is not None:
                    message["visible_at"] = min(message["visible_at"], now)

    queues.load_persisted_state = load_persisted_state

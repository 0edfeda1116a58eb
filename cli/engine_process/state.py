"""What the engine saves beyond what ministack does (snapshots.py says when and how).

- ministack saves how far each reader of a table's stream is, and not the stream: after a stop, nobody would hear of
  anything until the new stream is as long as the old one was. What is unread is saved with the tables, and read from
  its start.
- It saves messages that somebody was working on as hidden; they are shown again at once.
"""

import time
from typing import Any

DISCARDED_NAME = "discarded"
UNREAD = "unread_stream_records"


def keep_streams(tables: Any, readers: Any) -> None:
    """Save the unread end of each table's stream with the tables; readers begin at its start after a restart.

    A reader that was ahead of another one reads some of it again: at least once, as AWS has it.
    """
    get_tables, load_tables, load_readers = tables.get_state, tables.load_persisted_state, readers.load_persisted_state

    def get_state() -> dict[str, Any]:
        positions = readers._dynamodb_stream_positions  # noqa: SLF001 - there is no other way to it
        read_to: dict[tuple[str, str, str], int] = {}
        for (account, region, reader), position in [*positions._data.items()]:  # noqa: SLF001 - as above
            source = readers._esms.get_scoped(account, region, reader)["EventSourceArn"]  # noqa: SLF001 - as above
            of = (account, region, source.partition("/stream/")[0].rpartition("/")[2])
            read_to[of] = min(position, read_to.get(of, position))
        unread = type(tables._stream_records)()  # noqa: SLF001 - as above
        for (account, region, table), records in [*tables._stream_records._data.items()]:  # noqa: SLF001 - as above
            trimmed = tables._stream_trimmed.get_scoped(account, region, table, 0)  # noqa: SLF001 - as above
            # A reader that has not looked since the start has read nothing.
            read = read_to.get((account, region, table), trimmed)
            unread.set_scoped(account, region, table, records[max(0, read - trimmed) :])
        return {**get_tables(), UNREAD: unread}

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_tables(data)
        tables._stream_records.update(data.get(UNREAD, {}))  # noqa: SLF001 - as above

    def load_without_positions(data: dict[str, Any]) -> None:
        load_readers({name: part for name, part in data.items() if name != "dynamodb_stream_positions"})

    tables.get_state = get_state
    tables.load_persisted_state = load_persisted_state
    readers.load_persisted_state = load_without_positions


def hand_back(queues: Any) -> None:
    """Show the messages again after a restart that somebody was working on: whoever it was went with the engine.

    Otherwise they would wait for as long as a queue hides them, which is six minutes of ours.
    """
    load_queues = queues.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_queues(data)
        now = time.time()
        for queue in queues._queues._data.values():  # noqa: SLF001 - there is no other way to it
            for message in queue["messages"]:
                if message.get("receipt_handle") is not None:
                    message["visible_at"] = min(message["visible_at"], now)

    queues.load_persisted_state = load_persisted_state

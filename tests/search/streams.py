"""What the readers of both streams do behind the answers, when a test lets them: they read each change once."""

from typing import Any, Final

from payments import publish_event
from stripe_api import publish_object_events
from tests.support.worlds import table_snapshot, tables

Items = dict[str, dict[str, Any]]

_KEYS: Final = {tables.TABLE: "transaction_id", tables.STRIPE_OBJECTS: "object_key"}
_READERS: Final = {tables.TABLE: publish_event.handler, tables.STRIPE_OBJECTS: publish_object_events.handler}


class Streams:
    """The streams of the ledger and of Stripe's objects, from the tables as they are on."""

    def __init__(self) -> None:
        self._read = {table: _items(table) for table in _KEYS}

    def records(self, table: str) -> list[dict[str, Any]]:
        """Return one record for each item that has changed since the last call."""
        before, after = self._read[table], _items(table)
        self._read[table] = after
        changed = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
        return [_record(before.get(key), after.get(key)) for key in changed]

    def catch_up(self) -> None:
        """Let the readers read what was written meanwhile, until they write nothing more themselves."""
        while records := {table: records for table in _KEYS if (records := self.records(table))}:
            for table, of_table in records.items():
                assert _READERS[table]({"Records": of_table}, None) == {"batchItemFailures": []}


def _items(table: str) -> Items:
    return {item[_KEYS[table]]["S"]: item for item in table_snapshot.items_of(table)}


def _record(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    name = "MODIFY" if before and after else "INSERT" if after else "REMOVE"
    images = {"OldImage": before, "NewImage": after}
    return {"eventName": name, "dynamodb": {image: item for image, item in images.items() if item}}

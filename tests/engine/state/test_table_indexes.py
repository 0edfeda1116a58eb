"""Tables in compressed form, with sorted indexes: what has expired is removed. Answers are in test_table_store.py."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.state.packed_items import ONLY, PackedItems
from engine.state.retention import retentions
from engine.state.table_indexes import REMOVED_AT_ONCE, Retention, TableIndexes
from paysandbox.aws.schema import FEED, REQUEST_LOG, TTL_ATTRIBUTE


class Tables(SimpleNamespace):
    """A table of ministack, without ministack."""

    _INDEX_MEMBERS = "members"

    def __init__(self, name: str, ttl: dict[str, Any] | None = None) -> None:
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"
        self.table: dict[str, Any] = {"TableName": name, "TableArn": arn, "items": PackedItems(), "ItemCount": 0}
        self._tables = SimpleNamespace(all_items=lambda: [(("000000000000", "us-east-1", name), self.table)])
        self._ttl_settings = SimpleNamespace(get_scoped=lambda *_: ttl or {})
        self._lock = threading.Lock()
        self._index_key_schemas = lambda _table: []


def expiring(number: int, at: float) -> dict[str, Any]:
    return {"id": {"S": str(number)}, TTL_ATTRIBUTE: {"N": str(at)}}


def stored(tables: Tables) -> list[str]:
    return [*tables.table["items"]]


def test_items_are_removed_after_their_time_to_live_in_small_batches() -> None:
    tables = Tables("any", {"TimeToLiveStatus": "ENABLED", "AttributeName": TTL_ATTRIBUTE})
    indexes = TableIndexes(view("dynamodb", tables), {})
    for number in range(REMOVED_AT_ONCE + 20):
        indexes.set_item(tables.table, str(number), ONLY, expiring(number, 100))
    indexes.set_item(tables.table, "forever", ONLY, {"id": {"S": "forever"}})
    indexes.set_item(tables.table, "text", ONLY, {"id": {"S": "text"}, TTL_ATTRIBUTE: {"S": "1"}})
    indexes.set_item(tables.table, "3", ONLY, expiring(3, 200))  # written again, with a later time
    assert indexes.expire(99) == 0
    assert indexes.expire(100) == REMOVED_AT_ONCE
    assert indexes.expire(100) == 19
    assert stored(tables) == ["3", "forever", "text"]
    assert tables.table["ItemCount"] == 3
    del tables.table["members"]  # the engine has started again
    assert indexes.expire(200) == 1


def test_a_table_keeps_the_newest_items_that_expire() -> None:
    tables = Tables("local-Log")
    indexes = TableIndexes(view("dynamodb", tables), {"-Log": Retention(3, TTL_ATTRIBUTE)})
    indexes.set_item(tables.table, "switch", ONLY, {"id": {"S": "switch"}})
    for number in (1, 2, 1, 3, 4):
        indexes.set_item(tables.table, str(number), ONLY, expiring(number, 100))
    assert stored(tables) == ["switch", "3", "4"]
    assert tables.table["ItemCount"] == 3


@pytest.mark.parametrize("table, hours_on_aws, hours", [(REQUEST_LOG, 7 * 24, 24), (FEED, 25, 25)])
def test_entries_are_removed_by_age_and_by_number(table: str, hours_on_aws: int, hours: int) -> None:
    tables = Tables(f"paysandbox-local-{table}")
    indexes = TableIndexes(view("dynamodb", tables), retentions(2))
    for number in range(3):
        indexes.set_item(tables.table, str(number), ONLY, expiring(number, number + hours_on_aws * 3_600))
    assert stored(tables) == ["1", "2"]
    assert indexes.expire(1 + hours * 3_600) == 1
    assert stored(tables) == ["2"]
    assert json.dumps(tables.table["items"]["2"][ONLY]) == json.dumps(expiring(2, 2 + hours_on_aws * 3_600))

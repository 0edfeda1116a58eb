"""What answers DynamoDB's calls in handler tests: our own implementation, or moto's."""

from contextlib import suppress
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from tests.support.worlds import stores, table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names
from tests.support.worlds.moto_store import MOTO
from tests.support.worlds.own_store import OWN, UnusualCall
from tests.support.worlds.stores import Store

ITEM: Any = {
    "transaction_id": {"S": "auth_1"},
    "map": {"M": {"list": {"L": [{"N": "1.5"}, {"NULL": True}, {"BOOL": False}]}}},
    "bytes": {"B": b"\x00\xff"},
    "sets": {"M": {"texts": {"SS": ["a"]}, "bytes": {"BS": [b"b"]}}},
}


@pytest.fixture(params=[OWN, MOTO], ids=["own", "moto"])
def store(request: pytest.FixtureRequest, ledger: Ledger) -> Store:
    """Return a store that answers, with an item."""
    store: Store = request.param
    tables.use(store)
    ledger.client.put_item(TableName=ledger.table, Item=ITEM)
    return store


@pytest.fixture(autouse=True)
def empty(ledger: Ledger) -> Any:
    """Leave no item for the audit: it knows only payments."""
    yield
    table_snapshot.put_back(table_snapshot.EMPTY)


def test_handlers_are_tested_on_our_own_unless_moto_is_asked_for(request: pytest.FixtureRequest) -> None:
    asked: Any = request.config.getoption("--dynamodb")
    assert stores.chosen() is {"own": OWN, "moto": MOTO}[asked]


def test_a_transport_has_moto_behind_it(wire: Wire) -> None:
    assert stores.chosen() is MOTO


def test_there_is_no_transport_on_our_own(ledger: Ledger) -> None:
    tables.use(OWN)
    with pytest.raises(AssertionError, match="on_moto"):
        Wire().attach(ledger.client)


def test_no_handler_catches_an_unusual_call(ledger: Ledger) -> None:
    tables.use(OWN)
    with pytest.raises(UnusualCall, match="DescribeTable"), suppress(Exception):
        ledger.client.describe_table(TableName=ledger.table)


def test_a_call_without_http_has_the_same_answer(store: Store, ledger: Ledger) -> None:
    """As long as nobody listens for its request (stores.py)."""
    sent: list[str] = []
    client = ledger.client

    def see(event_name: str, **_: Any) -> None:
        sent.append(event_name)

    def asked() -> Any:
        answer: Any = client.get_item(TableName=ledger.table, Key={"transaction_id": ITEM["transaction_id"]})
        about = answer.pop("ResponseMetadata")
        return answer, about["HTTPStatusCode"], about["RetryAttempts"], about.keys(), about["HTTPHeaders"].keys()

    unseen = asked()
    client.meta.events.register("before-send.dynamodb", see, unique_id="see")
    try:
        assert asked() == unseen
    finally:
        client.meta.events.unregister("before-send.dynamodb", see, unique_id="see")
    assert sent == ["before-send.dynamodb.GetItem"]
    assert unseen[0] == {"Item": ITEM}


def test_a_test_reads_what_a_client_reads(store: Store, ledger: Ledger) -> None:
    assert ledger.client.scan(TableName=ledger.table)["Items"] == [ITEM]
    assert [ITEM] == table_snapshot.items() == table_snapshot.everything()
    assert ITEM == table_snapshot.item("auth_1") == table_snapshot.item_at(tables.TABLE, ITEM)
    assert table_snapshot.item("auth_2") is None


def test_what_a_test_reads_is_its_own_copy(store: Store) -> None:
    table_snapshot.items()[0]["map"]["M"]["list"]["L"].clear()
    assert table_snapshot.items() == [ITEM]


def test_a_state_is_restored_as_often_as_wanted(store: Store, ledger: Ledger) -> None:
    before = table_snapshot.take()
    for _ in range(2):
        ledger.client.update_item(
            TableName=ledger.table,
            Key={"transaction_id": ITEM["transaction_id"]},
            UpdateExpression="REMOVE #map.#list[0]",
            ExpressionAttributeNames={"#map": "map", "#list": "list"},
        )
        ledger.client.put_item(TableName=ledger.table, Item={"transaction_id": {"S": "auth_2"}})
        assert len(table_snapshot.items()) == 2
        table_snapshot.put_back(before)
        assert table_snapshot.items() == [ITEM]
    assert runtime.ledger().client.scan(TableName=ledger.table)["Items"] == [ITEM]


def test_a_new_sandbox_is_empty(store: Store) -> None:
    with tables.sandbox(store):
        assert table_snapshot.items() == []
    tables.use(store)

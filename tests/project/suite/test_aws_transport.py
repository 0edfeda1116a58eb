"""The transport between clients and AWS: several tests attach theirs to the same client, one after the other. And the
failures that crash tests choose."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.exceptions import ConnectionClosedError

from paysandbox.aws import runtime
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Deliver, Sent, Wire, never_left
from tests.support.worlds.crash import ANSWER_LOST, KILLED_AFTER, KILLED_BEFORE, failures, kills_once


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with tables.sandbox() as ledger:
        yield ledger.client


@pytest.fixture(autouse=True)
def without_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=lambda _: None))


def attached(client: Any) -> Wire:
    wire = Wire()
    wire.attach(client)
    return wire


def sent_in_vain(wire: Wire) -> list[Sent]:
    """Return the attempts of a call none of which arrives."""
    with wire.broken(never_left, when=lambda _: True) as sent, pytest.raises(ConnectionClosedError):
        read()
    return sent


def read() -> None:
    ledger = runtime.ledger()
    ledger.client.get_item(TableName=ledger.table, Key={"transaction_id": {"S": "none"}})


def test_a_new_transport_begins_with_full_retry_quotas(client: Any) -> None:
    first = attached(client)
    assert len(sent_in_vain(first)) == 3
    while len(sent_in_vain(first)) > 1:
        pass  # the quota is finite: some calls later nothing is retried
    first.detach()
    second = attached(client)
    assert len(sent_in_vain(second)) == 3
    second.detach()


def test_a_detached_transport_sees_no_request(client: Any) -> None:
    wire = attached(client)
    wire.attach(client)  # fixtures of a feature may attach what is attached
    with wire.record() as sent:
        read()
        wire.detach()
        read()
    assert len(sent) == 1


def test_the_last_transport_gets_the_requests(client: Any) -> None:
    first, second = attached(client), attached(client)
    with first.record() as unseen, second.record() as seen:
        read()
    assert (len(unseen), len(seen)) == (0, 1)
    second.detach()


def test_every_request_is_seen_while_a_transport_is_in_use(client: Any) -> None:
    """Between two uses, calls are answered without HTTP (stores.py)."""
    wire, seen = attached(client), list[str]()

    def witness(sent: Sent, deliver: Deliver) -> Any:
        seen.append(sent.operation)
        return deliver()

    for _ in range(2):
        read()
        with wire.record() as sent:
            read()
        with wire.broken(never_left, when=lambda sent: sent.attempt == 0) as tried:
            read()
        with wire.witnessed(witness):
            read()
        with wire.meeting(1, "GetItem"):
            read()
        assert [one.operation for one in sent] == ["GetItem"]
        assert [one.attempt for one in tried] == [0, 1]
    assert seen == ["GetItem"] * 2
    wire.detach()


def test_each_attempt_is_noted_and_broken_once(client: Any) -> None:
    """Whether it is answered without HTTP, broken, or refused: then it is sent by HTTP after all."""
    wire, asked = attached(client), list[Sent]()
    ledger = runtime.ledger()

    def is_second(sent: Sent) -> bool:
        asked.append(sent)
        return (sent.call, sent.attempt) == (1, 0)

    with wire.broken(never_left, when=is_second) as sent:
        read()
        read()
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            ledger.client.delete_item(
                TableName=ledger.table,
                Key={"transaction_id": {"S": "none"}},
                ConditionExpression="attribute_exists(transaction_id)",
            )
    wire.detach()
    assert sent == asked
    assert [(one.operation, one.call, one.attempt) for one in sent] == [
        ("GetItem", 0, 0),
        ("GetItem", 1, 0),
        ("GetItem", 1, 1),
        ("DeleteItem", 2, 0),
    ]


def test_a_process_is_killed_once_in_each_state_that_it_leaves() -> None:
    calls = [Sent(name, {}, place, 0) for place, name in enumerate(("Query", "PutItem", "GetItem", "UpdateItem"))]
    found = kills_once(failures(calls, KILLED_BEFORE, KILLED_AFTER))
    assert [(failure.trouble, failure.call) for failure in found] == [
        (KILLED_BEFORE, 0),
        (KILLED_AFTER, 1),
        (KILLED_AFTER, 3),
    ]
    assert kills_once(failures(calls, ANSWER_LOST)) == failures(calls, ANSWER_LOST)

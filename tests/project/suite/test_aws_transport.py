"""The transport between clients and AWS: several tests attach theirs to the same client, one after the other."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.exceptions import ConnectionClosedError

from paysandbox.aws import runtime
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Sent, Wire, never_left


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

"""Contention: the same request is retried, and a caller receives a 503 if it lasts."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb import contention
from paysandbox.core.errors import Code
from paysandbox.http.middleware import refusal_of
from tests.support.tools.tiers import full_but
from tests.support.worlds import aws_transport, tables
from tests.support.worlds.aws_transport import Deliver, Fault, Wire, refused_with

CONFLICT = "TransactionConflict"
CONDITION = "ConditionalCheckFailed"
THROTTLED = "ThrottlingError"


def canceled(*reasons: str) -> dict[str, Any]:
    """Return the response to a transaction that was canceled, with the reason of each write."""
    return {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }


def failed(code: str) -> dict[str, Any]:
    return {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}


CASES = [
    (failed("TransactionConflictException"), True),
    (failed("ConditionalCheckFailedException"), False),
    (failed("ValidationException"), False),
    (canceled(CONFLICT), True),
    (canceled("None", CONFLICT), True),
    (canceled(THROTTLED, "None"), True),
    (canceled("ProvisionedThroughputExceeded"), True),
    (canceled(CONFLICT, THROTTLED), True),
    (canceled(CONDITION, "None"), False),
    (canceled(CONDITION, CONFLICT), False),
    (canceled("ItemCollectionSizeLimitExceeded"), False),
    (canceled("None"), False),
    (canceled(), False),
    ({}, False),
]


@pytest.mark.parametrize("response, expected", CASES)
def test_errors_that_are_contention(response: dict[str, Any], expected: bool) -> None:
    assert contention.is_contention(response) is expected


@pytest.mark.parametrize("response, expected", [case for case in CASES if case[0]])
def test_a_caller_may_retry_contention(response: Any, expected: bool) -> None:
    code = refusal_of(ClientError(response, "TransactWriteItems")).code
    assert code is (Code.SERVICE_UNAVAILABLE if expected else Code.INTERNAL_ERROR)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Provide a ledger behind a transport. boto3's retry delays are recorded instead of waited for."""
    with tables.sandbox():
        tables.forget()
        wire = Wire()
        wire.attach(runtime.ledger().client)
        monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
        yield wire


def put(number: int) -> None:
    ledger = runtime.ledger()
    item: Any = {"transaction_id": {"S": f"item-{number}"}}
    ledger.client.put_item(
        TableName=ledger.table, Item=item, ConditionExpression="attribute_not_exists(transaction_id)"
    )


def transact(number: int) -> None:
    ledger = runtime.ledger()
    item: Any = {"transaction_id": {"S": f"item-{number}"}}
    ledger.client.transact_write_items(TransactItems=[{"Put": {"TableName": ledger.table, "Item": item}}])


def canceled_on_the_wire(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    body = canceled(CONFLICT) | {"__type": "com.amazonaws#TransactionCanceledException", "message": "injected"}
    return aws_transport.answered_with(request, 400, body)


OPERATIONS = [(put, refused_with(400, "TransactionConflictException")), (transact, canceled_on_the_wire)]


@pytest.mark.full
@pytest.mark.parametrize("write, fault", OPERATIONS, ids=["single", "transaction"])
@pytest.mark.parametrize("times", [1, contention.MAX_TRIES - 1])
def test_a_write_succeeds_after_contention(write: Any, fault: Fault, times: int, wire: Wire) -> None:
    with wire.broken(fault, when=lambda sent: sent.attempt < times) as sent:
        write(1)
    assert [one.attempt for one in sent] == list(range(times + 1))
    assert {one.call for one in sent} == {0}, "one call, so a transaction keeps its idempotency token"


@pytest.mark.parametrize("write, fault", full_but(OPERATIONS, keep=lambda row: row[0] is transact, rows=True))
def test_lasting_contention_ends_with_the_error(write: Any, fault: Fault, wire: Wire) -> None:
    with wire.broken(fault, when=lambda _: True) as sent, pytest.raises(ClientError) as raised:
        write(1)
    assert len(sent) == contention.MAX_TRIES
    assert refusal_of(raised.value).code is Code.SERVICE_UNAVAILABLE

"""Requests about the same money at once."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import backoff, runtime
from paysandbox.core.errors import Refused
from paysandbox.disbursements import steps
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store import disbursements_table, tables
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID
from tests.support.clients.call import Reply
from tests.support.clients.disbursement_requests import Payer, books, step, stored
from tests.support.worlds.aws_transport import Deliver, Fault, Wire, answered_with

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

ONES = "TransactWriteItems"


@pytest.fixture
def payer() -> Payer:
    """The merchant at a fixed time: at one, no log line is written, of which a Lambda process writes one at a time."""
    return Payer(now=runtime.now())


def at_once(wire: Wire, asks: Sequence[Callable[[], Any]], *operations: str) -> list[Any]:
    """Send all requests at once. None makes its first call of these operations before all others are there."""
    with wire.meeting(len(asks), *operations), ThreadPoolExecutor(len(asks)) as pool:
        return [answer.result() for answer in [pool.submit(ask) for ask in asks]]


def statuses(replies: Sequence[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


@pytest.mark.full
def test_of_fifty_payments_of_10_from_100_exactly_ten_are_accepted(payer: Payer, wire: Wire) -> None:
    payer.ready(100_00)
    replies = at_once(wire, [lambda: payer.pay("1000")] * 50, ONES)
    assert statuses(replies) == {202: 10, 402: 40}
    assert books() == {"USD": (100_00, 0, 100_00)}


def test_fifty_payments_under_one_key_are_one(payer: Payer, wire: Wire) -> None:
    payer.ready(100_00)
    replies = at_once(wire, [lambda: payer.pay("1000", key="k")] * 50, "PutItem")
    assert statuses(replies) == {202: 50}
    assert len({reply.text for reply in replies}) == 1
    assert books() == {"USD": (100_00, 90_00, 10_00)}


@pytest.mark.full
def test_fifty_payments_under_one_key_from_enough_for_one(payer: Payer, wire: Wire) -> None:
    payer.ready(10_00)
    replies = at_once(wire, [lambda: payer.pay("1000", key="k")] * 50, "PutItem")
    assert statuses(replies) == {202: 50}
    assert books() == {"USD": (10_00, 0, 10_00)}


def test_fundings_and_payments_at_once(payer: Payer, wire: Wire) -> None:
    payer.ready(10_00)
    asks = [lambda: payer.fund(10_00), lambda: payer.pay("1000")] * 10
    replies = at_once(wire, asks, ONES)
    assert {reply.status for reply in replies} <= {200, 202, 402}
    assert books()["USD"][0] == 110_00


@pytest.mark.full
def test_fifty_fundings_under_one_key_are_one(payer: Payer, wire: Wire) -> None:
    replies = at_once(wire, [lambda: payer.fund(10_00, key="k")] * 50, "PutItem")
    assert statuses(replies) == {200: 50}
    assert books() == {"USD": (10_00, 10_00, 0)}


def test_of_fifty_equal_customers_one_is_created(payer: Payer, wire: Wire) -> None:
    replies = at_once(wire, [payer.create_customer] * 50, "PutItem")
    assert statuses(replies) == {200: 50}
    assert len({reply.text for reply in replies}) == 1


def test_of_two_addresses_of_a_new_customer_one_is_stored(payer: Payer, wire: Wire) -> None:
    asks = [lambda name=name: payer.create_customer(email=f"{name}@example.com") for name in ("jane", "john")]
    assert statuses(at_once(wire, asks, "PutItem")) == {200: 1, 409: 1}


def test_fifty_cancellations_give_the_money_back_once(payer: Payer, wire: Wire) -> None:
    payment_id = payer.ready(100_00).accepted()
    replies = at_once(wire, [lambda: payer.cancel(payment_id)] * 50, "GetItem")
    assert statuses(replies) == {200: 50}
    assert len({reply.text for reply in replies}) == 1
    assert books() == {"USD": (100_00, 100_00, 0)}


# --- a cancellation against the worker --------------------------------------------------------------------------------


def sent(before: Disbursement) -> Disbursement:
    """Take the worker's step before a request to the provider leaves."""
    return steps.attempted(steps.stepped(before, Step.SEND, Source.WORKER, runtime.now()), runtime.now())


def claim(payment_id: str) -> bool:
    """Claim a disbursement as the worker does. True: the worker may send it."""
    table = tables.disbursements()
    current = disbursements_table.find(table, build.MERCHANT, CUSTOMER_ID, payment_id)
    assert current is not None
    try:
        return disbursements_table.put_after(table, current, sent(current))
    except Refused:
        return False


@pytest.mark.parametrize("round_", range(6))
def test_a_cancellation_and_the_claim_of_the_worker(round_: int, payer: Payer, wire: Wire) -> None:
    """Both have read a pending disbursement. One of them gets it: it is never canceled and sent."""
    payment_id = payer.ready(100_00).accepted()
    asks: list[Callable[[], Any]] = [lambda: payer.cancel(payment_id).status, lambda: claim(payment_id)]
    outcome = at_once(wire, asks[:: -1 if round_ % 2 else 1], "GetItem")
    reply, claimed = outcome[::-1] if round_ % 2 else outcome
    [one] = stored()
    assert (reply, claimed, str(one.status)) in ((200, False, "canceled"), (409, True, "processing"))
    assert books()["USD"][1] == (87_50 if claimed else 100_00)


def test_the_worker_is_first_although_the_cancellation_read_a_pending_one(payer: Payer, wire: Wire) -> None:
    payment_id = payer.ready(100_00).accepted()
    claimed: list[bool] = []

    def claim_first(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        claimed.append(claim(payment_id))
        return deliver()

    with wire.broken(claim_first, when=lambda call: call.operation == ONES and not claimed):
        reply = payer.cancel(payment_id)
    assert (claimed, reply.status, reply.json["current_status"]) == ([True], 409, "processing")
    assert books() == {"USD": (100_00, 87_50, 12_50)}


def test_the_cancellation_is_first_although_the_worker_read_a_pending_one(payer: Payer, wire: Wire) -> None:
    payment_id = payer.ready(100_00).accepted()
    replies: list[Reply] = []

    def cancel_first(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        replies.append(payer.cancel(payment_id))
        return deliver()

    with wire.broken(cancel_first, when=lambda call: call.operation == "PutItem" and not replies):
        assert not claim(payment_id)
    assert [reply.json["status"] for reply in replies] == ["canceled"]
    assert books() == {"USD": (100_00, 100_00, 0)}


def test_cancellation_against_a_webhook_of_an_unclaimed_disbursement(payer: Payer, wire: Wire) -> None:
    """The recipient claims the money while the merchant cancels: it is paid, and nothing is requested any more."""
    payment_id = payer.ready(100_00).accepted()
    step(payment_id, Step.SEND, Step.UNCLAIM)
    once = iter([True])

    def claimed_by_recipient(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        step(payment_id, Step.CLAIM)
        return deliver()

    with wire.broken(claimed_by_recipient, when=lambda call: call.operation == "PutItem" and next(once, False)):
        reply = payer.cancel(payment_id)
    assert (reply.status, reply.json["current_status"]) == (409, "paid")
    [one] = stored()
    assert (str(one.status), one.cancel_requested) == ("paid", False)


# --- transactions in each other's way ---------------------------------------------------------------------------------


def canceled(*reasons: str) -> Fault:
    """Return a fault that cancels a transaction, with a reason for each of its writes."""
    body = {
        "__type": "com.amazonaws#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return lambda request, _: answered_with(request, 400, body)


conflict: Final = canceled("TransactionConflict", "None")
"""Another transaction has an item of this one."""


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which do not pass."""
    waited: list[float] = []
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.mark.parametrize("conflicts", [1, 5, 12, 39])
def test_conflicts_are_retried(conflicts: int, payer: Payer, wire: Wire, waits: list[float]) -> None:
    payer.ready(100_00)
    left = iter(range(conflicts))
    with wire.broken(conflict, when=lambda call: call.operation == ONES and next(left, None) is not None):
        assert payer.pay("1000").status == 202
    assert len(waits) == conflicts // 5
    assert books() == {"USD": (100_00, 90_00, 10_00)}


@pytest.mark.usefixtures("waits")
def test_conflicts_without_an_end(payer: Payer, wire: Wire) -> None:
    payment_id = payer.ready(100_00).accepted("1000")
    with wire.broken(conflict, when=lambda call: call.operation == ONES):
        for reply in (payer.pay("1000", key="k"), payer.cancel(payment_id)):
            assert (reply.status, reply.code) == (503, "service_unavailable")
    assert books() == {"USD": (100_00, 90_00, 10_00)}
    assert payer.pay("1000", key="k").status == 202


@pytest.mark.usefixtures("waits")
def test_a_repeated_key_is_not_refused_for_the_money_that_its_first_request_took(payer: Payer, wire: Wire) -> None:
    """The first request has written the balance, and not yet the disbursement, which is still in its transaction."""
    payer.ready(10_00)
    first = payer.pay("1000", key="k")
    left = iter(range(2))
    halfway = canceled("ConditionalCheckFailed", "TransactionConflict")
    with wire.broken(halfway, when=lambda call: call.operation == ONES and next(left, None) is not None):
        again = payer.pay("1000", key="k")
    assert (again.status, again.json["payment_id"]) == (202, first.json["payment_id"])
    assert books() == {"USD": (10_00, 0, 10_00)}


@pytest.mark.usefixtures("waits")
def test_a_lasting_conflict_is_a_503(payer: Payer, wire: Wire) -> None:
    payer.ready(10_00)
    halfway = canceled("ConditionalCheckFailed", "TransactionConflict")
    with wire.broken(halfway, when=lambda call: call.operation == ONES):
        reply = payer.pay("1000", key="k")
    assert (reply.status, reply.code) == (503, "service_unavailable")
    assert books() == {"USD": (10_00, 10_00, 0)}

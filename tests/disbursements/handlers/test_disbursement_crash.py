"""Each AWS call of a payment, a funding and a cancellation fails, before and after it takes effect; then a retry.

Money is taken at most once, and given back at most once: what was funded is always the balance and what disbursements
hold, after a crash as well as after the retry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from paysandbox.aws.hashing_keys import hashing_keys
from tests.support.builders.disbursements import BANK_ACCOUNT, EMAIL
from tests.support.clients.call import Reply
from tests.support.clients.disbursement_requests import Payer, books, stored
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    EVERY_ANSWER_LOST,
    FAILING,
    KILLED_AFTER,
    KILLED_BEFORE,
    THROTTLED,
    Trouble,
    failures,
)

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

PASSING: Final = (CONNECTION_GONE, ANSWER_LOST)
"""After these, boto3 retries, and the caller gets the answer of a run without faults."""

TROUBLES: Final = (*PASSING, EVERY_ANSWER_LOST, THROTTLED, FAILING, KILLED_BEFORE, KILLED_AFTER)

Books = Mapping[str, tuple[int, int, int]]


def pay(payer: Payer) -> Reply:
    return payer.pay("1000", key="k")


def pay_without_a_key(payer: Payer) -> Reply:
    return payer.pay("1000")


def pay_by_ach(payer: Payer) -> Reply:
    return payer.pay("1000", key="k", payment_method="ach")


def fund(payer: Payer) -> Reply:
    return payer.fund(10_00, key="k")


def cancel(payer: Payer) -> Reply:
    return payer.cancel(stored()[0].id)


def create_customer(payer: Payer) -> Reply:
    return payer.create_customer("other")


def create_customer_with_an_account(payer: Payer) -> Reply:
    return payer.create_customer("other", bank_account=BANK_ACCOUNT)


def change_account(payer: Payer) -> Reply:
    return payer.update_customer(email=EMAIL, bank_account=BANK_ACCOUNT)


def nothing(_: Payer) -> None:
    pass


@dataclass(frozen=True)
class Case:
    """A request, after the customer was created and 100.00 funded, and the books afterwards.

    `repeated_after` are the books after a second request that is another one, although it looks the same.
    """

    ask: Callable[[Payer], Reply]
    calls: tuple[str, ...]
    after: Books
    status: int = 200
    given: Callable[[Payer], object] = nothing
    repeated_after: Books | None = None

    def __str__(self) -> str:
        return self.ask.__name__.replace("_", " ")


PAID: Final = {"USD": (100_00, 90_00, 10_00)}

CASES: Final = (
    Case(pay, ("GetItem", "GetSecretValue", "PutItem", "TransactWriteItems"), PAID, status=202),
    Case(
        pay_without_a_key,
        ("GetItem", "TransactWriteItems"),
        PAID,
        status=202,
        repeated_after={"USD": (100_00, 80_00, 20_00)},
    ),
    Case(
        pay_by_ach,
        ("GetItem", "GetSecretValue", "PutItem", "TransactWriteItems"),
        PAID,
        status=202,
        given=change_account,
    ),
    Case(fund, ("GetSecretValue", "PutItem", "TransactWriteItems", "GetItem"), {"USD": (110_00, 110_00, 0)}),
    Case(cancel, ("GetItem", "TransactWriteItems"), {"USD": (100_00, 100_00, 0)}, given=pay_without_a_key),
    Case(create_customer, ("PutItem",), {"USD": (100_00, 100_00, 0)}),
    Case(create_customer_with_an_account, ("PutItem",), {"USD": (100_00, 100_00, 0)}),
    Case(change_account, ("UpdateItem",), {"USD": (100_00, 100_00, 0)}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_calls_of_a_request(case: Case, payer: Payer, wire: Wire) -> None:
    """The customer is the only read before a write: it is in another table."""
    payer.ready(100_00)
    case.given(payer)
    hashing_keys.cache_clear()
    with wire.record() as sent:
        assert case.ask(payer).status == case.status
    assert tuple(call.operation for call in sent) == case.calls


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("trouble", full_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)
def test_a_retry_after_any_failure_takes_effect_once(case: Case, trouble: Trouble, payer: Payer, wire: Wire) -> None:
    payer.ready(100_00)
    case.given(payer)
    before, books_before = table_snapshot.take(), books()
    hashing_keys.cache_clear()
    with wire.record() as recorded:
        case.ask(payer)
    assert books() == case.after

    for failure in failures(recorded, trouble):
        table_snapshot.put_back(before)
        hashing_keys.cache_clear()
        with failure.happening(wire):
            first = attempt(case, payer)
        if trouble in PASSING:
            assert first is not None, failure
            assert (first.status, first.replayed) == (case.status, False), failure
            assert books() == case.after, failure
        elif first is not None and first.status != case.status:
            assert (first.status, first.code) == (503, "service_unavailable"), failure
        assert books() in (books_before, case.after), failure

        took_effect = books() != books_before
        second = case.ask(payer)
        assert second.status == case.status, failure
        twice = case.repeated_after is not None and took_effect
        assert books() == (case.repeated_after if twice else case.after), failure
        if first is not None and first.status == case.status and case.repeated_after is None:
            assert second.text == first.text, failure


def attempt(case: Case, payer: Payer) -> Reply | None:
    """Return the reply, or None if the process died."""
    try:
        return case.ask(payer)
    except Killed:
        return None

"""Idempotency records in the table: the first request under a key holds it, for 24 hours of stored time.

An idempotency record may have the id of a payment under its key: the first of the two keeps the other out.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import IdempotencyRecord
from paysandbox.payments.ledger.store import get_payment, put_idempotency_record, put_payment
from tests.support.builders import build
from tests.support.builders.build import DAY, MICROSECOND, MONDAY
from tests.support.worlds import tables

CLAIM_ID = "clm_" + "c" * 26


def claim(
    *, number: int = 1, body_hash: str = "h" * 43, age: timedelta = timedelta(0), place: str = CLAIM_ID
) -> IdempotencyRecord:
    """Return a claim of the same key at a time after Monday's."""
    return IdempotencyRecord(
        id=place,
        operation_id=build.operation_id("cap", number),
        fingerprint=build.fingerprint(body_hash=body_hash),
        claimed_at=MONDAY + age,
        purge_at=int((MONDAY + age + 2 * DAY).timestamp()),
    )


@pytest.mark.parametrize(
    "second, holds",
    [
        (claim(number=2), 1),
        (claim(number=2, body_hash="another body"), 1),  # the reader compares the bodies
        (claim(number=2, age=DAY - MICROSECOND), 1),
        (claim(number=2, age=DAY), 2),  # a day later the key is free
        (claim(number=2, age=3 * DAY), 2),
    ],
)
def test_owner_of_a_key(ledger: Ledger, second: IdempotencyRecord, holds: int) -> None:
    put_idempotency_record(ledger, claim(number=1))

    held = put_idempotency_record(ledger, second)
    assert isinstance(held, IdempotencyRecord)
    assert held.operation_id == build.operation_id("cap", holds)
    assert put_idempotency_record(ledger, second) == held  # it stays unchanged


@pytest.mark.parametrize("age", [timedelta(0), DAY, 400 * DAY])
def test_a_kept_record_binds_its_key_for_ever(ledger: Ledger, age: timedelta) -> None:
    kept = replace(claim(number=1), purge_at=None)
    put_idempotency_record(ledger, kept)

    assert put_idempotency_record(ledger, replace(claim(number=2, age=age), purge_at=None)) == kept
    assert "purge_at" not in tables.items(ledger)[CLAIM_ID]


def test_another_key_is_another_record(ledger: Ledger) -> None:
    put_idempotency_record(ledger, claim())
    other = IdempotencyRecord(
        id="clm_" + "d" * 26,
        operation_id=build.operation_id("cap", 2),
        fingerprint=build.fingerprint(),
        claimed_at=MONDAY,
        purge_at=0,
    )

    assert put_idempotency_record(ledger, other) == other
    assert len(tables.items(ledger)) == 2


def test_concurrent_writers_agree_on_one_record(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        held = [*pool.map(lambda number: put_idempotency_record(ledger, claim(number=number)), range(1, 41))]

    assert len({each.operation_id for each in held if isinstance(each, IdempotencyRecord)}) == 1


@pytest.mark.parametrize("age", [timedelta(0), DAY, 80 * DAY])
def test_records_never_replace_payments(ledger: Ledger, age: timedelta) -> None:
    payment = build.authorized(10_00)
    put_payment(ledger, payment)

    assert put_idempotency_record(ledger, claim(place=payment.id, age=age)) == payment
    assert get_payment(ledger, payment.id) == payment


def test_payments_replace_expired_records(ledger: Ledger) -> None:
    put_idempotency_record(ledger, claim(place=build.PAYMENT_ID))
    early, late = (build.authorized(10_00, now=MONDAY + age) for age in (DAY - MICROSECOND, DAY))
    held = tables.items(ledger)

    with pytest.raises(Refused) as caught:
        put_payment(ledger, early)
    assert caught.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert tables.items(ledger) == held
    assert put_payment(ledger, late) == (late, True)
    assert get_payment(ledger, build.PAYMENT_ID) == late


def test_concurrent_record_and_payment_agree(ledger: Ledger) -> None:
    def claimed(number: int) -> bool:
        return isinstance(
            put_idempotency_record(ledger, claim(number=number, place=build.PAYMENT_ID)), IdempotencyRecord
        )

    def paid(number: int) -> bool:
        try:
            put_payment(ledger, build.authorized(number))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(1, 21) for ask in (claimed, paid)]
    claims, payments = ({one.result() for one in asked[first::2]} for first in (0, 1))
    assert (claims, payments) in (({True}, {False}), ({False}, {True}))


def test_a_record_is_not_read_as_a_payment(ledger: Ledger) -> None:
    put_idempotency_record(ledger, claim(place=build.PAYMENT_ID))

    assert get_payment(ledger, build.PAYMENT_ID) is None


def test_other_errors_of_the_table_pass_through(ledger: Ledger) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        put_idempotency_record(Ledger(ledger.client, "no-such-table", 0), claim())

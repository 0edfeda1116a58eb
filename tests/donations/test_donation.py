"""Donations: any order and any repetition of the observations lead to the same state."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT
from paysandbox.donations.donation import (
    ANONYMOUS,
    ContradictionError,
    Donation,
    DonationStatus,
    Observation,
    Receipt,
    check_amount,
    donation_id,
    observed,
)
from tests.support.builders import build, donations

GIVEN = donations.opened()
LATER = build.MONDAY + build.HOUR


def seen(**parts: Any) -> Observation:
    """Return an observation of the donation by Stripe: empty except for these parts."""
    whole: dict[str, Any] = {
        "donation_id": GIVEN.id,
        "intent_id": donations.INTENT_ID,
        "currency": GIVEN.currency,
        "at": LATER,
    }
    return Observation(**whole | parts)


PAID = seen(paid=50_00)
FAILED = seen(failed=True, failure="insufficient_funds")
PART_REFUNDED = seen(paid=50_00, refunded=12_50)
REFUNDED = seen(paid=50_00, refunded=50_00)


def after(*heard: Observation, donation: Donation = GIVEN) -> Donation:
    for one in heard:
        donation = observed(donation, one)
    return donation


# --- effects of observations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heard, status, net",
    [
        ([], DonationStatus.PENDING, 0),
        ([seen()], DonationStatus.PENDING, 0),
        ([FAILED], DonationStatus.FAILED, 0),
        ([PAID], DonationStatus.SUCCEEDED, 50_00),
        ([FAILED, PAID], DonationStatus.SUCCEEDED, 50_00),
        ([PAID, PART_REFUNDED], DonationStatus.SUCCEEDED, 37_50),
        ([PART_REFUNDED], DonationStatus.SUCCEEDED, 37_50),
        ([FAILED, PAID, PART_REFUNDED, REFUNDED], DonationStatus.REFUNDED, 0),
    ],
)
def test_status_and_net_follow_in_any_order(heard: list[Observation], status: DonationStatus, net: int) -> None:
    for order in permutations(heard):
        stands = after(*order)
        assert (stands.status, stands.net) == (status, net)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """Generate any observation that does not contradict the donation."""
    paid = draw(st.sampled_from([0, GIVEN.amount]))
    failed = draw(st.booleans())
    return seen(
        intent_id=draw(st.sampled_from([None, donations.INTENT_ID])),
        at=LATER + timedelta(seconds=draw(st.integers(0, 100))),
        paid=paid,
        refunded=draw(st.integers(0, paid)),
        failed=failed,
        failure=draw(st.sampled_from(["abandoned", "expired_card", "lost_card"])) if failed else None,
    )


def facts(donation: Donation) -> Donation:
    """Return the donation without its write counter and times."""
    return replace(donation, version=0, observed_at=None, receipt_at=None)


@pytest.mark.full
@given(st.lists(observations(), max_size=8), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(heard: list[Observation], dice: Any) -> None:
    shuffled = [*heard, *dice.choices(heard, k=len(heard))] if heard else []
    dice.shuffle(shuffled)
    assert facts(after(*shuffled)) == facts(after(*heard))


@given(st.lists(observations(), max_size=8), observations())
def test_repeated_observations_change_nothing(heard: list[Observation], one: Observation) -> None:
    stands = after(*heard, one)
    assert observed(stands, one) is stands


@given(st.lists(observations(), max_size=8), observations())
def test_new_observations_increase_the_version_and_remove_nothing(heard: list[Observation], one: Observation) -> None:
    before = after(*heard)
    stands = observed(before, one)
    assert stands.version == before.version + (stands is not before)
    assert stands.observed_at == (before.observed_at if stands is before else one.at)
    assert stands.paid >= before.paid
    assert stands.refunded >= before.refunded
    assert stands.failed >= before.failed
    assert 0 <= stands.net <= GIVEN.amount


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stands, heard, receipt",
    [
        (Receipt.NONE, PAID, Receipt.DUE),
        (Receipt.NONE, PART_REFUNDED, Receipt.DUE),
        (Receipt.NONE, REFUNDED, Receipt.NONE),
        (Receipt.NONE, FAILED, Receipt.NONE),
    ],
)
def test_a_receipt_is_due_for_received_money(stands: Receipt, heard: Observation, receipt: Receipt) -> None:
    after_it = observed(replace(GIVEN, receipt=stands), heard)
    assert (after_it.receipt, after_it.receipt_at) == (receipt, LATER if receipt is Receipt.DUE else None)


@pytest.mark.parametrize(
    "stands, receipt",
    [
        (Receipt.DUE, Receipt.NONE),
        # A receipt in progress or finished does not change.
        (Receipt.SENDING, Receipt.SENDING),
        (Receipt.SENT, Receipt.SENT),
        (Receipt.REFUSED, Receipt.REFUSED),
        (Receipt.NONE, Receipt.NONE),
    ],
)
def test_an_unclaimed_receipt_is_withdrawn_after_a_full_refund(stands: Receipt, receipt: Receipt) -> None:
    paid = replace(after(PAID), receipt=stands)
    assert observed(paid, REFUNDED).receipt is receipt


@pytest.mark.parametrize("stands", [Receipt.SENDING, Receipt.SENT, Receipt.REFUSED, Receipt.NONE])
@pytest.mark.parametrize("heard", [FAILED, PART_REFUNDED])
def test_a_receipt_becomes_due_once(stands: Receipt, heard: Observation) -> None:
    assert observed(replace(after(PAID), receipt=stands), heard).receipt is stands


# --- contradictions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"intent_id": "pi_another"},
        {"currency": "eur"},
        {"paid": 49_99},
        {"paid": 50_01},
        {"paid": 50_00, "refunded": 50_01},
        {"paid": 50_00, "refunded": -1},
        {"refunded": 1},
        {"paid": -50_00},
    ],
    ids=str,
)
def test_observations_of_another_payment_are_rejected(parts: dict[str, Any]) -> None:
    with pytest.raises(ContradictionError):
        after(seen(), seen(**parts))


def test_an_unknown_intent_is_accepted() -> None:
    assert after(seen(intent_id=None, failed=True)).intent_id is None
    assert after(PAID, seen(intent_id=None, failed=True)).intent_id == donations.INTENT_ID
    assert after(seen(intent_id=None, failed=True), PAID).intent_id == donations.INTENT_ID


# --- rendering --------------------------------------------------------------------------------------------------------


def test_anonymous_donors_have_no_public_name() -> None:
    assert donations.opened(anonymous=True).shown_name == ANONYMOUS
    assert donations.opened().shown_name == donations.ADA.name


# --- ids --------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**47), st.binary(min_size=10, max_size=10))
@example(8_395_437_893_219, bytes(10))  # int(at.timestamp() * 1000) is one less
def test_ids_are_uuids_of_time_and_random_bits(milliseconds: int, dice: bytes) -> None:
    at = build.MONDAY.replace(microsecond=0) + timedelta(milliseconds=milliseconds % 10**12)
    made = uuid.UUID(donation_id(at, dice))
    assert (made.version, made.variant, str(made)) == (7, uuid.RFC_4122, donation_id(at, dice))
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80) == at


def test_ids_sort_by_time() -> None:
    ids = [
        donation_id(build.MONDAY + second * timedelta(milliseconds=1), bytes([255 - second] * 10))
        for second in range(9)
    ]
    assert ids == sorted(ids)


def test_ids_have_74_random_bits() -> None:
    ids = {donation_id(build.MONDAY, (1 << bit).to_bytes(10)) for bit in range(74)}
    assert len(ids) == 74


# --- amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "currency, least",
    [("USD", 50), ("GBP", 30), ("JPY", 50), ("MXN", 10_00), ("HUF", 175_00), ("ZAR", 1_00), ("KRW", 1), ("KWD", 1_000)],
)
def test_each_currency_has_its_minimum(currency: str, least: int) -> None:
    check_amount(least, currency)
    with pytest.raises(Refused) as refused:
        check_amount(least - 1, currency)
    assert (refused.value.code, refused.value.param) == (Code.AMOUNT_TOO_SMALL, "amount")


@pytest.mark.parametrize(
    "amount, currency, code",
    [
        (MAX_STRIPE_AMOUNT, "USD", None),
        (MAX_STRIPE_AMOUNT + 1, "USD", Code.AMOUNT_TOO_LARGE),
        (5_130, "KWD", None),
        (5_124, "KWD", Code.AMOUNT_INVALID),
        (5, "ISK", None),
        (999_999, "ISK", None),  # 99,999,900 at Stripe
        (1_000_000, "ISK", Code.AMOUNT_TOO_LARGE),
        (1_000_000, "UGX", Code.AMOUNT_TOO_LARGE),
        (5_00, "MGA", None),
        (5_50, "MGA", Code.AMOUNT_NOT_WHOLE),
    ],
)
def test_amounts_that_stripe_would_reject_are_refused(amount: int, currency: str, code: Code | None) -> None:
    if code is None:
        check_amount(amount, currency)
        return
    with pytest.raises(Refused) as refused:
        check_amount(amount, currency)
    assert refused.value.code is code

"""Payments and claims as items: they survive a round trip, and they are as small as possible."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from benchmarks.cost.write_units import UNIT_BYTES, item_size_bytes
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import BY_CARD, BY_DUE, BY_MERCHANT, IDEMPOTENCY_ATTRIBUTES, INDEXES
from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.idempotency_record import Fingerprint, IdempotencyRecord
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.plan import REFUND_FAILURES
from paysandbox.payments.bank.response import Check, Checks, Decline, Response, RiskLevel
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.dispute import MAX_DISPUTES
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.ledger.items import (
    idempotency_record_from,
    idempotency_record_item,
    operation_item,
    payment_from,
    payment_item,
)
from paysandbox.payments.ledger.store import change_payment, get_payment, put_payment
from paysandbox.payments.limits import MAX_METADATA_BYTES
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import REQUEST_ID, Settled, Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import (
    DISPUTE_ROOM,
    MAX_AMOUNTS,
    MAX_CAPTURES,
    SIMULATED,
    Annotations,
    Operation,
    Payment,
    Timer,
    state_of,
)
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.requests import (
    RefundPayment,
)
from paysandbox.payments.rules.refund import MAX_REFUND_METADATA_BYTES
from paysandbox.payments.simulation.bank_steps import MAX_CAPTURE_FAILURES, MAX_REVERSALS
from paysandbox.payments.simulation.refund_steps import MAX_REFUND_UPDATES
from paysandbox.payments.terms import TERM_TEXTS, IntentTerms, Method
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import Fee, FeeSchedule
from paysandbox.settlement.settlement import Batch, entries_of, settle
from paysandbox.stripe_api.payment_intents.intent_rules import (
    MAX_CHANGES,
    MAX_DESCRIPTIVE_BYTES,
    MAX_NOTES,
    MAX_NOTES_BYTES,
)
from paysandbox.stripe_api.protocol import MAX_SHOWN_KEY_BYTES
from tests.support.builders import build, disputes, intents
from tests.support.builders.build import DAY, MONDAY
from tests.support.builders.largest_payment import (
    LONGEST_CHARACTER,
    LONGEST_TEXT,
    ROOM_FOR_LATER_BYTES,
    largest_metadata,
    largest_payment,
)
from tests.support.builders.payment_scenario import PaymentScenario, capture, outcome, refund, void
from tests.support.worlds import tables

# --- any payment ------------------------------------------------------------------------------------------------------

bodies = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
payment_ids = bodies.map("auth_{}".format)
operation_ids = st.builds(
    "{}_{}{}".format, st.sampled_from(["cap", "void", "ref"]), bodies, st.text("abcdefgh", min_size=10, max_size=10)
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
amounts = st.integers(0, 99_999_999)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
maybe = st.none() | words
totals = st.dictionaries(operation_ids, amounts, max_size=4)
shared: dict[str, st.SearchStrategy[Any]] = {
    "id": operation_ids,
    "request_id": words,
    "at": instants,
    "contract": st.integers(1, 9),
    "trace": st.none() | words,
    "idempotency_key": st.none() | words,
}
cards = st.builds(
    Card,
    card_id=bodies.map("card_{}".format),
    brand=st.sampled_from(Brand),
    last4=words,
    exp_month=st.integers(1, 12),
    exp_year=st.integers(2020, 2200),
)
checks = st.sampled_from(Check)
response_codes = st.text("0123456789ANR", min_size=2, max_size=2)
told = {"checks": st.builds(Checks, cvc=checks, zip=checks, line1=checks), "risk_level": st.sampled_from(RiskLevel)}
responses = st.builds(Response, code=response_codes, **told) | st.builds(
    # No code where the bank was not asked; no bank answer both approves and declines.
    Response,
    code=st.none() | response_codes.filter("00".__ne__),
    decline=st.builds(Decline, decline_code=words, advice_code=words),
    **told,
)
given_with = st.lists(st.sampled_from(["cvc", "zip", "line1"]), unique=True).map(tuple)
methods = st.builds(Method, cards, given_with, maybe)
any_terms = st.builds(
    IntentTerms,
    amount=amounts,
    method=st.none() | methods,
    **dict.fromkeys(TERM_TEXTS, maybe),
)
restated = st.none() | st.builds(IntentTerms, amount=amounts, metadata=maybe, shipping=maybe)
authorizations = st.builds(
    Authorization,
    **shared,
    card=cards,
    response=responses,
    requested=st.none() | amounts,
    terms=restated,
)
openings = st.builds(IntentCreated, **shared, terms=any_terms)
spreads = st.lists(st.tuples(operation_ids, amounts), max_size=3).map(tuple)
later_operations: st.SearchStrategy[Operation] = st.one_of(
    authorizations,
    st.builds(IntentUpdated, **shared, terms=any_terms),
    st.builds(Capture, **shared, final=st.booleans(), terms=restated),
    st.builds(Void, **shared, reason=maybe),
    st.builds(Expiry, **shared),
    st.builds(Refund, **shared, capture_id=st.none() | operation_ids, reason=maybe, spread=spreads, metadata=maybe),
    st.builds(
        Settlement,
        **shared,
        batch=words,
        settled=st.lists(st.builds(Settled, operation_ids, amounts), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        NotesUpdated,
        **shared,
        of=operation_ids,
        notes=st.builds(Notes, description=maybe, metadata=maybe, receipt_email=maybe, user_report=maybe),
    ),
)
fingerprints = st.builds(Fingerprint, words, st.integers(1, 99))
payments = st.builds(
    Payment,
    id=payment_ids,
    merchant=words,
    currency=st.sampled_from(["USD", "JPY", "BHD"]),
    authorized=amounts,
    capture_before=instants,
    created_at=instants,
    fingerprint=fingerprints,
    operations=st.tuples(authorizations | openings)
    | st.tuples(authorizations | openings, later_operations, later_operations),
    version=st.integers(1, 200),
    purge_at=st.integers(0, 2**40),
    remaining=st.none() | amounts,
    refundable=amounts,
    captures=totals,
    amounts=totals,
    unallocated_refund=st.none() | amounts,
    due_at=st.none() | instants,
    unsettled_since=st.none() | instants,
    automatic=st.booleans(),
    annotations=st.builds(Annotations, description=maybe, reference=maybe, metadata=maybe),
)
claims = st.builds(
    IdempotencyRecord,
    id=bodies.map("clm_{}".format),
    operation_id=operation_ids,
    fingerprint=fingerprints,
    claimed_at=instants,
    purge_at=st.integers(0, 2**40),
    endpoint=st.just("/v1/refunds"),
)


@pytest.mark.full
@given(payment=payments)
def test_payments_round_trip(payment: Payment) -> None:
    """Without `unallocated_refund`, which no new payment has, and settlements of another payment with its own lines."""
    assume(payment.unallocated_refund is None)
    for operation in payment.operations:
        if isinstance(operation, Settlement) and (of := ids.payment_of(operation.id)) != payment.id:
            assume(all(ids.payment_of(line.id) != of for line in operation.settled))
    assert payment_from(payment_item(payment)) == payment


@pytest.mark.full
@given(payment=payments)
def test_items_have_no_empty_attributes(payment: Payment) -> None:
    """An index includes items by the presence of their attributes, and guards check whether a field exists."""
    item = payment_item(payment)

    assert ("remaining" in item) == (payment.remaining is not None)
    assert ("due_at" in item) == (payment.due_at is not None)
    assert not any(value in ({"NULL": True}, {"S": ""}) for value in item.values())


@given(claim=claims)
def test_idempotency_records_round_trip(claim: IdempotencyRecord) -> None:
    assert idempotency_record_from(idempotency_record_item(claim)) == claim


@given(claim=claims)
def test_idempotency_records_are_in_no_index_or_event(claim: IdempotencyRecord) -> None:
    item = idempotency_record_item(claim)

    assert set(item) == set(IDEMPOTENCY_ATTRIBUTES)
    assert "operations" not in item
    assert not {attribute for index in INDEXES for attribute in (index.partition_key, index.sort_key)} & set(item)


@pytest.mark.parametrize(
    "payment",
    [
        build.authorized(),
        build.authorized(automatic=True),
        build.authorized(declined=build.decline()),
        build.authorized(10_00, promised=4_00, response=build.response("10")),
        build.lived(captures=[4_00, 6_00], refunds=[(1, 1_00)], reason="torn"),
        build.authorized(description="\U0001f4b6 caf\u00e9", reference="r", metadata='{"a": "\\u00e9"}'),
    ],
)
def test_payments_round_trip_through_the_table(ledger: Ledger, payment: Payment) -> None:
    put_payment(ledger, payment)

    assert get_payment(ledger, payment.id) == payment


def test_approved_payments_are_in_every_index_and_declined_ones_not_due() -> None:
    indexed = {attribute for index in INDEXES for attribute in (index.partition_key, index.sort_key)}

    assert indexed <= set(payment_item(build.authorized(reference="r")))
    assert indexed - set(payment_item(build.authorized(reference="r", declined=build.decline()))) == {"due_at"}
    assert indexed - set(payment_item(build.authorized())) == {"ref_key"}


@pytest.mark.parametrize("payment", [build.authorized(), build.authorized(payment_id="auth_" + "7" * 26)])
def test_shards_of_a_payment(payment: Payment) -> None:
    item = payment_item(payment)
    shards = [item[index.partition_key]["S"].rpartition("#")[2] for index in (BY_CARD, BY_MERCHANT, BY_DUE)]

    assert shards == [f"{ids.shard_of(payment.id, count):x}" for count in (16, 16, 32)]


def test_unknown_operation_kinds_are_rejected() -> None:
    item = payment_item(build.authorized())
    item["operations"]["L"][0]["M"]["kind"] = {"S": "transmogrify"}

    with pytest.raises(AssertionError, match="transmogrify"):
        payment_from(item)


def test_numbers_are_not_decimals(ledger: Ledger) -> None:
    """Money is an integer from the request to the response."""
    put_payment(ledger, build.lived(captures=[4_00], refunds=[(1, 1_00)]))
    payment = get_payment(ledger, build.PAYMENT_ID)

    assert payment is not None
    numbers = [payment.authorized, payment.remaining, payment.refundable, *payment.captures.values()]
    assert not any(isinstance(value, Decimal | float) for value in [*numbers, *payment.amounts.values()])


TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def traced(payment: Payment) -> Payment:
    """Return a payment of an environment with `tracing=full`, all of whose operations were recorded in a trace."""
    return replace(payment, operations=tuple(replace(operation, trace=TRACE) for operation in payment.operations))


# The longest of each: reasons, check results, risk.
UNCHECKED = Checks(cvc=Check.UNAVAILABLE, zip=Check.UNAVAILABLE, line1=Check.UNAVAILABLE)
EVERYTHING_SAID = Response(
    "R3",
    Decline(decline_code="revocation_of_all_authorizations", advice_code="confirm_card_data"),
    UNCHECKED,
    RiskLevel.ELEVATED,
)
EVERYTHING_CHECKED = Response("10", None, UNCHECKED, RiskLevel.ELEVATED)

# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item, size_bytes",
    [
        ({"a": {"S": ""}}, 1),
        ({"name": {"S": "\u00e9"}}, 4 + 2),  # bytes, not characters
        ({"n": {"N": "7"}}, 1 + 2),
        ({"n": {"N": "99999999"}}, 1 + 5),
        ({"n": {"N": "-7"}}, 1 + 3),
        ({"b": {"BOOL": True}}, 1 + 1),
        ({"m": {"M": {}}}, 1 + 3),
        ({"m": {"M": {"ab": {"S": "cd"}}}}, 1 + 3 + 1 + 4),
        ({"l": {"L": [{"S": "cd"}, {"N": "1"}]}}, 1 + 3 + 1 + 2 + 1 + 2),
    ],
)
def test_size_of_an_item(item: dict[str, object], size_bytes: int) -> None:
    """The expected sizes are DynamoDB's own."""
    assert item_size_bytes(item) == size_bytes


@pytest.mark.parametrize(
    "payment",
    [
        build.authorized(99_999_999, request_id="c" * 36),
        build.authorized(99_999_999, request_id="c" * 36, response=EVERYTHING_SAID),
        build.authorized(99_999_999, request_id="c" * 36, promised=50_000_000, response=EVERYTHING_CHECKED),
        build.authorized(
            99_999_999,
            request_id="c" * 36,
            response=EVERYTHING_CHECKED,
            merchant="m" * 32,
            reference="order 2026-11-16/4711",
            description="Two tickets for the opera, stalls, row 12",
            metadata='{"customer": "c-20391", "order": "4711"}',
        ),
    ],
    ids=["plain", "declined", "in part", "with an order's texts"],
)
def test_an_authorization_is_one_write_unit(payment: Payment) -> None:
    assert item_size_bytes(payment_item(payment)) <= UNIT_BYTES
    assert item_size_bytes(payment_item(traced(payment))) <= UNIT_BYTES


@pytest.mark.parametrize("payment", [build.lived(captures=[4_00]), intents.opened()], ids=["authorization", "intent"])
def test_first_operations_have_id_and_time_from_their_payment(payment: Payment) -> None:
    item = payment_item(payment)
    first = item["operations"]["L"][0]["M"]
    assert not first.keys() & {"id", "at"}
    assert payment_from(item) == payment


def test_a_settled_payment_with_a_reference_is_one_write_unit() -> None:
    """The requests have IDs as long as the gateway's."""
    captured = build.lived(
        99_999_999,
        captures=[99_999_999],
        request_id="c" * 36,
        response=Response(checks=Checks(cvc=Check.PASS)),
        reference="order-2026-4711",
    )
    entries = entries_of(captured, Batch(BatchName(MONDAY.date()), MONDAY + build.DAY), FeeSchedule(Fee(30, 290)))
    settled = settle(captured, entries, request_id=REQUEST_ID, at=MONDAY + build.DAY)
    assert settled is not None
    payment = settled.apply(captured)
    assert payment_from(payment_item(payment)) == payment
    assert item_size_bytes(payment_item(payment)) <= UNIT_BYTES


def test_ids_in_a_settlement_follow_from_its_payment_and_batch() -> None:
    settlement = build.settlement(Settled(build.operation_id("cap", 1), 30))
    entry = operation_item(settlement)["M"]
    assert not {"id", "contract"} & entry.keys()
    assert entry["settled"]["L"][0]["M"]["id"]["S"] == f"cap_{settlement.settled[0].id[-10:]}"
    assert operation_item(replace(settlement, batch="2026-11-17"))["M"]["id"] == {"S": settlement.id}, "another batch's"


def test_an_automatic_capture_is_at_most_two_write_units() -> None:
    payment = build.authorized(99_999_999, request_id="c" * 36, automatic=True)

    assert item_size_bytes(payment_item(traced(payment))) <= 2 * UNIT_BYTES


def test_only_an_operation_with_a_trace_stores_one() -> None:
    payment = build.lived(10_00, captures=[4_00])
    stored = [operation_item(operation)["M"] for operation in payment.operations]
    assert all("trace" not in entry for entry in stored)
    more_bytes = item_size_bytes(payment_item(traced(payment))) - item_size_bytes(payment_item(payment))
    assert more_bytes == len(stored) * (len("trace") + len(TRACE) + 1)


def test_operations_of_requests_have_a_trace_and_others_none(ledger: Ledger) -> None:
    """Settlement and expiry are never refused for lack of space, and each trace would take some."""
    ledger = replace(ledger, trace=lambda: TRACE)
    made, _ = put_payment(ledger, build.authorized(10_00, automatic=True))
    assert [one.trace for one in made.operations] == [TRACE, TRACE]

    own = [
        build.settlement(Settled(made.id, 30)),
        Expiry(id=build.operation_id("exp"), request_id="r", at=MONDAY, contract=1),
    ]
    for operation in (build.refund(), *own):
        change_payment(
            ledger,
            lambda _, one=operation: Change(
                payment_id=made.id, merchant=made.merchant, operation=one, guards=(), assign={("amounts", one.id): 1}
            ),
        )
    stored = get_payment(ledger, made.id)
    assert stored is not None
    assert [one.trace for one in stored.operations] == [TRACE, TRACE, TRACE, None, None]


def test_an_idempotency_record_is_one_write_unit() -> None:
    claim = IdempotencyRecord(
        id="clm_" + "c" * 26,
        operation_id=build.operation_id("cap"),
        fingerprint=build.fingerprint(),
        claimed_at=MONDAY,
        purge_at=1_800_000_000,
        endpoint="/v1/" + "x" * 200,
    )

    assert item_size_bytes(idempotency_record_item(claim)) <= UNIT_BYTES


# --- the largest payment ----------------------------------------------------------------------------------------------


@pytest.mark.full
def test_the_largest_payment_is_written_and_can_be_voided(ledger: Ledger) -> None:
    """DynamoDB rejects an item over 400 KB, and with it the void that would release the cardholder's money."""
    scenario = PaymentScenario.open(ledger, largest_payment())
    assert item_size_bytes(tables.items(ledger)[build.PAYMENT_ID]) < tables.MAX_ITEM_BYTES
    assert scenario.held() == largest_payment()

    assert outcome(scenario, refund(1, of=2)) == "too_many_refunds"
    assert outcome(scenario, capture(1)) == "too_many_captures"
    assert outcome(replace(scenario, now=scenario.now + 8 * DAY), capture(1)) == "authorization_expired"
    assert outcome(scenario, void()) == "partially_refunded"


def test_the_largest_payment_leaves_room_for_void_and_settlement() -> None:
    size_bytes = item_size_bytes(payment_item(traced(largest_payment())))

    assert size_bytes + ROOM_FOR_LATER_BYTES < tables.MAX_ITEM_BYTES


def largest_intent() -> Payment:
    """Return the largest payment as an intent, with terms and refunds as long as allowed.

    Each refund has parts from two captures here: together they empty each capture once.
    """
    native = largest_payment()
    # A part of the bytes each: every statement of the terms has a name for it in the item.
    part = MAX_DESCRIPTIVE_BYTES // (MAX_CHANGES + MAX_CAPTURES) - len("metadata")
    said = intents.terms(99_999_999, metadata="x" * part)
    revisions = [
        IntentUpdated(id=build.operation_id("rev", number), request_id="c" * 36, at=MONDAY, contract=1, terms=said)
        for number in range(1, MAX_CHANGES)
    ]
    stated = replace(said, method=None)
    attempt = replace(authorization_of(native), id=build.operation_id("att", 99), terms=stated)
    captures = [replace(one, terms=stated) for one in native.operations if isinstance(one, Capture)]
    parts = tuple((one.id, 300_001) for one in captures[:2])
    refunds = [
        replace(one, capture_id=None, reason=None, spread=parts, metadata="x" * MAX_REFUND_METADATA_BYTES)
        for one in native.operations
        if isinstance(one, Refund)
    ]
    opening = intents.opened().operations[0]
    notes = Notes(metadata="x" * (MAX_NOTES_BYTES // MAX_NOTES), user_report="fraudulent")
    updates = [
        NotesUpdated(
            id=build.operation_id("rev", 50 + number),
            request_id="c" * 36,
            at=MONDAY,
            contract=1,
            of=attempt.id,
            notes=notes,
        )
        for number in range(MAX_NOTES)
    ]
    operations = (opening, *revisions, attempt, *captures, *refunds, *updates)
    keyed = tuple(replace(operation, idempotency_key="k" * MAX_SHOWN_KEY_BYTES) for operation in operations)
    return replace(native, operations=keyed)


def test_the_largest_intent_leaves_the_same_room() -> None:
    size_bytes = item_size_bytes(payment_item(traced(largest_intent())))

    assert size_bytes + ROOM_FOR_LATER_BYTES < tables.MAX_ITEM_BYTES


def test_settlement_in_separate_batches_fits_into_that_room() -> None:
    payment = largest_payment()
    batches = [
        build.settlement(Settled(moved, 99_999_999), batch=f"2026-11-16.{number}", request_id="c" * 36)
        for number, moved in enumerate(payment.amounts, start=10_000)
    ]
    settled = replace(payment, operations=(*payment.operations, *batches))

    more_bytes = item_size_bytes(payment_item(settled)) - item_size_bytes(payment_item(payment))
    assert len(batches) == MAX_AMOUNTS - 1 + MAX_CAPTURES
    assert ROOM_FOR_LATER_BYTES / 3 < more_bytes < ROOM_FOR_LATER_BYTES * 0.75


@cache
def with_ten_disputes() -> Payment:
    """Return a payment after ten disputes with every step that one can have, each of all captures."""
    payment = build.lived(99_999_999, captures=[1_000_000] * MAX_CAPTURES)
    at = payment.created_at
    for number in range(MAX_DISPUTES):
        payment = disputes.disputed(payment, key=f"open {number}", at=at, kind="inquiry", reason="debit_not_authorized")
        for phase, ends in enumerate(["escalate", "win", "escalate", "win"]):
            key = f"{number}.{phase}"
            if disputes.latest(payment).is_open:
                payment = disputes.submitted(payment, key=f"evidence {key}")
                payment = disputes.stepped(payment, "withdraw", key=f"withdraw {key}")
            payment = disputes.stepped(payment, ends, key=f"{ends} {key}")
        at = disputes.latest(payment).updated_at
    return replace(payment, operations=tuple(replace(one, request_id="c" * 36) for one in payment.operations))


@pytest.mark.full
@pytest.mark.parametrize("largest", [largest_payment, pytest.param(largest_intent, marks=pytest.mark.full)])
def test_the_largest_payment_has_room_for_ten_disputes_and_their_settlement(largest: Callable[[], Payment]) -> None:
    """Each dispute takes the room of some refunds. Each line here is settled in a batch of its own."""
    disputed = with_ten_disputes()
    steps = [one for one in disputed.operations if isinstance(one, DisputeStep)]
    keyed = [replace(one, idempotency_key="k" * MAX_SHOWN_KEY_BYTES) for one in steps]
    payment = largest()
    without = {one.id for one in payment.operations if isinstance(one, Refund)}
    without = {*sorted(without)[: DISPUTE_ROOM * MAX_DISPUTES]}
    amounts = {of: amount for of, amount in payment.amounts.items() if of not in without}
    lines = [line for line in state_of(disputed).lines if line.startswith("adj_")]
    batches = [
        build.settlement(Settled(line, 99_999_999), batch=f"2026-11-16.{number}", request_id="c" * 36)
        for number, line in enumerate([*amounts, *lines], start=10_000)
    ]
    kept = [one for one in payment.operations if one.id not in without]
    settled = traced(replace(payment, operations=(*kept, *keyed, *batches), amounts=amounts))

    assert (len(steps), len(lines)) == (110, 60)
    assert item_size_bytes(payment_item(settled)) < tables.MAX_ITEM_BYTES


def _update(number: int, status: RefundStatus, **more: Any) -> RefundUpdated:
    return RefundUpdated(
        id=build.operation_id("rfu", number),
        request_id="c" * 36,
        at=MONDAY,
        contract=1,
        trace=TRACE,
        source=SIMULATED,
        refund_id=build.operation_id("ref", number),
        status=status,
        **more,
    )


def _failures(refunds: int, *, pending: bool) -> Iterator[Operation]:
    """Yield what the failures of refunds add to a payment. A reversal is settled in a batch of its own."""
    reason = max(REFUND_FAILURES, key=len)
    for number in range(refunds):
        if pending:
            yield _update(100 + number, RefundStatus.SUCCEEDED)
        failure = _update(number, RefundStatus.FAILED, reason=reason)
        yield failure
        yield build.settlement(Settled(failure.id, 0), batch=f"2026-11-16.{10_000 + number}", request_id="c" * 36)


def _asked(refunds: int) -> Iterator[Operation]:
    """Yield what refunds that wait for the cardholder, and are canceled in the end, add to a payment."""
    for number in range(refunds):
        refund_id = build.operation_id("ref", number)
        expires = Timer(step="expire", at=MONDAY, of=refund_id)
        yield _update(number, RefundStatus.REQUIRES_ACTION, timers=(expires,))
        yield _update(100 + number, RefundStatus.CANCELED)


@pytest.mark.parametrize(
    "later, pending",
    [
        ([*_failures(MAX_REFUND_UPDATES, pending=False)], 0),
        ([*_failures(MAX_REFUND_UPDATES // 2, pending=True)], MAX_REFUND_UPDATES // 2),
        ([*_asked(MAX_REFUND_UPDATES // 2)], MAX_REFUND_UPDATES // 2),
        ([], MAX_REFUND_UPDATES),
    ],
    ids=["failed", "pending, then failed", "asked", "pending"],
)
def test_updates_of_refunds_fit_beside_settlement(later: list[Operation], pending: int) -> None:
    intent = traced(largest_intent())
    refunds = [one for one in intent.operations if isinstance(one, Refund)][:pending]
    timer = Timer(step="fail", at=MONDAY, value=max(REFUND_FAILURES, key=len))
    planned = {one.id: replace(one, pending=True, timers=(timer,)) for one in refunds}
    updated = replace(
        intent,
        operations=(*(planned.get(one.id, one) for one in intent.operations), *later),
        pending_refunds=dict.fromkeys(planned, 99_999_999),
        open_until=MONDAY,
    )

    more_bytes = item_size_bytes(payment_item(updated)) - item_size_bytes(payment_item(intent))
    assert more_bytes < ROOM_FOR_LATER_BYTES * 0.25


def test_stored_metadata_is_within_its_limit() -> None:
    assert MAX_METADATA_BYTES * 0.95 < len(largest_metadata().encode()) <= MAX_METADATA_BYTES


@pytest.mark.parametrize("text", [LONGEST_TEXT + LONGEST_CHARACTER, "a" * 501], ids=["bytes", "characters"])
def test_operations_store_at_most_a_kilobyte_of_caller_text(text: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        RefundPayment.model_validate(build.refund_body(reason=text))


# --- with steps of the bank and the network ---------------------------------------------------------------------------

LONGEST_PLAN = (
    "expire:2592000,fraud_warning,capture=fail_once:2592000,"
    "refund=pending:2592000:fail:charge_for_pending_refund_disputed,"
    "dispute=incorrect_account_details:2592000"
)


def largest_with_steps() -> Payment:
    """Return the largest payment with every step that its bank and the network may make, each as often as they may."""
    payment = replace(largest_payment(), plan=LONGEST_PLAN)
    plain = next(one for one in payment.operations if isinstance(one, Capture))
    timers = (
        Timer(step="fail", at=MONDAY, value="v" * 10),
        Timer(step="fraud_warning", at=MONDAY, of=payment.id),
        Timer(step="dispute", at=MONDAY, of=payment.id, value="incorrect_account_details"),
    )
    captures = [replace(one, timers=timers) for one in payment.operations if isinstance(one, Capture)]
    of_others = [one for one in payment.operations if not isinstance(one, Capture)]

    def stamped(kind: str, number: int) -> dict[str, Any]:
        step_id = build.operation_id(kind, 500 + number)
        return {"id": step_id, "request_id": "c" * 36, "at": MONDAY, "contract": 1, "source": SIMULATED}

    failed = [
        replace(plain, id=build.operation_id("cap", 300 + number), timers=timers)
        for number in range(MAX_CAPTURE_FAILURES)
    ]
    steps: list[Operation] = [
        *failed,
        *(CaptureFailed(**stamped("cpf", n), capture_id=one.id) for n, one in enumerate(failed)),
        *(Reversal(**stamped("rvl", n)) for n in range(MAX_REVERSALS)),
        *(
            PresentmentDelayed(**stamped("prs", n), capture_id=one.id, until=MONDAY)
            for n, one in enumerate((*captures, *failed))
        ),
        FraudWarning(**stamped("efw", 1), capture_id=captures[0].id),
    ]
    amounts = {one.id: 1_000_000 for one in steps if isinstance(one, (Capture, CaptureFailed, Reversal))}
    operations = (*of_others, *captures, *steps)
    return replace(
        payment,
        operations=operations,
        amounts={**payment.amounts, **amounts},
        open_until=MONDAY,
        presented_until=MONDAY,
    )


def test_the_largest_payment_with_steps_leaves_the_same_room() -> None:
    size_bytes = item_size_bytes(payment_item(traced(largest_with_steps())))

    assert size_bytes + ROOM_FOR_LATER_BYTES < tables.MAX_ITEM_BYTES, size_bytes

"""The worker that hears from Stripe: what each event makes of a donation, and what follows from that."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.core.instant import from_text
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from tests.donations.workers.conftest import Lines
from tests.support import build, donations
from tests.support.aws_transport import Deliver, Sent, Wire, answered_with, refused_with
from tests.support.donation_desk import DEAD_PAYMENTS, NOTIFICATIONS, DonationDesk

Tell = Callable[[DonationDesk, Donation], str]


@pytest.fixture
def given(desk: DonationDesk) -> Donation:
    return desk.open(donations.opened())


def succeeded(desk: DonationDesk, given: Donation) -> str:
    return desk.succeeded(given)


def failed(desk: DonationDesk, given: Donation) -> str:
    return desk.failed(given)


def canceled(desk: DonationDesk, given: Donation) -> str:
    return desk.canceled(given)


def refunded_in_part(desk: DonationDesk, given: Donation) -> str:
    return desk.refunded(given, 12_50)


def refunded(desk: DonationDesk, given: Donation) -> str:
    return desk.refunded(given, given.amount)


@pytest.mark.parametrize(
    "told, status, total, receipt",
    [
        ([succeeded], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([failed], DonationStatus.FAILED, 0, Receipt.NONE),
        ([canceled], DonationStatus.FAILED, 0, Receipt.NONE),
        # The next attempt succeeds, and the events of both come in any order.
        ([failed, succeeded], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([succeeded, failed], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([succeeded, refunded_in_part], DonationStatus.SUCCEEDED, 37_50, Receipt.DUE),
        ([succeeded, refunded_in_part, refunded], DonationStatus.REFUNDED, 0, Receipt.NONE),
        ([succeeded, refunded, refunded_in_part], DonationStatus.REFUNDED, 0, Receipt.NONE),
        # What went back was taken before.
        ([refunded_in_part, succeeded], DonationStatus.SUCCEEDED, 37_50, Receipt.DUE),
        ([refunded, succeeded], DonationStatus.REFUNDED, 0, Receipt.NONE),
    ],
)
def test_events_make_of_a_donation_what_happened(
    told: list[Tell], status: DonationStatus, total: int, receipt: Receipt, desk: DonationDesk, given: Donation
) -> None:
    bodies = [tell(desk, given) for tell in told]
    for _ in range(2):  # each comes again
        for body in bodies:
            assert desk.hear(body) == []
    stands = desk.now(given)
    assert (stands.status, stands.receipt) == (status, receipt)
    assert desk.totals().get("usd", 0) == total
    assert set(desk.outcomes().values()) <= {"applied", "unchanged"}
    assert desk.taken(DEAD_PAYMENTS) == []


@pytest.mark.parametrize(
    "error, failure",
    [
        ({"code": "card_declined", "decline_code": "lost_card", "type": "card_error"}, "lost_card"),
        ({"code": "expired_card", "type": "card_error"}, "expired_card"),
        ({"type": "api_error"}, "api_error"),
        (None, "payment_failed"),
    ],
)
def test_why_a_payment_failed_is_kept_in_stripes_words(
    error: Any, failure: str, desk: DonationDesk, given: Donation
) -> None:
    desk.hear(desk.failed(given, last_payment_error=error))
    assert desk.now(given).failure == failure


def test_a_success_before_our_own_record_of_the_intent_is_not_lost(desk: DonationDesk) -> None:
    given = desk.open(donations.opened(), intent_id=None)
    assert desk.hear(desk.succeeded(given)) == []
    assert (desk.now(given).status, desk.now(given).intent_id) == (DonationStatus.SUCCEEDED, donations.INTENT_ID)


def test_the_receipt_is_asked_for_as_long_as_it_is_due(desk: DonationDesk, given: Donation) -> None:
    """Whoever died between the transaction and the queue gets the event again, which is no news by then."""
    body = desk.succeeded(given)
    desk.hear(body)
    desk.hear(body)
    assert desk.taken(NOTIFICATIONS) == [json.dumps({"donation_id": given.id})] * 2
    desk.send(given.id)
    desk.hear(body)
    assert desk.taken(NOTIFICATIONS) == []


@pytest.mark.parametrize("tell", [failed, refunded], ids=["failed", "refunded"])
def test_nobody_is_thanked_for_what_we_do_not_have(tell: Tell, desk: DonationDesk, given: Donation) -> None:
    desk.hear(tell(desk, given))
    assert desk.taken(NOTIFICATIONS) == []


@pytest.mark.parametrize("kind", ["payment_intent.created", "charge.succeeded", "customer.created", "what.is.this"])
def test_other_types_are_recorded_and_change_nothing(kind: str, desk: DonationDesk, given: Donation) -> None:
    before = desk.items()
    assert desk.hear(desk.event(kind, {"object": "whatever"})) == []
    assert [*desk.outcomes().values()] == ["ignored"]
    assert [item for item in desk.items() if "outcome" not in item] == before
    assert desk.taken(DEAD_PAYMENTS) == []


def test_what_came_of_an_event_is_kept_for_thirty_days(desk: DonationDesk, given: Donation) -> None:
    body = desk.succeeded(given)
    desk.hear(body)
    desk.hear(body)  # and that it came again does not hide that it was applied
    (item,) = [item for item in desk.items() if "outcome" in item]
    assert {name: item[name] for name in ("type", "outcome", "donation_id")} == {
        "type": {"S": "payment_intent.succeeded"},
        "outcome": {"S": "applied"},
        "donation_id": {"S": given.id},
    }
    received = from_text(item["received_at"]["S"])
    assert int(item["purge_at"]["N"]) == int((received + 30 * build.DAY).timestamp())


# --- what is put aside ------------------------------------------------------------------------------------------------

ANOTHER_ID = donations.DONATION_ID[:-1] + "8"


@pytest.mark.parametrize(
    "parts",
    [
        {"metadata": {}},
        {"metadata": None},
        {"metadata": {"donation_id": ANOTHER_ID}},
        {"metadata": {"donation_id": ""}},
        {"amount_received": 50_01},
        {"amount_received": 49_99},
        {"amount_received": "5000"},
        {"amount_received": True},
        {"currency": "eur"},
        {"id": "pi_of_another"},
        {"id": None},
    ],
    ids=str,
)
def test_what_is_of_no_donation_or_contradicts_it_is_put_aside_as_it_came(
    parts: dict[str, Any], desk: DonationDesk, given: Donation
) -> None:
    body = desk.succeeded(given, **parts)
    assert desk.hear(body) == []
    assert desk.taken(DEAD_PAYMENTS) == [body]
    assert [*desk.outcomes().values()] == ["parked"]
    assert (desk.now(given), desk.totals(), desk.taken(NOTIFICATIONS)) == (given, {}, [])


@pytest.mark.parametrize(
    "body", ["", "what is this", "[]", "null", '{"id": "evt_1"}', '{"id": 1, "type": "t", "data": {"object": {}}}',
             '{"id": "evt_1", "type": "t", "data": []}', "[" * 100_000]
)  # fmt: skip
def test_what_is_no_event_is_put_aside_and_the_others_are_heard(body: str, desk: DonationDesk, given: Donation) -> None:
    assert desk.hear(body, desk.succeeded(given)) == []
    assert desk.taken(DEAD_PAYMENTS) == [body]
    assert desk.now(given).status is DonationStatus.SUCCEEDED


def test_what_was_put_aside_is_heard_once_its_donation_is_there(desk: DonationDesk) -> None:
    given = donations.opened()
    body = desk.succeeded(given)
    desk.hear(body)
    desk.open(given)
    assert desk.hear(*desk.taken(DEAD_PAYMENTS)) == []
    assert (desk.totals(), [*desk.outcomes().values()]) == ({"usd": 50_00}, ["applied"])


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_only_what_failed_for_a_reason_of_ours_comes_again(desk: DonationDesk, given: Donation, wire: Wire) -> None:
    another = desk.open(donations.opened(id=ANOTHER_ID, amount=7_00))
    bodies = [desk.succeeded(given), desk.succeeded(another)]
    fault = refused_with(400, "ThrottlingException")
    with wire.broken(fault, when=lambda sent: given.id in json.dumps(sent.parameters)):
        assert desk.hear(*bodies) == [bodies[0]]
    assert desk.totals() == {"usd": 7_00}
    assert desk.hear(bodies[0]) == []
    assert desk.totals() == {"usd": 57_00}


def test_whoever_is_overtaken_looks_again(desk: DonationDesk, given: Donation, wire: Wire) -> None:
    """Between the read and the transaction of one worker, another one has heard of a refund."""
    overtaking = iter([desk.refunded(given, 20_00)])

    def overtaken(sent: Sent) -> bool:
        if sent.operation == "TransactWriteItems" and (body := next(overtaking, None)):
            desk.hear(body)
        return False

    with wire.broken(refused_with(500, "Never"), when=overtaken):
        assert desk.hear(desk.succeeded(given)) == []
    assert (desk.now(given).net, desk.totals()) == (30_00, {"usd": 30_00})


def in_conflict(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Another transaction is at the same row of the total."""
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    return answered_with(request, 400, body)


@pytest.mark.parametrize("times, is_done", [(1, True), (4, True), (5, False)])
def test_transactions_that_meet_are_tried_again_some_times_and_then_by_the_queue(
    times: int, is_done: bool, desk: DonationDesk, given: Donation, wire: Wire
) -> None:
    conflicts, body = iter(range(times)), desk.succeeded(given)

    def meets(sent: Sent) -> bool:
        return sent.operation == "TransactWriteItems" and next(conflicts, None) is not None

    with wire.broken(in_conflict, when=meets):
        assert desk.hear(body) == ([] if is_done else [body])
    assert desk.totals() == ({"usd": 50_00} if is_done else {})


def test_whoever_is_always_overtaken_gives_it_back_to_the_queue(
    desk: DonationDesk, given: Donation, wire: Wire
) -> None:
    cents = iter(range(1, 100))

    def overtaken(sent: Sent) -> bool:
        if sent.operation == "TransactWriteItems" and given.id not in busy:
            busy.add(given.id)
            desk.hear(desk.refunded(given, next(cents)))
            busy.clear()
        return False

    busy, late = set[str](), desk.failed(given)
    with wire.broken(refused_with(500, "Never"), when=overtaken):
        assert desk.hear(late) == [late]
    assert desk.hear(late) == []
    assert (desk.now(given).failed, desk.totals()) == (True, {"usd": 49_95})


def test_a_donation_is_heard_of_in_five_calls(desk: DonationDesk, given: Donation, wire: Wire) -> None:
    with wire.record() as sent:
        desk.hear(desk.succeeded(given))
    assert [one.operation for one in sent] == ["GetItem", "GetItem", "TransactWriteItems", "SendMessage", "PutItem"]


def test_amounts_and_ids_are_logged_and_nothing_of_the_donor(desk: DonationDesk, given: Donation, lines: Lines) -> None:
    desk.hear(desk.succeeded(given), desk.succeeded(replace(given, currency="eur")))
    heard, parked = lines()
    assert (heard["message"], heard["level"], heard["DonationsSucceeded"]) == ("donation", "INFO", [1.0])
    assert (parked["message"], parked["level"], parked["DonationsParked"]) == ("parked", "ERROR", [1.0])
    assert (heard["paid"], parked["stripe_event_id"]) == (50_00, "evt_2")
    printed = json.dumps([heard, parked])
    assert not any(word in printed for word in (given.donor.email, given.donor.name, given.message or "?"))

"""The worker that applies Stripe events: the change each event makes to a donation, and its effects."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from tests.donations.donation_scenario import DEAD_PAYMENTS, NOTIFICATIONS, DonationScenario
from tests.donations.workers.conftest import Lines
from tests.support.builders import build, donations
from tests.support.worlds.aws_transport import Deliver, Sent, Wire, answered_with, refused_with

Tell = Callable[[DonationScenario, Donation], str]


@pytest.fixture
def given(scenario: DonationScenario) -> Donation:
    return scenario.open(donations.opened())


def succeeded(scenario: DonationScenario, given: Donation) -> str:
    return scenario.succeeded(given)


def failed(scenario: DonationScenario, given: Donation) -> str:
    return scenario.failed(given)


def canceled(scenario: DonationScenario, given: Donation) -> str:
    return scenario.canceled(given)


def refunded_in_part(scenario: DonationScenario, given: Donation) -> str:
    return scenario.refunded(given, 12_50)


def refunded(scenario: DonationScenario, given: Donation) -> str:
    return scenario.refunded(given, given.amount)


@pytest.mark.full
@pytest.mark.parametrize(
    "told, status, total, receipt",
    [
        ([succeeded], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([failed], DonationStatus.FAILED, 0, Receipt.NONE),
        ([canceled], DonationStatus.FAILED, 0, Receipt.NONE),
        # The next attempt succeeds, and the events of both arrive in any order.
        ([failed, succeeded], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([succeeded, failed], DonationStatus.SUCCEEDED, 50_00, Receipt.DUE),
        ([succeeded, refunded_in_part], DonationStatus.SUCCEEDED, 37_50, Receipt.DUE),
        ([succeeded, refunded_in_part, refunded], DonationStatus.REFUNDED, 0, Receipt.NONE),
        ([succeeded, refunded, refunded_in_part], DonationStatus.REFUNDED, 0, Receipt.NONE),
        # A refund implies an earlier capture.
        ([refunded_in_part, succeeded], DonationStatus.SUCCEEDED, 37_50, Receipt.DUE),
        ([refunded, succeeded], DonationStatus.REFUNDED, 0, Receipt.NONE),
    ],
)
def test_events_update_the_donation(
    told: list[Tell], status: DonationStatus, total: int, receipt: Receipt, scenario: DonationScenario, given: Donation
) -> None:
    bodies = [tell(scenario, given) for tell in told]
    for _ in range(2):  # each is redelivered
        for body in bodies:
            assert scenario.apply_events(body) == []
    stands = scenario.now(given)
    assert (stands.status, stands.receipt) == (status, receipt)
    assert scenario.totals().get("usd", 0) == total
    assert set(scenario.outcomes().values()) <= {"applied", "unchanged"}
    assert scenario.taken(DEAD_PAYMENTS) == []


@pytest.mark.parametrize(
    "error, failure",
    [
        ({"code": "card_declined", "decline_code": "lost_card", "type": "card_error"}, "lost_card"),
        ({"code": "expired_card", "type": "card_error"}, "expired_card"),
        ({"type": "api_error"}, "api_error"),
        (None, "payment_failed"),
    ],
)
def test_stripes_failure_reason_is_stored(
    error: Any, failure: str, scenario: DonationScenario, given: Donation
) -> None:
    scenario.apply_events(scenario.failed(given, last_payment_error=error))
    assert scenario.now(given).failure == failure


def test_success_before_the_intent_is_recorded_is_applied(scenario: DonationScenario) -> None:
    given = scenario.open(donations.opened(), intent_id=None)
    assert scenario.apply_events(scenario.succeeded(given)) == []
    assert (scenario.now(given).status, scenario.now(given).intent_id) == (
        DonationStatus.SUCCEEDED,
        donations.INTENT_ID,
    )


def test_a_due_receipt_is_queued(scenario: DonationScenario, given: Donation) -> None:
    """If the worker dies between the transaction and the queue, the redelivered event no longer changes anything."""
    body = scenario.succeeded(given)
    scenario.apply_events(body)
    scenario.apply_events(body)
    assert scenario.taken(NOTIFICATIONS) == [json.dumps({"donation_id": given.id})] * 2
    scenario.send(given.id)
    scenario.apply_events(body)
    assert scenario.taken(NOTIFICATIONS) == []


@pytest.mark.parametrize("tell", [failed, refunded], ids=["failed", "refunded"])
def test_no_receipt_without_received_money(tell: Tell, scenario: DonationScenario, given: Donation) -> None:
    scenario.apply_events(tell(scenario, given))
    assert scenario.taken(NOTIFICATIONS) == []


@pytest.mark.parametrize("kind", ["payment_intent.created", "charge.succeeded", "customer.created", "what.is.this"])
def test_other_types_are_recorded_and_change_nothing(kind: str, scenario: DonationScenario, given: Donation) -> None:
    before = scenario.items()
    assert scenario.apply_events(scenario.event(kind, {"object": "whatever"})) == []
    assert [*scenario.outcomes().values()] == ["ignored"]
    assert [item for item in scenario.items() if "outcome" not in item] == before
    assert scenario.taken(DEAD_PAYMENTS) == []


def test_outcomes_of_events_are_stored_for_30_days(scenario: DonationScenario, given: Donation) -> None:
    body = scenario.succeeded(given)
    scenario.apply_events(body)
    scenario.apply_events(body)  # a redelivery does not hide that it was applied
    (item,) = [item for item in scenario.items() if "outcome" in item]
    assert {name: item[name] for name in ("type", "outcome", "donation_id")} == {
        "type": {"S": "payment_intent.succeeded"},
        "outcome": {"S": "applied"},
        "donation_id": {"S": given.id},
    }
    received = parse_timestamp(item["received_at"]["S"])
    assert int(item["purge_at"]["N"]) == int((received + 30 * build.DAY).timestamp())


# --- parked events ----------------------------------------------------------------------------------------------------

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
def test_unplaceable_events_go_to_the_dead_letter_queue_unchanged(
    parts: dict[str, Any], scenario: DonationScenario, given: Donation
) -> None:
    body = scenario.succeeded(given, **parts)
    assert scenario.apply_events(body) == []
    assert scenario.taken(DEAD_PAYMENTS) == [body]
    assert [*scenario.outcomes().values()] == ["parked"]
    assert (scenario.now(given), scenario.totals(), scenario.taken(NOTIFICATIONS)) == (given, {}, [])


@pytest.mark.parametrize(
    "body", ["", "what is this", "[]", "null", '{"id": "evt_1"}', '{"id": 1, "type": "t", "data": {"object": {}}}',
             '{"id": "evt_1", "type": "t", "data": []}', "[" * 100_000]
)  # fmt: skip
def test_invalid_messages_go_to_the_dead_letter_queue_and_others_are_applied(
    body: str, scenario: DonationScenario, given: Donation
) -> None:
    assert scenario.apply_events(body, scenario.succeeded(given)) == []
    assert scenario.taken(DEAD_PAYMENTS) == [body]
    assert scenario.now(given).status is DonationStatus.SUCCEEDED


def test_redriven_events_are_applied(scenario: DonationScenario) -> None:
    given = donations.opened()
    body = scenario.succeeded(given)
    scenario.apply_events(body)
    scenario.open(given)
    assert scenario.apply_events(*scenario.taken(DEAD_PAYMENTS)) == []
    assert (scenario.totals(), [*scenario.outcomes().values()]) == ({"usd": 50_00}, ["applied"])


# --- failures ---------------------------------------------------------------------------------------------------------


def test_only_our_own_failures_are_retried(scenario: DonationScenario, given: Donation, wire: Wire) -> None:
    another = scenario.open(donations.opened(id=ANOTHER_ID, amount=7_00))
    bodies = [scenario.succeeded(given), scenario.succeeded(another)]
    fault = refused_with(400, "ThrottlingException")
    with wire.broken(fault, when=lambda sent: given.id in json.dumps(sent.parameters)):
        assert scenario.apply_events(*bodies) == [bodies[0]]
    assert scenario.totals() == {"usd": 7_00}
    assert scenario.apply_events(bodies[0]) == []
    assert scenario.totals() == {"usd": 57_00}


def test_a_conflicting_write_is_retried(scenario: DonationScenario, given: Donation, wire: Wire) -> None:
    """Between one worker's read and its transaction, another one has applied a refund."""
    overtaking = iter([scenario.refunded(given, 20_00)])

    def overtaken(sent: Sent) -> bool:
        if sent.operation == "TransactWriteItems" and (body := next(overtaking, None)):
            scenario.apply_events(body)
        return False

    with wire.broken(refused_with(500, "Never"), when=overtaken):
        assert scenario.apply_events(scenario.succeeded(given)) == []
    assert (scenario.now(given).net, scenario.totals()) == (30_00, {"usd": 30_00})


def in_conflict(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Another transaction is updating the same row of the total."""
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    return answered_with(request, 400, body)


@pytest.mark.parametrize("times, is_done", [(1, True), (4, True), (5, False)])
def test_transaction_conflicts_are_retried_then_left_to_the_queue(
    times: int, is_done: bool, scenario: DonationScenario, given: Donation, wire: Wire
) -> None:
    conflicts, body = iter(range(times)), scenario.succeeded(given)

    def meets(sent: Sent) -> bool:
        return sent.operation == "TransactWriteItems" and next(conflicts, None) is not None

    with wire.broken(in_conflict, when=meets):
        assert scenario.apply_events(body) == ([] if is_done else [body])
    assert scenario.totals() == ({"usd": 50_00} if is_done else {})


def test_lasting_conflicts_are_left_to_the_queue(scenario: DonationScenario, given: Donation, wire: Wire) -> None:
    cents = iter(range(1, 100))

    def overtaken(sent: Sent) -> bool:
        if sent.operation == "TransactWriteItems" and given.id not in busy:
            busy.add(given.id)
            scenario.apply_events(scenario.refunded(given, next(cents)))
            busy.clear()
        return False

    busy, late = set[str](), scenario.failed(given)
    with wire.broken(refused_with(500, "Never"), when=overtaken):
        assert scenario.apply_events(late) == [late]
    assert scenario.apply_events(late) == []
    assert (scenario.now(given).failed, scenario.totals()) == (True, {"usd": 49_95})


def test_an_event_takes_five_calls(scenario: DonationScenario, given: Donation, wire: Wire) -> None:
    with wire.record() as sent:
        scenario.apply_events(scenario.succeeded(given))
    assert [one.operation for one in sent] == ["GetItem", "GetItem", "TransactWriteItems", "SendMessage", "PutItem"]


def test_logs_have_amounts_and_ids_but_no_personal_data(
    scenario: DonationScenario, given: Donation, lines: Lines
) -> None:
    scenario.apply_events(scenario.succeeded(given), scenario.succeeded(replace(given, currency="eur")))
    heard, parked = lines()
    assert (heard["message"], heard["level"], heard["DonationsSucceeded"]) == ("donation", "INFO", [1.0])
    assert (parked["message"], parked["level"], parked["DonationsParked"]) == (
        "sent to dead-letter queue",
        "ERROR",
        [1.0],
    )
    assert (heard["paid"], parked["stripe_event_id"]) == (50_00, "evt_2")
    printed = json.dumps([heard, parked])
    assert not any(word in printed for word in (given.donor.email, given.donor.name, given.message or "?"))

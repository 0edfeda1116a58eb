"""The nightly worker: unfinished donations get Stripe's status, and receipts still due are requested again."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe

from paysandbox.aws import runtime
from paysandbox.donations import stripe_account, stripe_secrets, tables as donation_tables
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus, Receipt
from paysandbox.donations.sweep import SweepError
from paysandbox.donations.writes import change_receipt
from tests.donations import donation_scenario
from tests.donations.donation_scenario import ABANDONED_AFTER, NOTIFICATIONS, DonationScenario, environment
from tests.donations.workers.conftest import Clock, Lines
from tests.support.builders import build, donations
from tests.support.clients.stripe_sdk import sdk_here
from tests.support.fakes.stripe_server import StripeServer, stripe_server
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire, refused_with

NOTHING = {"ended": 0, "queued": 0, "unknown": 0}
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def stripe_at(wire: Wire) -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture(autouse=True)
def account(stripe_at: StripeServer, scenario: DonationScenario, clock: Clock) -> stripe.StripeClient:
    """The Stripe account, empty; its secret key is stored for the sweep."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    stripe_at.asked.clear()
    stripe_at.before.clear()
    stripe_at.changed = {}
    stripe_at.trouble = None
    os.environ |= environment(stripe_api_base=stripe_at.url)
    set_key(build.api_key(MERCHANT))
    return sdk_here(MERCHANT)


def set_key(key: str | None) -> None:
    if key is None:
        runtime.ssm().delete_parameter(Name=tables.STRIPE_KEY_PARAMETER)
    else:
        runtime.ssm().put_parameter(Name=tables.STRIPE_KEY_PARAMETER, Value=key, Type="SecureString", Overwrite=True)
    donation_scenario.forget()
    stripe_secrets.secret_key.cache_clear()
    stripe_account._client.cache_clear()


def donation_with_intent(
    scenario: DonationScenario, account: stripe.StripeClient, number: int = 1, **parts: Any
) -> Donation:
    """Return a new donation with an intent at Stripe."""
    given = donations.opened(id=f"{donations.DONATION_ID[:-2]}{number:02}", created_at=runtime.now(), **parts)
    intent = account.v1.payment_intents.create(
        {"amount": given.amount, "currency": given.currency, "metadata": {"donation_id": given.id}}
    )
    return scenario.open(given, intent_id=intent.id)


def pay(account: stripe.StripeClient, given: Donation, card: str = "pm_card_visa") -> None:
    assert given.intent_id is not None
    account.v1.payment_intents.confirm(given.intent_id, {"payment_method": card})


# --- donations --------------------------------------------------------------------------------------------------------


def nothing(account: stripe.StripeClient, given: Donation) -> None:
    """Do nothing: the donor left."""


def paid(account: stripe.StripeClient, given: Donation) -> None:
    """Pay at Stripe; the event is lost."""
    pay(account, given)


def paid_and_refunded(account: stripe.StripeClient, given: Donation) -> None:
    pay(account, given)
    account.v1.refunds.create({"payment_intent": given.intent_id or "", "amount": 20_00})


def declined(account: stripe.StripeClient, given: Donation) -> None:
    with pytest.raises(stripe.CardError):
        pay(account, given, "pm_card_chargeDeclined")


def canceled(account: stripe.StripeClient, given: Donation) -> None:
    account.v1.payment_intents.cancel(given.intent_id or "", {"cancellation_reason": "duplicate"})


@pytest.mark.full
@pytest.mark.parametrize(
    "happened, status, net, failure, at_stripe",
    [
        (nothing, DonationStatus.FAILED, 0, "abandoned", "canceled"),
        (paid, DonationStatus.SUCCEEDED, 50_00, None, "succeeded"),
        (paid_and_refunded, DonationStatus.SUCCEEDED, 30_00, None, "succeeded"),
        (declined, DonationStatus.FAILED, 0, "abandoned", "canceled"),
        (canceled, DonationStatus.FAILED, 0, "duplicate", "canceled"),
    ],
)
def test_pending_donations_get_stripes_status(
    happened: Callable[[stripe.StripeClient, Donation], None],
    status: DonationStatus,
    net: int,
    failure: str | None,
    at_stripe: str,
    scenario: DonationScenario,
    account: stripe.StripeClient,
    clock: Clock,
) -> None:
    given = donation_with_intent(scenario, account)
    happened(account, given)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert scenario.sweep() == NOTHING | {"ended": 1}
    stands = scenario.now(given)
    assert (stands.status, stands.net, stands.failure) == (status, net, failure)
    assert scenario.totals().get("usd", 0) == net
    assert account.v1.payment_intents.retrieve(given.intent_id or "").status == at_stripe
    assert scenario.taken(NOTIFICATIONS) == ([json.dumps({"donation_id": given.id})] if net else [])
    scenario.send(given.id)
    assert scenario.sweep() == NOTHING


def test_recent_donations_are_left_alone(
    scenario: DonationScenario, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = donation_with_intent(scenario, account)
    clock.advance(ABANDONED_AFTER - A_MINUTE)
    assert scenario.sweep() == NOTHING
    assert (scenario.now(given), stripe_at.asked) == (given, [])


def test_donations_without_an_intent_are_abandoned(
    scenario: DonationScenario, clock: Clock, stripe_at: StripeServer
) -> None:
    given = scenario.open(donations.opened(created_at=runtime.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert scenario.sweep() == NOTHING | {"ended": 1}
    stands = scenario.now(given)
    assert (stands.status, stands.failure, stands.intent_id) == (DonationStatus.FAILED, "abandoned", None)
    assert stripe_at.asked == []


def test_a_late_payment_succeeds(scenario: DonationScenario, clock: Clock) -> None:
    given = scenario.open(donations.opened(created_at=runtime.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    scenario.sweep()
    scenario.apply_events(scenario.succeeded(given))
    assert (scenario.now(given).status, scenario.totals()) == (DonationStatus.SUCCEEDED, {"usd": 50_00})


def test_a_payment_during_abandonment_succeeds(
    scenario: DonationScenario,
    account: stripe.StripeClient,
    clock: Clock,
    stripe_at: StripeServer,
) -> None:
    """Paid between our check and our request to cancel. Stripe refuses to cancel a paid intent."""
    given = donation_with_intent(scenario, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.before["/cancel"] = lambda: pay(account, given)
    assert scenario.sweep() == NOTHING | {"ended": 1}
    assert (scenario.now(given).status, scenario.totals()) == (DonationStatus.SUCCEEDED, {"usd": 50_00})


@pytest.mark.full
@pytest.mark.parametrize("status", [500, 503, 429])
def test_without_a_response_from_stripe_the_sweep_fails(
    status: int,
    scenario: DonationScenario,
    account: stripe.StripeClient,
    clock: Clock,
    stripe_at: StripeServer,
    lines: Lines,
) -> None:
    given = donation_with_intent(scenario, account)
    never_asked = scenario.open(donations.opened(created_at=runtime.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.trouble = status
    with pytest.raises(SweepError, match="1 could not"):
        scenario.sweep()
    assert (scenario.now(given), scenario.now(never_asked).status) == (given, DonationStatus.FAILED)
    assert [line["donation_id"] for line in lines() if line["message"] == "sweep failed"] == [given.id]
    stripe_at.trouble = None
    assert scenario.sweep() == NOTHING | {"ended": 1}


def test_an_unanswered_cancellation_changes_nothing(
    scenario: DonationScenario, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = donation_with_intent(scenario, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.before["/cancel"] = lambda: setattr(stripe_at, "trouble", 503)
    with pytest.raises(SweepError):
        scenario.sweep()
    assert scenario.now(given) == given


def test_processing_intents_are_left_alone(
    scenario: DonationScenario, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    """No sandbox card is slow, so the test changes the answer on its way."""
    given = donation_with_intent(scenario, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.changed = {"status": "processing"}
    assert scenario.sweep() == NOTHING
    assert scenario.now(given) == given
    assert [method for method, _ in stripe_at.asked] == ["GET"]


@pytest.mark.parametrize("key", [None, "sk_test_donate-now"], ids=["no key", "a key that is not taken"])
def test_without_a_stripe_key_intents_are_left_alone(
    key: str | None, scenario: DonationScenario, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = donation_with_intent(scenario, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    set_key(key)
    stripe_at.trouble = 401
    with pytest.raises(SweepError):
        scenario.sweep()
    assert scenario.now(given) == given


def test_intents_of_other_donations_are_rejected(
    scenario: DonationScenario, account: stripe.StripeClient, clock: Clock
) -> None:
    other = donation_with_intent(scenario, account, 1)
    pay(account, other)
    given = scenario.open(donations.opened(created_at=runtime.now()), intent_id=other.intent_id)
    scenario.apply_events(scenario.succeeded(other))
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    with pytest.raises(SweepError):
        scenario.sweep()
    assert (scenario.now(given), scenario.totals()) == (given, {"usd": 50_00})


def test_a_sweep_ends_in_time_and_the_next_continues(
    scenario: DonationScenario, clock: Clock, stripe_at: StripeServer
) -> None:
    for number in range(10):
        scenario.open(
            donations.opened(id=f"{donations.DONATION_ID[:-2]}{number:02}", created_at=runtime.now()), intent_id=None
        )
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert scenario.sweep(time_left_ms=0) == NOTHING
    assert scenario.sweep() == NOTHING | {"ended": 10}


# --- receipts ---------------------------------------------------------------------------------------------------------


def thanked(scenario: DonationScenario, receipt: Receipt) -> Donation:
    """Return a donation that was just paid, with its receipt in this state. The message that requests it is lost."""
    given = scenario.open(donations.opened(created_at=runtime.now()))
    scenario.apply_events(scenario.succeeded(given))
    if receipt is not Receipt.DUE:
        change_receipt(donation_tables.donations(), given.id, Receipt.DUE, receipt, runtime.now(), "a note")
    scenario.taken(NOTIFICATIONS)
    return scenario.now(given)


def test_overdue_receipts_are_queued_again(scenario: DonationScenario, clock: Clock) -> None:
    given = thanked(scenario, Receipt.DUE)
    clock.advance(timedelta(minutes=14))
    assert scenario.sweep() == NOTHING
    clock.advance(timedelta(minutes=2))
    assert scenario.sweep() == NOTHING | {"queued": 1}
    assert scenario.taken(NOTIFICATIONS) == [json.dumps({"donation_id": given.id})]
    scenario.send(given.id)
    assert (scenario.sweep(), scenario.mailed()) == (NOTHING, [given.donor.email])


def test_receipts_stuck_in_sending_are_reported(scenario: DonationScenario, clock: Clock, lines: Lines) -> None:
    given = thanked(scenario, Receipt.SENDING)
    clock.advance(timedelta(minutes=14))
    assert scenario.sweep() == NOTHING
    clock.advance(timedelta(minutes=2))
    assert scenario.sweep() == NOTHING | {"unknown": 1}
    (line,) = [line for line in lines() if line["message"] == "receipts unknown"]
    assert (line["ReceiptsUnknown"], line["donation_ids"]) == ([1.0], [given.id])
    assert (scenario.now(given), scenario.taken(NOTIFICATIONS)) == (given, [])


@pytest.mark.parametrize("receipt", [Receipt.SENT, Receipt.REFUSED, Receipt.NONE])
def test_finished_receipts_are_left_alone(receipt: Receipt, scenario: DonationScenario, clock: Clock) -> None:
    thanked(scenario, receipt)
    clock.advance(timedelta(days=2))
    assert scenario.sweep() == NOTHING


def test_failed_notifications_are_queued_by_the_next_sweep(
    scenario: DonationScenario, clock: Clock, wire: Wire
) -> None:
    thanked(scenario, Receipt.DUE)
    clock.advance(timedelta(hours=1))
    fault = refused_with(503, "ServiceUnavailable")
    with wire.broken(fault, when=lambda sent: sent.operation == "SendMessage"), pytest.raises(SweepError):
        scenario.sweep()
    assert scenario.sweep() == NOTHING | {"queued": 1}

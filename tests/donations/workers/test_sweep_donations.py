"""The night's worker: what began and has no end is ended as Stripe says, and receipts still due are asked for again."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe

from paysandbox.aws import effects
from paysandbox.donations import stripe_account, stripe_secrets, tables as donation_tables
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus, Receipt
from paysandbox.donations.sweep import SweepError
from paysandbox.donations.writes import change_receipt
from tests.donations.workers.conftest import Clock, Lines
from tests.support import build, donation_desk, donations, table_snapshot, tables
from tests.support.aws_transport import Wire, refused_with
from tests.support.donation_desk import ABANDONED_AFTER, NOTIFICATIONS, DonationDesk, environment
from tests.support.stripe_sdk import sdk_here
from tests.support.stripe_server import StripeServer, stripe_server

NOTHING = {"ended": 0, "queued": 0, "unknown": 0}
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def stripe_at(wire: Wire) -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture(autouse=True)
def account(stripe_at: StripeServer, desk: DonationDesk, clock: Clock) -> stripe.StripeClient:
    """The account at Stripe, empty; its secret key is where the sweep looks for it."""
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
        effects.ssm().delete_parameter(Name=tables.STRIPE_KEY_PARAMETER)
    else:
        effects.ssm().put_parameter(Name=tables.STRIPE_KEY_PARAMETER, Value=key, Type="SecureString", Overwrite=True)
    donation_desk.forget()
    stripe_secrets.secret_key.cache_clear()
    stripe_account._client.cache_clear()


def begun(desk: DonationDesk, account: stripe.StripeClient, number: int = 1, **parts: Any) -> Donation:
    """A donation with an intent at Stripe, begun now."""
    given = donations.opened(id=f"{donations.DONATION_ID[:-2]}{number:02}", created_at=effects.now(), **parts)
    intent = account.v1.payment_intents.create(
        {"amount": given.amount, "currency": given.currency, "metadata": {"donation_id": given.id}}
    )
    return desk.open(given, intent_id=intent.id)


def pay(account: stripe.StripeClient, given: Donation, card: str = "pm_card_visa") -> None:
    assert given.intent_id is not None
    account.v1.payment_intents.confirm(given.intent_id, {"payment_method": card})


# --- donations --------------------------------------------------------------------------------------------------------


def nothing(account: stripe.StripeClient, given: Donation) -> None:
    """Its donor went away."""


def paid(account: stripe.StripeClient, given: Donation) -> None:
    """Stripe's event was lost."""
    pay(account, given)


def paid_and_refunded(account: stripe.StripeClient, given: Donation) -> None:
    pay(account, given)
    account.v1.refunds.create({"payment_intent": given.intent_id or "", "amount": 20_00})


def declined(account: stripe.StripeClient, given: Donation) -> None:
    with pytest.raises(stripe.CardError):
        pay(account, given, "pm_card_chargeDeclined")


def canceled(account: stripe.StripeClient, given: Donation) -> None:
    account.v1.payment_intents.cancel(given.intent_id or "", {"cancellation_reason": "duplicate"})


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
def test_a_pending_donation_becomes_what_stripe_says(
    happened: Callable[[stripe.StripeClient, Donation], None],
    status: DonationStatus,
    net: int,
    failure: str | None,
    at_stripe: str,
    desk: DonationDesk,
    account: stripe.StripeClient,
    clock: Clock,
) -> None:
    given = begun(desk, account)
    happened(account, given)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert desk.sweep() == NOTHING | {"ended": 1}
    stands = desk.now(given)
    assert (stands.status, stands.net, stands.failure) == (status, net, failure)
    assert desk.totals().get("usd", 0) == net
    assert account.v1.payment_intents.retrieve(given.intent_id or "").status == at_stripe
    assert desk.taken(NOTIFICATIONS) == ([json.dumps({"donation_id": given.id})] if net else [])
    desk.send(given.id)
    assert desk.sweep() == NOTHING


def test_what_is_young_is_left_alone(
    desk: DonationDesk, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = begun(desk, account)
    clock.advance(ABANDONED_AFTER - A_MINUTE)
    assert desk.sweep() == NOTHING
    assert (desk.now(given), stripe_at.asked) == (given, [])


def test_one_of_which_stripe_never_heard_is_given_up_without_asking(
    desk: DonationDesk, clock: Clock, stripe_at: StripeServer
) -> None:
    given = desk.open(donations.opened(created_at=effects.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert desk.sweep() == NOTHING | {"ended": 1}
    stands = desk.now(given)
    assert (stands.status, stands.failure, stands.intent_id) == (DonationStatus.FAILED, "abandoned", None)
    assert stripe_at.asked == []


def test_one_that_is_paid_after_all_has_succeeded(desk: DonationDesk, clock: Clock) -> None:
    given = desk.open(donations.opened(created_at=effects.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    desk.sweep()
    desk.hear(desk.succeeded(given))
    assert (desk.now(given).status, desk.totals()) == (DonationStatus.SUCCEEDED, {"usd": 50_00})


def test_one_that_is_paid_while_it_is_given_up_has_succeeded(
    desk: DonationDesk,
    account: stripe.StripeClient,
    clock: Clock,
    stripe_at: StripeServer,
) -> None:
    """Between our question and our word that it is to be cancelled. Stripe refuses to cancel what was paid."""
    given = begun(desk, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.before["/cancel"] = lambda: pay(account, given)
    assert desk.sweep() == NOTHING | {"ended": 1}
    assert (desk.now(given).status, desk.totals()) == (DonationStatus.SUCCEEDED, {"usd": 50_00})


@pytest.mark.parametrize("status", [500, 503, 429])
def test_where_stripe_does_not_answer_nothing_is_said_and_a_person_hears_of_it(
    status: int,
    desk: DonationDesk,
    account: stripe.StripeClient,
    clock: Clock,
    stripe_at: StripeServer,
    lines: Lines,
) -> None:
    given = begun(desk, account)
    never_asked = desk.open(donations.opened(created_at=effects.now()), intent_id=None)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.trouble = status
    with pytest.raises(SweepError, match="1 could not"):
        desk.sweep()
    assert (desk.now(given), desk.now(never_asked).status) == (given, DonationStatus.FAILED)
    assert [line["donation_id"] for line in lines() if line["message"] == "sweep failed"] == [given.id]
    stripe_at.trouble = None
    assert desk.sweep() == NOTHING | {"ended": 1}


def test_where_stripe_does_not_answer_to_the_end_of_an_intent_nothing_is_said(
    desk: DonationDesk, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = begun(desk, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.before["/cancel"] = lambda: setattr(stripe_at, "trouble", 503)
    with pytest.raises(SweepError):
        desk.sweep()
    assert desk.now(given) == given


def test_what_a_bank_is_still_at_is_left_alone(
    desk: DonationDesk, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    """No card of the sandbox's is slow, so what it says is changed on its way."""
    given = begun(desk, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    stripe_at.changed = {"status": "processing"}
    assert desk.sweep() == NOTHING
    assert desk.now(given) == given
    assert [method for method, _ in stripe_at.asked] == ["GET"]


@pytest.mark.parametrize("key", [None, "sk_test_donate-now"], ids=["no key", "a key that is not taken"])
def test_without_a_key_nothing_is_said_of_what_has_an_intent(
    key: str | None, desk: DonationDesk, account: stripe.StripeClient, clock: Clock, stripe_at: StripeServer
) -> None:
    given = begun(desk, account)
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    set_key(key)
    stripe_at.trouble = 401
    with pytest.raises(SweepError):
        desk.sweep()
    assert desk.now(given) == given


def test_an_intent_of_another_donation_is_not_believed(
    desk: DonationDesk, account: stripe.StripeClient, clock: Clock
) -> None:
    other = begun(desk, account, 1)
    pay(account, other)
    given = desk.open(donations.opened(created_at=effects.now()), intent_id=other.intent_id)
    desk.hear(desk.succeeded(other))
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    with pytest.raises(SweepError):
        desk.sweep()
    assert (desk.now(given), desk.totals()) == (given, {"usd": 50_00})


def test_it_ends_when_its_time_is_over_and_the_next_night_goes_on(
    desk: DonationDesk, clock: Clock, stripe_at: StripeServer
) -> None:
    for number in range(10):
        desk.open(
            donations.opened(id=f"{donations.DONATION_ID[:-2]}{number:02}", created_at=effects.now()), intent_id=None
        )
    clock.advance(ABANDONED_AFTER + A_MINUTE)
    assert desk.sweep(time_left_ms=0) == NOTHING
    assert desk.sweep() == NOTHING | {"ended": 10}


# --- receipts ---------------------------------------------------------------------------------------------------------


def thanked(desk: DonationDesk, receipt: Receipt) -> Donation:
    """A donation that was just paid, whose receipt came so far. The message that asks for it is lost."""
    given = desk.open(donations.opened(created_at=effects.now()))
    desk.hear(desk.succeeded(given))
    if receipt is not Receipt.DUE:
        change_receipt(donation_tables.donations(), given.id, Receipt.DUE, receipt, effects.now(), "a note")
    desk.taken(NOTIFICATIONS)
    return desk.now(given)


def test_a_receipt_that_stays_due_is_asked_for_again(desk: DonationDesk, clock: Clock) -> None:
    given = thanked(desk, Receipt.DUE)
    clock.advance(timedelta(minutes=14))
    assert desk.sweep() == NOTHING
    clock.advance(timedelta(minutes=2))
    assert desk.sweep() == NOTHING | {"queued": 1}
    assert desk.taken(NOTIFICATIONS) == [json.dumps({"donation_id": given.id})]
    desk.send(given.id)
    assert (desk.sweep(), desk.mailed()) == (NOTHING, [given.donor.email])


def test_a_receipt_that_stays_under_way_is_told_and_left_alone(desk: DonationDesk, clock: Clock, lines: Lines) -> None:
    given = thanked(desk, Receipt.SENDING)
    clock.advance(timedelta(minutes=14))
    assert desk.sweep() == NOTHING
    clock.advance(timedelta(minutes=2))
    assert desk.sweep() == NOTHING | {"unknown": 1}
    (line,) = [line for line in lines() if line["message"] == "receipts unknown"]
    assert (line["ReceiptsUnknown"], line["donation_ids"]) == ([1.0], [given.id])
    assert (desk.now(given), desk.taken(NOTIFICATIONS)) == (given, [])


@pytest.mark.parametrize("receipt", [Receipt.SENT, Receipt.REFUSED, Receipt.NONE])
def test_a_receipt_that_came_to_its_end_is_nobodys_business(receipt: Receipt, desk: DonationDesk, clock: Clock) -> None:
    thanked(desk, receipt)
    clock.advance(timedelta(days=2))
    assert desk.sweep() == NOTHING


def test_what_cannot_be_queued_is_queued_the_next_night(desk: DonationDesk, clock: Clock, wire: Wire) -> None:
    thanked(desk, Receipt.DUE)
    clock.advance(timedelta(hours=1))
    fault = refused_with(503, "ServiceUnavailable")
    with wire.broken(fault, when=lambda sent: sent.operation == "SendMessage"), pytest.raises(SweepError):
        desk.sweep()
    assert desk.sweep() == NOTHING | {"queued": 1}

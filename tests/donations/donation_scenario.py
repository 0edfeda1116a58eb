"""Donations in this process: the real workers with moto's table, queues and e-mail. Tests pass on the messages.

scenario = DonationScenario()
given = scenario.open(donations.opened())
scenario.apply_events(scenario.succeeded(given))  # the payment worker, with one batch
scenario.send(given.id)                   # the receipt worker
assert scenario.now(given).receipt == "sent"
"""

import itertools
import json
import os
from types import SimpleNamespace
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from paysandbox.aws import runtime, settings
from paysandbox.aws.schema import DONATIONS_KEY
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation
from paysandbox.donations.lists import totals
from paysandbox.donations.receipt_mail import render_notification
from paysandbox.donations.table import DonationKey, find_donation, open_donation, record_intent
from paysandbox.donations.writes import TOTALS
from tests.support.builders import build, donations
from tests.support.worlds import tables

Json = dict[str, Any]

DEAD_PAYMENTS: Final = "donation-payments-dead"
NOTIFICATIONS: Final = "donation-notifications"
SENDER: Final = "receipts@donate-now.example"
CONFIGURATION_SET: Final = "receipts"
ABANDONED_AFTER: Final = build.DAY

_QUEUES: Final = "https://sqs.us-east-1.amazonaws.com/123456789012"


def environment(*, stripe_api_base: str = "http://127.0.0.1:9", sender: str = SENDER) -> dict[str, str]:
    """Return the workers' environment variables, in addition to those of all functions."""
    needs = (
        settings.DonationsTableSettings(tables.GIVEN),
        settings.NotificationQueueSettings(f"{_QUEUES}/{NOTIFICATIONS}"),
        settings.DeadLetterSettings(f"{_QUEUES}/{DEAD_PAYMENTS}"),
        settings.ReceiptSettings(sender),
        settings.ReceiptDeliverySettings(CONFIGURATION_SET),
        settings.StripeAccountSettings(
            stripe_key_parameter=tables.STRIPE_KEY_PARAMETER,
            stripe_webhook_parameter=tables.STRIPE_WEBHOOK_PARAMETER,
            stripe_api_base=stripe_api_base,
        ),
        settings.AbandonSettings(int(ABANDONED_AFTER.total_seconds())),
    )
    return {name: value for need in needs for name, value in need.to_env().items()}


def forget() -> None:
    """Clear cached settings and tables, as in a new execution environment."""
    runtime._settings.cache_clear()
    donation_tables.donations.cache_clear()


class DonationScenario:
    """An empty table, empty queues and an empty mailbox. SES has an identity for the sender."""

    def __init__(self) -> None:
        os.environ |= environment()
        forget()
        if NOTIFICATIONS not in sqs_backends[DEFAULT_ACCOUNT_ID][tables.REGION].queues:
            for name in (DEAD_PAYMENTS, NOTIFICATIONS):
                runtime.sqs().create_queue(QueueName=name)
            runtime.ses().create_email_identity(EmailIdentity=SENDER)
        self._numbers = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """Reset to the initial state."""
        dynamodb_backends[DEFAULT_ACCOUNT_ID][tables.REGION].get_table(tables.GIVEN).items.clear()
        for name in (DEAD_PAYMENTS, NOTIFICATIONS):
            self.taken(name)
        _mailer().sent_messages.clear()

    # --- what there is ------------------------------------------------------------------------------------------------

    def open(self, donation: Donation, *, intent_id: str | None = donations.INTENT_ID) -> Donation:
        """Create a donation as a route does, with its PaymentIntent unless `intent_id` is None."""
        made = open_donation(
            donation_tables.donations(), donation, DonationKey(text=donation.id, fingerprint=None, lifetime=build.HOUR)
        )
        if intent_id:
            record_intent(donation_tables.donations(), made, intent_id)
        return self.now(made)

    def now(self, donation: Donation) -> Donation:
        """Return a donation as stored."""
        found = find_donation(donation_tables.donations(), donation.id)
        assert found is not None
        return found

    def totals(self) -> dict[str, int]:
        """Return totals net of refunds, by currency."""
        return totals(donation_tables.donations())

    def items(self) -> list[Json]:
        """Return all items except the totals' rows, which tests compare by their sum."""
        return [item for item in _items() if item[DONATIONS_KEY]["S"] != TOTALS]

    def total_rows(self) -> list[Json]:
        """Return the rows over which the totals are sharded."""
        return [item for item in _items() if item[DONATIONS_KEY]["S"] == TOTALS]

    def outcomes(self) -> dict[str, str]:
        """Return the outcome of each Stripe event, by its id."""
        found = {item[DONATIONS_KEY]["S"]: item for item in self.items()}
        return {
            key.removeprefix("STRIPE_EVENT#"): item["outcome"]["S"]
            for key, item in found.items()
            if key.startswith("STRIPE_EVENT#")
        }

    def mailed(self) -> list[str]:
        """Return the recipient of each e-mail sent."""
        return [address for one in _mailer().sent_messages for address in one.destinations["ToAddresses"]]

    def taken(self, name: str) -> list[str]:
        """Remove all messages from a queue, and return their bodies."""
        held = sqs_backends[DEFAULT_ACCOUNT_ID][tables.REGION].queues[name]._messages
        bodies = [message.body for message in held]
        held.clear()
        return bodies

    # --- what Stripe tells --------------------------------------------------------------------------------------------

    def event(self, kind: str, about: Json) -> str:
        """Return the body of an event with a new id."""
        number = next(self._numbers)
        told = {"id": f"evt_{number}", "object": "event", "type": kind, "created": 0, "data": {"object": about}}
        return json.dumps(told)

    def succeeded(self, donation: Donation, **parts: Any) -> str:
        """Return the event that its PaymentIntent succeeded."""
        about = intent(donation, status="succeeded", amount_received=donation.amount)
        return self.event("payment_intent.succeeded", about | parts)

    def failed(self, donation: Donation, **parts: Any) -> str:
        """Return the event that a payment attempt failed."""
        error = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
        about = intent(donation, status="requires_payment_method", last_payment_error=error)
        return self.event("payment_intent.payment_failed", about | parts)

    def canceled(self, donation: Donation, **parts: Any) -> str:
        """Return the event that its PaymentIntent was canceled."""
        about = intent(donation, status="canceled", cancellation_reason="abandoned")
        return self.event("payment_intent.canceled", about | parts)

    def refunded(self, donation: Donation, amount: int, **parts: Any) -> str:
        """Return the event of a refund. `amount` is the total refunded."""
        return self.event("charge.refunded", charge(donation, refunded=amount) | parts)

    # --- what the workers do ------------------------------------------------------------------------------------------

    def apply_events(self, *bodies: str) -> list[str]:
        """Pass events to the payment worker, and return those to retry."""
        from donations import apply_stripe_events

        return _again(bodies, apply_stripe_events.handler({"Records": _records(bodies)}, None))

    def send(self, *ids: str) -> list[str]:
        """Pass notifications to the receipt worker, and return the donation ids to retry."""
        from donations import send_receipts

        bodies = [render_notification(one) for one in ids]
        return _again(ids, send_receipts.handler({"Records": _records(bodies)}, None))

    def sweep(self, time_left_ms: int = 300_000) -> Json:
        """Run the nightly sweep once."""
        from donations import sweep_donations

        context = SimpleNamespace(get_remaining_time_in_millis=lambda: time_left_ms)
        return sweep_donations.handler({}, context)


def intent(donation: Donation, **parts: Any) -> Json:
    """Build Stripe's PaymentIntent of a donation, with only the fields that are read."""
    made: Json = {
        "id": donation.intent_id or donations.INTENT_ID,
        "object": "payment_intent",
        "amount": donation.amount,
        "amount_received": 0,
        "currency": donation.currency,
        "metadata": {"donation_id": donation.id},
        "status": "processing",
    }
    return made | parts


def charge(donation: Donation, *, refunded: int = 0) -> Json:
    """Build Stripe's Charge of a paid donation, with only the fields that are read."""
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": donation.amount,
        "amount_captured": donation.amount,
        "amount_refunded": refunded,
        "currency": donation.currency,
        "metadata": {"donation_id": donation.id},
        "payment_intent": donation.intent_id or donations.INTENT_ID,
    }


def _items() -> list[Json]:
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][tables.REGION].get_table(tables.GIVEN)
    return [item.to_json()["Attributes"] for item in table.all_items()]


def _records(bodies: Any) -> list[Json]:
    return [{"messageId": f"message-{place}", "body": body} for place, body in enumerate(bodies)]


def _again(given: Any, answer: Json) -> list[str]:
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    return [one for place, one in enumerate(given) if f"message-{place}" in failed]


def _mailer() -> Any:
    return ses_backends[DEFAULT_ACCOUNT_ID][tables.REGION]

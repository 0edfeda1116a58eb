"""What each step of a donation asks of AWS and Stripe: the real functions, one message or request at a time.

Each step is taken by some donations, one after another, after one that warmed up. What one asks for is the same for
all, so the averages are whole numbers where nothing is shared.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.donation_tables import CLIENT, POOL, SECRET, Deployed, Spent, deployed, donor
from benchmarks.stubbed_aws import Context, gateway_event
from benchmarks.tables_in_sqlite import Json, Tables
from donations import apply_stripe_events, create_donation_intent, receive_stripe_event, send_receipts
from paysandbox.contract.receipt_mail import render_notification
from paysandbox.domain.signature import stripe_signature
from paysandbox.routes.donations import CREATE_DONATION_INTENT, RECEIVE_STRIPE_EVENT
from paysandbox.runtime import donation_tables
from paysandbox.table.donation_lists import totals

OPENED: Final = "create-intent"
AGAIN: Final = "create-intent, sent again"
TOLD: Final = "webhook"
APPLIED: Final = "payment_intent.succeeded"
DUPLICATE: Final = "the same again, its receipt still due"
THANKED: Final = "receipt"
LATE: Final = "the same again, its receipt sent"
PARTLY: Final = "charge.refunded, a part"
WHOLLY: Final = "charge.refunded, all"

REQUESTS: Final = (OPENED, AGAIN, TOLD)
"""Steps that come through the gateway; the others come from a queue."""

AMOUNT: Final = 50_00


class _Walk:
    """Donations on their way, by their numbers. Each step raises AssertionError where it was refused."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, str]] = {}

    def open(self, place: int) -> None:
        """POST /donations/create-intent."""
        body = _ok(create_donation_intent.handler(_intent(place), Context()))
        self._known[place] = body["donation_id"], body["client_secret"].partition("_secret")[0]

    def tell(self, place: int) -> None:
        """POST /webhooks/stripe."""
        _ok(receive_stripe_event.handler(told(self._succeeded(place)), Context()))

    def apply(self, place: int) -> None:
        """The payment worker hears that it was paid."""
        _worked(apply_stripe_events.handler, self._succeeded(place))

    def thank(self, place: int) -> None:
        """The receipt worker."""
        _worked(send_receipts.handler, render_notification(self._known[place][0]))

    def refund_a_part(self, place: int) -> None:
        """The payment worker hears that half of it went back."""
        _worked(apply_stripe_events.handler, refunded(*self._known[place], AMOUNT // 2, f"{place}-1"))

    def refund_all(self, place: int) -> None:
        """The payment worker hears that all of it went back."""
        _worked(apply_stripe_events.handler, refunded(*self._known[place], AMOUNT, f"{place}-2"))

    def steps(self) -> Mapping[str, Callable[[int], None]]:
        """In the order in which they are taken."""
        return {
            OPENED: self.open,
            AGAIN: self.open,
            TOLD: self.tell,
            APPLIED: self.apply,
            DUPLICATE: self.apply,
            THANKED: self.thank,
            LATE: self.apply,
            PARTLY: self.refund_a_part,
            WHOLLY: self.refund_all,
        }

    def _succeeded(self, place: int) -> str:
        return succeeded(*self._known[place], str(place))


def taken(kept: Tables, acts: int) -> dict[str, Any]:
    """Each step's figures: calls, units, CPU milliseconds and bytes of log lines, of one of them on average."""
    with deployed(kept) as platform:
        before = totals(donation_tables.donations())
        figures = {name: _figures(platform, step, acts) for name, step in _Walk().steps().items()}
        # All went back, so nothing was added: whatever a step did twice or not at all would be seen.
        after = totals(donation_tables.donations())
    if {**before, "usd": before.get("usd", 0)} != after:
        raise AssertionError(f"the total was {before} and is {after}")
    return figures


def _figures(platform: Deployed, step: Callable[[int], None], acts: int) -> dict[str, Any]:
    step(acts)
    before = platform.spent()
    for place in range(acts):
        step(place)
    return _each(platform.spent().since(before), acts)


def _each(spent: Spent, acts: int) -> dict[str, Any]:
    return {
        "calls": {name: round(count / acts, 2) for name, count in sorted(spent.calls.items())},
        "stripe_calls": round(spent.stripe_calls / acts, 2),
        "write_units": round(spent.write_units / acts, 2),
        "read_units": round(spent.read_units / acts, 2),
        "cpu_ms": round(1_000 * spent.cpu_s / acts, 3),
        "log_bytes": round(spent.log_bytes / acts),
    }


# --- what comes in ----------------------------------------------------------------------------------------------------


_NULL: Final = (
    *("application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer"),
    *("excluded_payment_method_types", "last_payment_error", "next_action", "on_behalf_of", "processing"),
    *("receipt_email", "review", "setup_future_usage", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)
"""What an intent says nothing in, and says."""
_OF_CARDS: Final = ("installments", "mandate_options", "network")


def succeeded(donation_id: str, intent_id: str, place: str) -> str:
    """An event `payment_intent.succeeded` as Stripe writes it, all fields of an intent that are always there."""
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": AMOUNT,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": AMOUNT,
        "automatic_payment_methods": {"allow_redirects": "never", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_x",
        "confirmation_method": "automatic",
        "created": 1_795_000_000,
        "currency": "usd",
        "description": f"Donation {donation_id}",
        "latest_charge": f"ch_{place:0>24}",
        "livemode": False,
        "metadata": {"donation_id": donation_id},
        "payment_method": f"pm_{place:0>24}",
        "payment_method_configuration_details": {"id": f"pmc_{place:0>24}", "parent": None},
        "payment_method_options": {"card": {**dict.fromkeys(_OF_CARDS), "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "link"],
        "status": "succeeded",
        **dict.fromkeys(_NULL),
    }
    return _event("payment_intent.succeeded", intent, f"s{place}")


def refunded(donation_id: str, intent_id: str, amount: int, place: str) -> str:
    """An event `charge.refunded`, of that much in all; of a charge's fields those that matter."""
    charge = {
        "id": f"ch_{place:0>24}",
        "object": "charge",
        "amount": AMOUNT,
        "amount_captured": AMOUNT,
        "amount_refunded": amount,
        "captured": True,
        "currency": "usd",
        "metadata": {"donation_id": donation_id},
        "paid": True,
        "payment_intent": intent_id,
        "refunded": amount == AMOUNT,
        "status": "succeeded",
    }
    return _event("charge.refunded", charge, f"r{place}")


def _event(kind: str, about: Json, place: str) -> str:
    """Indented, as Stripe sends it."""
    event = {
        "id": f"evt_{place:0>24}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_000_000,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{place:0>14}", "idempotency_key": None},
        "type": kind,
    }
    return json.dumps(event, indent=2)


EXAMPLE: Final = succeeded("019d8f3e-7a57-7a3a-8c3c-0a4f4e5a3b2c", "pi_3SVbenchmark", "0")
"""Of some donation."""


def told(body: str) -> dict[str, Any]:
    """Stripe's request, signed now, as API Gateway hands it over."""
    now = int(time.time())
    headers = {
        "Accept": "*/*; q=0.5, application/xml",
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={now},v1={stripe_signature(SECRET, now, body.encode())},v0={'0' * 64}",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return gateway_event(RECEIVE_STRIPE_EVENT, headers, body, {"identity": {"sourceIp": "192.0.2.2"}})


def _intent(place: int) -> dict[str, Any]:
    """A donor's request, as API Gateway hands it over when its authorizer took the token."""
    who = donor(place)
    claims = {
        "sub": who.user_id,
        "email": who.email,
        "email_verified": "true",
        "name": who.name,
        "token_use": "id",
        "iss": f"https://cognito-idp.{POOL.partition('_')[0]}.amazonaws.com/{POOL}",
        "aud": CLIENT,
        "exp": str(int(time.time()) + 3_600),
    }
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {'t' * 1_000}",
        "Content-Type": "application/json",
        "User-Agent": "benchmark",
        "X-Idempotency-Key": f"key-{place}",
    }
    body = json.dumps({"amount": AMOUNT, "currency": "USD", "message": "In memory of Ada."})
    context = {"identity": {"sourceIp": "192.0.2.1"}, "authorizer": {"claims": claims}}
    return gateway_event(CREATE_DONATION_INTENT, headers, body, context)


def _ok(reply: Json) -> Json:
    if reply["statusCode"] != 200:
        raise AssertionError(f"a request was refused: {reply['body']}")
    return json.loads(reply["body"])


def _worked(handler: Callable[[Any, Any], Json], body: str) -> None:
    """One message, as the queue's mapping hands it over."""
    answer = handler({"Records": [{"messageId": "5fea7756", "body": body}]}, Context())
    if answer["batchItemFailures"]:
        raise AssertionError(f"a message was given back: {body}")

"""Stripe's Charge: an attempt at a payment. Other objects appear as IDs."""

import json
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.payment import Payment, Step
from paysandbox.payments.terms import IntentTerms
from paysandbox.stripe_api.ids import balance_transaction_id, charge_id, fee_of_capture, transfer_by
from paysandbox.stripe_api.objects.decline import failure_code, failure_message, outcome
from paysandbox.stripe_api.objects.intent import shared_fields, shipping_of
from paysandbox.stripe_api.objects.intent_state import supports_increments, terms_of
from paysandbox.stripe_api.objects.method import (
    billing_details,
    brand_name,
    card_fields,
    check_results,
    method_at,
)
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.version_rows import shows_releases

_NEVER: Final = (
    "calculated_statement_descriptor",
    "receipt_number",
    "receipt_url",
    "review",
    "source_transfer",
)
"""Always null: fields of features that are not simulated, and what only an account's payment for a transfer has."""

_IN_BACKGROUND: Final = "automatic_async"


def is_captured_in_background(payment: Payment, terms: IntentTerms) -> bool:
    """Whether Stripe would capture an attempt at these terms after it has answered the request."""
    return payment.automatic and terms.capture_method == _IN_BACKGROUND


def charge_notes(snapshot: PaymentSnapshot, attempt_id: str) -> Notes:
    """Return the notes on a charge: the payment's at the time of the attempt, or what they were last updated to."""
    terms = _terms(snapshot, snapshot.step(attempt_id))
    first = Notes(description=terms.description, metadata=terms.metadata, receipt_email=terms.receipt_email)
    return snapshot.notes_on(attempt_id, first)


def charge_body(snapshot: PaymentSnapshot, attempt_id: str) -> Body:
    """Return the Charge of an attempt at this point. Raises AssertionError for an operation that is not an attempt.

    Its description, metadata, receipt email and shipping are those of the payment at the time of the attempt, until
    they are updated. `amount_refunded` is the sum of the charge's refunds, pending ones included and failed ones not:
    until 2025-03-31.basil, what was released without being captured is among them.
    """
    step = snapshot.step(attempt_id)
    attempt = step.operation
    if not isinstance(attempt, Authorization):
        raise AssertionError(f"{attempt_id} is not an attempt")
    payment, state, terms = snapshot.payment, snapshot.state, _terms(snapshot, step)
    notes, method = charge_notes(snapshot, attempt_id), method_at(snapshot, attempt)
    amount = _authorized(snapshot, step)
    captured, refunded = (0, 0) if attempt.decline else (state.captured, state.refunded + state.refund_pending)
    refundable = captured
    if shows_releases(snapshot.version) and not attempt.decline:
        refunded, refundable = refunded + state.released, amount
    return {
        **dict.fromkeys(_NEVER),
        **_shared(snapshot, attempt, terms),
        "id": charge_id(attempt.id),
        "object": "charge",
        "amount": snapshot.in_stripe_units(amount),
        "amount_captured": snapshot.in_stripe_units(captured),
        "amount_refunded": snapshot.in_stripe_units(refunded),
        **_balance_transactions(snapshot, attempt, terms),
        "billing_details": billing_details(method.billing_details),
        "captured": captured > 0,
        "created": int(attempt.at.timestamp()),
        "currency": payment.currency.lower(),
        "customer": terms.customer,
        "description": notes.description or None,
        "dispute": None if attempt.decline else [None, *state.disputes][-1],
        "disputed": attempt.decline is None and bool(state.disputes),
        "failure_code": failure_code(attempt.decline) if attempt.decline else None,
        "failure_message": failure_message(attempt.decline) if attempt.decline else None,
        "fraud_details": {"user_report": notes.user_report} if notes.user_report else {},
        "invoice": terms.invoice,
        "livemode": False,
        "metadata": json.loads(notes.metadata) if notes.metadata else {},
        "outcome": outcome(attempt.response),
        "paid": attempt.decline is None,
        "payment_intent": snapshot.intent,
        "payment_method": method.id,
        "payment_method_details": {"card": _card(snapshot, step, attempt), "type": "card"},
        "radar_options": {},
        "receipt_email": notes.receipt_email or None,
        "refunded": 0 < refunded == refundable,
        "shipping": shipping_of(terms),
        "source": _source(snapshot, attempt, terms) if payment.is_charge else None,
        "statement_descriptor": terms.statement_descriptor,
        "statement_descriptor_suffix": _descriptor_suffix(snapshot, attempt, terms),
        "status": "failed" if attempt.decline else "succeeded",
        "transfer_group": snapshot.transfer_group(terms),
    }


def _shared(snapshot: PaymentSnapshot, attempt: Authorization, terms: IntentTerms) -> Body:
    """Return how the charge is shared, with the fee and the transfer of its first capture.

    With `automatic_async`, Stripe makes them in the background, as the balance transaction.
    """
    captures = [step.operation for step in snapshot.steps if isinstance(step.operation, Capture)]
    shared = shared_fields(snapshot, (snapshot.state.terms or terms).connect if captures else terms.connect)
    shared["destination"] = None
    if shared["transfer_data"]:
        shared["destination"] = shared["transfer_data"]["destination"]
        shared["transfer_data"] = {"amount": None, **shared["transfer_data"]}
    made = [capture for capture in captures if capture.id in snapshot.state.shares]
    if attempt.decline or not made or _is_in_background(snapshot, made[-1], terms):
        return {**shared, "application_fee": None}
    share, first = snapshot.state.shares[made[0].id], made[0].id
    return {
        **shared,
        "application_fee": fee_of_capture(first) if share.fee else None,
        **({"transfer": transfer_by(first)} if share.transfer else {}),
    }


def _is_in_background(snapshot: PaymentSnapshot, last: Capture, terms: IntentTerms) -> bool:
    """Whether the last capture is one that Stripe makes after this point."""
    in_background = snapshot.at_once and is_captured_in_background(snapshot.payment, terms)
    return in_background and last is snapshot.steps[-1].operation


def _balance_transactions(snapshot: PaymentSnapshot, attempt: Authorization, terms: IntentTerms) -> Body:
    """Return those of the last capture, and of its failure.

    With `automatic_async`, Stripe makes them in the background: the answer has none, nor have the events of the write
    ("Asynchronous capture").
    """
    captures = [step.operation for step in snapshot.steps if isinstance(step.operation, Capture)]
    last = captures[-1] if captures and not attempt.decline else None
    if last is None or _is_in_background(snapshot, last, terms):
        return {"balance_transaction": None, "failure_balance_transaction": None}
    failures = (step.operation for step in snapshot.steps if isinstance(step.operation, CaptureFailed))
    failed = next((failure.id for failure in failures if failure.capture_id == last.id), None)
    return {
        "balance_transaction": balance_transaction_id(last.id),
        "failure_balance_transaction": balance_transaction_id(failed) if failed else None,
    }


def _terms(snapshot: PaymentSnapshot, attempt: Step) -> IntentTerms:
    """Return the payment's terms at the time of an attempt. Those of a charge without an intent are its own."""
    return terms_of(snapshot.payment, snapshot.state if snapshot.payment.is_charge else attempt.after)


def _source(snapshot: PaymentSnapshot, attempt: Authorization, terms: IntentTerms) -> Body:
    """Return the card that the charge was created with, of a token or the customer's, or the source as it was then."""
    from paysandbox.stripe_api.objects.token import card_body  # few charges are created without an intent

    results = check_results(attempt.response.checks)
    method = method_at(snapshot, attempt)
    if attempt.source_object is not None:
        source = json.loads(attempt.source_object)
        checks = {
            "address_line1_check": results["address_line1_check"],
            "address_zip_check": results["address_postal_code_check"],
            "cvc_check": results["cvc_check"],
        }
        return {**source, "card": {**source["card"], **checks}}
    return card_body(method.id, attempt.card, results, terms.customer, details=method.billing_details)


def _descriptor_suffix(snapshot: PaymentSnapshot, attempt: Authorization, terms: IntentTerms) -> str | None:
    """Return the suffix that the last capture gave, or else the one at the time of the attempt."""
    captures = [step.operation for step in snapshot.steps if isinstance(step.operation, Capture)]
    given = [capture.terms for capture in captures if capture.terms and not attempt.decline]
    return (given or [terms])[-1].statement_descriptor_suffix


def _card(snapshot: PaymentSnapshot, step: Step, attempt: Authorization) -> Body:
    amount = snapshot.in_stripe_units(_authorized(snapshot, step))
    authorized = None if attempt.decline else amount
    uncaptured = authorized is not None and not snapshot.payment.automatic
    incremental = uncaptured and supports_increments(snapshot.payment, terms_of(snapshot.payment, step.after))
    authentication = _authentication(snapshot, attempt)
    return {
        **card_fields(attempt.card),
        "amount_authorized": authorized,
        "authorization_code": None,
        **({"capture_before": int(snapshot.payment.capture_before.timestamp())} if uncaptured else {}),
        "checks": check_results(attempt.response.checks),
        "electronic_commerce_indicator": authentication and authentication["electronic_commerce_indicator"],
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "available" if incremental else "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "available" if uncaptured else "unavailable"},
        "network": brand_name(attempt.card.brand),
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": authentication,
        "transaction_link_id": None,
    }


def _authorized(snapshot: PaymentSnapshot, attempt: Step) -> int:
    """Return what an attempt authorized, with its increments so far; of one that was declined, what was requested."""
    return attempt.amount if attempt.after.decline else snapshot.state.authorized


def _authentication(snapshot: PaymentSnapshot, attempt: Authorization) -> Body | None:
    if attempt.authentication is None:
        return None
    from paysandbox.stripe_api.objects.three_d_secure import three_d_secure  # few payments are authenticated

    return three_d_secure(snapshot, attempt, attempt.authentication)

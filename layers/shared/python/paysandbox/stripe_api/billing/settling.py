# pyright: standard
"""Let an invoice follow its payment: paid, failed, or in need of the cardholder. Idempotent, whoever comes to it.

The ledger alone decides whether money moved. What it has recorded is taken over by the answer of the request, by the
reader of the ledger's stream (if the function was killed), or by the sweep: each outcome once, in the ledger's order.
"""

from paysandbox.core import ids
from paysandbox.core.errors import Contended
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.billing.groups import TRIES, get_invoice, in_group, store, subscription_of
from paysandbox.stripe_api.billing.invoice import (
    APPROVED,
    ATTEMPTS,
    FIRST,
    REASON,
    Outcome,
    new_outcomes,
    with_outcome,
)
from paysandbox.stripe_api.ids import charge_id
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.objects.stored_method import DEFAULT_METHOD
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, changed
from paysandbox.stripe_api.payment_methods.saving import saved_card
from paysandbox.stripe_api.resource_kit.declaration import Stored


def scheduled_attempt(payment_id: str, invoice_id: str, attempts: int) -> str:
    """Return the ID of the attempt that the schedule makes after this number of attempts, in the ledger."""
    return ids.step_id(ids.ATTEMPT, payment_id, f"{invoice_id}:{attempts}")


def settle(payment: Payment, invoice: StoredObject | None = None) -> StoredObject | None:
    """Let the invoice of a payment take over what the ledger has recorded. A transaction for each outcome that is new.

    `invoice` is the invoice if it was read. Returns it as it is then, or None if the payment has none.
    """
    name = terms_of(payment, state_of(payment)).invoice
    if name is None:
        return None
    invoice = invoice or get_invoice(payment.merchant, name)
    for _ in range(TRIES + len(payment.operations)):
        if invoice is None or invoice.deleted:
            return invoice
        outcome = next(new_outcomes(invoice.attributes, payment), None)
        if outcome is None:
            return invoice
        objects = _taken_over(invoice, payment, outcome)
        invoice = objects[0] if store(objects) else get_invoice(payment.merchant, name)
    raise Contended


def cause_of(outcome: Outcome) -> Cause:
    """Return what has changed an invoice: the attempt, so that everybody writes the same."""
    return Cause(operation_id=outcome.id, request_id=outcome.request_id, at=outcome.at)


def _taken_over(invoice: StoredObject, payment: Payment, outcome: Outcome) -> Stored:
    cause, subscription = cause_of(outcome), subscription_of(invoice)
    is_retry = outcome.id == scheduled_attempt(payment.id, invoice.id, invoice.attributes.get(ATTEMPTS, 0))
    attributes: Attributes = with_outcome(invoice.attributes, outcome, is_retry=is_retry)
    if outcome.kind == APPROVED:
        attributes = {**attributes, "charge": charge_id(outcome.id)}
    after = changed(invoice, attributes, cause)
    is_first = subscription is not None and invoice.attributes.get(REASON) == FIRST and outcome.kind == APPROVED
    method = _saved_method(subscription, payment) if subscription is not None and is_first else None
    return in_group(after, subscription, cause, {DEFAULT_METHOD: method} if method else None)


def _saved_method(subscription: StoredObject, payment: Payment) -> str | None:
    """Return the payment method that a subscription keeps as its default one: that which has paid its first invoice, if
    that is its setting, or if a page has sold it (Stripe, "Subscriptions" (API reference), default_payment_method).
    """
    settings: Attributes = subscription.attributes.get("payment_settings", {})
    is_set = settings.get("save_default_payment_method") == "on_subscription"
    if not is_set and terms_of(payment, state_of(payment)).checkout_session is None:
        return None
    saved = saved_card(payment)
    return saved.method_id if saved is not None else None

# pyright: standard
"""Save the card of an approved payment: attach it to the payment's customer, as `setup_future_usage` asks for.

It follows from the payment alone. So it is done in the answer to the request that approves it, and again from the
ledger's stream: for approvals without such a request, as after a challenge, and for one whose function was killed.
"""

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.objects.future_usage import OFF_SESSION, future_usage, saves_for
from paysandbox.stripe_api.objects.method import method_at
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.objects.stored_method import (
    CUSTOMER,
    PAYMENT_METHOD,
    attached_to,
    is_spent,
    method_attributes,
)
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed, new_object
from paysandbox.stripe_api.payment_methods.attaching import Attachable, as_attached_by, attach
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table


@record
class SavedCard:
    """The card that an approved payment saves: its ID, its customer (`cus_…`), and the attempt that was approved.

    `set_up`: it is saved for payments without the cardholder.
    """

    method_id: str
    method: Method
    customer: str
    attempt: Authorization
    set_up: bool


def saved_card(payment: Payment) -> SavedCard | None:
    """Return the card that a payment saves, or None: it is not approved, has no customer, or is to save none."""
    snapshot = snapshot_of(payment)
    approved = snapshot.approved
    terms = snapshot.step(approved.id).after.terms if approved else None
    customer = saves_for(terms) if terms else None
    if approved is None or terms is None or customer is None:
        return None
    named = method_at(snapshot, approved)
    return SavedCard(named.id, named.method, customer, approved, future_usage(terms) == OFF_SESSION)


def save_card(payment: Payment) -> None:
    """Attach the card that a payment saves, if it does. Idempotent.

    A customer that was deleted, or has the most payment methods, keeps what it has: the payment is approved anyway.
    """
    saved = saved_card(payment)
    if saved is None:
        return
    approved = saved.attempt
    cause = Cause(
        operation_id=approved.id,
        request_id=approved.request_id,
        idempotency_key=approved.idempotency_key,
        at=approved.at,
    )

    def find() -> Attachable | StoredObject:
        stored = get_object(objects_table(), PAYMENT_METHOD, payment.merchant, saved.method_id)
        if stored is None:
            attributes = method_attributes(saved.method)
            new = new_object(payment.merchant, PAYMENT_METHOD, saved.method_id, attributes, cause)
            return Attachable(new, is_stored=False)
        if done := as_attached_by(cause, stored):
            return done
        if is_spent(stored):
            return stored
        if stored.attributes.get(CUSTOMER):
            return _set_up(stored, saved, cause)
        return Attachable(stored, is_stored=True)

    try:
        attach(objects_table(), find, saved.customer, cause, set_up=saved.set_up)
    except Refused as refused:
        if refused.code not in (Code.RESOURCE_NOT_FOUND, Code.PARAMETER_INVALID):
            raise


def _set_up(stored: StoredObject, saved: SavedCard, cause: Cause) -> StoredObject:
    """Store of an attached card that the cardholder was authenticated for later payments, if that is new."""
    attributes = attached_to(stored.attributes[CUSTOMER], stored.attributes, set_up=saved.set_up)
    if attributes == stored.attributes:
        return stored
    return put_objects(objects_table(), (changed(stored, attributes, cause),)) or stored

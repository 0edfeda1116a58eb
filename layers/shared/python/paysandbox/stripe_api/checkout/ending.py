# pyright: standard
"""How a Checkout session ends: complete once its payer has paid, expired once its time is over. One of both, once.

Before its payer has tried to pay, the session's own version decides. Afterwards the ledger does: the expiry cancels the
payment intent first, and an approved one completes the session, whoever comes to it: the page, the ledger's stream (if
the function of the page was killed), or the sweep. Events follow from the session's write.
"""

from datetime import datetime
from typing import Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Attempt, Payment, state_of
from paysandbox.stripe_api.checkout.intents import payment_of
from paysandbox.stripe_api.checkout.line_item import DISCOUNT, REDEEMED
from paysandbox.stripe_api.checkout.rules import (
    COMPLETE,
    MODE,
    NOTHING_DUE,
    OPEN,
    PAID,
    SETUP,
    SETUP_INTENT,
    SUBSCRIPTION,
    UNPAID,
    awaits_bank,
    check_is_open,
    completed,
    decided,
    expired,
    status_of,
)
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.objects.intent_state import IntentStatus, terms_of
from paysandbox.stripe_api.objects.stored_object import (
    COLLECTED,
    Attributes,
    Cause,
    StoredObject,
    changed,
)
from paysandbox.stripe_api.payment_intents.owned_intents import (
    canceled,
    is_approved,
    late_answer,
    status_of_payment,
)
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.reading import Reader
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.setup_intents.rules import (
    OPEN as SETUP_OPEN,
    canceled as setup_canceled,
    status_of as status_of_setup,
)
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT as SETUP_INTENTS

TRIES: Final = 10
_CUSTOMER: Final = "customer"
SWEEP: Final = "sweep"
"""Stands in for the request's ID if a session expires by itself, as in `payments.expiry`."""


def get_session(merchant: str, session_id: str) -> StoredObject | None:
    """Return a session as it is stored, or None. One consistent read."""
    return get_object(objects_table(), SESSION.object, merchant, session_id)


def ended(session: StoredObject, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return a session that has ended. Nothing falls due on it any more."""
    return replace(changed(session, attributes, cause), due_at=None)


def complete_paid(payment: Payment, session: StoredObject | None = None) -> StoredObject | None:
    """Complete the session whose payment the bank has approved, or may still approve. Idempotent.

    `session` is the session if it was read. One that is complete already gets the bank's late answer. Returns the
    session as it is then, or None if the payment has none.
    """
    if session is None:
        name = terms_of(payment, state_of(payment)).checkout_session
        session = get_session(payment.merchant, name) if name else None
    for _ in range(TRIES):
        after = _decided(session, payment) if session else None
        if session is None or after is None:
            return session
        written = with_sale_and_customer(after, payment) if status_of(session.attributes) == OPEN else (after,)
        session = (
            written[0]
            if put_objects(objects_table(), written) is written[0]
            else get_session(session.merchant, session.id)
        )
    raise Contended


def _decided(session: StoredObject, payment: Payment) -> StoredObject | None:
    """Return a session as its payment decides it next, or None if that decides nothing new.

    The payment may be older than the session: a record of the ledger's stream has it as it was. An attempt for which
    the bank has not been asked yet decides nothing, therefore only what comes after the attempt that waited is its
    answer.
    """
    was, attributes = status_of(session.attributes), session.attributes
    waiting, answer = late_answer(payment)
    if was == OPEN and waiting is not None:
        return ended(session, completed(attributes, UNPAID, awaits_bank=True), _cause(waiting))
    if was == OPEN and is_approved(payment):
        return ended(session, completed(attributes, _payment_status(payment)), _cause(_approval(payment)))
    if was == COMPLETE and awaits_bank(attributes) and answer is not None:
        return changed(session, decided(attributes, approved=answer.decline is None), _cause(answer))
    return None


def complete_unpaid(claimed: tuple[StoredObject, ...]) -> StoredObject | None:
    """Complete a session for which nothing is due, with what is stored with it when it is claimed.

    Returns it as it is then; None if it has changed meanwhile.
    """
    session, *others = claimed
    attributes = completed(session.attributes, NOTHING_DUE)
    after = replace(session, attributes=attributes, due_at=None)
    new = next((each for each in others if each.object == _CUSTOMER), None)
    others = [each for each in others if each is not new]
    return put_objects(objects_table(), (*with_sale_and_customer(after, new=new), *others))


def expiring(session: StoredObject, cause: Cause) -> tuple[StoredObject, ...]:
    """Return an open session as it expires, with its setup intent and the discount that it gives back. Its payment
    intent is canceled first.

    If its payer was faster, it is completed instead. Raises Refused then, and for any other session that is not open.
    """
    check_is_open(session.attributes, "expired")
    payment = payment_of(session) if session.attributes[MODE] != SETUP else None
    if payment is not None:
        payment = canceled(payment, session.id, cause.at, cause.request_id)
        if status_of_payment(payment) is not IntentStatus.CANCELED:
            check_is_open((complete_paid(payment, session) or session).attributes, "expired")
    after = ended(session, expired(session.attributes), cause)
    return (*redeeming(after, cause, redeems=False), *_canceled_setup(session, cause))


def expire(session: StoredObject, cause: Cause) -> StoredObject:
    """Store an open session as it expires. Raises Refused as `expiring` does."""
    for _ in range(TRIES):
        written = expiring(session, cause)
        if put_objects(objects_table(), written) is written[0]:
            return written[0]
        session = get_session(session.merchant, session.id) or session
    raise Contended


def expire_due(session: StoredObject, now: datetime) -> bool:
    """Expire a session that the sweep has found, if it is still open and due. Returns whether it ended."""
    if session.due_at is None or session.due_at > now or status_of(session.attributes) != OPEN:
        return False
    cause = Cause(operation_id=f"{session.id}:expiry", request_id=SWEEP, at=session.due_at)
    try:
        expire(session, cause)
    except Refused as refused:
        if refused.code is Code.SERVICE_UNAVAILABLE:
            raise
    return True


def redeeming(session: StoredObject, cause: Cause, *, redeems: bool | None = None) -> tuple[StoredObject, ...]:
    """Return a session that is stored next, with the coupon and the promotion code whose counts change.

    `redeems`: it redeems its discount, or gives back what it has redeemed. None: it redeems it if it had redeemed one,
    since an attempt may be on its way. Raises Refused(parameter_invalid) if the discount is used up.
    """
    if not {DISCOUNT, REDEEMED} & session.attributes.keys():
        return (session,)
    from paysandbox.stripe_api.checkout.discounts import (  # few sessions have one
        RESOURCES,
        discount_of,
        having_redeemed,
    )

    if redeems is None:
        redeems = REDEEMED in session.attributes
    redeemed = discount_of(session.attributes) if redeems else None
    return having_redeemed(Reader(RESOURCES, session.merchant, cause.at).read, session, redeemed, cause)


def with_sale_and_customer(
    session: StoredObject, payment: Payment | None = None, *, method: str | None = None, new: StoredObject | None = None
) -> tuple[StoredObject, ...]:
    """Return a session that is complete, with what is stored with it: the subscription that it sells, which this
    payment or payment method pays for, and its customer, if that changes.

    Reads the customer, unless they are `new`: then they are stored with it.
    """
    taken, sells = _taken_over(session), session.attributes[MODE] == SUBSCRIPTION
    name = session.attributes.get(_CUSTOMER)
    customer = new
    if customer is None and name is not None and (taken or sells):
        customer = get_object(objects_table(), _CUSTOMER, session.merchant, name)
    is_there = customer is not None and not customer.deleted
    if sells:
        from paysandbox.stripe_api.checkout.subscriptions.subscribing import sold_by, with_sale  # few sessions sell one

        sold = sold_by(
            session,
            session.changed_by,
            customer,
            taken,
            payment=payment,
            method=method,
            is_new_customer=new is not None,
        )
        return replace(session, attributes=with_sale(session.attributes, sold)), *sold
    if new is not None:
        return session, new
    attributes = {**customer.attributes, **taken} if customer is not None and is_there else {}
    if customer is None or not is_there or attributes == customer.attributes:
        return (session,)
    return session, changed(customer, attributes, session.changed_by)


def _taken_over(session: StoredObject) -> Attributes:
    """Return what the customer of a session takes over of what its payer has entered."""
    update = session.attributes.get("customer_update") or {}
    collected: Attributes = session.attributes.get(COLLECTED, {})
    names = (name for name in ("address", "name", "shipping") if update.get(name) == "auto")
    return {name: collected[name] for name in names if collected.get(name)}


def _payment_status(payment: Payment) -> str:
    """Return the payment status of a session that is complete: what is held or may be declined is not paid."""
    return PAID if status_of_payment(payment) is IntentStatus.SUCCEEDED else UNPAID


def _approval(payment: Payment) -> Authorization:
    """Return the bank's approval of an approved payment: an intent is approved once."""
    return next(each for each in payment.operations if isinstance(each, Authorization) and each.decline is None)


def _cause(attempt: Attempt) -> Cause:
    """Return what has changed a session: the attempt at its payment, so that everybody writes the same."""
    return Cause(operation_id=attempt.id, request_id=attempt.request_id, at=attempt.at)


def _canceled_setup(session: StoredObject, cause: Cause) -> tuple[StoredObject, ...]:
    """Return the setup intent of a session that expires, canceled, if it is open. Reads it."""
    name = session.attributes.get(SETUP_INTENT)
    setup = get_object(objects_table(), SETUP_INTENTS.object, session.merchant, name) if name else None
    if setup is None or status_of_setup(setup.attributes) not in SETUP_OPEN:
        return ()
    return (changed(setup, setup_canceled(setup.attributes, None), cause),)

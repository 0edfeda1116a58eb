# pyright: standard
"""Pay a Checkout session, or set its card up, as its payer does on its page.

Of a payment, the session is read together with its payment intent. The intent gets the terms of what the payer has
chosen, which ends any other attempt that is on its way for another amount. Then the session is claimed: its version
changes, it has what the payer entered, and its discount is redeemed. The attempt at the intent is conditional on the
intent as it was before. So what is paid is what the session says, no session is paid twice, or after it has expired,
and no discount is given more often than it can be.

What a declined attempt has redeemed is given back, unless somebody else has claimed the session meanwhile. After a
function was killed it stays redeemed until the next attempt or the expiry.
"""

from collections.abc import Callable
from typing import Final

from paysandbox.aws.runtime import random_suffix
from paysandbox.core import ids
from paysandbox.core.errors import Contended, Refused
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.http.request import AnyCall
from paysandbox.payments.bank.acquirer import Answer
from paysandbox.payments.payment import Attempt, Payment
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.checkout.discounts import discount_of, without_discount
from paysandbox.stripe_api.checkout.ending import (
    TRIES,
    complete_paid,
    complete_unpaid,
    ended,
    get_session,
    redeeming,
    with_sale_and_customer,
)
from paysandbox.stripe_api.checkout.intents import opened, payment_id_of, payment_of, revised, terms_of_session
from paysandbox.stripe_api.checkout.line_item import REDEEMED, session_totals
from paysandbox.stripe_api.checkout.rules import (
    EXPIRED,
    MODE,
    NOTHING_DUE,
    OPEN,
    PAYMENT_INTENT,
    SETUP_INTENT,
    SUBSCRIPTION,
    can_be_paid,
    completed,
    expired,
    status_of,
)
from paysandbox.stripe_api.checkout.shown import PAGE, payment_status
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import INVALID_REQUEST, missing
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.objects.intent_state import OPEN as INTENT_OPEN, IntentStatus
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.objects.stored_object import (
    COLLECTED,
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.payment_intents.intent_terms import requests_authentication
from paysandbox.stripe_api.payment_intents.intents import store_what_follows
from paysandbox.stripe_api.payment_intents.owned_intents import (
    ChangedMeanwhileError,
    attempted_again,
    canceled,
    is_decided,
    status_of_payment,
    with_terms,
)
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.payment_methods.bank import bank_answer
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.setup_intents.rules import (
    CHECKOUT_SESSION,
    SetupStatus,
    changed_by_attempt,
    status_of as status_of_setup,
    with_method,
)
from paysandbox.stripe_api.setup_intents.setup import confirmed
from paysandbox.stripe_api.setup_intents.setup_card import requested_card
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT as SETUP_INTENTS

CARD_NUMBER: Final = "cardNumber"
"""The name of the page's field."""

_CUSTOMER: Final = "customer"
_USED_UP: Final = "coupon_expired"
"""Stripe's code of a coupon that is used up."""

_OTHER_TOTAL: Final = "The total is now without it."
_REQUEST: Final = "csp"
"""The prefix of the operations of payers."""


@record(kw_only=True)
class Paid:
    """What came of a payer's attempt: the session as of then, and what the payer has to know or do.

    `error` is that of a decline, as Stripe has it. `challenge` is the address of the page of 3-D Secure.
    """

    session: StoredObject
    error: Body | None = None
    challenge: str | None = None


class DiscountUsedUpError(Exception):
    """The discount of a session is used up. The message says so."""


Choose = Callable[[Attributes], Attributes]
"""Returns a session with what its payer has chosen on the page."""


def pay(
    call: AnyStripeCall, session: StoredObject, method: Method | None, collected: Attributes, choose: Choose
) -> Paid:
    """Pay a session with a card, or without one if nothing is due, with what its payer has chosen and entered.

    The result has a session that is not open if it has ended before, or just now. If its discount is used up, it loses
    that and nothing is paid: the payer decides about the other total. Raises Refused as `bank_answer` does.
    """
    attempt_suffix = random_suffix()
    for _ in range(TRIES):
        if not can_be_paid(session, call.now):
            return too_late(session)
        wanted = replace(session, attributes=choose(session.attributes))
        due = session_totals(wanted.attributes).total
        cause = _cause(call, session, attempt_suffix)
        try:
            if not due:
                done = _complete(session, wanted, collected, cause)
            elif method is None:
                raise missing(CARD_NUMBER)
            else:
                done = _attempt(call, session, wanted, method, collected, cause, attempt_suffix)
            if done is not None:
                return done
        except DiscountUsedUpError as error:
            discount = discount_of(session.attributes)
            if discount == discount_of(wanted.attributes):
                return _without(session, discount, call, str(error))
            # It was used up since this request has entered it: `choose` says so.
        session = get_session(session.merchant, session.id) or session
    raise Contended


def resumed(session: StoredObject) -> Paid:
    """Return a session after its payer has come back to its page: complete, if the payment is approved meanwhile."""
    if session.attributes.get(SETUP_INTENT):
        return _resumed_setup(session)
    payment = payment_of(session) if PAYMENT_INTENT in session.attributes else None
    return Paid(session=session) if payment is None else _result(session, payment)


def change(session: StoredObject, choose: Choose, call: AnyCall) -> Paid:
    """Change a session as its payer has chosen, without paying. Its payment intent, if there is one, follows first.

    Raises Refused as `choose` does.
    """
    for _ in range(TRIES):
        if not can_be_paid(session, call.now):
            return too_late(session)
        attributes = choose(session.attributes)
        cause = _cause(call, session, random_suffix())
        after = changed(session, attributes, cause)
        if PAYMENT_INTENT in attributes:
            revised(after, cause)
        try:
            written = _redeeming(after, cause)
        except DiscountUsedUpError:  # since `choose` has read it
            written = ()
        if written and put_objects(objects_table(), written) is written[0]:
            return Paid(session=written[0])
        session = get_session(session.merchant, session.id) or session
    return Paid(session=session)


def _without(session: StoredObject, discount: Attributes | None, call: AnyCall, why: str) -> Paid:
    """Take a discount that is used up from a session, and return what its payer has to know."""

    def choose(attributes: Attributes) -> Attributes:
        return without_discount(attributes) if discount_of(attributes) == discount else attributes

    error = {"type": INVALID_REQUEST, "code": _USED_UP, "message": f"{why} {_OTHER_TOTAL}"}
    return replace(change(session, choose, call), error=error)


def too_late(session: StoredObject) -> Paid:
    """Return a session that can no longer be paid: complete, or as it is once the sweep has come to it.

    It may have ended unpaid after this request had created its payment intent: that is canceled.
    """
    if status_of(session.attributes) != OPEN:
        unpaid = status_of(session.attributes) == EXPIRED or payment_status(session.attributes) == NOTHING_DUE
        payment = payment_of(session) if unpaid and SETUP_INTENT not in session.attributes else None
        if payment is not None and status_of_payment(payment) in INTENT_OPEN:
            canceled(payment, session.id, session.updated_at, session.changed_by.request_id)
        return Paid(session=session)
    paid = resumed(session)
    if status_of(paid.session.attributes) == OPEN:
        return Paid(session=replace(session, attributes=expired(session.attributes)))
    return paid


def _attempt(
    call: AnyStripeCall,
    session: StoredObject,
    wanted: StoredObject,
    method: Method,
    collected: Attributes,
    cause: Cause,
    attempt_suffix: str,
) -> Paid | None:
    """Try once to pay. Returns None if another request has changed the session or its payment meanwhile."""
    answer = _answer(call, terms_of_session(wanted), method)
    payment = payment_of(session)
    if payment is not None and is_decided(payment):
        return _result(session, payment)
    # First, so that a discount that is used up leaves no intent behind.
    claimed = _claimed(session, wanted.attributes, collected, intent_id(payment_id_of(session)), cause)
    payment = payment or opened(wanted, cause)
    if is_decided(payment):
        return _result(session, payment)
    if status_of_payment(payment) not in INTENT_OPEN:
        return None
    terms = replace(terms_of_session(claimed[0]), method=method)
    operation_id = ids.operation_id(ids.ATTEMPT, payment.id, attempt_suffix)
    try:
        payment = with_terms(payment, replace(terms, method=None), cause)
        if put_objects(objects_table(), claimed) is not claimed[0]:
            return None
        session = claimed[0]
        payment = _authorized(call, session, payment, terms, answer, operation_id, cause)
    except ChangedMeanwhileError:
        return None
    store_what_follows(payment, terms.customer)
    return _result(session, payment)


def _complete(session: StoredObject, wanted: StoredObject, collected: Attributes, cause: Cause) -> Paid | None:
    """Complete a session for which nothing is due. Returns None if another request has changed it meanwhile.

    Its payment intent, if somebody has tried to pay it, is canceled first: an attempt may be on its way.
    """
    payment = payment_of(session) if PAYMENT_INTENT in session.attributes else None
    if payment is not None and status_of_payment(payment) in INTENT_OPEN:
        payment = canceled(payment, session.id, cause.at, cause.request_id)
    if payment is not None and is_decided(payment):
        return _result(session, payment)
    stored = complete_unpaid(_claimed(session, wanted.attributes, collected, None, cause))
    done = stored is not None and stored.changed_by.operation_id == cause.operation_id
    return Paid(session=stored) if stored and done else None


def _cause(call: AnyCall, session: StoredObject, suffix: str) -> Cause:
    """Return what a payer's request stores as its cause."""
    operation_id = ids.effect_id(_REQUEST, session.id, suffix)
    return Cause(operation_id=operation_id, request_id=call.request_id, at=call.now)


def _answer(call: AnyStripeCall, terms: IntentTerms, method: Method) -> Answer:
    """Ask the bank before anything is stored: it refuses what it does not simulate."""
    return bank_answer(
        method,
        call.merchant,
        terms.amount,
        metadata=terms.metadata,
        authenticate=requests_authentication(terms),
    )


def _authorized(
    call: AnyStripeCall,
    session: StoredObject,
    payment: Payment,
    terms: IntentTerms,
    answer: Answer,
    operation_id: str,
    cause: Cause,
) -> Payment:
    """Record the bank's answer, on the condition that the payment is as it was read."""
    submitted = AuthorizationAttempt(
        terms=terms,
        answer=answer,
        operation_id=operation_id,
        capture_id=ids.operation_id(ids.CAPTURE, payment.id, operation_id[-ids.SUFFIX_LENGTH :]),
        base_url=call.request.base_url,
        return_url=session.attributes[PAGE],
    )
    return attempted_again(payment, submitted, cause)


def _result(session: StoredObject, payment: Payment) -> Paid:
    """Return what came of a payment."""
    if is_decided(payment):
        return Paid(session=complete_paid(payment, session) or session)
    if REDEEMED in session.attributes:
        session = _given_back(session, payment)
    shown = render_intent(payment, private=secrets_of(payment.id))
    action = shown["next_action"]
    return Paid(
        session=session,
        error=shown["last_payment_error"],
        challenge=action["redirect_to_url"]["url"] if action else None,
    )


def _given_back(session: StoredObject, payment: Payment) -> StoredObject:
    """Give back what a session has redeemed for an attempt that was declined, and return the session as it is then.

    The attempt has to be of the request that has claimed the session last: another one may be on its way otherwise, and
    the version of the session shows whether one was begun meanwhile.
    """
    claim = session.changed_by
    tried = any(isinstance(each, Attempt) and each.request_id == claim.request_id for each in payment.operations)
    if not tried or status_of_payment(payment) is not IntentStatus.NEEDS_METHOD:
        return session
    cause = replace(claim, operation_id=ids.effect_id(_REQUEST, session.id, claim.operation_id))
    written = redeeming(changed(session, session.attributes, cause), cause, redeems=False)
    return written[0] if put_objects(objects_table(), written) is written[0] else session


def _claimed(
    session: StoredObject, wanted: Attributes, collected: Attributes, intent: str | None, cause: Cause
) -> tuple[StoredObject, ...]:
    """Return a session that its payer is about to pay, the discount that it redeems, and the customer that it creates.

    Raises DiscountUsedUpError.
    """
    attributes = {**wanted, COLLECTED: dict(collected) or None, PAYMENT_INTENT: intent}
    if not _creates_customer(attributes):
        return _redeeming(changed(session, without_defaults(attributes), cause), cause, redeems=True)
    name = f"cus_{ids.derive(session.object, session.merchant, session.id)}"
    customer = new_object(
        session.merchant,
        _CUSTOMER,
        name,
        without_defaults({each: collected.get(each) for each in ("email", "name", "phone", "address", "shipping")}),
        cause,
    )
    claimed = changed(session, without_defaults({**attributes, _CUSTOMER: name}), cause)
    return *_redeeming(claimed, cause, redeems=True), customer


def _redeeming(session: StoredObject, cause: Cause, *, redeems: bool | None = None) -> tuple[StoredObject, ...]:
    try:
        return redeeming(session, cause, redeems=redeems)
    except Refused as refused:
        raise DiscountUsedUpError(refused.detail) from None


def _creates_customer(attributes: Attributes) -> bool:
    """Whether a session without a customer creates one, which one with an invoice or a subscription needs."""
    if attributes.get(_CUSTOMER):
        return False
    if attributes[MODE] == SUBSCRIPTION:
        return True
    invoices = (attributes.get("invoice_creation") or {}).get("enabled", False)
    return attributes.get("customer_creation") == "always" or invoices


# --- setup ------------------------------------------------------------------------------------------------------------


def set_up(call: AnyStripeCall, session: StoredObject, collected: Attributes, choose: Choose) -> Paid:
    """Set the card up that a call names (`ConfirmSetupIntent`), and complete the session with it, in one transaction.

    One that sells a subscription is completed by a second transaction: the first attaches the card to the customer.
    Raises Refused as `requested_card` and `confirmed` do.
    """
    for _ in range(TRIES):
        if not can_be_paid(session, call.now):
            return too_late(session)
        setup = _setup_of(session)
        if status_of_setup(setup.attributes) is SetupStatus.SUCCEEDED:
            return _shown_setup(complete_set_up(setup) or session, setup.attributes)
        cause = _cause(call, session, random_suffix())
        claimed, *others = _claimed(session, choose(session.attributes), collected, None, cause)
        customer = claimed.attributes.get(_CUSTOMER)
        card = requested_card(call, customer, cause)
        if card is None:
            raise missing(CARD_NUMBER)
        sent = without_defaults({**with_method(setup.attributes, card.id), _CUSTOMER: customer})
        attributes = confirmed(call, setup.id, sent, card, cause)
        sells = session.attributes[MODE] == SUBSCRIPTION
        if status_of_setup(attributes) is SetupStatus.SUCCEEDED and not sells:
            claimed = ended(session, completed(claimed.attributes, NOTHING_DUE), cause)
        attempted = changed_by_attempt(setup, attributes, cause)
        new = next((each for each in others if each.object == _CUSTOMER), None)
        others = [each for each in others if each is not new]
        written = (claimed, *others, attempted, *card.with_setup(attributes, cause, new))
        if put_objects(objects_table(), written) is claimed:
            return _shown_setup((complete_set_up(attempted) if sells else None) or claimed, attributes)
        session = get_session(session.merchant, session.id) or session
    raise Contended


def complete_set_up(setup: StoredObject) -> StoredObject | None:
    """Complete the session whose setup intent has succeeded, as after a challenge. Idempotent.

    Returns the session, or None if the setup intent has none.
    """
    name = setup.attributes.get(CHECKOUT_SESSION)
    session = get_session(setup.merchant, name) if name else None
    for _ in range(TRIES):
        if session is None or status_of_setup(setup.attributes) is not SetupStatus.SUCCEEDED:
            return session
        cause = replace(setup.changed_by, operation_id=f"{session.id}:{setup.attributes['latest_attempt']}")
        if session.due_at is None:
            return session
        after = ended(session, completed(session.attributes, NOTHING_DUE), cause)
        written = (after,)
        if session.attributes[MODE] == SUBSCRIPTION:
            written = with_sale_and_customer(after, method=setup.attributes["payment_method"])
        if put_objects(objects_table(), written) is written[0]:
            return written[0]
        session = get_session(session.merchant, session.id)
    raise Contended


def _setup_of(session: StoredObject) -> StoredObject:
    setup = get_object(objects_table(), SETUP_INTENTS.object, session.merchant, session.attributes[SETUP_INTENT])
    if setup is None:
        raise AssertionError(f"{session.id} has no setup intent")
    return setup


def _resumed_setup(session: StoredObject) -> Paid:
    setup = _setup_of(session)
    return _shown_setup(complete_set_up(setup) or session, setup.attributes)


def _shown_setup(session: StoredObject, setup: Attributes) -> Paid:
    action = setup.get("next_action")
    return Paid(
        session=session,
        error=setup.get("last_setup_error"),
        challenge=action["redirect_to_url"]["url"] if action else None,
    )

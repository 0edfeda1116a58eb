"""Refusals because of an intent's status (`payment_intent_unexpected_state`), in Stripe's words and with the intent.

The intent in a refusal is as of that moment. What is stored with the refusal is the last operation of then, so that a
replay has the same bytes although the intent has changed since.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import STRIPE_ERRORS, UNEXPECTED_STATE, StripeRefused
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.objects.intent import intent_for_page
from paysandbox.stripe_api.objects.intent_state import IntentStatus, intent_status
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.payment_intents.checkout_rules import is_owned


class Action(StrEnum):
    """What a request wanted to do with an intent."""

    CANCEL = "cancel"
    CAPTURE = "capture"
    CONFIRM = "confirm"
    INCREMENT = "increment"
    REFUND = "refund"
    UPDATE = "update"


_TOO_MUCH: Final = (
    "The payment could not be captured because the requested capture amount is greater than the authorized amount."
)
"""As WooCommerce's tests have it from Stripe's `amount_too_large`."""

AS_OF: Final = "as_of"
"""The member of a stored refusal that names the intent's last operation."""

_OPEN: Final = "requires_payment_method, requires_confirmation, requires_action"


def explain(action: Action, field: str = "amount") -> Callable[[Refused, Payment], Refused]:
    """Return a function that puts a refusal by the status of a payment into Stripe's words.

    `field` is what an update wanted to change, or the parameter with the amount of a capture.
    """

    def explained(refused: Refused, payment: Payment) -> Refused:
        if payment.is_charge:
            return _of_charge(action, refused, payment)
        if refused.code is Code.CAPTURE_EXCEEDS_AUTHORIZED:
            return replace(refused, detail=_TOO_MUCH, param=field)
        if STRIPE_ERRORS[refused.code].code != UNEXPECTED_STATE:
            return refused
        possible = {**refused.possible, AS_OF: payment.operations[-1].id}
        says_why = is_owned(refused.detail) or refused.code in (Code.PAYMENT_METHOD_REQUIRED, Code.INTENT_CHANGED)
        if refused.param is not None or says_why:
            return Refused(refused.code, refused.detail, refused.param, possible)
        param = field if action is Action.UPDATE else refused.param
        return Refused(refused.code, _message(action, payment, field), param, possible)

    return explained


@contextmanager
def intent_in_refusals(call: AnyStripeCall, payment_id: str) -> Generator[None]:
    """Add the intent to a refusal by its status, if the payment has one. Takes one read, and only then."""
    try:
        yield
    except Refused as refused:
        if STRIPE_ERRORS[refused.code].code != UNEXPECTED_STATE:
            raise
        payment = get_payment(ledger(), payment_id)
        if payment is None or payment.merchant != call.merchant:
            raise
        if payment.is_charge:
            raise _with_code_of_charge(refused) from None
        until = refused.possible.get(AS_OF)
        secret, version = secrets_of(payment.id), call.stripe_version
        shown = render_intent(payment, private=secret, until=until, version=version)
        raise StripeRefused(
            refused.code,
            refused.detail,
            refused.param,
            refused.possible,
            replayed=refused.replayed,
            first_request=refused.first_request,
            intent=intent_for_page(shown) if call.publishable else shown,
        ) from None


@contextmanager
def charge_in_refusals() -> Generator[None]:
    """Give a refusal of a charge without an intent, because of its status, the code that Stripe has for it, if any."""
    try:
        yield
    except Refused as refused:
        if STRIPE_ERRORS[refused.code].code != UNEXPECTED_STATE:
            raise
        raise _with_code_of_charge(refused) from None


def no_successful_charge(payment: Payment) -> str:
    """Return why a payment cannot be refunded of which nothing was captured."""
    if payment.is_charge:
        return f"Charge {charge_id(payment.id)} was not captured, so it cannot be refunded."
    return f"This PaymentIntent ({intent_id(payment.id)}) does not have a successful charge to refund."


def _of_charge(action: Action, refused: Refused, payment: Payment) -> Refused:
    """Put a refusal of a charge without an intent into words, which are ours where Stripe's are unpublished."""
    charge = charge_id(payment.id)
    if refused.code is Code.CAPTURE_EXCEEDS_AUTHORIZED:
        return replace(refused, detail=_TOO_MUCH, param="amount")
    if action is Action.REFUND and refused.code is Code.NOT_CAPTURED:
        return replace(refused, detail=no_successful_charge(payment))
    if refused.code is Code.ALREADY_CAPTURED:
        return replace(refused, detail=f"Charge {charge} has already been captured.")
    if STRIPE_ERRORS[refused.code].code == UNEXPECTED_STATE:
        return replace(refused, detail=f"Charge {charge} has failed or was released, so it cannot be captured.")
    return refused


def _with_code_of_charge(refused: Refused) -> StripeRefused:
    """Return the refusal of a charge by its status, with Stripe's code if that has one."""
    return StripeRefused(
        refused.code,
        refused.detail,
        refused.param,
        refused.possible,
        replayed=refused.replayed,
        first_request=refused.first_request,
        stripe_code="charge_already_captured" if refused.code is Code.ALREADY_CAPTURED else "",
    )


def _message(action: Action, payment: Payment, field: str) -> str:
    status = intent_status(payment, state_of(payment))
    match action:
        case Action.CANCEL:
            return (
                f"You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with "
                "one of the following statuses may be canceled: requires_payment_method, requires_capture, "
                "requires_confirmation, requires_action, processing."
            )
        case Action.CAPTURE if status is IntentStatus.SUCCEEDED:
            return "This PaymentIntent could not be captured because it has already been captured."
        case Action.CAPTURE:
            return (
                f"This PaymentIntent could not be captured because it has a status of {status}. Only a PaymentIntent "
                "with one of the following statuses may be captured: requires_capture."
            )
        case Action.INCREMENT if status is IntentStatus.NEEDS_CAPTURE:
            return "This PaymentIntent could not be incremented because it has been partially captured."
        case Action.INCREMENT:
            return (
                f"This PaymentIntent could not be incremented because it has a status of {status}. Only a "
                "PaymentIntent with one of the following statuses may be incremented: requires_capture."
            )
        case Action.CONFIRM if status is IntentStatus.SUCCEEDED:
            return (
                "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
                "confirmed."
            )
        case Action.CONFIRM:
            return (
                f"You cannot confirm this PaymentIntent because it has a status of {status}. Only a PaymentIntent with "
                f"one of the following statuses may be confirmed: {_OPEN}."
            )
        case Action.REFUND:
            return no_successful_charge(payment)
        case Action.UPDATE:
            return (
                f"This PaymentIntent's {field} could not be updated because it has a status of {status}. You may only "
                f"update the {field} of a PaymentIntent with one of the following statuses: {_OPEN}."
            )

# pyright: standard
"""The shared payment token that a confirmation names: its card pays, up to what the token has left.

A payment takes its amount of the token in one conditional write, right before its own, and the same attempt takes it
once. What has changed meanwhile is read again. An attempt that is declined takes nothing. One that waits for the
cardholder or the bank takes its amount at once, and keeps it if it fails then.

The sentences are those that public programs have recorded from Stripe's test mode (version 2026-04-22.preview), where
it has any: a token that has expired is a deactivated one, and the refusals have no code.
"""

from datetime import datetime
from typing import Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.future_usage import saves_for
from paysandbox.stripe_api.objects.granted_token import (
    EXPIRED,
    GRANTED_TOKEN,
    NOUN,
    REVOKED,
    captured_of,
    deactivated,
    is_deactivated,
    limits_of,
    taken,
    token_at,
)
from paysandbox.stripe_api.objects.stored_method import method_in
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    change_of,
    changed,
)
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table

_TRIES: Final = 10
_SWEEP: Final = "sweep"
"""Stands in for the request's ID if a token expires by itself."""

_DEACTIVATED: Final = "The shared payment granted token cannot be {} because it is already in a deactivated state."
_TOO_MUCH: Final = (
    "The requested amount is greater than the remaining amount capturable with this shared payment granted token."
)


def granted_token(call: AnyStripeCall, name: str, param: str) -> StoredObject:
    """Return the token that a parameter of a confirmation names.

    Raises Refused: resource_not_found, parameter_invalid if the request confirms nothing.
    """
    if not getattr(call.body, "confirm", True):
        raise Refused(Code.PARAMETER_INVALID, f"The parameter {param} can only be provided during confirmation.", param)
    token = get_object(objects_table(), GRANTED_TOKEN, call.merchant, name)
    if token is None:
        raise no_such(NOUN, name, param)
    return token


def card_of_token(token: StoredObject) -> Method:
    """Return a token's card, which each payment has as a payment method of its own."""
    return replace(method_in(token), id=None)


def use_granted_token(
    call: AnyStripeCall, token: StoredObject, param: str, attempt: AuthorizationAttempt, payment: Payment
) -> None:
    """Let an attempt of a payment take what the bank has approved of a token that `param` names.

    The same attempt can do so again. Raises Refused: parameter_invalid if the token is deactivated, has less left than
    the attempt's terms, or is in another currency, or if the payment is captured later or saves its card, and
    too_many_changes.
    """
    answer, currency = attempt.answer, payment.currency
    if not payment.automatic or saves_for(attempt.terms):
        # Our words, and our limit: how much a hold takes of a token is not published.
        detail = "A shared payment granted token can be used for payments that are captured at once and save no card."
        raise Refused(Code.PARAMETER_INVALID, detail, param)
    declined = isinstance(answer, Answered) and answer.response.decline is not None
    cause = Cause(
        operation_id=attempt.operation_id,
        request_id=call.request_id,
        idempotency_key=call.caller_key,
        at=call.now,
    )
    current = token
    for _ in range(_TRIES):
        if change_of(current, attempt.operation_id) is not None:
            return
        _check(token_at(current, call.now), from_ledger(attempt.terms.amount, currency), currency, param)
        if declined:
            return
        attributes = taken(current.attributes, from_ledger(answer.amount, currency), call.now)
        after = _ended(changed(current, attributes, cause))
        stored = put_objects(objects_table(), (after,))
        if stored is after:
            return
        current = stored or current
    raise Contended


def revoked(current: StoredObject, cause: Cause) -> tuple[StoredObject]:
    """Return a token that its issuer has revoked. Raises Refused(parameter_invalid) if it is deactivated."""
    if is_deactivated(current):
        raise Refused(Code.PARAMETER_INVALID, _DEACTIVATED.format("revoked"))
    return (_ended(changed(current, deactivated(current.attributes, REVOKED, cause.at), cause)),)


def expire_due(token: StoredObject, now: datetime) -> bool:
    """Deactivate a token that the sweep has found, if it is still due. Returns whether it ended."""
    if token.due_at is None or token.due_at > now:
        return False
    cause = Cause(operation_id=f"{token.id}:expiry", request_id=_SWEEP, at=token.due_at)
    after = _ended(changed(token, deactivated(token.attributes, EXPIRED, token.due_at), cause))
    return put_objects(objects_table(), (after,)) is after


def _ended(token: StoredObject) -> StoredObject:
    """Return a token on which nothing falls due any more, if it is deactivated."""
    return replace(token, due_at=None) if is_deactivated(token) else token


def _check(token: StoredObject, amount: int, currency: str, param: str) -> None:
    limits: Attributes = limits_of(token)
    if is_deactivated(token):
        raise Refused(Code.PARAMETER_INVALID, _DEACTIVATED.format("used"), param)
    if limits["currency"] != currency.lower():
        # The words are ours: Stripe's are not published.
        detail = f"The shared payment granted token can be used for payments in {limits['currency']} only."
        raise Refused(Code.PARAMETER_INVALID, detail, param)
    if amount > limits["max_amount"] - captured_of(token):
        raise Refused(Code.PARAMETER_INVALID, _TOO_MUCH, param)

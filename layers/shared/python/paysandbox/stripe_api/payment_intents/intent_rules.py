"""Intents: payments that no bank has authorized yet. Rules to create, update, confirm and cancel one, and to update the
notes on charges, refunds and disputes.

An intent is a payment's item from the start. Its terms may change and attempts may fail until one is approved. From
then on it is captured, refunded and settled like any other payment. An update or an attempt first reads the payment,
and its write is conditional on that version: of twenty concurrent attempts, one is recorded.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import CREATED_AT, DUE_AT, PLAN, REMAINING, VERSION, Change, Term, Value
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import (
    Annotations,
    AuthenticatedAttempt,
    AuthorizationBegun,
    Operation,
    Payment,
    State,
    state_of,
)
from paysandbox.payments.refusals import not_found
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.increment import increment as increment_rule
from paysandbox.payments.rules.void import end_unapproved, void
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.objects.intent_state import OPEN, intent_status, supports_increments, terms_of
from paysandbox.stripe_api.objects.method_types import check_currency_of
from paysandbox.stripe_api.payment_intents.checkout_rules import check_may_be_canceled
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt

MAX_CHANGES: Final = 40
"""Updates and attempts of one intent together, so that all later operations fit into its item."""

MAX_METADATA_BYTES: Final = 32_000
"""For the metadata of an intent, as JSON: 50 entries of 540 ASCII characters, and some room for others."""

MAX_DESCRIPTIVE_BYTES: Final = 64_000
"""For all texts that one intent ever had: each update stores its own, in the same item."""

_MAX_NOTED_TEXT_BYTES: Final = 1_000
_MAX_NOTED_METADATA_BYTES: Final = 8_192


MAX_NOTES: Final = 20
"""Updates of the charges, refunds and disputes of one payment together, for the same reason."""

MAX_NOTES_BYTES: Final = 12_000
"""For the texts of all these updates."""


def open_intent(
    payment_id: str,
    *,
    merchant: str,
    currency: str,
    automatic: bool,
    opening: IntentCreated,
    fingerprint: Fingerprint,
    validity_s: int,
    retention_s: int,
) -> Payment:
    """Return the payment of a new intent, not yet authorized.

    Refuses (parameter_invalid): texts that are too long, types of payment methods that cannot pay in the currency.
    """
    _check_texts(opening.terms)
    _check_types(opening.terms, None, currency)
    now = opening.at
    return Payment(
        id=payment_id,
        merchant=merchant,
        currency=currency,
        authorized=opening.terms.amount,
        capture_before=now + timedelta(seconds=validity_s),
        created_at=now,
        fingerprint=fingerprint,
        operations=(opening,),
        version=1,
        purge_at=int(now.timestamp()) + retention_s,
        automatic=automatic,
        annotations=_annotations(opening.terms),
    )


def attempted(
    payment: Payment, submitted: AuthorizationAttempt, *, request_id: str, validity_s: int, contract: int
) -> Payment:
    """Return an intent with an attempt in the same write that creates it, and so under the same key."""
    attempt, *more = _answered(payment, submitted, request_id, payment.created_at, contract)
    operations, amount = (*payment.operations, attempt, *more), submitted.terms.amount
    payment = replace(payment, plan=submitted.answer.plan)
    if not _approves(attempt):
        requested = _requested(attempt, amount)
        return replace(payment, operations=operations, version=len(operations), amounts=requested)
    requested = {attempt.id: amount}
    before = payment.created_at + timedelta(seconds=validity_s)
    taken = {operation.id: amount for operation in more if isinstance(operation, Capture)}
    return replace(
        payment,
        operations=operations,
        version=len(operations),
        amounts=requested | taken,
        captures=taken,
        remaining=0 if taken else amount,
        refundable=amount if taken else 0,
        capture_before=before,
        due_at=payment.created_at,
        unsettled_since=payment.created_at if taken else None,
    )


def revise(current: Payment, revision: IntentUpdated) -> Change:
    """Change the terms of an intent.

    Refuses: parameter_invalid as `open_intent` does, too_many_changes, and intent_state_unexpected for another amount,
    card or customer of a payment that is authorized, canceled, or not an intent.
    """
    if recorded := _recorded(current, revision.id):
        return _replay(current, recorded)
    _check_texts(revision.terms)
    _has_room(current, revision.terms)
    state = state_of(current)
    before, after = terms_of(current, state), revision.terms
    _check_types(after, before, current.currency)
    decided = (before.amount, before.method, before.customer, before.connect) != (
        after.amount,
        after.method,
        after.customer,
        after.connect,
    )
    if decided and intent_status(current, state) not in OPEN:
        raise _unexpected(current, state, "Its amount, payment method and customer can no longer be changed.")
    return Change(
        payment_id=current.id, merchant=current.merchant, operation=revision, guards=(_unchanged(current),), assign={}
    )


def update_notes(current: Payment, update: NotesUpdated) -> Change:
    """Update the notes on a charge, refund or dispute of the payment. Refuses: too_many_changes."""
    if recorded := _recorded(current, update.id):
        return _replay(current, recorded)
    updates = [operation for operation in current.operations if isinstance(operation, NotesUpdated)]
    if len(updates) >= MAX_NOTES:
        raise Refused(
            Code.TOO_MANY_CHANGES,
            f"The charges, refunds and disputes of the payment were updated {len(updates)} times.",
            possible={"limit": MAX_NOTES},
        )
    if sum(_notes_bytes(change.notes) for change in [*updates, update]) > MAX_NOTES_BYTES:
        raise Refused(
            Code.TOO_MANY_CHANGES,
            "The updates of a payment's charges, refunds and disputes can have at most "
            f"{MAX_NOTES_BYTES:,} bytes in total.",
        )
    return Change(
        payment_id=current.id, merchant=current.merchant, operation=update, guards=(_unchanged(current),), assign={}
    )


def check_can_be_confirmed(current: Payment, restated: IntentTerms | None = None) -> None:
    """Refuse a payment that cannot be confirmed now: intent_state_unexpected, too_many_changes.

    `restated` are the terms that the confirmation changes, if any: parameter_invalid as `open_intent` does.
    """
    state = state_of(current)
    if intent_status(current, state) not in OPEN:
        raise _unexpected(current, state, "It cannot be confirmed.")
    if restated:
        _check_texts(restated)
        _check_types(restated, terms_of(current, state), current.currency)
    _has_room(current, restated)


def authenticated_attempt(payment: Payment, terms: IntentTerms) -> AuthenticatedAttempt | None:
    """Return the attempt that a confirmation with these terms continues, or None if it is a new one.

    Another amount or card has to be authenticated again.
    """
    done = state_of(payment).authenticated
    if done is None or terms.method is None or terms.amount != done.challenge.amount:
        return None
    is_same = _identity(terms.method) == (done.challenge.card, done.challenge.method_id)
    return done if is_same else None


def _identity(method: Method | None) -> tuple[Card, str | None] | None:
    """Return what makes a card the same although it was saved, set up or given other billing details meanwhile."""
    return None if method is None else (method.card, method.id)


def attempt(
    current: Payment,
    submitted: AuthorizationAttempt,
    *,
    request_id: str,
    at: datetime,
    validity_s: int,
    contract: int,
    first: Payment,
    restated: IntentTerms | None = None,
) -> Change:
    """Record an attempt at the terms that were sent to the bank. `first` is the payment as of that moment.

    `restated` are the terms after the attempt, if the confirmation changes any.

    Refuses: intent_state_unexpected if it is authorized, canceled or not an intent; intent_changed if its amount has
    changed since, or its card is no longer the one that was tried; too_many_changes.
    """
    if recorded := _recorded(current, submitted.operation_id):
        return _replay(current, recorded)
    check_can_be_confirmed(current, restated)
    state = state_of(current)
    was, terms = terms_of(first, state_of(first)), terms_of(current, state)
    names_its_card = _identity(submitted.terms.method) == _identity(was.method)
    if was.amount != terms.amount or (names_its_card and was.method != terms.method):
        raise Refused(Code.INTENT_CHANGED, "The intent was changed during confirmation. Retrieve it and confirm again.")
    operations = _answered(current, submitted, request_id, at, contract, restated)
    amount = submitted.terms.amount
    assign: dict[Path, Value] = {("amounts", of): part for of, part in _requested(operations[0], amount).items()}
    if _approves(operations[0]):
        before = format_timestamp(at + timedelta(seconds=validity_s))
        assign |= {("capture_before",): before, ("remaining",): amount, DUE_AT: Term(CREATED_AT)}
        if any(isinstance(operation, Capture) for operation in operations):
            assign |= {
                ("amounts", submitted.capture_id): amount,
                ("captures", submitted.capture_id): amount,
                ("remaining",): 0,
                ("refundable",): amount,
                ("unsettled_since",): format_timestamp(at),
            }
    if submitted.answer.plan is not None:
        assign[PLAN] = submitted.answer.plan
    guards = (_unchanged(current), Guard(REMAINING, "not_exists", None, None))
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operations[0],
        guards=guards,
        assign=assign,
        remove=(PLAN,) if current.plan is not None and submitted.answer.plan is None else (),
        also=operations[1:],
    )


def capture(
    payment_id: str,
    merchant: str,
    operation: Capture,
    *,
    amount: int | None,
    restate: Callable[[IntentTerms, str], IntentTerms] | None,
    current: Payment | None = None,
) -> Change:
    """Capture as `rules.capture` does, with its guards. `restate` maps the terms, given the currency, if the capture
    changes any.

    The terms must be known for that, so the change needs `current`. Refuses, with them: parameter_invalid (texts too
    long), too_many_changes, and as `restate` does.
    """
    if restate is None:
        return capture_rule(payment_id, merchant, operation, amount=amount, currency=None, current=current)
    if current is not None:
        terms = replace(restate(terms_of(current, state_of(current)), current.currency), method=None)
        _check_texts(terms)
        _has_room_for(current, terms)
        operation = replace(operation, terms=terms)
    change = capture_rule(payment_id, merchant, operation, amount=amount, currency=None, current=current)
    if current is None:
        return replace(change, needs_current=True)
    return replace(change, guards=(*change.guards, _unchanged(current)))


def increment(
    payment_id: str,
    merchant: str,
    operation: Increment,
    *,
    total: Callable[[Payment], int],
    restate: Callable[[IntentTerms], IntentTerms] | None,
    requested: Response | None,
    current: Payment | None = None,
) -> Change:
    """Hold more, as `rules.increment` does, with its guards. `total` returns what is authorized after it.

    Refuses: increment_unavailable, parameter_invalid for a total that is not higher; and with `restate`, which maps the
    terms, parameter_invalid (texts too long) and too_many_changes.
    """

    def more(payment: Payment) -> int:
        if payment.is_charge:
            raise not_found()
        state = state_of(payment)
        if not supports_increments(payment, terms_of(payment, state)):
            raise Refused(Code.INCREMENT_UNAVAILABLE, _NOT_INCREMENTAL)
        difference = total(payment) - state.authorized
        if difference <= 0:
            raise Refused(Code.PARAMETER_INVALID, _NOT_MORE, "amount")
        return difference

    if current is not None and restate is not None:
        terms = replace(restate(terms_of(current, state_of(current))), method=None)
        _check_texts(terms)
        _has_room_for(current, terms)
        operation = replace(operation, terms=terms)
    return increment_rule(
        payment_id, merchant, operation, amount=more, currency=None, requested=requested, current=current
    )


_NOT_INCREMENTAL: Final = (
    "This PaymentIntent does not support incremental authorization. Request it with "
    "payment_method_options[card][request_incremental_authorization]=if_available when you create or confirm a "
    "PaymentIntent with capture_method=manual, and pay by a card whose network allows it."
)
_NOT_MORE: Final = "The amount must be greater than the currently authorized amount."


def cancel(payment_id: str, merchant: str, operation: Void, current: Payment | None = None) -> Change:
    """Void the uncaptured rest of an authorization, or cancel an intent that is not authorized.

    The guards are those of a void. A payment without an authorization must still have none and be an intent.
    """
    if current is None or current.remaining is not None:
        return void(payment_id, merchant, operation, current=current)
    state = state_of(current)
    if not current.is_intent and state.attempt is None:
        raise _unexpected(current, state, "It was declined and has ended.")
    check_may_be_canceled(terms_of(current, state))
    return end_unapproved(current, operation)


def _answered(
    payment: Payment,
    submitted: AuthorizationAttempt,
    request_id: str,
    at: datetime,
    contract: int,
    restated: IntentTerms | None = None,
) -> tuple[Operation, *tuple[Operation, ...]]:
    if submitted.terms.method is None:
        raise no_method()
    answer = submitted.answer
    method = submitted.terms.method
    if not isinstance(answer, Answered):
        from paysandbox.stripe_api.payment_intents.open_attempt import begin  # few attempts wait for an answer

        return begin(payment, submitted, answer, method, request_id, at, contract, restated)
    operations = _authorized(payment, submitted, answer, method, request_id, at, contract, restated)
    if answer.plan or answer.due:
        from paysandbox.stripe_api.payment_intents.open_attempt import planned  # few payments have a plan

        return planned(payment, operations, answer)
    return operations


def _authorized(
    payment: Payment,
    submitted: AuthorizationAttempt,
    answer: Answered,
    method: Method,
    request_id: str,
    at: datetime,
    contract: int,
    restated: IntentTerms | None,
) -> tuple[Operation, *tuple[Operation, ...]]:
    frictionless = AuthenticationResult.AUTHENTICATED if answer.frictionless else None
    authorization = Authorization(
        id=submitted.operation_id,
        request_id=request_id,
        at=at,
        contract=contract,
        idempotency_key=submitted.idempotency_key,
        card=method.card,
        response=answer.response,
        method_id=method.id,
        billing_details=method.billing_details,
        allow_redisplay=method.allow_redisplay,
        terms=replace(restated, method=None) if restated else None,
        authentication=submitted.authentication or frictionless,
    )
    if answer.response.decline or not payment.automatic:
        return (authorization,)
    return authorization, Capture(
        id=submitted.capture_id,
        request_id=request_id,
        at=at,
        contract=contract,
        idempotency_key=submitted.idempotency_key,
    )


def _approves(operation: Operation) -> bool:
    return isinstance(operation, Authorization) and operation.decline is None


def _requested(operation: Operation, amount: int) -> dict[str, int]:
    """Return the amount of an attempt that the bank answered, by ID. What it has not answered has its own amount."""
    return {operation.id: amount} if isinstance(operation, Authorization) else {}


def no_method() -> Refused:
    """Return the refusal of a confirmation without a payment method."""
    return Refused(
        Code.PAYMENT_METHOD_REQUIRED,
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
        "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
        "method.",
        "payment_method",
    )


def _unchanged(current: Payment) -> Guard:
    return Guard(VERSION, "=", current.version, None)


def _recorded(current: Payment, operation_id: str) -> Operation | None:
    return next((operation for operation in current.operations if operation.id == operation_id), None)


def _replay(current: Payment, operation: Operation) -> Change:
    """Return the change of a recorded operation. It is not written again: the store finds a replay."""
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=(),
        assign={},
        needs_current=True,
    )


def _annotations(terms: IntentTerms) -> Annotations:
    """Return the annotations that the item of an intent has beside its terms: those that any payment can have."""
    description, metadata = terms.description, terms.metadata
    return Annotations(
        description=None if description and len(description.encode()) > _MAX_NOTED_TEXT_BYTES else description,
        metadata=None if metadata and len(metadata.encode()) > _MAX_NOTED_METADATA_BYTES else metadata,
    )


def _check_texts(terms: IntentTerms) -> None:
    if len((terms.metadata or "").encode()) > MAX_METADATA_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID, f"Metadata can have at most {MAX_METADATA_BYTES:,} bytes of JSON.", "metadata"
        )
    if _text_bytes(terms) > MAX_DESCRIPTIVE_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID, f"The texts of an intent can have at most {MAX_DESCRIPTIVE_BYTES:,} bytes in total."
        )


def _check_types(terms: IntentTerms, before: IntentTerms | None, currency: str) -> None:
    listed = terms.payment_method_types
    if listed and (before is None or before.payment_method_types != listed):
        check_currency_of(json.loads(listed), currency)


def _has_room(current: Payment, more: IntentTerms | None = None) -> None:
    changes = sum(
        isinstance(operation, (IntentUpdated, Authorization, AuthorizationBegun)) for operation in current.operations
    )
    if changes >= MAX_CHANGES:
        raise Refused(
            Code.TOO_MANY_CHANGES,
            f"The intent was updated or attempted {changes} times.",
            possible={"limit": MAX_CHANGES},
        )
    _has_room_for(current, more)


def _has_room_for(current: Payment, more: IntentTerms | None) -> None:
    stated = (IntentCreated, IntentUpdated, Authorization, AuthorizationBegun, Capture, Increment)
    terms = [operation.terms for operation in current.operations if isinstance(operation, stated) and operation.terms]
    if more and sum(map(_text_bytes, [*terms, more])) > MAX_DESCRIPTIVE_BYTES:
        raise Refused(
            Code.TOO_MANY_CHANGES,
            f"The updates of an intent can have at most {MAX_DESCRIPTIVE_BYTES:,} bytes in total.",
        )


def _text_bytes(terms: IntentTerms) -> int:
    """Return how many bytes the texts take in an item, with their names."""
    return sum(len(name) + len(text.encode()) for name, text in terms.texts().items())


def _notes_bytes(notes: Notes) -> int:
    texts = (notes.description, notes.metadata, notes.receipt_email)
    return sum(len(text.encode()) for text in texts if text)


def _unexpected(current: Payment, state: State, detail: str) -> Refused:
    status = str(intent_status(current, state))
    return Refused(Code.INTENT_STATE_UNEXPECTED, detail, possible={"current_status": status})

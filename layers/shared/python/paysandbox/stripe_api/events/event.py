"""Stripe's events of an operation on a payment.

Each contains the object as it was right after the operation, in a version of the API, so it is the same whenever it is
rendered. An update of an intent, a settlement, a late presentment and an authentication that succeeded have no event at
Stripe. The evidence of a dispute is not in its events: it can be longer than an event, and
a draft of it is no operation.
"""

from collections.abc import Callable, Mapping
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.events.event import Event
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import BY_TIMER, Operation, State
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.stripe_api.events.previous_attributes import previous_attributes
from paysandbox.stripe_api.ids import stripe_event_id, stripe_request_id
from paysandbox.stripe_api.objects.charge import is_captured_in_background
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.intent_state import IntentStatus, intent_status, terms_of
from paysandbox.stripe_api.objects.render import (
    render_charge,
    render_dispute,
    render_fraud_warning,
    render_intent,
    render_refund,
)
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import RELEASES_ARE_NO_REFUNDS, shows_releases

INTENT_CREATED: Final = "payment_intent.created"
INTENT_FAILED: Final = "payment_intent.payment_failed"
INTENT_CAPTURABLE: Final = "payment_intent.amount_capturable_updated"
INTENT_SUCCEEDED: Final = "payment_intent.succeeded"
INTENT_CANCELED: Final = "payment_intent.canceled"
CHARGE_SUCCEEDED: Final = "charge.succeeded"
CHARGE_FAILED: Final = "charge.failed"
CHARGE_CAPTURED: Final = "charge.captured"
CHARGE_EXPIRED: Final = "charge.expired"
CHARGE_REFUNDED: Final = "charge.refunded"
REFUND_CREATED: Final = "refund.created"
CHARGE_UPDATED: Final = "charge.updated"
REFUND_UPDATED: Final = "refund.updated"
CHARGE_REFUND_UPDATED: Final = "charge.refund.updated"
INTENT_REQUIRES_ACTION: Final = "payment_intent.requires_action"
INTENT_PROCESSING: Final = "payment_intent.processing"
REFUND_FAILED: Final = "refund.failed"
FRAUD_WARNING_CREATED: Final = "radar.early_fraud_warning.created"
DISPUTE_CREATED: Final = "charge.dispute.created"
DISPUTE_UPDATED: Final = "charge.dispute.updated"
DISPUTE_CLOSED: Final = "charge.dispute.closed"
DISPUTE_FUNDS_WITHDRAWN: Final = "charge.dispute.funds_withdrawn"
DISPUTE_FUNDS_REINSTATED: Final = "charge.dispute.funds_reinstated"

STRIPE_EVENT_TYPES: Final[Mapping[str, str]] = {
    INTENT_CREATED: "a",
    INTENT_FAILED: "b",
    INTENT_CAPTURABLE: "c",
    INTENT_SUCCEEDED: "d",
    INTENT_CANCELED: "e",
    CHARGE_SUCCEEDED: "f",
    CHARGE_FAILED: "g",
    CHARGE_CAPTURED: "h",
    CHARGE_EXPIRED: "i",
    CHARGE_REFUNDED: "j",
    REFUND_CREATED: "k",
    CHARGE_UPDATED: "l",
    REFUND_UPDATED: "m",
    CHARGE_REFUND_UPDATED: "n",
    INTENT_REQUIRES_ACTION: "o",
    INTENT_PROCESSING: "p",
    REFUND_FAILED: "q",
    FRAUD_WARNING_CREATED: "r",
    DISPUTE_CREATED: "s",
    DISPUTE_UPDATED: "t",
    DISPUTE_CLOSED: "u",
    DISPUTE_FUNDS_WITHDRAWN: "v",
    DISPUTE_FUNDS_REINSTATED: "w",
}
"""The types of payments' events, and the letter of each in the IDs of its events. Never reuse a letter.

`x` is that of objects (`object_event.py`).
"""


_CHANGES: Final = frozenset(
    {
        CHARGE_CAPTURED,
        CHARGE_EXPIRED,
        CHARGE_REFUNDED,
        CHARGE_UPDATED,
        REFUND_UPDATED,
        CHARGE_REFUND_UPDATED,
        DISPUTE_UPDATED,
        DISPUTE_CLOSED,
        DISPUTE_FUNDS_REINSTATED,
    }
)
"""The types whose events show what the operation changed. An expiry changes nothing of its charge."""

_OF_REFUND: Final = frozenset({REFUND_CREATED, REFUND_UPDATED, REFUND_FAILED, CHARGE_REFUND_UPDATED})
_OF_DISPUTE: Final = frozenset(
    {DISPUTE_CREATED, DISPUTE_UPDATED, DISPUTE_CLOSED, DISPUTE_FUNDS_WITHDRAWN, DISPUTE_FUNDS_REINSTATED}
)


def stripe_types(event: Event, version: str = STRIPE_VERSION) -> tuple[str, ...]:
    """Return the types of Stripe's events for an event of a payment in a version, in order. Often none.

    In a version that shows a release as a refund, it has an event before those of the intent.
    """
    types = _types(event)
    if event.payment.is_charge:
        types = tuple(kind for kind in types if not kind.startswith("payment_intent."))
    if not shows_releases(version) or event.step.after.released == event.step.before.released:
        return types
    of_charge = [kind for kind in types if not kind.startswith("payment_intent.")]
    return (*of_charge, *RELEASES_ARE_NO_REFUNDS.event_types, *types[len(of_charge) :])


def _types(event: Event) -> tuple[str, ...]:
    operation, after = event.step.operation, event.step.after
    match operation:
        case IntentCreated():
            return (INTENT_CREATED,)
        case Authorization():
            return _of_attempt(event, operation)
        case Capture():
            # A capture made with its authorization is already part of the charge that succeeded.
            before = event.payment.operations[event.sequence - 2]
            taken = () if event.payment.automatic and isinstance(before, Authorization) else (CHARGE_CAPTURED,)
            done = intent_status(event.payment, after) is IntentStatus.SUCCEEDED
            moved = (CHARGE_UPDATED,) if _is_in_background(event) else ()
            return (*taken, *((INTENT_SUCCEEDED,) if done else ()), *moved)
        case Void() | Expiry() if after.captured:
            return (INTENT_SUCCEEDED,)
        case Void():
            return (INTENT_CANCELED,)
        case Expiry():
            return (CHARGE_EXPIRED, INTENT_CANCELED)
        case Refund():
            return (CHARGE_REFUNDED, REFUND_CREATED)
        case NotesUpdated():
            return _of_update(event, operation)
        case _:
            return _of_later_step(event)


def _is_in_background(event: Event) -> bool:
    """Whether Stripe would capture in the background, so that the charge is updated with its balance transaction."""
    terms = terms_of(event.payment, event.step.after)
    return isinstance(event.step.operation, Capture) and is_captured_in_background(event.payment, terms)


def render_stripe_events(
    event: Event,
    *,
    private: IntentSecrets | None = None,
    version: str = STRIPE_VERSION,
    wanted: Callable[[str], bool] = lambda _: True,
) -> tuple[Body, ...]:
    """Render Stripe's events for an event of a payment in a version, those of `wanted` types, in order. Often none.

    `private` are the intent's. The IDs are derived from the event's, so an event has the same one in every version.
    """
    return tuple(_rendered(event, kind, private, version) for kind in stripe_types(event, version) if wanted(kind))


def _of_later_step(event: Event) -> tuple[str, ...]:
    """Return the types of a step of the bank, the network or the cardholder."""
    operation, after = event.step.operation, event.step.after
    match operation:
        case ChallengeRequested():
            return (INTENT_REQUIRES_ACTION,)
        case AuthorizationPending():
            return (INTENT_PROCESSING,)
        case Authentication(failed=True):
            return (INTENT_FAILED,)
        case RefundUpdated():
            failed = (REFUND_FAILED,) if operation.status is RefundStatus.FAILED else ()
            return (REFUND_UPDATED, *failed, CHARGE_REFUND_UPDATED)
        case Reversal():
            return _of_hold(after)
        case Increment():
            return () if operation.decline else (INTENT_CAPTURABLE,)
        case CaptureFailed():
            return (CHARGE_UPDATED, *_of_hold(after))
        case FraudWarning():
            return (FRAUD_WARNING_CREATED,)
        case DisputeStep():
            return _of_dispute(event, operation)
        case _:
            return ()


def _of_attempt(event: Event, attempt: Authorization) -> tuple[str, ...]:
    if attempt.decline:
        # What is declined for lack of authentication goes on with a challenge in the same write.
        goes_on = any(
            _is_challenge_after(attempt, following) for following in event.payment.operations[event.sequence :][:1]
        )
        return (CHARGE_FAILED,) if goes_on else (CHARGE_FAILED, INTENT_FAILED)
    return (CHARGE_SUCCEEDED,) if event.payment.automatic else (CHARGE_SUCCEEDED, INTENT_CAPTURABLE)


def _is_challenge_after(attempt: Authorization, operation: Operation) -> bool:
    return isinstance(operation, ChallengeRequested) and operation.request_id == attempt.request_id


def _of_hold(after: State) -> tuple[str, ...]:
    """Return the type for an intent whose hold the card's bank or the network has changed."""
    if after.remaining:
        return (INTENT_CAPTURABLE,)
    return (INTENT_SUCCEEDED,) if after.captured else (INTENT_CANCELED,)


def _of_dispute(event: Event, step: DisputeStep) -> tuple[str, ...]:
    """Return the types of a step of a dispute. A withdrawal changes nothing that Stripe shows, and has no event."""
    before, after = (state.disputes.get(step.dispute_id) for state in (event.step.before, event.step.after))
    if after is None:
        raise AssertionError(f"{step.id} is of no dispute")
    taken = after.taken - (before.taken if before else 0)
    moved = (DISPUTE_FUNDS_WITHDRAWN,) if taken > 0 else (DISPUTE_FUNDS_REINSTATED,) if taken < 0 else ()
    if before is None:
        return (DISPUTE_CREATED, *moved)
    if before.is_open and not after.is_open:
        return (DISPUTE_CLOSED, *moved)
    return (DISPUTE_UPDATED, *moved) if before.status is not after.status else ()


def _of_update(event: Event, update: NotesUpdated) -> tuple[str, ...]:
    """Return the types of an update. One that changes nothing has no event, nor has one of a release."""
    match next(operation for operation in event.payment.operations if operation.id == update.of):
        case Authorization():
            types = (CHARGE_UPDATED,)
        case Refund():
            # Before 2024-10-28 the second was the only one for a refund of a charge. Stripe still sends both.
            types = (REFUND_UPDATED, CHARGE_REFUND_UPDATED)
        case DisputeStep():
            types = (DISPUTE_UPDATED,)
        case _:
            return ()
    return types if _previous(event, types[0], STRIPE_VERSION) else ()


def _rendered(event: Event, kind: str, private: IntentSecrets | None, version: str) -> Body:
    data: Body = {"object": _after(event, kind, version, private)}
    if kind in _CHANGES and (previous := _previous(event, kind, version)):
        data["previous_attributes"] = previous
    return {
        "id": stripe_event_id(event.id, STRIPE_EVENT_TYPES[kind]),
        "object": "event",
        "api_version": version,
        "created": int(event.at.timestamp()),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": _request(event),
        "type": kind,
    }


def _request(event: Event) -> Body:
    """Return the merchant's request that caused an event.

    Nothing for an expiry or a timer, which no request causes, and for what follows from a cardholder's answer.
    """
    operation = event.step.operation
    is_of_merchant = not isinstance(operation, Expiry) and operation.request_id not in _others_requests(event)
    request_id = stripe_request_id(operation.request_id) if is_of_merchant else None
    return {"id": request_id, "idempotency_key": operation.idempotency_key}


def _others_requests(event: Event) -> set[str]:
    answers = (
        authentication
        for authentication in event.payment.operations
        if isinstance(authentication, Authentication) and authentication.source is None
    )
    return {BY_TIMER, *(authentication.request_id for authentication in answers)}


def _previous(event: Event, kind: str, version: str) -> Body:
    """Return the fields of the event's object that the operation changed, as they were before it."""
    if kind == CHARGE_UPDATED and _is_in_background(event):
        return previous_attributes(
            _object(event, kind, event.step.operation, version, at_once=True), _after(event, kind, version)
        )
    before = event.payment.operations[event.sequence - 2]
    return previous_attributes(_object(event, kind, before, version, at_once=False), _after(event, kind, version))


def _after(event: Event, kind: str, version: str, private: IntentSecrets | None = None) -> Body:
    """Return the event's object after its operation."""
    at_once = kind != CHARGE_UPDATED or not _is_in_background(event)
    return _object(event, kind, event.step.operation, version, private, at_once=at_once)


def _object(
    event: Event, kind: str, until: Operation, version: str, private: IntentSecrets | None = None, *, at_once: bool
) -> Body:
    """Return the event's object as of an operation of its payment, `at_once` or after what Stripe does later."""
    payment, operation = event.payment, event.step.operation
    of = _of(operation)
    if kind == FRAUD_WARNING_CREATED:
        return render_fraud_warning(payment, of, until=until.id, version=version)
    if kind in _OF_DISPUTE:
        return render_dispute(payment, _dispute_of(event), {}, until=until.id, version=version)
    if kind in _OF_REFUND:
        return render_refund(payment, of, until=until.id, version=version)
    if kind.startswith("payment_intent."):
        return render_intent(payment, private=private, until=until.id, version=version)
    is_of_charge = isinstance(operation, NotesUpdated) and kind == CHARGE_UPDATED
    attempt_id = of if is_of_charge else _attempt_of(event)
    return render_charge(payment, attempt_id, until=until.id, at_once=at_once, version=version)


def _of(operation: Operation) -> str:
    """Return the operation that the object of an operation's event is: that which it updates, or itself."""
    match operation:
        case NotesUpdated():
            return operation.of
        case RefundUpdated():
            return operation.refund_id
        case _:
            return operation.id


def _dispute_of(event: Event) -> str:
    """Return the dispute of an event: of a step of it, or of an update of its notes."""
    of = _of(event.step.operation)
    return next(
        operation.dispute_id
        for operation in event.payment.operations
        if isinstance(operation, DisputeStep) and operation.id == of
    )


def _attempt_of(event: Event) -> str:
    """Return the attempt of a charge event: the operation itself, or the last attempt before it."""
    attempts = [
        operation for operation in event.payment.operations[: event.sequence] if isinstance(operation, Authorization)
    ]
    return attempts[-1].id

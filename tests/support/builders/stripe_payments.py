"""Payments in every state, created by the domain's own rules: every guard is checked, none is bypassed.

life = refunded(captured(tried(opened())), 1_00)
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE
from paysandbox.payments.bank.response import Check, Checks, Decline, Response
from paysandbox.payments.change import Change
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.rules.capture import capture
from paysandbox.payments.rules.expiry import expire
from paysandbox.payments.rules.refund import refund_payment
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.payment_intents import intent_rules as intent
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from tests.support.builders import build, disputes, later_steps
from tests.support.builders.build import DAY, HOUR, MONDAY

CARD: Final = Method(build.card(), ("cvc",))
OTHER_CARD: Final = Method(build.card(card_id="card_" + "d" * 26, last4="0341"), ("cvc", "zip"))
KEPT_CARD: Final = Method(build.card(card_id="card_" + "e" * 26, last4="4444"), ("cvc",), "pm_" + "k" * 26)
CHECKED: Final = Checks(cvc=Check.PASS, zip=Check.FAIL, line1=Check.UNAVAILABLE)


def opened(amount: int = 10_00, *, automatic: bool = False, method: Method | None = CARD, **said: Any) -> Payment:
    """Return an intent. `said` are fields of its terms."""
    return intent.open_intent(
        build.PAYMENT_ID,
        merchant=build.MERCHANT,
        currency="USD",
        automatic=automatic,
        opening=IntentCreated(
            id=build.PAYMENT_ID,
            request_id="request-of-open",
            at=MONDAY,
            contract=CONTRACT,
            terms=IntentTerms(amount=amount, method=method, **said),
        ),
        fingerprint=build.fingerprint(),
        validity_s=int(build.VALIDITY.total_seconds()),
        retention_s=int(build.RETENTION.total_seconds()),
    )


def revised(payment: Payment, **terms: Any) -> Payment:
    """Update the terms."""
    now = intent.terms_of(payment, state_of(payment))
    revision = IntentUpdated(
        id=_id("rev", payment),
        request_id="request-of-revise",
        at=_at(payment),
        contract=CONTRACT,
        terms=replace(now, **terms),
    )
    return after(payment, intent.revise(payment, revision))


def tried(payment: Payment, decline_code: str | None = None, *, method: Method | None = None) -> Payment:
    """Attempt the authorization. The bank approves, or declines with that code."""
    terms = intent.terms_of(payment, state_of(payment))
    asked = AuthorizationAttempt(
        terms=replace(terms, method=method or terms.method),
        answer=Answered(said(decline_code), terms.amount),
        operation_id=_id("att", payment),
        capture_id=build.operation_id("cap", len(payment.operations) + 1),
    )
    change = intent.attempt(
        payment,
        asked,
        request_id="request-of-confirm",
        at=_at(payment),
        validity_s=int(build.VALIDITY.total_seconds()),
        contract=CONTRACT,
        first=payment,
    )
    return after(payment, change)


def confirmed(payment: Payment, decline_code: str | None = None) -> Payment:
    """Return an intent that is attempted in the same write that opens it."""
    terms = intent.terms_of(payment, state_of(payment))
    asked = AuthorizationAttempt(
        terms=terms,
        answer=Answered(said(decline_code), terms.amount),
        operation_id=_id("att", payment),
        capture_id=build.operation_id("cap", 2),
    )
    return intent.attempted(
        payment,
        asked,
        request_id="request-of-open",
        validity_s=int(build.VALIDITY.total_seconds()),
        contract=CONTRACT,
    )


def said(decline_code: str | None) -> Response:
    """Return the bank's response."""
    if decline_code is None:
        return Response(checks=CHECKED)
    reason = BY_DECLINE_CODE[decline_code]
    return Response(
        reason.response_code, Decline(decline_code=reason.decline_code, advice_code=reason.advice_code), CHECKED
    )


def captured(payment: Payment, amount: int | None = None, *, final: bool = False) -> Payment:
    """Return a capture."""
    operation = build.capture(len(payment.operations), at=_at(payment), final=final)
    change = capture(payment.id, payment.merchant, operation, amount=amount, currency=None, current=payment)
    return after(payment, change)


def cancelled(payment: Payment, reason: str | None = None) -> Payment:
    """Void the authorization, or cancel the intent."""
    operation = Void(
        id=_id("void", payment), request_id="request-of-cancel", at=_at(payment), contract=CONTRACT, reason=reason
    )
    return after(payment, intent.cancel(payment.id, payment.merchant, operation, payment))


def expired(payment: Payment) -> Payment:
    """Expire an authorization that was not captured in time."""
    operation = Expiry(id=ids.expiry_id(payment.id), request_id="sweep", at=MONDAY + 8 * DAY, contract=CONTRACT)
    return after(payment, expire(payment.id, payment.merchant, operation))


def refunded(payment: Payment, amount: int | None = None, **parts: Any) -> Payment:
    """Refund across all captures of the payment. `parts`: reason, metadata."""
    operation = Refund(
        id=_id("ref", payment), request_id="request-of-refund", at=_at(payment), contract=CONTRACT, **parts
    )
    return after(payment, refund_payment(payment.id, payment.merchant, operation, amount=amount, current=payment))


def noted(payment: Payment, of: str, **parts: str) -> Payment:
    """Update the notes on the charge or refund of the operation `of`. `parts` are fields of its notes."""
    update = NotesUpdated(
        id=_id("rev", payment),
        request_id="request-of-note",
        at=_at(payment),
        contract=CONTRACT,
        of=of,
        notes=Notes(**parts),
    )
    return after(payment, intent.update_notes(payment, update))


def settled(payment: Payment) -> Payment:
    """Settle everything that was captured and refunded."""
    lines = tuple(Settled(line, 7) for line in state_of(payment).lines)
    operation: Settlement = build.settlement(*lines, at=MONDAY + 9 * DAY)
    return replace(payment, operations=(*payment.operations, operation), version=payment.version + 1)


def after(payment: Payment, change: Change) -> Payment:
    """Return the payment with all its operations after a change whose guards hold."""
    assert change.fits(payment)
    return change.apply(payment)


def _id(kind: str, payment: Payment) -> str:
    return build.operation_id(kind, len(payment.operations))


def _at(payment: Payment) -> datetime:
    return MONDAY + len(payment.operations) * HOUR + timedelta(milliseconds=750)


HELD: Final = tried(opened())
TAKEN: Final = tried(opened(automatic=True))
NATIVE: Final = build.authorized(10_00, description="Order 7", metadata='{"order":"7"}')
SAID: Final[Mapping[str, Any]] = {
    "description": "Order 6735",
    "metadata": '{"order":"6735"}',
    "receipt_email": "jenny@example.com",
    "statement_descriptor_suffix": "6735",
}

LOST: Final = tried(opened(), "lost_card")
GIVEN_BACK: Final = refunded(TAKEN, 1_00, metadata='{"a":"b"}')
ENDED: Final = cancelled(HELD)
NOTED: Final[Mapping[str, str]] = {
    "description": "Order 7",
    "metadata": '{"order":"7"}',
    "receipt_email": "rosa@example.com",
    "user_report": "safe",
}

LIVES: Final[Mapping[str, Payment]] = {
    "an intent without a card": opened(method=None),
    "an intent with a card": opened(**SAID),
    "an intent with a card that was made by itself": opened(method=KEPT_CARD),
    "an intent with another card": revised(opened(), method=OTHER_CARD),
    "an intent of another amount": revised(opened(), amount=12_00),
    "a declined attempt": tried(opened(**SAID), "insufficient_funds"),
    "a declined attempt, changed after": revised(tried(opened(), "insufficient_funds"), amount=9_00),
    "a blocked attempt": tried(opened(), "fraudulent"),
    "a lost card": tried(opened(), "lost_card"),
    "an expired card": tried(opened(), "expired_card"),
    "a wrong security code": tried(opened(), "incorrect_cvc"),
    "a processing error": tried(opened(), "processing_error"),
    "no reason given": tried(opened(), "generic_decline"),
    "declined as it was opened": confirmed(opened(automatic=True), "do_not_honor"),
    "held": HELD,
    "held as it was opened": confirmed(opened()),
    "held with a card named then": tried(opened(method=None), method=OTHER_CARD),
    "held at the second attempt": tried(revised(tried(opened(), "generic_decline"), method=OTHER_CARD)),
    "held, and something else said of it": revised(HELD, metadata='{"a":"b"}', description=None),
    "taken": TAKEN,
    "taken as it was opened": confirmed(opened(automatic=True, **SAID)),
    "taken with a card that was made by itself": tried(opened(automatic=True, method=KEPT_CARD)),
    "captured": captured(HELD),
    "captured in part, the rest given back": captured(HELD, 4_00, final=True),
    "captured in part, the rest given back, then all": refunded(
        refunded(captured(HELD, 4_00, final=True), 1_00, reason="duplicate")
    ),
    "captured in part": captured(HELD, 4_00),
    "captured twice": captured(captured(HELD, 4_00), 5_00),
    "captured in part, the rest cancelled": cancelled(captured(HELD, 4_00)),
    "captured in part, the rest expired": expired(captured(HELD, 4_00)),
    "refunded in part": refunded(TAKEN, 1_00, reason="requested_by_customer", metadata='{"a":"b"}'),
    "refunded in two parts": refunded(
        refunded(captured(captured(HELD, 4_00), 6_00), 5_00), 1_00, reason="changed mind"
    ),
    "refunded": refunded(TAKEN),
    "refunded and settled": settled(refunded(TAKEN, 1_00)),
    "settled": settled(TAKEN),
    "given up": cancelled(opened(method=None), "abandoned"),
    "given up after a declined attempt": cancelled(tried(opened(), "generic_decline")),
    "cancelled": cancelled(HELD, "requested_by_customer"),
    "expired": expired(HELD),
    "a charge with other notes": noted(TAKEN, TAKEN.operations[1].id, **NOTED),
    "a declined charge with other notes": noted(LOST, LOST.operations[1].id, user_report="fraudulent"),
    "a refund with other metadata": noted(GIVEN_BACK, GIVEN_BACK.operations[-1].id, metadata='{"a":"c"}'),
    "a release with metadata": noted(ENDED, ENDED.operations[-1].id, metadata='{"a":"b"}'),
    "native, held": NATIVE,
    "native, in part": build.authorized(10_00, promised=4_00),
    "native, taken": build.authorized(10_00, automatic=True),
    "native, declined": build.authorized(10_00, response=said("stolen_card")),
    "native, captured in part": captured(NATIVE, 4_00),
    "native, voided": cancelled(NATIVE),
    "native, expired": expired(NATIVE),
    "native, refunded": refunded(captured(NATIVE), 2_00),
    "native, and something else said of it": revised(NATIVE, description="Order 8"),
    **{f"native, {name}": payment for name, payment in later_steps.EACH.items()},
    **{f"native, disputed: {name}": payment for name, payment in disputes.EACH.items()},
}
"""One payment of each kind, by kind."""

"""Builders of intents, in addition to those of `build`: terms, bank responses, and intents in any state.

    payment = intents.opened(10_00)
    payment = intents.lived(payment, intents.attempt("51"), intents.attempt(), intents.capture(4_00))

Steps are executed on an in-memory ledger with the domain's rules.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from paysandbox.payments.bank.acquirer import Answered, AwaitsBank, AwaitsCardholder
from paysandbox.payments.bank.outcome import DeclineFor, outcome_for_response_code
from paysandbox.payments.bank.plan import RefundPlan
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.change import Change
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.refund import refund_payment
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from paysandbox.payments.simulation.planned_refund import refund_as_planned
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.payment_intents import intent_rules as intent
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY, PAYMENT_ID, RETENTION, VALIDITY
from tests.support.worlds.memory_ledger import MemoryLedger

OF_REFUNDS: Final = ("succeed", "fail", "require_action")
VALIDITY_S: Final = int(VALIDITY.total_seconds())
CARD: Final = Method(build.card(), ("cvc",))
ANOTHER_CARD: Final = Method(build.card(card_id="card_" + "d" * 26, last4="5556"))

Decide = Callable[[Payment], Callable[[Payment | None], Change]]
"""Maps the payment as read to the decision function, which runs again with the current payment after a conflict."""


def terms(amount: int = 10_00, method: Method | None = CARD, **said: Any) -> IntentTerms:
    """Build an intent's terms. `said`: description, metadata, receipt_email, statement_descriptor_suffix."""
    return IntentTerms(amount=amount, method=method, **said)


def opened(amount: int = 10_00, method: Method | None = CARD, *, automatic: bool = False, **said: Any) -> Payment:
    """Build an intent without an authorization attempt."""
    return opened_with(terms(amount, method, **said), automatic=automatic)


def opened_with(asked: IntentTerms, *, automatic: bool = False, payment_id: str = PAYMENT_ID) -> Payment:
    """Build an intent with these terms, without an authorization attempt."""
    return intent.open_intent(
        payment_id,
        merchant=MERCHANT,
        currency="USD",
        automatic=automatic,
        opening=IntentCreated(id=payment_id, request_id="request-of-open", at=MONDAY, contract=CONTRACT, terms=asked),
        fingerprint=build.fingerprint(),
        validity_s=VALIDITY_S,
        retention_s=int(RETENTION.total_seconds()),
    )


def bank_response(code: str) -> Response:
    """Build the bank's response with this code (ISO 8583, field 39)."""
    outcome = outcome_for_response_code(code)
    if isinstance(outcome, DeclineFor):
        return Response(code, Decline(decline_code=outcome.reason.decline_code, advice_code=outcome.reason.advice_code))
    return Response(code)


def asked(of: IntentTerms, number: int = 1, code: str = "00") -> AuthorizationAttempt:
    """Build authorization attempt `number` with these terms and the bank's response code."""
    answer = Answered(bank_response(code), of.amount)
    return AuthorizationAttempt(
        terms=of,
        answer=answer,
        operation_id=build.operation_id("att", number),
        capture_id=build.operation_id("cap", number),
    )


def attempted(amount: int = 10_00, code: str = "00", *, automatic: bool = False) -> Payment:
    """Build an intent that was created and attempted in the same write."""
    payment = opened(amount, automatic=automatic)
    return intent.attempted(
        payment,
        asked(payment.operations[0].terms, 1, code),  # pyright: ignore[reportAttributeAccessIssue] - an opening
        request_id="request-of-open",
        validity_s=VALIDITY_S,
        contract=CONTRACT,
    )


def attempt(code: str = "00", number: int = 1, *, method: Method | None = None, at: datetime = MONDAY) -> Decide:
    """Attempt an authorization with the current terms, or with the card `method` if given."""

    def decide(seen: Payment) -> Callable[[Payment | None], Change]:
        of = intent.terms_of(seen, intent.state_of(seen))
        told = asked(IntentTerms(amount=of.amount, method=method or of.method), number, code)
        return lambda current: intent.attempt(
            current or seen, told, request_id="r", at=at, validity_s=VALIDITY_S, contract=CONTRACT, first=seen
        )

    return decide


def begin(
    wait: type[AwaitsBank | AwaitsCardholder], number: int = 1, *, method: Method | None = None, soft: bool = False
) -> Decide:
    """Attempt an authorization that waits for the bank or the cardholder. `soft`: the bank was asked before."""

    def decide(seen: Payment) -> Callable[[Payment | None], Change]:
        of = intent.terms_of(seen, intent.state_of(seen))
        told = asked(IntentTerms(amount=of.amount, method=method or of.method), number)
        response, amount = told.answer.response, told.answer.amount
        waiting = (
            AwaitsBank(response, amount, due=())
            if wait is AwaitsBank
            else AwaitsCardholder(response, amount, soft_decline=bank_response("1A") if soft else None)
        )
        told = replace(told, answer=waiting)
        return lambda current: intent.attempt(
            current or seen, told, request_id="r", at=MONDAY, validity_s=VALIDITY_S, contract=CONTRACT, first=seen
        )

    return decide


def simulate(action: str, number: int = 1, **arguments: str) -> Decide:
    """Make an action of the simulation table happen to the payment, or to its last refund."""
    stamp = Stamp(key=f"step-{number}", request_id="request-of-step", at=MONDAY, contract=1, validity_s=VALIDITY_S)

    def decide(seen: Payment) -> Callable[[Payment | None], Change]:
        def step(current: Payment | None) -> Change:
            payment = current or seen
            refunds = [*state_of(payment).refunds]
            of = refunds[-1] if action in OF_REFUNDS and refunds else payment.id
            return simulation.step(payment, of, action, arguments, stamp)

        return step

    return decide


def revise(to: IntentTerms, number: int = 1, *, at: datetime = MONDAY) -> Decide:
    """Update the terms."""
    revision = IntentUpdated(
        id=build.operation_id("rev", number), request_id="request-of-revise", at=at, contract=CONTRACT, terms=to
    )
    return lambda seen: lambda current: intent.revise(current or seen, revision)


def note(metadata: str | None = None, number: int = 1, *, at: datetime = MONDAY) -> Decide:
    """Update the metadata of the charge or refund that the last operation of the payment as read is shown as."""

    def decide(seen: Payment) -> Callable[[Payment | None], Change]:
        update = NotesUpdated(
            id=build.operation_id("rev", 50 + number),
            request_id="request-of-note",
            at=at,
            contract=CONTRACT,
            of=seen.operations[-1].id,
            notes=Notes(metadata=metadata),
        )
        return lambda current: intent.update_notes(current or seen, update)

    return decide


def cancel(number: int = 1, *, at: datetime = MONDAY, reason: str | None = None) -> Decide:
    """Cancel the intent, which releases a hold, without reading it first."""
    void = Void(
        id=build.operation_id("void", number), request_id="request-of-cancel", at=at, contract=CONTRACT, reason=reason
    )
    return lambda seen: lambda current: intent.cancel(seen.id, seen.merchant, void, current)


def capture(amount: int | None = None, number: int = 1, *, final: bool = False, at: datetime = MONDAY) -> Decide:
    """Capture an amount of the hold."""
    operation = Capture(
        id=build.operation_id("cap", number), request_id="request-of-capture", at=at, contract=CONTRACT, final=final
    )
    return lambda seen: (
        lambda current: capture_rule(seen.id, seen.merchant, operation, amount=amount, currency=None, current=current)
    )


INCREMENTAL: Final = '{"card":{"request_incremental_authorization":"if_available"}}'
"""Options of an intent that asks for increments."""


def increment(more: int, number: int = 1, *, declined: bool = False, metadata: str | None = None) -> Decide:
    """Hold more than what is authorized, unless the bank declines that."""
    operation = build.increment(number)
    requested = Response("51", build.decline()) if declined else None
    restate = None if metadata is None else (lambda terms: replace(terms, metadata=metadata))
    return lambda seen: (
        lambda current: intent.increment(
            seen.id,
            seen.merchant,
            operation,
            total=lambda payment: state_of(payment).authorized + more,
            restate=restate,
            requested=requested,
            current=current,
        )
    )


def refund_later(amount: int | None = None, number: int = 1) -> Decide:
    """Refund an amount of the payment, pending at first."""
    operation = Refund(id=build.operation_id("ref", number), request_id="request-of-refund", at=MONDAY, contract=1)

    def decide(seen: Payment) -> Callable[[Payment | None], Change]:
        def refund(operation: Refund, current: Payment | None) -> Change:
            return refund_payment(seen.id, seen.merchant, operation, amount=amount, current=current)

        return lambda current: refund_as_planned(RefundPlan(pending=True), operation, current, refund)

    return decide


def refund(amount: int | None = None, number: int = 1, *, at: datetime = MONDAY, metadata: str | None = None) -> Decide:
    """Refund an amount of the payment, from any of its captures."""
    operation = Refund(
        id=build.operation_id("ref", number),
        request_id="request-of-refund",
        at=at,
        contract=CONTRACT,
        metadata=metadata,
    )
    return lambda seen: (
        lambda current: refund_payment(seen.id, seen.merchant, operation, amount=amount, current=current)
    )


def done(payment: Payment, step: Decide) -> Payment:
    """Execute a step, and return the payment. Raises Refused if the step does."""
    ledger = MemoryLedger({payment.id: payment})
    return ledger.change(payment.id, step(payment))


def lived(payment: Payment, *life: Decide) -> Payment:
    """Execute steps, none of which may be refused, and return the payment."""
    for step in life:
        payment = done(payment, step)
    return payment

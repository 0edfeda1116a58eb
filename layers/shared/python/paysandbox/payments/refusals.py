"""Why a change to a payment was not written: it is recorded already, its rule must run again, or it is refused."""

from enum import Enum, auto
from typing import Any, Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import Change
from paysandbox.payments.payment import MAX_INCREMENTS, Payment, Status, state_of


class Verdict(Enum):
    """Why a change was not written, if the reason is not an error."""

    REPLAY = auto()
    """The operation is already recorded."""
    AGAIN = auto()
    """The rule must run again with the stored payment."""


def judge(change: Change, current: Payment | None) -> Verdict:
    """Return why a change was not written, by evaluating its guards against the stored payment.

    Raises Refused: resource_not_found for a missing payment and for another merchant's alike, else the error of the
    first guard that fails, with what would be possible instead.
    """
    if current is None or current.merchant != change.merchant:
        raise not_found()
    # `amounts` cannot be used here, because a settlement has none.
    if any(operation.id == change.operation.id for operation in current.operations):
        return Verdict.REPLAY
    facts = current.facts()
    failed = next((guard for guard in change.guards if not guard.holds(facts)), None)
    if failed is None and not change.needs_current:
        raise AssertionError(f"{current.id} passes every guard of {change}, but the write was rejected")
    if failed is None or failed.refusal is None:
        return Verdict.AGAIN
    raise _refusal(failed.refusal, change, current)


def not_found() -> Refused:
    """Return the same error for unknown, malformed and other merchants' IDs, so that it does not reveal which."""
    return Refused(Code.RESOURCE_NOT_FOUND, "This merchant has no payment or operation with this id.")


_NOT_AUTHORIZED: Final = {
    Status.PENDING: Code.PAYMENT_PENDING,
    Status.REQUIRES_ACTION: Code.PAYMENT_REQUIRES_ACTION,
    Status.PROCESSING: Code.PAYMENT_PROCESSING,
}
_ENDED: Final = {
    Status.VOIDED: Code.ALREADY_VOIDED,
    Status.EXPIRED: Code.AUTHORIZATION_EXPIRED,
    Status.REVERSED: Code.AUTHORIZATION_REVERSED,
}


def _refusal(code: Code, change: Change, current: Payment) -> Refused:
    state = state_of(current)
    if code is Code.RESOURCE_NOT_FOUND:
        return not_found()
    if code is Code.PAYMENT_DECLINED:
        code = _NOT_AUTHORIZED.get(state.status, code)
    if code is Code.ALREADY_CAPTURED and state.ended is not None:
        code = _ENDED[state.ended]
    possible: dict[str, Any] = {
        "current_status": str(state.status),
        "currency": current.currency,
        "remaining": 0 if code is Code.AUTHORIZATION_EXPIRED else state.remaining,
        "refundable": current.refundable,
    }
    from paysandbox.payments.operations.refund import Refund  # only for an operation that was refused

    if isinstance(change.operation, Refund):
        possible["captures"] = [
            {"transaction_id": capture_id, "amount": balance.amount, "refundable": balance.refundable}
            for capture_id, balance in state.captures.items()
        ]
    if code is Code.CAPTURE_DECLINED:
        from paysandbox.payments.plan_rules import planned_decline  # few payments have a plan

        possible |= planned_decline(current)
    if code is Code.AUTHORIZATION_EXPIRED:
        possible["expires_at"] = _expired_at(current)
    return Refused(code, _detail(code, current, possible), possible=possible)


def _expired_at(payment: Payment) -> str:
    """Return when an authorization expired: a bank may drop it before its time."""
    from paysandbox.payments.operations.expiry import Expiry  # only for an operation that was refused

    expiries = [operation.at for operation in payment.operations if isinstance(operation, Expiry)]
    return format_timestamp(min([payment.capture_before, *expiries]))


def _detail(code: Code, current: Payment, possible: dict[str, Any]) -> str:
    match code:
        case Code.CAPTURE_EXCEEDS_AUTHORIZED:
            return f"{amount_with_code(possible['remaining'], current.currency)} remains to be captured."
        case Code.REFUND_EXCEEDS_CAPTURED:
            return f"{amount_with_code(possible['refundable'], current.currency)} of the payment can still be refunded."
        case Code.AUTHORIZATION_EXPIRED:
            return f"The authorization expired at {possible['expires_at']}. Authorize the payment again."
        case Code.TOO_MANY_INCREMENTS:
            return f"The amount can be raised {MAX_INCREMENTS} times, declined attempts included."
        case Code.CURRENCY_MISMATCH:
            return f"The authorization is in {current.currency}."
        case Code.CAPTURE_DECLINED:
            return f"The bank declined the capture ({possible['decline_code']}). The hold remains."
        case _:
            return _DETAILS.get(code, "")


_DETAILS: Final = {
    Code.PAYMENT_REQUIRES_ACTION: "Authenticate the cardholder first: open the URL in next_action.",
    Code.PAYMENT_PROCESSING: "Wait for the event payment_authorized or payment_declined.",
    Code.ALREADY_CAPTURED: "The authorization was fully captured. To return money, refund a capture.",
    Code.PARTIALLY_CAPTURED: "Once part of it was captured, an authorization cannot be incremented. Authorize again.",
    Code.CHARGE_DISPUTED: "The cardholder disputes the payment. Respond to the dispute, or accept it.",
    Code.NOT_CAPTURED: "Nothing was captured. Void the authorization instead.",
}

"""Plans: what the simulated bank and network do with a payment after its approval, decided when it was authorized.

A plan is a text of one or more forms, separated by commas, at most one of each kind:

    expire:<seconds> | reverse:<seconds>            of the hold
    fraud_warning                                   of the first capture
    dispute=<reason>[:<seconds>]                    of the first capture, that time after it (1 h)
    dispute=<kind>[:<seconds>]                      the same, as an inquiry, as several at once, or of a program
    increment=decline:<decline_code>                more than the authorized amount is declined
    funds=available                                 the captures are in Stripe's available balance at once
    capture=decline:<decline_code>                  the captures are declined
    capture=fail[:<seconds>]                        the captures fail after that time (60 s)
    capture=fail_once[:<seconds>]                   the first capture fails
    capture=late:<days>                             the captures are presented to the network late
    refund=pending[:<seconds>[:<result>]]           the refunds are pending for that time; then `succeed`, or `fail`
    refund=fail[:<reason>]                          the refunds succeed, and fail after 60 s
    settle=<break>                                  a break in the settlement report of the captures

The words are those of the simulated steps that the plan makes fall due. Loaded only for payments with a plan.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from paysandbox.core.break_type import BREAK_OF_ITEM, BreakType
from paysandbox.core.record import record
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE

DEFAULT_SECONDS: Final = 60
"""The time until a capture or refund fails or succeeds, if the plan does not name one."""

DISPUTE_SECONDS: Final = 3600
"""The time from a capture to its dispute, if the plan does not name one."""

MAX_SECONDS: Final = 30 * 24 * 60 * 60
"""The longest time until a simulated step, so that no payment is kept for long."""
MAX_DAYS: Final = 90

REFUND_FAILURES: Final = (
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
)
"""Why a refund fails (Stripe, `Refund.failure_reason`)."""

_SECONDS: Final = re.compile(r"0*[1-9][0-9]{0,6}")
_DAYS: Final = re.compile(r"0*[1-9][0-9]?")
_FAILED: Final = "failed"
"""An older word for `fail`."""


class Kind(StrEnum):
    """What a form of a plan is about."""

    HOLD = "hold"
    INCREMENT = "increment"
    WARNING = "fraud_warning"
    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"
    SETTLE = "settle"
    FUNDS = "funds=available"


@record(kw_only=True)
class HoldPlan:
    """The hold is released after `seconds`: by the step `expire` or `reverse`."""

    step: str
    seconds: int


@record(kw_only=True)
class IncrementPlan:
    """An increment of the authorization is declined."""

    decline_code: str


@record(kw_only=True)
class CapturePlan:
    """A capture is declined (`decline_code`), fails after `seconds`, or is presented late by `days`."""

    decline_code: str | None = None
    seconds: int | None = None
    days: int | None = None
    once: bool = False


@record(kw_only=True)
class RefundPlan:
    """A refund is `pending` or succeeded at first. After `seconds`, it succeeds, or fails if `fails`."""

    pending: bool = False
    seconds: int = DEFAULT_SECONDS
    fails: bool = False
    reason: str | None = None


@record(kw_only=True)
class DisputePlan:
    """The payment is disputed `seconds` after its first capture: for a reason, or as a kind, such as `inquiry`."""

    value: str
    seconds: int = DISPUTE_SECONDS


@record(kw_only=True)
class Plan:
    """A plan, by what it is about."""

    hold: HoldPlan | None = None
    increment: IncrementPlan | None = None
    fraud_warning: bool = False
    capture: CapturePlan | None = None
    refund: RefundPlan | None = None
    dispute: DisputePlan | None = None
    settle: BreakType | None = None
    funds_available: bool = False


def plan_of(forms: Sequence[str]) -> str | None:
    """Return the plan of these forms, or None if one of them is not a form, or two are of the same kind."""
    kinds = [_kind(form) for form in forms]
    if None in kinds or len(set(kinds)) < len(kinds):
        return None
    return ",".join(forms)


def merge(plan: str | None, override: str | None) -> str | None:
    """Return both plans as one, in which `override` decides of what it is about."""
    if plan is None or override is None:
        return override or plan
    forms = {_kind(form): form for text in (plan, override) for form in text.split(",")}
    return ",".join(forms.values())


def read_plan(text: str) -> Plan:
    """Parse a plan that `plan_of` returned."""
    hold = increment = capture = refund = dispute = settle = None
    fraud_warning = funds_available = False
    for form in text.split(","):
        match _parse(form):
            case HoldPlan() as hold:
                pass
            case IncrementPlan() as increment:
                pass
            case CapturePlan() as capture:
                pass
            case RefundPlan() as refund:
                pass
            case DisputePlan() as dispute:
                pass
            case BreakType() as settle:
                pass
            case Kind.FUNDS:
                funds_available = True
            case _:
                fraud_warning = True
    return Plan(
        hold=hold,
        increment=increment,
        fraud_warning=fraud_warning,
        capture=capture,
        refund=refund,
        dispute=dispute,
        settle=settle,
        funds_available=funds_available,
    )


def seconds_in(text: str) -> int | None:
    """Return the number of seconds in a text, or None if it is none, 0, or more than MAX_SECONDS."""
    seconds = int(text) if _SECONDS.fullmatch(text) else 0
    return seconds if 0 < seconds <= MAX_SECONDS else None


def _kind(form: str) -> Kind | None:
    match _parse(form):
        case HoldPlan():
            return Kind.HOLD
        case IncrementPlan():
            return Kind.INCREMENT
        case CapturePlan():
            return Kind.CAPTURE
        case RefundPlan():
            return Kind.REFUND
        case DisputePlan():
            return Kind.DISPUTE
        case BreakType():
            return Kind.SETTLE
        case parsed:
            return parsed


def _parse(
    form: str,
) -> HoldPlan | IncrementPlan | CapturePlan | RefundPlan | DisputePlan | BreakType | Kind | None:
    """Parse a form. None if it has an unknown word or value."""
    of, is_later, rest = form.partition("=")
    if of == Kind.INCREMENT and is_later:
        return _increment(rest)
    if of == Kind.CAPTURE and is_later:
        return _capture(rest)
    if of == Kind.REFUND and is_later:
        return _refund(rest)
    if of == Kind.DISPUTE and is_later:
        return _dispute(rest)
    if of == Kind.SETTLE and is_later:
        return BREAK_OF_ITEM.get(rest)
    if form in (Kind.WARNING, Kind.FUNDS):
        return Kind(form)
    step, _, value = form.partition(":")
    seconds = seconds_in(value)
    return HoldPlan(step=step, seconds=seconds) if step in ("expire", "reverse") and seconds else None


def _increment(form: str) -> IncrementPlan | None:
    step, _, code = form.partition(":")
    return IncrementPlan(decline_code=code) if step == "decline" and code in BY_DECLINE_CODE else None


def _capture(form: str) -> CapturePlan | None:
    step, with_value, value = form.partition(":")
    match step:
        case "decline" if value in BY_DECLINE_CODE:
            return CapturePlan(decline_code=value)
        case "fail" | "fail_once":
            seconds = seconds_in(value) if with_value else DEFAULT_SECONDS
            return CapturePlan(seconds=seconds, once=step == "fail_once") if seconds else None
        case "late" if _DAYS.fullmatch(value) and int(value) <= MAX_DAYS:
            return CapturePlan(days=int(value))
        case _:
            return None


def _refund(form: str) -> RefundPlan | None:
    step, with_value, value = form.partition(":")
    if step != "pending":
        return _failing(form, pending=False, seconds=DEFAULT_SECONDS)
    if not with_value:
        return RefundPlan(pending=True)
    seconds_text, with_result, result = value.partition(":")
    seconds = seconds_in(seconds_text)
    if seconds is None:
        return None
    if not with_result or result == "succeed":
        return RefundPlan(pending=True, seconds=seconds)
    return _failing(result, pending=True, seconds=seconds)


def _failing(form: str, *, pending: bool, seconds: int) -> RefundPlan | None:
    step, with_value, reason = form.partition(":")
    if step not in ("fail", _FAILED) or (with_value and reason not in REFUND_FAILURES):
        return None
    return RefundPlan(pending=pending, seconds=seconds, fails=True, reason=reason or None)


def _dispute(form: str) -> DisputePlan | None:
    from paysandbox.payments.disputes.dispute import DISPUTE_KINDS, DisputeReason  # few plans have a dispute

    value, with_seconds, text = form.partition(":")
    seconds = seconds_in(text) if with_seconds else DISPUTE_SECONDS
    return DisputePlan(value=value, seconds=seconds) if seconds and value in (*DISPUTE_KINDS, *DisputeReason) else None

"""The life of an invoice, which one write at a time decides. Pure.

    draft ── finalized ──► open ── its payment is approved, or it is paid elsewhere ──► paid
      └── deleted           ├──► void
                            └──► uncollectible ──► paid or void

Source: Stripe, "Status transitions and finalization" (Invoicing). The ledger alone decides whether money moved: each
outcome of the invoice's payment is taken over once, in the order in which the ledger has them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Attempt, Payment
from paysandbox.stripe_api.billing.dunning import RETRY_DAYS as DEFAULT_DAYS, given_up, next_attempt
from paysandbox.stripe_api.billing.lines import subtotal_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, without_defaults

INVOICE: Final = "invoice"

DRAFT: Final = "draft"
OPEN: Final = "open"
PAID: Final = "paid"
VOID: Final = "void"
UNCOLLECTIBLE: Final = "uncollectible"
STATUSES: Final = (DRAFT, OPEN, PAID, UNCOLLECTIBLE, VOID)

STATUS: Final = "status"
LINES: Final = "lines"
NUMBER: Final = "number"
CUSTOMER: Final = "customer"
SUBSCRIPTION: Final = "subscription"
AUTO_ADVANCE: Final = "auto_advance"
COLLECTION: Final = "collection_method"
CHARGED: Final = "charge_automatically"
SENT_TO_BE_PAID: Final = "send_invoice"
REASON: Final = "billing_reason"
FIRST: Final = "subscription_create"
CYCLE: Final = "subscription_cycle"
MANUAL: Final = "manual"
"""Why an invoice is made: a subscription is created or renewed, or somebody asks for it."""

PERIOD: Final = "period"
"""Beside the fields: `[start, end]` of the period that it is for, in Unix seconds."""

INTENT: Final = "payment_intent"
"""Beside the fields: the intent of its payment, since it was finalized. Its ID is derived: it is opened next."""

LAST_ATTEMPT: Final = "last_attempt"
"""Beside the fields: what the last attempt came to: `[ID, outcome, code of a decline]`."""

TAKEN_OVER: Final = "taken_over"
"""Beside the fields: the ID of the last outcome in the ledger that it has taken over."""

RETRY_DAYS: Final = "retry_days"
"""Beside the fields: on which days after its first attempt its payment is attempted again, as set when it was made."""

AWAITS_PAYER: Final = "awaits_payer"
"""Beside the fields of the first invoice of a subscription: that only its payer attempts its payment."""

EXHAUSTED: Final = "exhausted"
"""Beside the fields: that its payment has failed as often as it is attempted."""

GIVEN_UP_AT: Final = "given_up_at"
"""Beside the fields: when its attempts end although none is made any more, in Unix seconds."""

OVERDUE: Final = "overdue"
"""Beside the fields: that it was not paid until it was due."""

FINALIZES_AT: Final = "automatically_finalizes_at"

ATTEMPTS: Final = "attempt_count"
ATTEMPTED: Final = "attempted"
FIRST_ATTEMPT: Final = "first_attempt"
"""Beside the fields: when its payment was attempted first, in Unix seconds. Retries are counted from it."""

NEXT_ATTEMPT: Final = "next_payment_attempt"
AMOUNT_PAID: Final = "amount_paid"
OUT_OF_BAND: Final = "paid_out_of_band"
FINALIZED_AT: Final = "finalized_at"
PAID_AT: Final = "paid_at"
VOIDED_AT: Final = "voided_at"
UNCOLLECTIBLE_AT: Final = "marked_uncollectible_at"
SENT_AT: Final = "sent_at"
DUE_DATE: Final = "due_date"
DAYS_UNTIL_DUE: Final = "days_until_due"

DRAFT_LASTS: Final = timedelta(hours=1)
"""From the creation of an invoice that is finalized by itself. Stripe waits about an hour after its webhook's answer,
and for 72 hours at most; the sandbox waits for no webhook."""

APPROVED: Final = "approved"
DECLINED: Final = "declined"
NEEDS_ACTION: Final = "requires_action"
PENDING: Final = "pending"
NO_METHOD: Final = "no_method"
"""The outcomes of an attempt. The last two: the bank has not answered yet, and there was no card to attempt it with."""

_AUTHENTICATION: Final = "authentication_required"
_HARD: Final = frozenset(
    (
        *("incorrect_number", "lost_card", "pickup_card", "stolen_card", "transaction_not_allowed"),
        *("revocation_of_authorization", "revocation_of_all_authorizations", "highest_risk_level"),
        _AUTHENTICATION,
    )
)
"""Decline codes after which Stripe does not retry ("Automate payment retries", hard decline codes)."""

To = Literal["finalize", "pay", "void", "mark_uncollectible", "send", "delete", "update"]

_ALLOWED: Final = {
    "finalize": (DRAFT,),
    "pay": (DRAFT, OPEN, UNCOLLECTIBLE),
    "void": (OPEN, UNCOLLECTIBLE),
    "mark_uncollectible": (OPEN,),
    "send": (DRAFT, OPEN),
    "delete": (DRAFT,),
    "update": STATUSES,
}
_REFUSED: Final = {
    "finalize": "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
    "void": "You can only pass in open invoices. This invoice isn't open.",
    "mark_uncollectible": "You can only pass in open invoices. This invoice isn't open.",
    "send": "You can only send draft or open invoices. This invoice is {status}.",
    "delete": "You can only delete draft invoices. This invoice is {status}. Void it instead.",
}
_NOT_PAYABLE: Final = {PAID: "Invoice is already paid", VOID: "This invoice can no longer be paid: it is void."}


@record(kw_only=True)
class Outcome:
    """What an attempt at an invoice's payment came to. `code` is that of a decline."""

    id: str
    at: datetime
    request_id: str
    kind: str
    code: str | None = None

    @property
    def may_succeed_later(self) -> bool:
        """Whether another attempt with the same card may succeed."""
        return self.kind == DECLINED and self.code not in _HARD


def status_of(attributes: Attributes) -> str:
    """Return the status of an invoice."""
    return attributes.get(STATUS, DRAFT)


def total_of(attributes: Attributes) -> int:
    """Return what an invoice amounts to, in Stripe's units."""
    return subtotal_of(attributes.get(LINES, ()))


def amount_left(attributes: Attributes) -> int:
    """Return what is still to be paid of an invoice."""
    return 0 if status_of(attributes) == PAID else total_of(attributes)


def is_collected(attributes: Attributes) -> bool:
    """Whether it is paid by a payment that is attempted by itself, and not when the customer pays it."""
    return attributes.get(COLLECTION, CHARGED) == CHARGED


def is_retried(attributes: Attributes) -> bool:
    """Whether its payment is attempted again after a decline: not that of the first invoice of a subscription."""
    is_automatic = attributes.get(AUTO_ADVANCE) and is_collected(attributes) and not attributes.get(EXHAUSTED)
    return bool(is_automatic and attributes.get(REASON) != FIRST)


def check_can(attributes: Attributes, to: To) -> None:
    """Refuse (request_invalid) what the status of an invoice does not allow, in Stripe's words where they are known."""
    status = status_of(attributes)
    if status in _ALLOWED[to]:
        return
    detail = _NOT_PAYABLE.get(status) if to == "pay" else None
    raise Refused(Code.REQUEST_INVALID, detail or _REFUSED[to].format(status=status))


def finalized(attributes: Attributes, number: str, intent: str, at: datetime) -> Attributes:
    """Return a draft that is finalized with a number: open, or paid if nothing is due."""
    now = int(at.timestamp())
    days = attributes.get(DAYS_UNTIL_DUE)
    due = attributes.get(DUE_DATE) or (now + days * 86_400 if days is not None else None)
    after = {**attributes, STATUS: OPEN, NUMBER: number, FINALIZED_AT: now, DUE_DATE: due}
    if total_of(attributes) == 0:
        return paid(after, 0, at)
    return without_defaults({**after, INTENT: intent})


def paid(attributes: Attributes, amount: int, at: datetime, *, out_of_band: bool = False) -> Attributes:
    """Return an invoice that is paid by this amount of a payment, elsewhere, or because nothing is due."""
    return without_defaults(
        {
            **attributes,
            STATUS: PAID,
            PAID_AT: int(at.timestamp()),
            AMOUNT_PAID: amount or None,
            OUT_OF_BAND: out_of_band or None,
            ATTEMPTED: True,
            AUTO_ADVANCE: None,
            NEXT_ATTEMPT: None,
        }
    )


def with_outcome(attributes: Attributes, outcome: Outcome, *, is_retry: bool) -> Attributes:
    """Return an invoice that has taken over an outcome of its payment. `is_retry`: the schedule made the attempt.

    One that failed is attempted again on its days after the first attempt, unless it is the first of a subscription,
    which expires. After a decline that no retry changes, it waits as long for another card (Stripe, "Automate payment
    retries").
    """
    counted = attributes.get(ATTEMPTS, 0)
    if outcome.kind != NEEDS_ACTION:
        counted = counted + 1 if is_retry else max(counted, 1)
    first = attributes.get(FIRST_ATTEMPT, int(outcome.at.timestamp()))
    after = {
        **attributes,
        ATTEMPTED: True,
        ATTEMPTS: counted or None,
        FIRST_ATTEMPT: first,
        LAST_ATTEMPT: [outcome.id, outcome.kind, outcome.code],
        TAKEN_OVER: attributes.get(TAKEN_OVER) if outcome.kind == NO_METHOD else outcome.id,
        NEXT_ATTEMPT: None,
        GIVEN_UP_AT: None,
    }
    if outcome.kind == APPROVED:
        return paid(after, total_of(attributes), outcome.at)
    if is_retried(attributes) and outcome.kind != PENDING:
        days, may_succeed = attributes.get(RETRY_DAYS, DEFAULT_DAYS), outcome.may_succeed_later
        following = next_attempt(time_of(first), counted, outcome.at, days) if may_succeed else None
        if following is not None:
            after[NEXT_ATTEMPT] = int(following.timestamp())
        elif may_succeed:
            after[EXHAUSTED] = True
        else:
            after[GIVEN_UP_AT] = int(given_up(time_of(first), days).timestamp())
    return without_defaults(after)


def exhausted(attributes: Attributes) -> Attributes:
    """Return an invoice whose attempts have ended."""
    return without_defaults({**attributes, EXHAUSTED: True, GIVEN_UP_AT: None, NEXT_ATTEMPT: None})


def stopped(attributes: Attributes) -> Attributes:
    """Return an invoice that is no longer finalized or collected by itself."""
    return without_defaults({**attributes, AUTO_ADVANCE: None, NEXT_ATTEMPT: None})


def next_step(invoice: StoredObject) -> tuple[str, datetime] | None:
    """Return what falls due next on an invoice by itself, and when. None: nothing."""
    attributes, status = invoice.attributes, status_of(invoice.attributes)
    if invoice.deleted:
        return None
    if status == DRAFT and attributes.get(AUTO_ADVANCE):
        at = attributes.get(FINALIZES_AT)
        return "finalize", time_of(at) if at else invoice.created_at + DRAFT_LASTS
    if status != OPEN:
        return None
    if not is_collected(attributes):
        due = attributes.get(DUE_DATE)
        return ("overdue", time_of(due)) if due and not attributes.get(OVERDUE) else None
    if not attributes.get(AUTO_ADVANCE) or attributes.get(EXHAUSTED) or attributes.get(AWAITS_PAYER):
        return None
    if LAST_ATTEMPT not in attributes:
        return "attempt", time_of(attributes[FINALIZED_AT])
    if NEXT_ATTEMPT in attributes:
        return "attempt", time_of(attributes[NEXT_ATTEMPT])
    return ("give_up", time_of(attributes[GIVEN_UP_AT])) if GIVEN_UP_AT in attributes else None


def ended(attributes: Attributes, status: str, at: datetime) -> Attributes:
    """Return an invoice that is void or uncollectible."""
    when = VOIDED_AT if status == VOID else UNCOLLECTIBLE_AT
    others = {name: value for name, value in attributes.items() if name not in (AUTO_ADVANCE, NEXT_ATTEMPT)}
    return {**others, STATUS: status, when: int(at.timestamp())}


def outcomes_of(payment: Payment) -> Iterator[Outcome]:
    """Yield the outcomes of the attempts at a payment, in order.

    A bank that declines only because the cardholder has not been authenticated has the challenge as its outcome.
    """
    attempts = [each for each in payment.operations if isinstance(each, Attempt)]
    for place, each in enumerate(attempts):
        following = attempts[place + 1] if place + 1 < len(attempts) else None
        if isinstance(each, ChallengeRequested):
            yield _outcome(each, NEEDS_ACTION)
        elif isinstance(each, AuthorizationPending):
            yield _outcome(each, PENDING)
        elif isinstance(each, Authorization) and each.decline is None:
            yield _outcome(each, APPROVED)
        elif isinstance(each, Authorization) and each.decline is not None and not _is_challenged(each, following):
            yield _outcome(each, DECLINED, each.decline.decline_code)


def new_outcomes(attributes: Attributes, payment: Payment) -> Iterator[Outcome]:
    """Yield the outcomes of a payment that its invoice has not taken over yet. It may be older than the invoice."""
    outcomes, last = [*outcomes_of(payment)], attributes.get(TAKEN_OVER)
    known = [each.id for each in outcomes]
    if status_of(attributes) not in (OPEN, UNCOLLECTIBLE) or (last is not None and last not in known):
        return
    yield from outcomes[known.index(last) + 1 :] if last is not None else outcomes


def events_of(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the events of a write of an invoice."""
    if after.deleted:
        return ("deleted",)
    now = after.attributes
    if before is None:
        return ("created", *_of_status(DRAFT, now))
    was = before.attributes
    events = [*_of_status(status_of(was), now)]
    if was.get(SENT_AT) != now.get(SENT_AT):
        events.append("sent")
    attempt = now.get(LAST_ATTEMPT)
    if attempt is not None and was.get(LAST_ATTEMPT) != attempt and attempt[1] not in (APPROVED, PENDING):
        events.append("payment_failed")
        if attempt[1] == NEEDS_ACTION or attempt[2] == _AUTHENTICATION:
            events.append("payment_action_required")
    has_own_event = status_of(was) == DRAFT or status_of(now) in (VOID, UNCOLLECTIBLE)
    return (*events, *(() if events and has_own_event else ("updated",)))


def _of_status(was: str, now: Attributes) -> Iterator[str]:
    status = status_of(now)
    if status == was:
        return
    if was == DRAFT:
        yield "finalized"
    if status == PAID:
        yield "paid"
        if not now.get(OUT_OF_BAND):
            yield "payment_succeeded"
    elif status == VOID:
        yield "voided"
    elif status == UNCOLLECTIBLE:
        yield "marked_uncollectible"


def time_of(seconds: int) -> datetime:
    """Return a time (UTC) of Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def _is_challenged(declined: Authorization, following: Attempt | None) -> bool:
    return isinstance(following, ChallengeRequested) and following.request_id == declined.request_id


def _outcome(attempt: Attempt, kind: str, code: str | None = None) -> Outcome:
    return Outcome(id=attempt.id, at=attempt.at, request_id=attempt.request_id, kind=kind, code=code)

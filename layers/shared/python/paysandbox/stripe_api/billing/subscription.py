"""The life of a subscription, which requests, its invoices and time decide. Pure.

    incomplete ── its first invoice is paid ──► active ◄── the trial ends ── trialing
      └── 23 hours ──► incomplete_expired        │  ▲
                                    a payment fails  its latest invoice is paid
                                                 ▼  │
                                               past_due ── the retries end ──► canceled, unpaid or past_due

Source: Stripe, "How subscriptions work" (statuses). A subscription and its invoices are one group: each write of one of
its invoices also writes the subscription, whose version is the lock of the group, and which has what falls due on them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.stripe_api.billing import invoice as of_invoice
from paysandbox.stripe_api.billing.invoice import time_of
from paysandbox.stripe_api.billing.lines import Line, described, described_trial
from paysandbox.stripe_api.billing.periods import Cycle, boundary
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, without_defaults

SUBSCRIPTION: Final = "subscription"
OF_CUSTOMER: Final = "subscriptions"
"""Of a customer, beside its fields: the IDs of its newest subscriptions, the newest first."""

OF_CUSTOMER_MAX: Final = 25

INCOMPLETE: Final = "incomplete"
INCOMPLETE_EXPIRED: Final = "incomplete_expired"
TRIALING: Final = "trialing"
ACTIVE: Final = "active"
PAST_DUE: Final = "past_due"
UNPAID: Final = "unpaid"
CANCELED: Final = "canceled"
STATUSES: Final = (INCOMPLETE, INCOMPLETE_EXPIRED, TRIALING, ACTIVE, PAST_DUE, UNPAID, CANCELED)
ENDED: Final = (CANCELED, INCOMPLETE_EXPIRED)

STATUS: Final = "status"
ITEMS: Final = "items"
"""Beside the fields: its items, each with `id`, `created`, `quantity`, `metadata`, the `price` as of then (`id`,
`created`, `attributes`), and the `name` and `unit_label` of its product."""

START: Final = "start_date"
ANCHOR: Final = "billing_cycle_anchor"
NUMBER: Final = "period"
"""Beside the fields: which period it is in. 1 is the first from the anchor, and 0 the one before it: the trial."""

TRIAL_START: Final = "trial_start"
TRIAL_END: Final = "trial_end"
WILL_END: Final = "trial_will_end"
"""Beside the fields: that the end of the trial has been announced."""

CANCEL_AT: Final = "cancel_at"
CANCEL_AT_END: Final = "cancel_at_period_end"
CANCELED_AT: Final = "canceled_at"
ENDED_AT: Final = "ended_at"
DETAILS: Final = "cancellation_details"
REQUESTED: Final[Attributes] = {"reason": "cancellation_requested"}
"""What these are of one that a request cancels, or a time that a request has set, or that a customer leaves behind."""

LATEST: Final = "latest_invoice"
UNFINISHED: Final = "unfinished"
"""Beside the fields: what falls due on its invoices, by their ID: `[step, Unix seconds]`."""

AFTER_RETRIES: Final = "after_retries"
"""Beside the fields: what it becomes once the retries of an invoice have ended, as set when it was created."""

CREATING: Final = "creating"
"""Beside the fields of a new one: that its first payment is being made. Until then it has no event."""

INCOMPLETE_LASTS: Final = timedelta(hours=23)
ANNOUNCED_BEFORE: Final = timedelta(days=3)
"""The end of a trial, or at once if it is nearer."""

_NOT_CHANGED: Final = "A canceled subscription can only update its cancellation_details and metadata."
_PLACES: Final = ("expire_incomplete", "announce_trial_end", "cancel", "end_period", "finalize", "attempt", "give_up")
"""Steps of one and the same time, in order. Those of invoices that are not named come last."""


@record(kw_only=True)
class Step:
    """What falls due on a subscription, or on one of its invoices, and when."""

    at: datetime
    name: str
    invoice: str | None = None


def status_of(attributes: Attributes) -> str:
    """Return the status of a subscription."""
    return attributes.get(STATUS, INCOMPLETE)


def has_ended(attributes: Attributes) -> bool:
    """Whether it can never become active again."""
    return status_of(attributes) in ENDED


def cycle_of(attributes: Attributes) -> Cycle:
    """Return how often it is due: all of its items have the same period."""
    recurring = attributes[ITEMS][0]["price"]["attributes"]["recurring"]
    return Cycle(recurring["interval"], recurring.get("interval_count", 1))


def period_of(attributes: Attributes, number: int | None = None) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the period that it is in, or of the one with this number."""
    of: int = attributes[NUMBER] if number is None else number
    anchor, cycle = time_of(attributes[ANCHOR]), cycle_of(attributes)
    if of <= 0:
        return time_of(attributes[START]), anchor
    return boundary(anchor, cycle, of - 1), boundary(anchor, cycle, of)


def is_announced_at_once(start: int, trial_end: int | None) -> bool | None:
    """Whether the end of a new trial is announced when it begins, as it is nearer than the announcement would be."""
    return (trial_end is not None and trial_end - start <= ANNOUNCED_BEFORE.total_seconds()) or None


def todo(subscription: StoredObject) -> Sequence[Step]:
    """Return what falls due on it and its invoices by itself, in order of time."""
    return sorted(_todo(subscription), key=lambda step: (step.at, _place(step)))


def due_of(subscription: StoredObject) -> datetime | None:
    """Return when something falls due on it or one of its invoices next."""
    return min((step.at for step in _todo(subscription)), default=None)


def _todo(subscription: StoredObject) -> Iterator[Step]:
    attributes = subscription.attributes
    unfinished: Mapping[str, Any] = attributes.get(UNFINISHED, {})
    for name, (step, at) in unfinished.items():
        yield Step(at=time_of(at), name=step, invoice=name)
    status = status_of(attributes)
    if status in ENDED:
        return
    if status == INCOMPLETE:
        yield Step(at=subscription.created_at + INCOMPLETE_LASTS, name="expire_incomplete")
        return
    if status == TRIALING and WILL_END not in attributes:
        yield Step(at=time_of(attributes[TRIAL_END]) - ANNOUNCED_BEFORE, name="announce_trial_end")
    end = period_of(attributes)[1]
    if (cancel_at := attributes.get(CANCEL_AT)) is not None and time_of(cancel_at) <= end:
        yield Step(at=time_of(cancel_at), name="cancel")
    else:
        yield Step(at=end, name="end_period")


def _place(step: Step) -> int:
    return _PLACES.index(step.name) if step.name in _PLACES else len(_PLACES)


def lines_of(attributes: Attributes, number: int, subscription: str, line_id: Callable[[str], str]) -> list[Line]:
    """Return the lines of an invoice for the period with this number. Those of a trial cost nothing."""
    start, end = (int(each.timestamp()) for each in period_of(attributes, number))
    cycle, is_trial = cycle_of(attributes), number <= 0
    lines: list[Line] = []
    for item in attributes[ITEMS]:
        price, quantity = item["price"], item["quantity"]
        unit = unit_of(price["attributes"])
        words = item["name"], item.get("unit_label"), quantity
        lines.append(
            {
                "id": line_id(item["id"]),
                "amount": 0 if is_trial else price_amount(unit, quantity),
                "description": described_trial(*words)
                if is_trial
                else described(*words, unit, price["attributes"]["currency"], cycle),
                "start": start,
                "end": end,
                "price": price["id"],
                "product": price["attributes"]["product"],
                "unit": "0" if is_trial else unit,
                "quantity": quantity,
                "subscription": subscription,
                "subscription_item": item["id"],
            }
        )
    return lines


def unit_of(price: Attributes) -> str:
    """Return what one of a price costs, as a decimal text."""
    return price.get("unit_amount_decimal") or str(price["unit_amount"])


def with_invoice(attributes: Attributes, invoice: StoredObject) -> Attributes:
    """Return a subscription after a write of one of its invoices, and with what falls due on that next.

    The status is decided by the latest invoice: an older one that is paid changes nothing (Stripe's support,
    doublepost.link thread 1166355270075695214). Once the retries have ended, it is what was set for it: `canceled`,
    `unpaid` or `past_due`.
    """
    step = of_invoice.next_step(invoice)
    unfinished = {**attributes.get(UNFINISHED, {}), invoice.id: step and [step[0], int(step[1].timestamp())]}
    after = {**attributes, UNFINISHED: without_defaults(unfinished) or None}
    if not has_ended(attributes):
        after |= _status_after(attributes, invoice)
    return without_defaults(after)


def _status_after(attributes: Attributes, invoice: StoredObject) -> Attributes:
    status, of = status_of(attributes), of_invoice.status_of(invoice.attributes)
    is_latest = attributes.get(LATEST) == invoice.id
    if of in (of_invoice.PAID, of_invoice.VOID, of_invoice.UNCOLLECTIBLE):
        if not is_latest:
            return {}
        if status == INCOMPLETE:
            return {STATUS: ACTIVE, CREATING: None} if of == of_invoice.PAID else {}
        return {STATUS: ACTIVE} if status in (PAST_DUE, UNPAID) else {}
    if of != of_invoice.OPEN:
        return {}
    is_attempted = is_latest and _is_new(invoice, of_invoice.LAST_ATTEMPT)
    if status == INCOMPLETE:
        return {CREATING: None} if is_attempted else {}
    has_failed = is_attempted and invoice.attributes[of_invoice.LAST_ATTEMPT][1] != of_invoice.PENDING
    if _is_new(invoice, of_invoice.EXHAUSTED) and (is_latest or status == PAST_DUE):
        return _after_retries(attributes, invoice)
    if has_failed or _is_new(invoice, of_invoice.OVERDUE):
        return {STATUS: PAST_DUE} if status in (ACTIVE, TRIALING) else {}
    return {}


def _after_retries(attributes: Attributes, invoice: StoredObject) -> Attributes:
    after: str = attributes.get(AFTER_RETRIES, CANCELED)
    if after != CANCELED:
        return {STATUS: after}
    return canceled(attributes, int(invoice.updated_at.timestamp()), {"reason": "payment_failed"})


def _is_new(invoice: StoredObject, name: str) -> bool:
    """Whether the last write of an invoice has set this: each failure counts once."""
    return bool(invoice.attributes.get(name)) and bool(invoice.changes) and name in invoice.changes[-1].before


def canceled(attributes: Attributes, at: int, details: Attributes) -> Attributes:
    """Return a subscription that is canceled at a time (Unix seconds)."""
    return {
        **attributes,
        STATUS: CANCELED,
        CANCELED_AT: attributes.get(CANCELED_AT, at),
        ENDED_AT: at,
        DETAILS: {**attributes.get(DETAILS, {}), **details},
        CREATING: None,
    }


def renewed(attributes: Attributes, invoice: str, at: datetime) -> Attributes:
    """Return a subscription in its next period, with the draft of its invoice."""
    return {
        **attributes,
        STATUS: ACTIVE if status_of(attributes) == TRIALING else status_of(attributes),
        NUMBER: attributes[NUMBER] + 1,
        LATEST: invoice,
        UNFINISHED: {
            **attributes.get(UNFINISHED, {}),
            invoice: ["finalize", int((at + of_invoice.DRAFT_LASTS).timestamp())],
        },
    }


def check_can_change(attributes: Attributes, names: set[str]) -> None:
    """Refuse (request_invalid) to change more of one that has ended than its details. Source: bootcamp#10390."""
    if has_ended(attributes) and names - {DETAILS, "metadata", "expand"}:
        raise Refused(Code.REQUEST_INVALID, _NOT_CHANGED)


def events_of(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the events of a write of a subscription. One whose first payment is being made has none yet."""
    now = after.attributes
    if now.get(CREATING):
        return ()
    announced = ("trial_will_end",) if now.get(WILL_END) and not (before and before.attributes.get(WILL_END)) else ()
    if before is None:
        return ("created", *announced)
    if before.attributes.get(CREATING):
        # One that is canceled while its first payment is being made has both events at once.
        return ("created", *announced, *(("deleted",) if status_of(now) == CANCELED else ()))
    if status_of(now) == CANCELED and status_of(before.attributes) != CANCELED:
        return ("deleted",)
    return (*announced, "updated")

"""Audit billing: the subscriptions and invoices of a customer, and the payments of these invoices, must agree.

Pure and read-only. Each disagreement is a `Break`, as in the audit of payments. The rules:

    paid        of each invoice, `amount_paid` is what the ledger has approved for it, in its currency; a payment names
                an invoice that exists, and an invoice that was attempted has a payment, until the ledger purges it
    attempts    an invoice has one approval at most, no attempt at its payment is recorded twice, and the last outcome
                that it has taken over is one of them
    periods     a subscription has one invoice for each of its periods; those from the anchor on follow each other
                without a gap, and the last one ends when its current period does
    invoice     lines add up to the total, and each is its unit times its quantity; the amounts paid and remaining
                follow from it; of one that is paid, nothing remains
    numbers     each invoice that is finalized has a number of its own, and the numbers of a customer have no gap
    due         what falls due on a subscription is what falls due on its invoices and on itself, and it is done in time
    ended       on a subscription that has ended, only its invoices have something that falls due

A merchant may set a customer's `next_invoice_sequence`, so a gap is only one if the counter is known to have counted
on. It is known for as long as the changes of the customer are stored: two days before the last one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.audit import NONE, Break
from paysandbox.payments.payment import Attempt, Payment, state_of
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as of_subscription
from paysandbox.stripe_api.billing.invoice import INVOICE, time_of
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.objects.stored_object import StoredObject

FOLLOWS_WITHIN: Final = timedelta(minutes=5)
"""How long an invoice may take to follow its payment, or a sweep to do what is due. Both take a minute at most, but for
a function that was killed. An invoice of a Checkout session is only created after its payment was approved."""

_NEXT_SEQUENCE: Final = "next_invoice_sequence"
"""The field of a customer. Its declaration is of the Stripe API's requests, which the program does not load."""

Span = tuple[int, int]
"""The beginning and the end of a period, in Unix seconds."""


@record(kw_only=True)
class InvoicePayment:
    """A payment whose terms name an invoice. `amount` is what was approved, in the ledger's units, or 0.

    `approvals` counts them, `approved_at` is when the first was made, and `attempts` has the IDs of all attempts. One
    `of_session` was made by the page of a Checkout session.
    """

    id: str
    merchant: str
    currency: str
    invoice: str
    amount: int = 0
    approvals: int = 0
    approved_at: datetime | None = None
    attempts: tuple[str, ...] = ()
    of_session: bool = False


@record(kw_only=True)
class Billed:
    """The billing of a customer: what is stored of it. `customer` is None if there is none; it may be a tombstone.

    `payments` are those of its invoices, by the invoice's ID.
    """

    customer: StoredObject | None
    subscriptions: Sequence[StoredObject]
    invoices: Sequence[StoredObject]
    payments: Mapping[str, Sequence[InvoicePayment]]


def invoice_payment(payment: Payment) -> InvoicePayment | None:
    """Return what the audit needs of a payment, or None: its terms name no invoice."""
    state = state_of(payment)
    terms = terms_of(payment, state)
    if terms.invoice is None:
        return None
    approvals = [each for each in of_invoice.outcomes_of(payment) if each.kind == of_invoice.APPROVED]
    return InvoicePayment(
        id=payment.id,
        merchant=payment.merchant,
        currency=payment.currency,
        invoice=terms.invoice,
        amount=state.authorized if approvals else 0,
        approvals=len(approvals),
        approved_at=approvals[0].at if approvals else None,
        attempts=tuple(each.id for each in payment.operations if isinstance(each, Attempt)),
        of_session=terms.checkout_session is not None,
    )


def breaks_of(billed: Billed, now: datetime, retention: timedelta) -> list[Break]:
    """Return the breaks of a customer's billing at a time (UTC). Payments are kept for `retention` and no longer."""
    found: list[Break] = []
    for invoice in billed.invoices:
        payments = billed.payments.get(invoice.id, ())
        found += _paid(invoice, payments, now, retention)
        found += _attempts(invoice, payments)
        found += _amounts(invoice)
    found += _owners(billed)
    for subscription in billed.subscriptions:
        invoices = [each for each in billed.invoices if each.attributes.get(of_invoice.SUBSCRIPTION) == subscription.id]
        found += _periods(subscription, invoices)
        found += _due(subscription, invoices, now)
    if billed.customer is not None and not billed.customer.deleted:
        found += _numbers(billed.customer, billed.invoices)
    return [*found, *_due_alone(billed.invoices, now)]


def without_invoice(payment: InvoicePayment, now: datetime) -> Break | None:
    """Return the break of a payment whose invoice does not exist, or None if there may be none yet.

    A Checkout session creates its invoice when it completes, which follows the approval.
    """
    if payment.of_session and (payment.approved_at is None or now < payment.approved_at + FOLLOWS_WITHIN):
        return None
    return Break(rule="paid", where=payment.id, detail=f"it pays {payment.invoice}, which does not exist")


def _paid(
    invoice: StoredObject, payments: Sequence[InvoicePayment], now: datetime, retention: timedelta
) -> Iterator[Break]:
    attributes = invoice.attributes
    currency: str = attributes["currency"].upper()
    amount = from_stripe(attributes.get(of_invoice.AMOUNT_PAID, 0), currency)
    if not payments:
        since = attributes.get(of_invoice.PAID_AT) if amount else None
        if since is None and of_invoice.TAKEN_OVER in attributes:
            since = attributes[of_invoice.FIRST_ATTEMPT]
        if since is not None and now < time_of(since) + retention:
            yield Break(rule="paid", where=invoice.id, detail="its payment was attempted, and the ledger has none")
        return
    for payment in payments:
        if payment.currency != currency:
            detail = f"it is in {currency}, and its payment {payment.id} in {payment.currency}"
            yield Break(rule="paid", where=invoice.id, detail=detail)
    approved = sum(payment.amount for payment in payments)
    if approved != amount and not (amount == 0 and _may_follow(invoice, payments, now)):
        ours, theirs = (amount_with_code(each, currency) for each in (amount, approved))
        yield Break(rule="paid", where=invoice.id, detail=f"{ours} are paid, but the ledger has approved {theirs}")


def _may_follow(invoice: StoredObject, payments: Iterable[InvoicePayment], now: datetime) -> bool:
    """Whether an invoice takes over soon that its payment was approved just now."""
    latest = max((each.approved_at for each in payments if each.approved_at is not None), default=None)
    is_open = of_invoice.status_of(invoice.attributes) in (of_invoice.OPEN, of_invoice.UNCOLLECTIBLE)
    return is_open and latest is not None and now < latest + FOLLOWS_WITHIN


def _attempts(invoice: StoredObject, payments: Sequence[InvoicePayment]) -> Iterator[Break]:
    approvals = sum(payment.approvals for payment in payments)
    if approvals > 1:
        names = ", ".join(payment.id for payment in payments if payment.approvals)
        yield Break(rule="attempts", where=invoice.id, detail=f"{approvals} payments of it are approved: {names}")
    attempts = Counter(attempt for payment in payments for attempt in payment.attempts)
    for attempt, times in attempts.items():
        if times > 1:
            yield Break(rule="attempts", where=invoice.id, detail=f"its attempt {attempt} is recorded {times} times")
    last = invoice.attributes.get(of_invoice.TAKEN_OVER)
    if payments and last is not None and last not in attempts:
        detail = f"the last outcome that it has taken over is {last}, which is no attempt at its payment"
        yield Break(rule="attempts", where=invoice.id, detail=detail)


def _amounts(invoice: StoredObject) -> Iterator[Break]:
    """Check the lines and what follows from them. Without discounts, taxes and a balance, the total is their sum."""
    attributes, currency = invoice.attributes, invoice.attributes["currency"].upper()
    is_paid = of_invoice.status_of(attributes) == of_invoice.PAID
    lines: Sequence[Mapping[str, Any]] = attributes.get(of_invoice.LINES, ())
    for line in lines:
        expected = price_amount(line["unit"], line["quantity"]) if _is_priced(line) else line["amount"]
        yield from _unequal(invoice, f"line {line['id']}", line["amount"], expected, currency)
    due = sum(line["amount"] for line in lines)
    paid = due if is_paid and not attributes.get(of_invoice.OUT_OF_BAND) else 0
    for name, amount, expected in (
        ("total", of_invoice.total_of(attributes), due),
        ("amount_paid", attributes.get(of_invoice.AMOUNT_PAID, 0), paid),
        ("amount_remaining", of_invoice.amount_left(attributes), 0 if is_paid else due),
    ):
        yield from _unequal(invoice, name, amount, expected, currency)


def _is_priced(line: Mapping[str, Any]) -> bool:
    return line.get("unit") is not None and line.get("quantity") is not None


def _unequal(invoice: StoredObject, name: str, amount: int, expected: int, currency: str) -> Iterator[Break]:
    if amount != expected:
        ours, theirs = (amount_with_code(from_stripe(each, currency), currency) for each in (amount, expected))
        yield Break(rule=INVOICE, where=invoice.id, detail=f"{name} is {ours}, not {theirs}")


def _owners(billed: Billed) -> Iterator[Break]:
    known = {each.id for each in billed.subscriptions}
    for invoice in billed.invoices:
        name = invoice.attributes.get(of_invoice.SUBSCRIPTION)
        if name is not None and name not in known:
            detail = f"it is an invoice of {name}, which its customer does not have"
            yield Break(rule="periods", where=invoice.id, detail=detail)


def _periods(subscription: StoredObject, invoices: Iterable[StoredObject]) -> Iterator[Break]:
    attributes = subscription.attributes
    first = [each for each in invoices if each.attributes.get(of_invoice.REASON) == of_invoice.FIRST]
    later = [each for each in invoices if each.attributes.get(of_invoice.REASON) == of_invoice.CYCLE]
    start, anchor = attributes[of_subscription.START], attributes[of_subscription.ANCHOR]
    has_trial = of_subscription.TRIAL_START in attributes or anchor > start
    # The first period is 0 if it is the trial, and 1 otherwise.
    expected = attributes[of_subscription.NUMBER] + has_trial
    if (len(first), len(later)) != (1, expected - 1):
        detail = f"it has {len(first)} first and {len(later)} later invoices for {expected} periods"
        yield Break(rule="periods", where=subscription.id, detail=detail)
        return
    if attributes.get(of_subscription.LATEST) not in {each.id for each in (*first, *later)}:
        detail = f"its latest invoice is {attributes.get(of_subscription.LATEST)}, which is for none of its periods"
        yield Break(rule="periods", where=subscription.id, detail=detail)
    # The line of a trial ends when the trial was to end, which may be changed.
    spans = [_span(each) for each in (later if has_trial else (*first, *later))]
    known = sorted(each for each in spans if each is not None)
    if len(known) < len(spans):
        yield Break(
            rule="periods", where=subscription.id, detail="an invoice of it has lines for no period, or several"
        )
        return
    ends = [(anchor, anchor), *known]
    for (_, before), (begins, _) in pairwise(ends):
        if begins != before:
            detail = f"a period begins at {_time(begins)}, and the one before it ends at {_time(before)}"
            yield Break(rule="periods", where=subscription.id, detail=detail)
    end = int(of_subscription.period_of(attributes)[1].timestamp())
    if ends[-1][1] != end:
        detail = f"its invoices are for periods until {_time(ends[-1][1])}, and its current one ends at {_time(end)}"
        yield Break(rule="periods", where=subscription.id, detail=detail)


def _span(invoice: StoredObject) -> Span | None:
    """Return the period that an invoice is for, or None: its lines do not have one and the same."""
    lines = [line for line in invoice.attributes.get(of_invoice.LINES, ()) if line.get("subscription_item")]
    spans = {(line["start"], line["end"]) for line in lines}
    return spans.pop() if len(spans) == 1 else None


def _due(subscription: StoredObject, invoices: Iterable[StoredObject], now: datetime) -> Iterator[Break]:
    attributes = subscription.attributes
    has_ended = of_subscription.has_ended(attributes)
    rule = "ended" if has_ended else "due"
    steps = {each.id: [step[0], int(step[1].timestamp())] for each in invoices if (step := of_invoice.next_step(each))}
    stored: Mapping[str, Any] = attributes.get(of_subscription.UNFINISHED, {})
    # When a subscription is canceled at once, nothing more is done about the invoices that it has by then.
    expected = {name: step for name, step in steps.items() if name in stored or not has_ended}
    for name in sorted({*stored, *expected}):
        if stored.get(name) != expected.get(name):
            detail = f"{_step(stored.get(name))} is due on {name}, but by the invoice {_step(expected.get(name))}"
            yield Break(rule=rule, where=subscription.id, detail=detail)
    if has_ended is not (of_subscription.ENDED_AT in attributes):
        detail = f"it is {of_subscription.status_of(attributes)}, and {'has no' if has_ended else 'has an'} end"
        yield Break(rule=rule, where=subscription.id, detail=detail)
    yield from _due_at(subscription, of_subscription.due_of(subscription), rule, now)


def _due_alone(invoices: Iterable[StoredObject], now: datetime) -> Iterator[Break]:
    """Check when something falls due on each invoice: what does on that of a subscription is stored with that."""
    for invoice in invoices:
        step = of_invoice.next_step(invoice)
        is_alone = of_invoice.SUBSCRIPTION not in invoice.attributes
        yield from _due_at(invoice, step[1] if step and is_alone else None, "due", now)


def _due_at(stored: StoredObject, expected: datetime | None, rule: str, now: datetime) -> Iterator[Break]:
    if stored.due_at != expected:
        ours, theirs = (format_timestamp(at) if at else NONE for at in (stored.due_at, expected))
        yield Break(rule=rule, where=stored.id, detail=f"it is due at {ours}, but its steps give {theirs}")
    elif expected is not None and expected + FOLLOWS_WITHIN < now:
        detail = f"it has been due since {format_timestamp(expected)}, and no sweep has done it"
        yield Break(rule=rule, where=stored.id, detail=detail)


def _numbers(customer: StoredObject, invoices: Iterable[StoredObject]) -> Iterator[Break]:
    numbers: list[str] = []
    for invoice in invoices:
        number = invoice.attributes.get(of_invoice.NUMBER)
        if (number is None) is not (of_invoice.status_of(invoice.attributes) == of_invoice.DRAFT):
            detail = f"it is {of_invoice.status_of(invoice.attributes)}, and its number is {number or NONE}"
            yield Break(rule="numbers", where=invoice.id, detail=detail)
        numbers += [number] if number is not None else []
    for number, times in sorted(Counter(numbers).items()):
        if times > 1:
            yield Break(rule="numbers", where=customer.id, detail=f"{times} invoices have the number {number}")
    counted = sorted({int(end) for number in numbers if (end := number.rpartition("-")[2]).isdecimal()})
    values = _counter(customer)
    set_to = {after for before, after in pairwise(values) if after != before + 1}
    if counted and values[-1] <= counted[-1]:
        detail = f"its next invoice has the number {values[-1]}, and {counted[-1]} is taken"
        yield Break(rule="numbers", where=customer.id, detail=detail)
    for before, after in pairwise((0, *counted, values[-1])):
        if after > before + 1 and values[0] <= before + 1 and after not in set_to:
            missing = f"{before + 1}" if after == before + 2 else f"{before + 1} to {after - 1}"
            yield Break(rule="numbers", where=customer.id, detail=f"no invoice has the number {missing}")


def _counter(customer: StoredObject) -> list[int]:
    """Return the values of a customer's counter of invoices, as far as its changes are stored, the oldest first."""
    earlier = [change.before[_NEXT_SEQUENCE] for change in customer.changes if _NEXT_SEQUENCE in change.before]
    return [*(value or 1 for value in earlier), customer.attributes.get(_NEXT_SEQUENCE, 1)]


def _step(step: Sequence[Any] | None) -> str:
    return f"{step[0]} at {_time(step[1])}" if step else "nothing"


def _time(seconds: int) -> str:
    return format_timestamp(time_of(seconds))

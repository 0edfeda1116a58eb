"""The rules of the audit of billing: each planted break is found, and what agrees has none. No clock, no table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.payments.audit import Break
from paysandbox.stripe_api.billing.auditing.rules import Billed, InvoicePayment, breaks_of, without_invoice
from paysandbox.stripe_api.billing.groups import with_due
from paysandbox.stripe_api.billing.subscription import period_of
from paysandbox.stripe_api.objects.stored_object import StoredObject, changed, new_object, without_defaults
from tests.stripe_api.billing.test_subscription import ACTIVE, ITEM, NOW, by
from tests.support.builders.build import DAY, MONDAY

Facts = dict[str, Any]
Plant = Callable[[Billed], Billed]

RETENTION: Final = 90 * DAY
LATER: Final = MONDAY + 40 * DAY
"""In the second month of the subscription."""
PAID: Final[Facts] = {
    "amount_paid": 2000,
    "attempt_count": 1,
    "attempted": True,
    "currency": "usd",
    "customer": "cus_1",
    "first_attempt": NOW,
    "finalized_at": NOW,
    "paid_at": NOW,
    "status": "paid",
    "subscription": "sub_1",
}


def spans(number: int) -> Facts:
    start, end = (int(each.timestamp()) for each in period_of(ACTIVE, number))
    return {"start": start, "end": end}


def line(number: int, **facts: Any) -> Facts:
    name = f"il_{number}"
    return {"id": name, "amount": 2000, "unit": "1000", "quantity": 2, "subscription_item": ITEM["id"], **facts}


def invoice(number: int, /, **facts: Any) -> StoredObject:
    reason = "subscription_create" if number == 1 else "subscription_cycle"
    own = {
        "billing_reason": reason,
        "lines": [line(number, **spans(number))],
        "number": f"A-000{number}",
        "taken_over": f"att_{number}",
        "last_attempt": [f"att_{number}", "approved", None],
    }
    return new_object("demo", "invoice", f"in_{number}", without_defaults({**PAID, **own, **facts}), by())


def payment(number: int, **facts: Any) -> InvoicePayment:
    approved = {"amount": 2000, "approvals": 1, "approved_at": MONDAY, "attempts": (f"att_{number}",), **facts}
    return InvoicePayment(
        **{
            "id": f"auth_{number}",
            "merchant": "demo",
            "currency": "USD",
            "invoice": f"in_{number}",
            **approved,
        }
    )


def subscription(**facts: Any) -> StoredObject:
    attributes = without_defaults({**ACTIVE, "period": 2, "latest_invoice": "in_2", **facts})
    return with_due(new_object("demo", "subscription", "sub_1", attributes, by()))


def customer(next_sequence: int = 3) -> StoredObject:
    """Return a customer whose counter has counted from 1."""
    made = new_object("demo", "customer", "cus_1", {}, by())
    for number in range(2, next_sequence + 1):
        made = changed(made, {"next_invoice_sequence": number}, by(MONDAY + timedelta(seconds=number)))
    return made


HEALTHY: Final = Billed(
    customer=customer(),
    subscriptions=[subscription()],
    invoices=[invoice(1), invoice(2)],
    payments={"in_1": [payment(1)], "in_2": [payment(2)]},
)
BY_HAND: Final[Facts] = {"billing_reason": None, "subscription": None}
OPEN: Final[Facts] = {"status": "open", "amount_paid": None, "paid_at": None}


def found(billed: Billed, now: Any = LATER) -> list[Break]:
    return breaks_of(billed, now, RETENTION)


def second(**facts: Any) -> Plant:
    """Return what gives the second invoice these attributes."""
    return lambda billed: replace(billed, invoices=[billed.invoices[0], invoice(2, **facts)])


def paid_by(*payments: InvoicePayment) -> Plant:
    """Return what gives the second invoice these payments."""
    return lambda billed: replace(billed, payments={**billed.payments, "in_2": payments})


def subscribed(**facts: Any) -> Plant:
    return lambda billed: replace(billed, subscriptions=[subscription(**facts)])


def of_customer(next_sequence: int) -> Plant:
    return lambda billed: replace(billed, customer=customer(next_sequence))


def also(place: int, /, **facts: Any) -> Plant:
    """Return what adds an invoice."""
    paid = {
        **BY_HAND,
        "amount_paid": None,
        "paid_out_of_band": True,
        "taken_over": None,
        "first_attempt": None,
        **facts,
    }
    return lambda billed: replace(billed, invoices=[*billed.invoices, invoice(place, **paid)])


def due_later(billed: Billed) -> Billed:
    (of,) = billed.subscriptions
    assert of.due_at is not None
    return replace(billed, subscriptions=[replace(of, due_at=of.due_at + DAY)])


def line_without_cents(billed: Billed) -> Billed:
    return second(lines=[line(2, amount=1999, **spans(2))], amount_paid=1999)(paid_by(payment(2, amount=1999))(billed))


ENDED: Final[Facts] = {"status": "canceled", "ended_at": NOW}
UNFINISHED: Final[Facts] = {"unfinished": {"in_2": ["attempt", NOW]}}

PLANTED: Final[dict[str, tuple[Plant, str, str, str]]] = {
    "1 more is approved than paid": (
        paid_by(payment(2, amount=2100)),
        *("paid", "in_2", "20.00 USD are paid, but the ledger has approved 21.00 USD"),
    ),
    "1 nothing is approved": (
        paid_by(payment(2, amount=0, approvals=0, approved_at=None)),
        *("paid", "in_2", "20.00 USD are paid, but the ledger has approved 0.00 USD"),
    ),
    "1 its payment is missing": (paid_by(), "paid", "in_2", "its payment was attempted, and the ledger has none"),
    "1 in another currency": (
        paid_by(payment(2, currency="EUR")),
        *("paid", "in_2", "it is in USD, and its payment auth_2 in EUR"),
    ),
    "1 void, and approved": (
        second(**OPEN | {"status": "void"}),
        *("paid", "in_2", "0.00 USD are paid, but the ledger has approved 20.00 USD"),
    ),
    "1 it does not follow": (
        second(**OPEN),
        *("paid", "in_2", "0.00 USD are paid, but the ledger has approved 20.00 USD"),
    ),
    "2 a gap between periods": (
        second(lines=[line(2, **spans(2) | {"start": spans(2)["start"] + 1})]),
        *("periods", "sub_1", "a period begins at 2026-12-16T09:30:01.000000Z, and the one before it ends at "),
    ),
    "2 a period without an invoice": (
        lambda billed: replace(billed, invoices=[billed.invoices[0]], customer=customer(2)),
        *("periods", "sub_1", "it has 1 first and 0 later invoices for 2 periods"),
    ),
    "2 a period that is billed twice": (
        also(3, billing_reason="subscription_cycle", subscription="sub_1"),
        *("periods", "sub_1", "it has 1 first and 2 later invoices for 2 periods"),
    ),
    "2 another end": (
        second(lines=[line(2, **spans(2) | {"end": spans(2)["end"] - 1})]),
        *("periods", "sub_1", "its invoices are for periods until "),
    ),
    "2 a subscription that does not exist": (
        also(3, subscription="sub_2"),
        *("periods", "in_3", "it is an invoice of sub_2, which its customer does not have"),
    ),
    "3 a line": (line_without_cents, "invoice", "in_2", "line il_2 is 19.99 USD, not 20.00 USD"),
    "3 paid in part": (
        lambda billed: second(amount_paid=1900)(paid_by(payment(2, amount=1900))(billed)),
        *("invoice", "in_2", "amount_paid is 19.00 USD, not 20.00 USD"),
    ),
    "6 a gap": (also(4, number="A-0004"), "numbers", "cus_1", "no invoice has the number 3"),
    "6 a number twice": (also(3, number="A-0002"), "numbers", "cus_1", "2 invoices have the number A-0002"),
    "6 the last one is missing": (lambda billed: billed, "numbers", "cus_1", "no invoice has the number 3 to 4"),
    "6 a number that comes again": (
        lambda billed: billed,
        *("numbers", "cus_1", "its next invoice has the number 2, and 2 is taken"),
    ),
    "6 no number": (also(3, number=None), "numbers", "in_3", "it is paid, and its number is none"),
    "7 another time": (due_later, "due", "sub_1", "it is due at 2027-01-17T09:30:00.000000Z, but its steps give "),
    "7 something that is over": (
        subscribed(**UNFINISHED),
        *("due", "sub_1", "attempt at 2026-11-16T09:30:00.000000Z is due on in_2, but by the invoice nothing"),
    ),
    "7 an attempt that is not due": (
        second(**OPEN, auto_advance=True, next_payment_attempt=NOW),
        *("due", "sub_1", "nothing is due on in_2, but by the invoice attempt at 2026-11-16T09:30:00.000000Z"),
    ),
    "7 no sweep": (
        subscribed(period=1, latest_invoice="in_1"),
        *("due", "sub_1", "it has been due since 2026-12-16T09:30:00.000000Z, and no sweep has done it"),
    ),
    "8 a step of one that has ended": (
        subscribed(**ENDED, **UNFINISHED),
        *("ended", "sub_1", "attempt at 2026-11-16T09:30:00.000000Z is due on in_2, but by the invoice nothing"),
    ),
    "8 a renewal of one that has ended": (
        lambda billed: replace(
            billed, subscriptions=[replace(subscription(**ENDED), due_at=billed.subscriptions[0].due_at)]
        ),
        *("ended", "sub_1", "it is due at 2027-01-16T09:30:00.000000Z, but its steps give none"),
    ),
    "9 paid twice": (
        paid_by(payment(2), payment(2, id="auth_3", attempts=("att_3",))),
        *("attempts", "in_2", "2 payments of it are approved: auth_2, auth_3"),
    ),
    "9 an attempt twice": (
        paid_by(payment(2, attempts=("att_2", "att_2"))),
        *("attempts", "in_2", "its attempt att_2 is recorded 2 times"),
    ),
    "9 an attempt that was not made": (
        paid_by(payment(2, attempts=("att_1",))),
        *("attempts", "in_2", "the last outcome that it has taken over is att_2, which is no attempt at its payment"),
    ),
}
COUNTERS: Final = {
    "6 a gap": 5,
    "6 a number twice": 3,
    "6 the last one is missing": 5,
    "6 a number that comes again": 2,
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_break_is_found(name: str) -> None:
    plant, rule, where, detail = PLANTED[name]
    planted = plant(HEALTHY)
    if name in COUNTERS:
        planted = of_customer(COUNTERS[name])(planted)
    breaks = found(planted)
    assert any(each.rule == rule and each.where == where and each.detail.startswith(detail) for each in breaks), breaks


def test_what_agrees_has_no_break() -> None:
    assert found(HEALTHY) == []


@pytest.mark.parametrize("ended", [None, "deleted"])
def test_a_customer_who_is_gone_has_no_numbers(ended: str | None) -> None:
    tombstone = replace(customer(), deleted=True) if ended else None
    assert found(replace(HEALTHY, customer=tombstone)) == []


def test_a_payment_that_was_purged_is_missing_without_a_break() -> None:
    far = MONDAY + RETENTION
    breaks = found(replace(HEALTHY, payments={}), far)
    assert "paid" not in {each.rule for each in breaks}
    assert "paid" in {each.rule for each in found(replace(HEALTHY, payments={}), far - DAY)}


def test_an_invoice_may_follow_its_payment_for_some_minutes() -> None:
    just_approved = paid_by(payment(2, approved_at=LATER))(second(**OPEN)(HEALTHY))
    assert found(just_approved, LATER + timedelta(minutes=4)) == []
    assert [each.rule for each in found(just_approved, LATER + timedelta(minutes=5))] == ["paid"]


def test_a_number_that_was_set_leaves_no_gap() -> None:
    moved = changed(customer(), {"next_invoice_sequence": 40}, by(MONDAY + DAY))
    counted = changed(moved, {"next_invoice_sequence": 41}, by(MONDAY + DAY))
    assert found(also(3, number="A-0040")(replace(HEALTHY, customer=counted))) == []
    forgotten = replace(counted, changes=counted.changes[-1:])
    assert found(also(3, number="A-0040")(replace(HEALTHY, customer=forgotten))) == []


def test_a_payment_without_an_invoice() -> None:
    """That of a Checkout session comes before its invoice, by minutes, or for ever if the bank does not approve it."""
    stray, minutes = payment(1), timedelta(minutes=4)
    lost = without_invoice(stray, MONDAY)
    assert lost == Break(rule="paid", where="auth_1", detail="it pays in_1, which does not exist")
    of_session = payment(1, of_session=True)
    assert without_invoice(of_session, MONDAY + minutes) is None
    assert without_invoice(of_session, MONDAY + 2 * minutes) == lost
    assert without_invoice(payment(1, of_session=True, approved_at=None), MONDAY + DAY) is None

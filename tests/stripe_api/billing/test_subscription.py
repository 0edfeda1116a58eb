"""The life of a subscription: what falls due on it, what its invoices make of it, its events. No clock, no table."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as rules
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed, new_object
from tests.support.builders.build import DAY, MONDAY

Facts = dict[str, Any]

NOW: Final = int(MONDAY.timestamp())
END: Final = datetime(2026, 12, 16, 9, 30, tzinfo=MONDAY.tzinfo)
"""Of its month."""
TRIAL: Final = 7 * DAY
HOUR: Final = timedelta(hours=1)

PRICE: Final[Facts] = {
    "id": "price_1",
    "created": NOW,
    "attributes": {"currency": "usd", "product": "prod_1", "recurring": {"interval": "month"}, "unit_amount": 1000},
}
ITEM: Final[Facts] = {"id": "si_1", "created": NOW, "name": "Gold", "price": PRICE, "quantity": 2}
ACTIVE: Final[Facts] = {
    "billing_cycle_anchor": NOW,
    "currency": "usd",
    "customer": "cus_1",
    "items": [ITEM],
    "latest_invoice": "in_1",
    "period": 1,
    "start_date": NOW,
    "status": "active",
}
TRIALING: Final[Facts] = {
    **ACTIVE,
    "billing_cycle_anchor": int((MONDAY + TRIAL).timestamp()),
    "period": 0,
    "status": "trialing",
    "trial_end": int((MONDAY + TRIAL).timestamp()),
}
INCOMPLETE: Final[Facts] = {name: value for name, value in ACTIVE.items() if name != "status"}
PAST_DUE: Final[Facts] = {**ACTIVE, "status": "past_due"}


def by(at: datetime = MONDAY) -> Cause:
    return Cause(operation_id="op", request_id="req", at=at)


def stored(attributes: Facts) -> StoredObject:
    return new_object("demo", rules.SUBSCRIPTION, "sub_1", attributes, by())


def due(attributes: Facts) -> list[tuple[str, datetime, str | None]]:
    return [(step.name, step.at, step.invoice) for step in rules.todo(stored(attributes))]


# --- what falls due ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts, steps",
    [
        (ACTIVE, [("end_period", END)]),
        (PAST_DUE, [("end_period", END)]),
        ({**ACTIVE, "status": "unpaid"}, [("end_period", END)]),
        (INCOMPLETE, [("expire_incomplete", MONDAY + timedelta(hours=23))]),
        (TRIALING, [("announce_trial_end", MONDAY + 4 * DAY), ("end_period", MONDAY + TRIAL)]),
        ({**TRIALING, "trial_will_end": True}, [("end_period", MONDAY + TRIAL)]),
        ({**ACTIVE, "cancel_at": NOW + 60}, [("cancel", MONDAY + timedelta(minutes=1))]),
        ({**ACTIVE, "cancel_at": int(END.timestamp())}, [("cancel", END)]),
        ({**ACTIVE, "cancel_at": int(END.timestamp()) + 1}, [("end_period", END)]),
        ({**ACTIVE, "status": "canceled"}, []),
        ({**ACTIVE, "status": "incomplete_expired"}, []),
    ],
)
def test_what_falls_due_on_a_subscription(facts: Facts, steps: list[tuple[str, datetime]]) -> None:
    assert [(name, at) for name, at, _ in due(facts)] == steps
    assert rules.due_of(stored(facts)) == (steps[0][1] if steps else None)


def test_its_invoices_come_in_order_of_time() -> None:
    facts = {**ACTIVE, "unfinished": {"in_2": ["attempt", NOW + 60], "in_1": ["finalize", NOW]}}
    assert due(facts) == [
        ("finalize", MONDAY, "in_1"),
        ("attempt", MONDAY + timedelta(minutes=1), "in_2"),
        ("end_period", END, None),
    ]


def test_steps_of_one_time_have_an_order() -> None:
    """The period ends before an invoice is finalized, and that before one is attempted."""
    end = int(END.timestamp())
    unfinished = {
        "in_4": ["overdue", end],
        "in_1": ["give_up", end],
        "in_2": ["attempt", end],
        "in_3": ["finalize", end],
    }
    names = [name for name, _, _ in due({**ACTIVE, "unfinished": unfinished})]
    assert names == ["end_period", "finalize", "attempt", "give_up", "overdue"]


def test_the_invoices_of_a_canceled_one_are_still_attempted() -> None:
    """Source: bike4mind#2779."""
    facts = {**ACTIVE, "status": "canceled", "unfinished": {"in_1": ["attempt", NOW]}}
    assert due(facts) == [("attempt", MONDAY, "in_1")]


# --- periods and lines ------------------------------------------------------------------------------------------------


def test_a_trial_is_period_0() -> None:
    assert rules.period_of(TRIALING) == (MONDAY, MONDAY + TRIAL)
    assert rules.period_of(TRIALING, 1) == (MONDAY + TRIAL, datetime(2026, 12, 23, 9, 30, tzinfo=MONDAY.tzinfo))


def test_the_lines_of_a_period() -> None:
    (line,) = rules.lines_of(ACTIVE, 1, "sub_1", lambda item: f"il_{item}")
    assert line == {
        "id": "il_si_1",
        "amount": 2000,
        "description": "2 × Gold (at $10.00 / month)",
        "end": int(END.timestamp()),
        "price": "price_1",
        "product": "prod_1",
        "quantity": 2,
        "start": NOW,
        "subscription": "sub_1",
        "subscription_item": "si_1",
        "unit": "1000",
    }


def test_the_lines_of_a_trial_cost_nothing() -> None:
    (line,) = rules.lines_of(TRIALING, 0, "sub_1", str)
    assert (line["amount"], line["unit"], line["quantity"]) == (0, "0", 2)
    assert line["description"] == "Free trial for 2 × Gold"


def test_a_fraction_of_a_cent_is_rounded_once_for_the_whole_line() -> None:
    attributes = {**PRICE["attributes"], "unit_amount_decimal": "0.5", "unit_amount": None}
    item = {**ITEM, "price": {**PRICE, "attributes": attributes}, "quantity": 5}
    (line,) = rules.lines_of({**ACTIVE, "items": [item]}, 1, "sub_1", str)
    assert line["amount"] == 3


# --- its invoices decide ----------------------------------------------------------------------------------------------

OPEN: Final[Facts] = {
    "auto_advance": True,
    "billing_reason": "subscription_cycle",
    "finalized_at": NOW,
    "lines": [{"amount": 1000}],
    "status": "open",
    "subscription": "sub_1",
}
FAILED: Final[Facts] = {**OPEN, "last_attempt": ["att_1", "declined", "x"], "next_payment_attempt": NOW + 86_400}
EXHAUSTED: Final[Facts] = {**OPEN, "last_attempt": ["att_9", "declined", "x"], "exhausted": True}
PAID: Final[Facts] = {**OPEN, "status": "paid"}
OVERDUE: Final[Facts] = {**OPEN, "collection_method": "send_invoice", "overdue": True}


def after(subscription: Facts, invoice: Facts, was: Facts | None = None, name: str = "in_1") -> Facts:
    """Return a subscription after a write of an invoice: a change of what it was, an open one."""
    before = new_object("demo", "invoice", name, was or OPEN, by())
    return dict(rules.with_invoice(subscription, changed(before, invoice, by(MONDAY + HOUR))))


@pytest.mark.parametrize(
    "was, invoice, status",
    [
        ("active", FAILED, "past_due"),
        ("trialing", FAILED, "past_due"),
        ("past_due", FAILED, "past_due"),
        ("unpaid", FAILED, "unpaid"),
        ("active", OVERDUE, "past_due"),
        ("active", OPEN, "active"),
        ("past_due", PAID, "active"),
        ("unpaid", PAID, "active"),
        ("past_due", {**OPEN, "status": "void"}, "active"),
        ("past_due", {**OPEN, "status": "uncollectible"}, "active"),
        ("incomplete", PAID, "active"),
        ("incomplete", FAILED, "incomplete"),
        ("incomplete", {**OPEN, "status": "void"}, "incomplete"),
        ("trialing", PAID, "trialing"),
        ("canceled", PAID, "canceled"),
        ("canceled", EXHAUSTED, "canceled"),
        ("incomplete_expired", PAID, "incomplete_expired"),
    ],
)
def test_its_latest_invoice_decides_the_status(was: str, invoice: Facts, status: str) -> None:
    assert after({**ACTIVE, "status": was}, invoice)["status"] == status


@pytest.mark.parametrize(
    "was, invoice",
    # Source: doublepost.link thread 1166355270075695214.
    [
        ("past_due", PAID),
        ("past_due", {**OPEN, "status": "void"}),
        ("unpaid", PAID),
        ("active", FAILED),
        ("active", EXHAUSTED),
        ("incomplete", PAID),
    ],
)
def test_an_older_invoice_changes_no_status(was: str, invoice: Facts) -> None:
    assert after({**ACTIVE, "status": was}, invoice, name="in_0")["status"] == was


@pytest.mark.parametrize("setting, status", [(None, "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
@pytest.mark.parametrize("name", ["in_1", "in_0"])
def test_once_the_retries_have_ended_it_is_what_was_set(name: str, setting: str | None, status: str) -> None:
    """Also those of an older invoice: a week's next one is there before they end."""
    facts = {**PAST_DUE, "after_retries": setting} if setting else PAST_DUE
    ended = after(facts, EXHAUSTED, FAILED, name)
    assert ended["status"] == status
    assert (ended.get("ended_at"), (ended.get("cancellation_details") or {}).get("reason")) == (
        (NOW + 3600, "payment_failed") if status == "canceled" else (None, None)
    )


@pytest.mark.parametrize("invoice", [FAILED, EXHAUSTED])
def test_a_change_of_an_invoice_that_failed_earlier_changes_no_status(invoice: Facts) -> None:
    """Each failure counts once: a note on an old invoice does not cancel."""
    noted = {**invoice, "description": "a note"}
    assert after({**ACTIVE, "latest_invoice": "in_2"}, noted, invoice)["status"] == "active"
    assert after({**PAST_DUE, "latest_invoice": "in_2"}, noted, invoice)["status"] == "past_due"


def test_it_has_what_falls_due_on_its_invoices() -> None:
    facts = after({**ACTIVE, "unfinished": {"in_0": ["finalize", 5]}}, FAILED)
    assert facts["unfinished"] == {"in_0": ["finalize", 5], "in_1": ["attempt", NOW + 86_400]}
    assert after(facts, PAID)["unfinished"] == {"in_0": ["finalize", 5]}
    assert "unfinished" not in after({**ACTIVE, "unfinished": {"in_1": ["attempt", NOW]}}, PAID)


@pytest.mark.parametrize("invoice", [PAID, FAILED])
def test_its_creation_is_over_once_the_first_payment_came_to_something(invoice: Facts) -> None:
    assert "creating" not in after({**INCOMPLETE, "creating": True}, invoice)


def test_a_renewal_begins_the_next_period() -> None:
    facts = rules.renewed(TRIALING, "in_2", MONDAY)
    assert (facts["status"], facts["period"], facts["latest_invoice"]) == ("active", 1, "in_2")
    assert facts["unfinished"] == {"in_2": ["finalize", NOW + 3600]}
    assert rules.renewed(PAST_DUE, "in_2", MONDAY)["status"] == "past_due"


# --- canceled ---------------------------------------------------------------------------------------------------------


def test_it_keeps_the_time_at_which_its_end_was_asked_for() -> None:
    ended = rules.canceled({**ACTIVE, "canceled_at": 5}, NOW, {"reason": "cancellation_requested"})
    assert (ended["status"], ended["canceled_at"], ended["ended_at"]) == ("canceled", 5, NOW)
    assert rules.canceled(ACTIVE, NOW, {})["canceled_at"] == NOW


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_of_one_that_has_ended_only_its_details_and_metadata_change(status: str) -> None:
    """Source: bootcamp#10390."""
    rules.check_can_change({"status": status}, {"metadata", "cancellation_details", "expand"})
    with pytest.raises(Refused, match="A canceled subscription can only update its cancellation_details and metadata"):
        rules.check_can_change({"status": status}, {"metadata", "description"})
    rules.check_can_change({"status": "active"}, {"description"})


def test_the_refusal_is_of_the_request() -> None:
    with pytest.raises(Refused) as refused:
        rules.check_can_change({"status": "canceled"}, {"items"})
    assert refused.value.code is Code.REQUEST_INVALID


# --- events -----------------------------------------------------------------------------------------------------------

CREATING: Final[Facts] = {**INCOMPLETE, "creating": True}
CANCELED: Final[Facts] = {**ACTIVE, "status": "canceled"}


@pytest.mark.parametrize(
    "before, now, events",
    [
        (None, ACTIVE, ["created"]),
        (None, INCOMPLETE, ["created"]),
        (None, CREATING, []),
        (CREATING, {**CREATING, "description": "x"}, []),
        (CREATING, ACTIVE, ["created"]),
        (CREATING, INCOMPLETE, ["created"]),
        (CREATING, CANCELED, ["created", "deleted"]),
        (INCOMPLETE, ACTIVE, ["updated"]),
        (ACTIVE, PAST_DUE, ["updated"]),
        (TRIALING, {**TRIALING, "trial_will_end": True}, ["trial_will_end", "updated"]),
        ({**TRIALING, "trial_will_end": True}, {**ACTIVE, "trial_will_end": True}, ["updated"]),
        (ACTIVE, CANCELED, ["deleted"]),
        (CANCELED, {**CANCELED, "metadata": {"a": "b"}}, ["updated"]),
        (INCOMPLETE, {**INCOMPLETE, "status": "incomplete_expired"}, ["updated"]),
    ],
)
def test_the_events_of_a_write(before: Facts | None, now: Facts, events: list[str]) -> None:
    if before is None:
        assert [*rules.events_of(None, stored(now))] == events
        return
    assert [*rules.events_of(stored(before), changed(stored(before), now, by()))] == events


def test_a_new_invoice_is_no_failure() -> None:
    fresh = new_object("demo", of_invoice.INVOICE, "in_1", OPEN, by())
    assert rules.with_invoice(ACTIVE, fresh)["status"] == "active"

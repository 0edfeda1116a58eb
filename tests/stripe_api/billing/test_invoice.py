"""The life of an invoice: its status, what falls due on it, its attempts and its events. No clock, no table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.billing import invoice as rules
from paysandbox.stripe_api.billing.invoice import Outcome
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, changed, deleted, new_object
from tests.support.builders.build import DAY, MONDAY

Facts = dict[str, Any]

NOW: Final = int(MONDAY.timestamp())
LINE: Final = {"id": "il_1", "amount": 1000}
DRAFT: Final[Facts] = {"auto_advance": True, "currency": "usd", "lines": [LINE], "billing_reason": rules.CYCLE}
OPEN: Final[Facts] = {**DRAFT, "status": "open", "number": "A-0001", "finalized_at": NOW, "payment_intent": "pi_1"}


def by(at: datetime = MONDAY) -> Cause:
    return Cause(operation_id=f"op_{at.timestamp()}", request_id="req", at=at)


def stored(attributes: Facts) -> StoredObject:
    return new_object("demo", rules.INVOICE, "in_1", attributes, by())


def without(facts: Facts, *names: str) -> Facts:
    return {name: value for name, value in facts.items() if name not in names}


def outcome(kind: str = rules.DECLINED, code: str | None = None, at: datetime = MONDAY, name: str = "att_1") -> Outcome:
    return Outcome(id=name, at=at, request_id="req", kind=kind, code=code)


# --- what is allowed --------------------------------------------------------------------------------------------------

ALLOWED: Final = {
    "finalize": {"draft"},
    "pay": {"draft", "open", "uncollectible"},
    "void": {"open", "uncollectible"},
    "mark_uncollectible": {"open"},
    "send": {"draft", "open"},
    "delete": {"draft"},
    "update": {"draft", "open", "paid", "uncollectible", "void"},
}


@pytest.mark.parametrize("to", ALLOWED)
@pytest.mark.parametrize("status", rules.STATUSES)
def test_a_status_allows_some_transitions(status: str, to: rules.To) -> None:
    if status in ALLOWED[to]:
        rules.check_can({"status": status}, to)
        return
    with pytest.raises(Refused) as refused:
        rules.check_can({"status": status}, to)
    assert refused.value.code is Code.REQUEST_INVALID


def test_an_invoice_without_a_status_is_a_draft() -> None:
    assert rules.status_of({}) == "draft"


# --- finalized --------------------------------------------------------------------------------------------------------


def test_a_draft_is_open_once_it_is_finalized() -> None:
    after = rules.finalized(DRAFT, "A-0001", "pi_1", MONDAY)
    assert after == OPEN


@pytest.mark.parametrize(
    "sent, due",
    [({}, None), ({"days_until_due": 30}, NOW + 30 * 86_400), ({"days_until_due": 0}, NOW), ({"due_date": 5}, 5)],
)
def test_it_is_due_some_days_after_it_was_finalized(sent: Facts, due: int | None) -> None:
    assert rules.finalized({**DRAFT, **sent}, "A-0001", "pi_1", MONDAY).get("due_date") == due


def test_an_invoice_of_nothing_is_paid_at_once_without_a_payment() -> None:
    """As recorded: attempted, with no attempt counted."""
    after = rules.finalized({**DRAFT, "lines": []}, "A-0001", "pi_1", MONDAY)
    assert after.items() >= {"status": "paid", "attempted": True, "paid_at": NOW, "finalized_at": NOW}.items()
    assert not after.keys() & {"payment_intent", "attempt_count", "amount_paid", "auto_advance"}


# --- what falls due ---------------------------------------------------------------------------------------------------

HOUR: Final = timedelta(hours=1)
FAILED: Final[Facts] = {**OPEN, "last_attempt": ["att_1", "declined", "generic_decline"]}
SENT: Final[Facts] = {**OPEN, "collection_method": "send_invoice", "due_date": NOW + 86_400}


@pytest.mark.parametrize(
    "facts, step",
    [
        (DRAFT, ("finalize", MONDAY + HOUR)),
        ({**DRAFT, "automatically_finalizes_at": NOW + 86_400}, ("finalize", MONDAY + DAY)),
        (without(DRAFT, "auto_advance"), None),
        (OPEN, ("attempt", MONDAY)),
        (without(OPEN, "auto_advance"), None),
        ({**OPEN, "awaits_payer": True}, None),
        (FAILED, None),
        ({**FAILED, "next_payment_attempt": NOW + 86_400}, ("attempt", MONDAY + DAY)),
        ({**FAILED, "given_up_at": NOW + 86_400}, ("give_up", MONDAY + DAY)),
        ({**FAILED, "exhausted": True, "next_payment_attempt": NOW}, None),
        (SENT, ("overdue", MONDAY + DAY)),
        ({**SENT, "overdue": True}, None),
        (without(SENT, "due_date"), None),
        ({**OPEN, "status": "paid"}, None),
        ({**OPEN, "status": "void"}, None),
        ({**OPEN, "status": "uncollectible"}, None),
    ],
)
def test_what_falls_due_next(facts: Facts, step: tuple[str, datetime] | None) -> None:
    assert rules.next_step(stored(facts)) == step


def test_nothing_falls_due_on_a_deleted_draft() -> None:
    assert rules.next_step(deleted(stored(DRAFT), DRAFT, by())) is None


# --- attempts ---------------------------------------------------------------------------------------------------------


def test_an_approved_attempt_pays() -> None:
    after = rules.with_outcome(OPEN, outcome(rules.APPROVED), is_retry=True)
    assert after.items() >= {"status": "paid", "amount_paid": 1000, "attempt_count": 1, "paid_at": NOW}.items()
    assert not after.keys() & {"auto_advance", "next_payment_attempt", "given_up_at"}


def attempts(days: Sequence[float], facts: Attributes = OPEN, code: str | None = "insufficient_funds") -> Facts:
    """Return an invoice whose scheduled attempts were declined on these days."""
    for place, day in enumerate(days):
        failed = outcome(rules.DECLINED, code, MONDAY + day * DAY, f"att_{place}")
        facts = rules.with_outcome(facts, failed, is_retry=True)
    return {**facts}


def in_days(facts: Attributes, name: str = "next_payment_attempt") -> float | None:
    return None if name not in facts else (facts[name] - NOW) / 86_400


@pytest.mark.parametrize("count, following", [*enumerate((1, 2, 4, 6, 8, 10, 12, 14), start=1), (9, None)])
def test_a_declined_attempt_is_made_again(count: int, following: int | None) -> None:
    after = attempts([0, 1, 2, 4, 6, 8, 10, 12, 14][:count])
    assert (after["attempt_count"], in_days(after), after.get("exhausted")) == (
        count,
        following,
        None if following else True,
    )


@pytest.mark.parametrize(
    "code", ["lost_card", "stolen_card", "incorrect_number", "transaction_not_allowed", "authentication_required"]
)
def test_a_hard_decline_is_not_made_again(code: str) -> None:
    after = attempts([0], code=code)
    assert (in_days(after), in_days(after, "given_up_at"), after["attempt_count"]) == (None, 14, 1)


def test_without_a_card_it_waits_for_one() -> None:
    after = rules.with_outcome({**OPEN, "taken_over": "att_0"}, outcome(rules.NO_METHOD), is_retry=True)
    assert (in_days(after, "given_up_at"), after["attempt_count"], after["taken_over"]) == (14, 1, "att_0")


def test_a_challenge_is_no_automatic_attempt() -> None:
    """As recorded: attempted, none counted, and none to come."""
    after = rules.with_outcome({**OPEN, "billing_reason": rules.FIRST}, outcome(rules.NEEDS_ACTION), is_retry=False)
    assert after["attempted"] is True
    assert not after.keys() & {"attempt_count", "next_payment_attempt", "given_up_at"}


def test_the_first_invoice_of_a_subscription_is_not_attempted_again() -> None:
    after = attempts([0], {**OPEN, "billing_reason": rules.FIRST})
    assert not after.keys() & {"next_payment_attempt", "given_up_at", "exhausted"}


def test_a_payers_own_attempt_moves_no_retry() -> None:
    before = attempts([0, 1])
    failed = outcome(rules.DECLINED, "insufficient_funds", MONDAY + 1.5 * DAY, "att_payer")
    after = rules.with_outcome(before, failed, is_retry=False)
    assert (after["attempt_count"], in_days(after)) == (2, 2)


def test_another_card_after_a_hard_decline_is_attempted_from_then_on() -> None:
    """Not on the days that are over: time would run backwards."""
    before = attempts([0], code="lost_card")
    failed = outcome(rules.DECLINED, "insufficient_funds", MONDAY + 9 * DAY, "att_payer")
    after = rules.with_outcome(before, failed, is_retry=False)
    assert (in_days(after), after.get("given_up_at")) == (10, None)


def test_once_the_attempts_have_ended_a_payers_own_brings_none_back() -> None:
    before = rules.exhausted(attempts([0], code="lost_card"))
    failed = outcome(rules.DECLINED, "insufficient_funds", MONDAY + 3 * DAY, "att_payer")
    after = rules.with_outcome(before, failed, is_retry=False)
    assert after["exhausted"] is True
    assert not after.keys() & {"next_payment_attempt", "given_up_at"}


@pytest.mark.parametrize("changes", [{"auto_advance": None}, {"collection_method": "send_invoice"}])
def test_what_is_not_collected_by_itself_is_not_attempted_again(changes: Facts) -> None:
    facts = {name: value for name, value in {**OPEN, **changes}.items() if value is not None}
    assert in_days(attempts([0], facts)) is None


@pytest.mark.parametrize("status, name", [("void", "voided_at"), ("uncollectible", "marked_uncollectible_at")])
def test_an_invoice_that_ends_is_collected_no_longer(status: str, name: str) -> None:
    after = rules.ended({**FAILED, "next_payment_attempt": NOW}, status, MONDAY)
    assert (after["status"], after[name]) == (status, NOW)
    assert not after.keys() & {"auto_advance", "next_payment_attempt"}


@pytest.mark.parametrize(
    "facts, left", [(OPEN, 1000), ({**OPEN, "status": "paid"}, 0), ({**OPEN, "status": "uncollectible"}, 1000)]
)
def test_what_is_left(facts: Facts, left: int) -> None:
    assert rules.amount_left(facts) == left


# --- events -----------------------------------------------------------------------------------------------------------

PAID: Final = rules.paid(OPEN, 1000, MONDAY)
ELSEWHERE: Final = rules.paid(OPEN, 0, MONDAY, out_of_band=True)
CHALLENGED: Final[Facts] = {**OPEN, "last_attempt": ["att_1", "requires_action", None]}
UNATTENDED: Final[Facts] = {**OPEN, "last_attempt": ["att_1", "declined", "authentication_required"]}


@pytest.mark.parametrize(
    "before, after, events",
    [
        (None, DRAFT, ["created"]),
        (None, OPEN, ["created", "finalized"]),
        (None, {**PAID, "lines": []}, ["created", "finalized", "paid", "payment_succeeded"]),
        (DRAFT, {**DRAFT, "description": "x"}, ["updated"]),
        (DRAFT, OPEN, ["finalized"]),
        (DRAFT, ELSEWHERE, ["finalized", "paid"]),
        (OPEN, PAID, ["paid", "payment_succeeded", "updated"]),
        (OPEN, ELSEWHERE, ["paid", "updated"]),
        (OPEN, FAILED, ["payment_failed", "updated"]),
        (OPEN, CHALLENGED, ["payment_failed", "payment_action_required", "updated"]),
        (OPEN, UNATTENDED, ["payment_failed", "payment_action_required", "updated"]),
        (FAILED, {**FAILED, "description": "x"}, ["updated"]),
        (OPEN, {**OPEN, "sent_at": NOW}, ["sent", "updated"]),
        (DRAFT, {**OPEN, "sent_at": NOW}, ["finalized", "sent"]),
        (OPEN, rules.ended(OPEN, "void", MONDAY), ["voided"]),
        (OPEN, rules.ended(OPEN, "uncollectible", MONDAY), ["marked_uncollectible"]),
        (rules.ended(OPEN, "uncollectible", MONDAY), rules.ended(OPEN, "void", MONDAY), ["voided"]),
    ],
)
def test_the_events_of_a_write(before: Facts | None, after: Facts, events: list[str]) -> None:
    if before is None:
        assert [*rules.events_of(None, stored(after))] == events
        return
    earlier = stored(before)
    assert [*rules.events_of(earlier, changed(earlier, after, by()))] == events


def test_a_deleted_draft_has_one_event() -> None:
    assert rules.events_of(stored(DRAFT), deleted(stored(DRAFT), DRAFT, by())) == ("deleted",)


def test_an_outcome_knows_whether_the_card_may_pay_later() -> None:
    assert replace(outcome(), code="insufficient_funds").may_succeed_later
    assert not replace(outcome(), code="lost_card").may_succeed_later
    assert not outcome(rules.NO_METHOD).may_succeed_later

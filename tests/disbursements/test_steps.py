"""The table of steps: what is possible in each status and for whom, where the money goes, and when what is due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import FINAL, MAX_TRAIL, Source, Status
from paysandbox.disbursements.methods import AVAILABLE, Method
from paysandbox.disbursements.steps import (
    ACTIONS,
    Step,
    attempted,
    due_at,
    held_amount,
    is_given_up,
    may_send_again,
    possible_actions,
    requested_outcome,
    returned_amount,
    row_of,
    stepped,
)
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.disbursements_each import PATHS, in_status

LATER: Final = MONDAY + 2 * HOUR

AFTER: Final[Mapping[Status, Mapping[str, str]]] = {
    Status.PENDING: {
        "send": "processing",
        "pay": "paid",
        "fail": "failed",
        "unclaim": "unclaimed",
        "hold": "held",
        "block": "blocked",
        "return": "returned",
        "cancel": "canceled",
        "stall": "processing",
    },
    Status.PROCESSING: {
        "pay": "paid",
        "fail": "failed",
        "unclaim": "unclaimed",
        "hold": "held",
        "block": "blocked",
        "return": "returned",
        "stall": "processing",
        "give_up": "requires_attention",
    },
    Status.PAID: {"return": "returned", "reverse": "returned"},
    Status.FAILED: {},
    Status.UNCLAIMED: {
        "claim": "paid",
        "block": "blocked",
        "return": "returned",
        "cancel": "canceled",
        "stall": "unclaimed",
        "give_up": "requires_attention",
    },
    Status.HELD: {
        "pay": "paid",
        "fail": "failed",
        "unclaim": "unclaimed",
        "release": "processing",
        "block": "blocked",
        "return": "returned",
        "give_up": "requires_attention",
    },
    Status.BLOCKED: {"return": "returned", "give_up": "requires_attention"},
    Status.RETURNED: {},
    Status.CANCELED: {},
    Status.REQUIRES_ATTENTION: {"pay": "paid", "fail": "failed", "return": "returned"},
}
"""The steps that somebody may bring about in each status, and the status after each."""

SOURCES: Final[Mapping[Source, set[str]]] = {
    Source.API: {"cancel"},
    Source.WORKER: {"send", "cancel"},
    Source.PROVIDER: {
        *("pay", "fail", "unclaim", "claim", "hold", "release", "block", "return", "reverse", "cancel"),
    },
    Source.TIMER: {"give_up"},
    Source.SIMULATED: {
        *("pay", "fail", "unclaim", "claim", "hold", "release", "block", "return", "reverse", "stall"),
    },
    Source.OPERATOR: {"pay", "fail"},
}
"""The steps that each of them may bring about, in whichever status."""


def result(status: Status, step: Step, source: Source) -> str | None:
    """Return the status after a step, or None if it is refused."""
    one = in_status(status)
    if row_of(one, step, source) is not None:
        return str(stepped(one, step, source, LATER).status)
    with pytest.raises(Refused) as caught:
        stepped(one, step, source, LATER)
    assert caught.value.code is Code.DISBURSEMENT_STATE_UNEXPECTED
    assert caught.value.possible == {"current_status": str(status)}
    return None


@pytest.mark.parametrize("status", Status)
def test_every_step_in_every_status(status: Status) -> None:
    results = {str(step): {result(status, step, source) for source in Source} - {None} for step in Step}
    assert {step: {after} for step, after in AFTER[status].items()} == {step: to for step, to in results.items() if to}


@pytest.mark.parametrize("source", Source)
def test_sources_of_each_step(source: Source) -> None:
    found = {str(step) for status in Status for step in Step if result(status, step, source) is not None}
    assert found == SOURCES[source]


@pytest.mark.parametrize("status", Status)
def test_the_money_of_each_status(status: Status) -> None:
    """Each step moves what it returns: held before = held after + returned."""
    one = in_status(status, fee=25)
    for name in AFTER[status]:
        after = next(stepped(one, Step(name), source, LATER) for source in Source if result(status, Step(name), source))
        assert held_amount(one) == held_amount(after) + returned_amount(one, after), name


@pytest.mark.parametrize(
    "status, held",
    [
        (Status.PENDING, 12_75),
        (Status.PROCESSING, 12_75),
        (Status.PAID, 12_75),
        (Status.FAILED, 0),
        (Status.UNCLAIMED, 12_75),
        (Status.HELD, 12_75),
        (Status.BLOCKED, 12_75),
        (Status.RETURNED, 25),
        (Status.CANCELED, 0),
        (Status.REQUIRES_ATTENTION, 12_75),
    ],
)
def test_held_amount(status: Status, held: int) -> None:
    """One that was returned after it was paid keeps its fee."""
    assert held_amount(in_status(status, fee=25)) == held


def test_every_simulated_action_is_possible_somewhere() -> None:
    each = [in_status(status, method=method) for status in Status for method in AVAILABLE]
    found = {step for one in each for step in possible_actions(one)}
    assert found == {*ACTIONS}


CORRECTED: Final = {
    (Status.PAID, Source.PROVIDER),
    (Status.PAID, Source.SIMULATED),
    (Status.PROCESSING, Source.PROVIDER),
}


@pytest.mark.parametrize("method", AVAILABLE)
def test_only_a_bank_corrects_what_it_has(method: str) -> None:
    """The status stays, and so does the money."""
    found = set[tuple[Status, Source]]()
    for status in Status:
        for source in Source:
            one = in_status(status, method=method, fee=25)
            if row_of(one, Step.CORRECT, source) is not None:
                after = stepped(one, Step.CORRECT, source, LATER, code="C01")
                assert (after.status, after.correction_codes, after.code) == (status, ("C01",), one.code)
                assert (held_amount(after), returned_amount(one, after)) == (held_amount(one), 0)
                found.add((status, source))
    assert found == (CORRECTED if method == Method.ACH else set())


def test_stalling_happens_once() -> None:
    stalled = stepped(in_status(Status.PROCESSING), Step.STALL, Source.SIMULATED, LATER)
    assert Step.STALL not in possible_actions(stalled)
    with pytest.raises(Refused):
        stepped(stalled, Step.STALL, Source.SIMULATED, LATER)


def test_a_trail_has_room_for_its_end() -> None:
    """A review that starts and ends again and again leaves entries for the final status."""
    one = in_status(Status.PROCESSING)
    while True:
        step = Step.RELEASE if one.status is Status.HELD else Step.HOLD
        if step not in possible_actions(one):
            break
        one = stepped(one, step, Source.SIMULATED, LATER)
    assert len(one.trail) < MAX_TRAIL
    for step in (Step.GIVE_UP, Step.PAY, Step.RETURN):
        source = Source.TIMER if step is Step.GIVE_UP else Source.PROVIDER
        one = stepped(one, step, source, LATER)
    assert (one.status, len(one.trail) <= MAX_TRAIL) == (Status.RETURNED, True)


def test_corrections_leave_room_for_a_return() -> None:
    one = in_status(Status.PAID, method="ach")
    while Step.CORRECT in possible_actions(one):
        one = stepped(one, Step.CORRECT, Source.SIMULATED, LATER, code="C01")
    assert len(one.trail) < MAX_TRAIL
    assert Step.RETURN in possible_actions(one)


@pytest.mark.parametrize(
    "method, outcome, is_refused",
    [
        ("ach", "return:R03", False),
        ("ach", "return:R23", False),
        ("ach", "return", False),
        ("ach", "fail:R01", False),
        ("ach", "return:R01", True),
        ("ach", "return:COMPLIANCE", True),
        ("paypal", "return:R01", False),
    ],
)
def test_a_bank_returns_credits_with_codes_of_credits(method: str, outcome: str, *, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(Refused, match=r"ach returns nothing with it\. Use R02"):
            requested_outcome(f"payout={outcome}", method, "X-Sandbox-Outcome")
    else:
        assert requested_outcome(f"payout={outcome}", method, "X-Sandbox-Outcome") == outcome


def test_the_trail_never_goes_back_in_time() -> None:
    """The clock of a function may be behind that of another one."""
    after = stepped(in_status(Status.PROCESSING), Step.PAY, Source.PROVIDER, MONDAY)
    assert [change.at for change in after.trail] == [MONDAY, MONDAY + HOUR, MONDAY + HOUR]


def test_a_repeated_status_lasts_since_its_first_entry() -> None:
    unclaimed = in_status(Status.UNCLAIMED)
    stalled = stepped(unclaimed, Step.STALL, Source.SIMULATED, MONDAY + 5 * DAY)
    assert (stalled.since, stalled.due_at) == (unclaimed.since, unclaimed.since + 30 * DAY)


# --- when something is due --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_is_due_in_the_end(status: Status) -> None:
    assert in_status(status).due_at is None


@pytest.mark.parametrize(
    "attempts, after", [(1, 1), (2, 4), (3, 16), (4, 64), (5, 256), (6, 1_024), (7, 1_440), (99, 1_440)]
)
def test_an_unknown_outcome_is_queried_with_backoff(attempts: int, after: int) -> None:
    """In minutes, and at least once a day."""
    one = replace(in_status(Status.PROCESSING), attempts=attempts)
    assert due_at(one, LATER) == LATER + timedelta(minutes=after)


@pytest.mark.parametrize(
    "status, days, due",
    [
        (Status.PROCESSING, 28.5, 29),
        (Status.PROCESSING, 29, 30),
        (Status.HELD, 1, 2),
        (Status.BLOCKED, 28.5, 29),
        (Status.HELD, 29, 29 + 1 / 24),
        (Status.UNCLAIMED, 1, 2),
        (Status.UNCLAIMED, 29.5, 30),
        (Status.UNCLAIMED, 30, 30 + 1 / 24),
        (Status.REQUIRES_ATTENTION, 40, 41),
    ],
)
def test_steps_due_shortly_before_the_time_limit(status: Status, days: float, due: float) -> None:
    """In days since it got its status. Never before now, so that no sweep asks again and again."""
    one = replace(in_status(status), attempts=9)
    since = MONDAY + HOUR
    assert due_at(one, since + timedelta(days=days)) == since + timedelta(days=due)


@pytest.mark.parametrize(
    "status, days, given_up",
    [
        (Status.PENDING, 99, False),
        (Status.PROCESSING, 28.9, False),
        (Status.PROCESSING, 29, True),
        (Status.HELD, 29, True),
        (Status.BLOCKED, 29, True),
        (Status.UNCLAIMED, 29, False),
        (Status.UNCLAIMED, 30, True),
        (Status.PAID, 99, False),
        (Status.REQUIRES_ATTENTION, 99, False),
    ],
)
def test_the_time_limit_of_an_unknown_outcome(status: Status, days: float, given_up: bool) -> None:
    now = MONDAY + HOUR + timedelta(days=days)
    assert is_given_up(in_status(status), now) is given_up


def test_nothing_is_sent_again_after_29_days() -> None:
    one = in_status(Status.PROCESSING)
    last = MONDAY + HOUR + 29 * DAY
    assert (may_send_again(one, last - HOUR), may_send_again(one, last)) == (True, False)


def test_sending_and_asking_count_attempts_and_versions() -> None:
    one = in_status(Status.PENDING)
    sent = stepped(one, Step.SEND, Source.WORKER, LATER)
    again = attempted(sent, LATER)
    assert [(each.attempts, each.version, each.sent_at) for each in (one, sent, again)] == [
        (0, 1, None),
        (1, 2, LATER),
        (2, 3, LATER),
    ]


@pytest.mark.parametrize("step", [Step.HOLD, Step.BLOCK])
def test_a_simulated_review_has_no_end(step: Step) -> None:
    assert stepped(in_status(Status.PROCESSING), step, Source.SIMULATED, LATER).due_at is None


def test_there_is_a_path_to_every_status() -> None:
    assert {in_status(status).status for status in PATHS} == {*Status} == AFTER.keys()

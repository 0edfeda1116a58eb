"""Disbursements by Stripe from acceptance to the end: the workers on moto's tables, at the sandbox's own /v1.

A worker that is killed, or loses an answer, at any call to AWS or to Stripe: paid once, and nothing is lost.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.methods import WATCHED_FOR
from paysandbox.disbursements.rails import rail_of
from paysandbox.disbursements.steps import canceled_by_merchant
from paysandbox.disbursements.store import disbursements_table, tables as own_tables
from paysandbox.disbursements.sweep import sweep
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.tables import funds
from paysandbox.http import outbound
from paysandbox.http.outbound import JsonAnswer, NoAnswerError
from tests.disbursements.disbursement_scenario import DisbursementScenario
from tests.support.builders import disbursements
from tests.support.fakes.stripe_platform import StripePlatform
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, reads_fail_once
from tests.webhooks.workers.conftest import Clock

pytestmark = pytest.mark.timeout(180)

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
AMOUNT: Final = 12_50
CLOSED: Final = "000111111113"
PAID_THEN_CLOSED: Final = "000123456813"
METHOD: Final = "stripe"


class StripeScenario(DisbursementScenario):
    """The tables, Stripe, and the workers between them."""

    def __init__(self, platform: StripePlatform, clock: Clock) -> None:
        super().__init__(rail_of(METHOD))  # pyright: ignore[reportArgumentType] - what needs the scripted one is replaced
        self.platform, self.clock = platform, clock

    def to(self, account: str, **parts: Any) -> Disbursement:
        """Accept a disbursement to an account now."""
        return self.accept(method=METHOD, stripe_account=account, fee=25, **parts)

    def audit(self) -> None:
        """Check the books, and that whoever is paid is paid once."""
        assert audit_funds(self.table, look_again=lambda: False).breaks == []
        for one in self.every():
            transfers, payouts = self.platform.transfers(one), self.platform.payouts(one)
            assert len(transfers) <= 1
            alive = [payout for payout in payouts if payout["status"] not in ("failed", "canceled")]
            assert len(alive) <= 1
            if one.status is Status.PAID:
                assert [payout["status"] for payout in alive] == ["paid"]
            if one.status in (Status.FAILED, Status.RETURNED, Status.CANCELED) and transfers:
                assert transfers[0]["reversed"] is True
                assert alive == []

    def days_pass(self, days: int) -> None:
        """Let the sweeps of /v1 and of disbursements run once a day."""
        for _ in range(days):
            self.clock.advance(DAY)
            self.platform.sweep()
            attempted(self.sweep)


def attempted(work: Callable[[], Any]) -> None:
    """Run a worker that may be killed or fail. What it leaves is due again."""
    try:
        work()
    except (Killed, Exception):  # noqa: BLE001 - whatever it is, the sweep comes again
        return


@pytest.fixture
def scenario(platform: StripePlatform, clock: Clock) -> Iterator[StripeScenario]:
    """Return a scenario of a merchant with a hundred dollars. After the test, the books are audited."""
    scenario = StripeScenario(platform, clock)
    scenario.fund()
    yield scenario
    scenario.audit()


def test_paid_when_the_payout_is(scenario: StripeScenario) -> None:
    one = scenario.to(scenario.platform.account())
    scenario.deliver(one)
    made = scenario.now(one)
    assert (made.status, made.payout is not None) == (Status.PROCESSING, True)
    scenario.clock.advance(DAY)
    scenario.platform.sweep()
    scenario.sweep()
    assert scenario.now(one).status is Status.PROCESSING
    scenario.days_pass(2)
    assert scenario.now(one).status is Status.PAID
    assert scenario.balance() == 100_00 - AMOUNT - 25


def test_a_failed_payout_gives_the_funds_back_once(scenario: StripeScenario) -> None:
    one = scenario.to(scenario.platform.account(CLOSED))
    scenario.deliver(one)
    scenario.days_pass(1)
    after = scenario.now(one)
    assert (after.status, after.code) == (Status.FAILED, "ACCOUNT_CLOSED")
    assert scenario.balance() == 100_00
    assert read_amounts(funds(), "donate-now") == {"USD": 1_000_00}


@pytest.mark.full
def test_a_paid_one_is_watched_for_ten_days(scenario: StripeScenario) -> None:
    lasting, returned = (
        scenario.to(scenario.platform.account()),
        scenario.to(scenario.platform.account(PAID_THEN_CLOSED)),
    )
    scenario.deliver(lasting, returned)
    scenario.platform.sweep()
    scenario.clock.advance(HOUR)
    scenario.sweep()
    assert scenario.now(returned).status is Status.PAID
    scenario.days_pass(4)
    after = scenario.now(returned)
    assert [change.status for change in after.trail][-2:] == [Status.PAID, Status.RETURNED]
    assert scenario.now(lasting).due_at is not None
    scenario.days_pass(WATCHED_FOR[METHOD].days)
    assert (scenario.now(lasting).status, scenario.now(lasting).due_at) == (Status.PAID, None)
    # Of one that was returned after it was paid, the fee stays.
    assert scenario.balance() == 100_00 - AMOUNT - 25 - 25


def test_an_unclaimed_one_is_canceled_and_the_transfer_taken_back(scenario: StripeScenario) -> None:
    one = scenario.to(scenario.platform.account(None))
    scenario.deliver(one)
    unclaimed = scenario.now(one)
    assert unclaimed.status is Status.UNCLAIMED
    requested = scenario.change(unclaimed, canceled_by_merchant(unclaimed, runtime.now(), request_id="req-2"))
    scenario.deliver(requested, before=unclaimed)
    assert scenario.now(one).status is Status.CANCELED
    assert scenario.balance() == 100_00


def test_a_silent_stripe_requires_attention_after_29_days(
    scenario: StripeScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any, **__: Any) -> JsonAnswer:
        raise NoAnswerError("ReadTimeoutError")

    monkeypatch.setattr(outbound, "request", silent)
    one = scenario.to(scenario.platform.account())
    scenario.deliver(one)
    for _ in range(6):
        scenario.clock.advance(5 * DAY)
        scenario.sweep()
    assert scenario.now(one).status is Status.REQUIRES_ATTENTION
    assert scenario.balance() == 100_00 - AMOUNT - 25


@pytest.mark.full
def test_without_a_key_for_days_it_is_sent_once_there_is_one(scenario: StripeScenario) -> None:
    runtime.ssm().delete_parameter(Name=tables.STRIPE_KEY_PARAMETER)
    one = scenario.to(scenario.platform.account())
    scenario.deliver(one)
    scenario.days_pass(2)
    assert (scenario.now(one).status, scenario.platform.transfers(one)) == (Status.PROCESSING, [])
    tables.put_stripe_secrets()
    scenario.days_pass(5)
    assert scenario.now(one).status is Status.PAID


@pytest.mark.full
def test_fifty_at_once_from_one_fund(scenario: StripeScenario) -> None:
    """Eight are covered. Each is delivered twice, while the sweep runs."""
    account = scenario.platform.account()

    def accept(number: int) -> Disbursement | None:
        requested = disbursements.accepted(
            1_000 + number, method=METHOD, stripe_account=account, created_at=runtime.now(), amount=AMOUNT
        )
        try:
            return disbursements_table.accept(own_tables.disbursements(), requested)
        except Refused as refused:
            return None if refused.code is Code.INSUFFICIENT_BALANCE else pytest.fail(f"{refused.code}")

    with ThreadPoolExecutor(50) as pool:
        made = [one for one in pool.map(accept, range(50)) if one is not None]
        assert (len(made), scenario.balance()) == (8, 0)
        scenario.clock.advance(HOUR)
        works = [lambda one=one: scenario.deliver(one) for one in made * 2]
        for done in [pool.submit(work) for work in [*works, lambda: sweep(lambda: True)]]:
            done.result()
    scenario.days_pass(3)
    assert {scenario.now(one).status for one in made} == {Status.PAID}
    assert read_amounts(funds(), "donate-now") == {"USD": 1_000_00 - 8 * AMOUNT}


CASES: Final = [
    pytest.param("000123456789", {Status.PAID}, id="paid"),
    pytest.param(CLOSED, {Status.FAILED}, id="failed"),
    # Unless nobody asked while it was paid.
    pytest.param(PAID_THEN_CLOSED, {Status.RETURNED, Status.FAILED}, id="returned after it was paid"),
    pytest.param(None, {Status.RETURNED}, id="unclaimed for 30 days"),
]


def begun(scenario: StripeScenario, number: str | None) -> Disbursement:
    """Accept a disbursement that ends in a way of its own, on empty tables."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    scenario.platform.fund()
    scenario.fund()
    return scenario.to(scenario.platform.account(number))


def ended(scenario: StripeScenario, one: Disbursement, statuses: set[Status]) -> None:
    """Let the time pass until the disbursement has ended, and check how."""
    for _ in range(3):
        scenario.clock.advance(HOUR)
        attempted(scenario.sweep)
    scenario.days_pass(6)
    scenario.audit()
    if scenario.now(one).status is Status.UNCLAIMED:
        scenario.clock.advance(22 * DAY)
        scenario.days_pass(4)
        scenario.audit()
    assert scenario.now(one).status in statuses


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, call: int, how: str) -> Iterator[list[str]]:
    """Break a call to Stripe, counted from 0. Yields the calls."""
    real, calls = outbound.request, list[str]()

    def request(method: str, url: str, **parts: Any) -> JsonAnswer:
        place = len(calls)
        calls.append(f"{method} {url}")
        if place == call and how == "killed before":
            raise Killed
        if place == call and how == "lost before":
            raise NoAnswerError("ReadTimeoutError")
        answer = real(method, url, **parts)
        if place == call and how == "killed after":
            raise Killed
        if place == call and how == "lost after":
            raise NoAnswerError("ReadTimeoutError")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(outbound, "request", request)
        yield calls


EACH_FAILURE: Final = [
    pytest.param(
        *(*case.values, how),
        id=f"{case.id}-{how}",
        marks=pytest.mark.full if case is CASES[0] or how == "lost after" else pytest.mark.soak,
    )
    for case in CASES
    for how in ("killed before", "killed after", "lost before", "lost after")
]


@pytest.mark.parametrize("number, statuses, how", EACH_FAILURE)
def test_a_failure_at_any_call_to_stripe(
    number: str | None,
    statuses: set[Status],
    how: str,
    scenario: StripeScenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = 0
    while True:
        one = begun(scenario, number)
        with broken(monkeypatch, call, how) as calls:
            attempted(lambda one=one: scenario.deliver(one))
            ended(scenario, one, statuses)
        if call >= len(calls):
            break
        call += 1 if call < 5 else 4
    assert call > 2


EACH_KILL: Final = [
    pytest.param(
        *(*case.values, trouble),
        id=f"{case.id}-{trouble}",
        marks=pytest.mark.full if case is CASES[0] or trouble is KILLED_AFTER else pytest.mark.soak,
    )
    for case in CASES
    for trouble in (KILLED_BEFORE, KILLED_AFTER)
]


@pytest.mark.parametrize("number, statuses, trouble", EACH_KILL)
def test_a_kill_at_any_write(
    number: str | None, statuses: set[Status], trouble: Any, scenario: StripeScenario, wire: Wire
) -> None:
    """Of the stream's reader, which makes the first requests.

    What a kill before a write leaves is what one after the write or the call to Stripe before it left; one case tries.
    """
    one = begun(scenario, number)
    with wire.record() as recorded:
        scenario.deliver(one)
    for failure in reads_fail_once(failures(recorded, trouble)):
        one = begun(scenario, number)
        with failure.happening(wire):
            attempted(lambda one=one: scenario.deliver(one))
        ended(scenario, one, statuses)

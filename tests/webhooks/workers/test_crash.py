"""Each AWS call of each worker fails, before and after it takes effect; then the work is redelivered, as Lambda does.

However a run ends, the final state must be that of a run without faults: nothing lost, nothing invented. Only the
number of times that a receiver, a queue or the topic gets the same message may differ.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from payments import expire_payments
from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.payments import expiry
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import state_of
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_of, put_delivery
from paysandbox.webhooks.delivery import Attempt
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from paysandbox.webhooks.events.event_store import store_event
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, capture, run
from tests.support.fakes.receiver import Receiver, receiver
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    EVERY_ANSWER_LOST,
    KILLED_AFTER,
    KILLED_BEFORE,
    Trouble,
    attempted,
    failures,
    reads_fail_once,
)
from tests.support.worlds.webhook_workers import DEAD, HEALTHY, LONG, SUSPECTS, WebhookWorkers, happened
from tests.webhooks.workers.conftest import Clock

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

EVENTS = [happened(1), happened(2)]
RETRIES = 9


ENDS = (EVERY_ANSWER_LOST, KILLED_AFTER)
"""A worker fails, or is killed."""
OTHERS = (ANSWER_LOST, KILLED_BEFORE)
"""It goes on, or is killed where the call before left everything."""


@dataclass
class Stage:
    """Two endpoints, one of which answers as the scenario defines."""

    workers: WebhookWorkers
    shop: Receiver
    clock: Clock
    endpoint: Endpoint


Story = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A worker's scenario: the initial state, one run, and the summary of the final state.

    `work` returns the messages to redeliver; an exception means all of them.
    """

    name: str
    given: Callable[[Stage], list[Any]]
    work: Callable[[Stage, list[Any]], list[Any]]
    answers: tuple[Any, ...] = (200,)

    def __str__(self) -> str:
        return self.name


def planning(stage: Stage) -> list[Any]:
    return [stage.workers.told(event) for event in EVENTS]


def plan(stage: Stage, batch: list[Any]) -> list[Any]:
    from webhooks import plan_deliveries

    return again(batch, plan_deliveries.handler({"Records": batch}, None))


def planned(stage: Stage, count: int = len(EVENTS)) -> list[Any]:
    """Plan deliveries that wait in the queue for their first attempt."""
    found: list[Any] = []
    for event in EVENTS[:count]:
        store_event(webhook_tables.event_store(), replace(event, planned={stage.endpoint.id: 1}))
        found.append(stage.workers.message(delivery_of(event, stage.endpoint)))
    return found


def stored(stage: Stage, count: int = len(EVENTS), **parts: Any) -> list[Any]:
    """Store deliveries: opened by a resend or by the version before, or with earlier attempts."""
    found: list[Any] = []
    for event in EVENTS[:count]:
        store_event(webhook_tables.event_store(), event)
        delivery = replace(delivery_of(event, stage.endpoint), **parts)
        put_delivery(webhook_tables.deliveries(), delivery)
        found.append(stage.workers.message(delivery, SUSPECTS if parts else HEALTHY))
    return found


def one_planned(stage: Stage) -> list[Any]:
    """Plan one delivery: of two, one could disable the endpoint before the other is tried; results would vary."""
    return planned(stage, 1)


def on_its_last_try(stage: Stage) -> list[Any]:
    tried = tuple(
        Attempt(number=number, at=build.MONDAY, latency_ms=5, request_headers={}, status=500)
        for number in range(1, RETRIES + 1)
    )
    return stored(stage, 1, attempts=tried, tries=RETRIES)


def about_to_be_given_up(stage: Stage) -> list[Any]:
    now = runtime.now()
    failing = Failing(since=now - timedelta(days=6), failures=9, last_at=now - timedelta(hours=1))
    stage.endpoint = stage.workers.endpoint(1, stage.shop.url, failing=failing)
    return on_its_last_try(stage)


def become_suspect(stage: Stage) -> list[Any]:
    messages = planned(stage)
    stage.endpoint = stage.workers.endpoint(1, stage.shop.url, unhealthy_since=runtime.now())
    return messages


def disabled_since(stage: Stage) -> list[Any]:
    messages = planned(stage)
    stage.endpoint = stage.workers.endpoint(
        1, stage.shop.url, disabled=Disabled(build.MONDAY, DisabledBecause.REQUESTED)
    )
    return messages


def deliver(stage: Stage, batch: list[Any]) -> list[Any]:
    return again(batch, stage.workers.deliver(*batch))


def due(stage: Stage) -> list[Any]:
    tried = (Attempt(number=1, at=build.MONDAY - timedelta(hours=1), latency_ms=5, request_headers={}, status=500),)
    stored(stage, attempts=tried, tries=1, due_at=runtime.now() - timedelta(seconds=1))
    return ["the next minute"]


def sweep(stage: Stage, batch: list[Any]) -> list[Any]:
    return batch if stage.workers.sweep()["more"] else []


def unpaid(stage: Stage) -> list[Any]:
    for number, steps in enumerate([[], [capture(4_00)]]):
        payment_id = ids.payment_id("crash", str(number))
        created = runtime.now() - timedelta(days=8)
        run(PaymentScenario.open(runtime.ledger(), build.authorized(payment_id=payment_id, now=created)), *steps)
    return ["the next minute"]


def expire(stage: Stage, batch: list[Any]) -> list[Any]:
    return batch if expire_payments.handler({}, LONG)["more"] else []


def again(batch: list[Any], answer: Any) -> list[Any]:
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    return [record for record in batch if record["messageId"] in failed]


SCENARIOS = (
    Scenario("planning", planning, plan),
    Scenario("delivered", planned, deliver),
    Scenario("delivered, from an item", stored, deliver),
    Scenario("fails, then arrives", planned, deliver, (500, 500, 200)),
    Scenario("fails, then arrives, from an item", stored, deliver, (500, 500, 200)),
    Scenario("nobody waits for it", disabled_since, deliver),
    Scenario("fails for the last time", on_its_last_try, deliver, (500,)),
    Scenario("is gone", one_planned, deliver, (410,)),
    Scenario("is given up", about_to_be_given_up, deliver, (500,)),
    Scenario("goes the other way", become_suspect, deliver),
    Scenario("is due", due, sweep),
    Scenario("expires", unpaid, expire),
)


@pytest.mark.timeout(170)
@pytest.mark.parametrize(
    "troubles", [ENDS, pytest.param(OTHERS, marks=pytest.mark.soak)], ids=["it ends", "it goes on"]
)
@pytest.mark.parametrize("scenario", full_but(SCENARIOS, keep=lambda scenario: scenario is SCENARIOS[0]), ids=str)
def test_no_failure_loses_or_invents_a_delivery(
    scenario: Scenario, troubles: Sequence[Trouble], workers: WebhookWorkers, clock: Clock, wire: Wire
) -> None:
    with stage_of(scenario, workers, clock) as stage:
        batch = scenario.given(stage)
        with wire.record() as recorded:
            assert scenario.work(stage, batch) == []
        expected = finish(stage)
    for failure in reads_fail_once(failures(recorded, *troubles)):
        with stage_of(scenario, workers, clock) as stage:
            batch = scenario.given(stage)
            with failure.happening(wire):
                batch = attempted(lambda: scenario.work(stage, batch), batch)  # noqa: B023 - it is called at once
            for _ in range(3):
                batch = attempted(lambda: scenario.work(stage, batch), batch) if batch else []  # noqa: B023 - it is called at once
            assert batch == [], failure
            assert finish(stage) == expected, failure


@contextmanager
def stage_of(scenario: Scenario, workers: WebhookWorkers, clock: Clock) -> Iterator[Stage]:
    """Return the initial stage."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    table_snapshot.forget_webhooks()
    expiry.forget()
    webhook_secrets.master.cache_clear()
    for queue in (HEALTHY, SUSPECTS, DEAD, "events-to-plan"):
        workers.waiting(queue)
    clock.reset()
    with receiver(scenario.answers) as shop:
        yield Stage(workers, shop, clock, workers.endpoint(1, shop.url))


def finish(stage: Stage) -> Story:
    """Finish all pending work without further faults, and return the resulting state."""
    workers = stage.workers
    workers.work()
    stage.clock.advance(timedelta(hours=2))
    if table_snapshot.items():
        expire_payments.handler({}, LONG)
    else:
        workers.sweep()
    workers.work()
    held = workers.held(stage.endpoint)
    payments = [payment_from(item) for item in table_snapshot.items()]
    return {
        "events": sorted(workers.events()),
        # Status as shown: a worker that finds a canceled delivery may or may not have stored that yet.
        "deliveries": {one.id: str(one.status_for(held)) for one in workers.deliveries().values()},
        "received": set(stage.shop.ids()),
        "dead": {one["delivery_id"] for one in workers.bodies(DEAD)},
        "told": {(one["type"], one["data"]["disabled_reason"]) for one in workers.told_about()},
        "endpoint": held.disabled and (held.disabled.because, held.disabled.published),
        "payments": sorted(
            (one.id, str(state_of(one).status), len(one.operations), one.due_at is None) for one in payments
        ),
    }

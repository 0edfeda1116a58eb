"""The `traceparent` of webhooks: the trace of the request behind the event, or the payment's if a collector gets it."""

from dataclasses import replace

import pytest

from paysandbox.aws.trace_context import (
    ATTEMPT,
    COLLECTOR_VARIABLE,
    TRACEPARENT,
    Parent,
    Trace,
    parent_in,
    span_id,
    trace_of,
)
from paysandbox.core import ids
from paysandbox.request_log.log_lines import ATTEMPT_LINE
from paysandbox.webhooks.events.event_store import StoredEvent
from tests.support.fakes.receiver import receiver
from tests.support.worlds.webhook_workers import HEALTHY, SUSPECTS, WebhookWorkers, happened

TRACE = Trace("4bf92f3577b34da6a3ce929d0e0e4736")
XRAY = "1-581cf771-a006649127e371903a2de979"
EVENT = happened()
IN_TRACE = replace(EVENT, trace=f"{TRACE.id}-01")
COLLECTOR = "http://127.0.0.1:4318"


def parents(workers: WebhookWorkers, event: StoredEvent, answers: tuple[int, ...] = (200,)) -> list[Parent | None]:
    """Return the parents that a receiver with these answers is sent."""
    with receiver(answers) as shop:
        workers.endpoint(1, shop.url)
        workers.plan(event)
        workers.work()
        return [parent_in([text]) if (text := one.headers.get(TRACEPARENT)) else None for one in shop.received]


def attempt_of(event: StoredEvent, trace: Trace, number: int = 1) -> Parent:
    """Return an attempt's own span."""
    endpoint = ids.endpoint_id(event.merchant, "1")
    return Parent(trace, span_id(ATTEMPT, ids.delivery_id(event.id, endpoint), str(number)))


@pytest.mark.parametrize(
    "collector, stored, trace",
    [
        ("", None, None),
        ("", XRAY, None),
        ("", f"{TRACE.id}-01", TRACE),
        ("", f"{TRACE.id}-00", Trace(TRACE.id, is_sampled=False)),
        ("", f"{XRAY},{TRACE.id}-01", TRACE),
        (COLLECTOR, None, trace_of(ids.payment_id("happened", "1"))),
        (COLLECTOR, f"{TRACE.id}-01", TRACE),
    ],
)
def test_the_trace_of_an_attempt(
    collector: str, stored: str | None, trace: Trace | None, workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COLLECTOR_VARIABLE, collector)
    event = replace(EVENT, trace=stored)
    assert parents(workers, event) == [None if trace is None else attempt_of(event, trace)]


def test_each_attempt_is_a_span_of_its_own_in_the_same_trace(workers: WebhookWorkers) -> None:
    numbers = (1, 2)
    assert parents(workers, IN_TRACE, (500, 200)) == [attempt_of(IN_TRACE, TRACE, number) for number in numbers]


def test_a_later_attempt_has_the_trace_of_the_stored_event(workers: WebhookWorkers) -> None:
    """Its message is lost, as those of retries that wait for longer than a queue can hold them."""
    with receiver([500, 200]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(IN_TRACE)
        workers.deliver(*workers.waiting(HEALTHY))
        workers.waiting(SUSPECTS)
        workers.deliver(workers.message(workers.delivery(IN_TRACE, endpoint), SUSPECTS))
        assert [one.headers[TRACEPARENT].split("-")[1] for one in shop.received] == [TRACE.id] * 2


def test_the_callers_trace_is_all_that_an_event_stores(workers: WebhookWorkers) -> None:
    workers.plan(replace(EVENT, trace=f"{XRAY},{TRACE.id}-01"))
    assert workers.events()[EVENT.id].trace == f"{TRACE.id}-01"


@pytest.mark.parametrize("event", [EVENT, IN_TRACE], ids=["in no trace", "in a trace"])
def test_the_line_of_an_attempt_has_its_span(
    event: StoredEvent, workers: WebhookWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    (parent,) = parents(workers, event)
    (line,) = (vars(one) for one in caplog.records if one.message == ATTEMPT_LINE)
    logged = line.get(TRACEPARENT)
    assert (parent_in([logged]) if logged else None) == parent


def test_the_delivery_shows_the_header(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(IN_TRACE)
        workers.work()
    (attempt,) = workers.delivery(IN_TRACE, endpoint).attempts
    assert attempt.request_headers[TRACEPARENT] == shop.received[0].headers[TRACEPARENT]

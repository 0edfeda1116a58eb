"""Faults that rules inject into webhooks: what the receiver gets, and what is recorded of it."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import environment_item, runtime
from paysandbox.aws.settings import ClockSettings, MerchantSettingsSettings
from paysandbox.core.signature import fault, secret_of, stripe_fault
from paysandbox.fault_rules.stored import let_requests_be_faulted
from paysandbox.http.faults.fault import read_fault
from paysandbox.http.faults.fault_rules import Match, Rule
from paysandbox.http.faults.faults_table import FaultsTable, firings_of, put_rule, rules_of
from paysandbox.webhooks.deliveries import attempts
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.outbound import connections
from tests.support.fakes.receiver import Received, receiver
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.webhook_workers import DEAD, HEALTHY, WebhookWorkers, happened

EVENT = happened()
MERCHANT = EVENT.merchant


@pytest.fixture(autouse=True)
def faults_are_read(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let workers look for rules, and whoever creates one wait for nobody."""
    os.environ |= {**ClockSettings(0, tables.MERCHANTS).to_env(), **MerchantSettingsSettings(tables.MERCHANTS).to_env()}
    runtime._settings.cache_clear()
    monkeypatch.setattr(environment_item, "VALID_MS", 0)
    monkeypatch.setattr(environment_item, "_VALID", timedelta())
    environment_item.forget()
    yield
    environment_item.forget()


def table() -> FaultsTable:
    return FaultsTable(runtime.dynamodb(), tables.INJECTED)


def rule(text: str, *, merchant: str = MERCHANT, count: int = 1, **match: Any) -> None:
    now_ms = int(runtime.wall_now().timestamp() * 1_000)
    made = Rule(
        id=f"flt_{text}",
        fault=read_fault(text, "fault", may_repeat=False),
        match=Match(**match),
        count=count,
        percent=100,
        seed=7,
        after=0,
        ends_at_ms=now_ms + 60_000,
        created_at="2026-11-27T06:00:00.000000Z",
    )
    put_rule(table(), merchant, made)
    let_requests_be_faulted(merchant, made)


def sent(workers: WebhookWorkers) -> tuple[Delivery, Endpoint, list[Received]]:
    """Make the first attempt to deliver the event, to a receiver that accepts it."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        assert workers.deliver(message) == {"batchItemFailures": []}
        return workers.delivery(EVENT, endpoint), endpoint, shop.received


def verdicts(endpoint: Endpoint, request: Received) -> tuple[str | None, str | None]:
    """Return why each of the two signatures fails, or None."""
    secret, now = secret_of(tables.WEBHOOK_SECRET, endpoint.id, 1), int(runtime.wall_now().timestamp())
    standard = fault(secret, request.headers, request.body, now=now)
    return standard, stripe_fault(secret, request.headers["stripe-signature"], request.body, now=now)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("webhook_bad_signature", ("signature_wrong", "signature_wrong")),
        ("webhook_tampered_body", ("signature_wrong", "signature_wrong")),
        ("webhook_stale", ("timestamp_stale", "timestamp_stale")),
        ("webhook_stale;s=1", (None, None)),
        ("webhook_whitespace", (None, None)),
        ("webhook_unknown_type", (None, None)),
    ],
)
def test_a_receiver_has_to_verify_the_bytes(workers: WebhookWorkers, text: str, expected: Any) -> None:
    rule(text)
    delivery, endpoint, (request,) = sent(workers)
    assert verdicts(endpoint, request) == expected
    assert delivery.attempts[0].fault == text


def test_a_tampered_body_is_another_one(workers: WebhookWorkers) -> None:
    rule("webhook_tampered_body")
    _, _, (request,) = sent(workers)
    assert json.loads(request.body) == {"tampered": True, **json.loads(EVENT.body)}


def test_the_same_event_comes_in_other_bytes(workers: WebhookWorkers) -> None:
    rule("webhook_whitespace")
    _, _, (request,) = sent(workers)
    assert request.body != EVENT.body.encode()
    assert json.loads(request.body) == json.loads(EVENT.body)


def test_an_event_has_a_type_that_does_not_exist(workers: WebhookWorkers) -> None:
    rule("webhook_unknown_type")
    _, _, (request,) = sent(workers)
    assert json.loads(request.body) == {**json.loads(EVENT.body), "type": "sandbox.unknown_type"}


@pytest.mark.parametrize(
    "text, times", [("webhook_duplicate", 2), ("webhook_duplicate;n=4", 4), ("webhook_concurrent", 5)]
)
def test_a_webhook_comes_more_than_once(workers: WebhookWorkers, text: str, times: int) -> None:
    rule(text)
    delivery, endpoint, requests = sent(workers)
    assert [request.headers["webhook-id"] for request in requests] == [EVENT.id] * times
    assert {verdicts(endpoint, request) for request in requests} == {(None, None)}
    assert (delivery.status, len(delivery.attempts)) == (DeliveryStatus.DELIVERED, 1)


def test_one_change_comes_as_two_events(workers: WebhookWorkers) -> None:
    rule("webhook_twin")
    delivery, endpoint, (event, twin) = sent(workers)
    assert event.headers["webhook-id"] == EVENT.id
    assert json.loads(twin.body) == {**json.loads(EVENT.body), "id": twin.headers["webhook-id"]}
    assert twin.headers["webhook-id"] != EVENT.id
    assert verdicts(endpoint, twin) == (None, None)
    assert (delivery.status, len(delivery.attempts)) == (DeliveryStatus.DELIVERED, 1)


def test_unknown_events_come_with_a_webhook(workers: WebhookWorkers) -> None:
    rule("webhook_burst;n=8")
    _, endpoint, requests = sent(workers)
    types = [json.loads(request.body)["type"] for request in requests]
    assert sorted(types) == sorted([EVENT.type, *["sandbox.unknown_type"] * 8])
    assert len({request.headers["webhook-id"] for request in requests}) == 9
    assert {verdicts(endpoint, request) for request in requests} == {(None, None)}


def test_an_old_webhook_comes_again(workers: WebhookWorkers) -> None:
    rule("webhook_replay")
    delivery, endpoint, (event, again) = sent(workers)
    assert (again.body, again.headers["webhook-id"]) == (event.body, EVENT.id)
    assert verdicts(endpoint, event) == (None, None)
    assert verdicts(endpoint, again) == ("timestamp_stale", "timestamp_stale")
    assert delivery.status is DeliveryStatus.DELIVERED


def test_a_webhook_is_held(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    monkeypatch.setattr(attempts, "pause", waits.append)
    rule("webhook_reorder;ms=700")
    delivery, _, requests = sent(workers)
    assert (waits, len(requests), delivery.status) == ([700], 1, DeliveryStatus.DELIVERED)


def test_a_body_arrives_slowly(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    monkeypatch.setattr(connections, "pause", waits.append)
    rule("webhook_slow_body;s=4")
    _, endpoint, (request,) = sent(workers)
    assert (request.body, verdicts(endpoint, request)) == (EVENT.body.encode(), (None, None))
    assert sum(waits) == 4_000


def test_a_webhook_never_comes(workers: WebhookWorkers) -> None:
    rule("webhook_drop")
    delivery, endpoint, requests = sent(workers)
    (attempt,) = delivery.attempts
    assert (requests, delivery.status, attempt.status) == ([], DeliveryStatus.FAILED, None)
    assert (attempt.error, attempt.fault) == ("fault: webhook_drop", "webhook_drop")
    assert workers.waiting(DEAD) == []
    assert workers.held(endpoint).failing is None


@pytest.mark.parametrize("text", ["webhook_drop", "webhook_delay;s=600"])
def test_a_message_that_comes_again_is_no_failure(workers: WebhookWorkers, text: str) -> None:
    """The worker was killed after it had recorded the attempt."""
    rule(text)
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        for _ in range(2):
            assert workers.deliver(message) == {"batchItemFailures": []}
    assert (shop.received, workers.waiting(DEAD), len(workers.delivery(EVENT, endpoint).attempts)) == ([], [], 1)
    assert workers.held(endpoint).failing is None


def test_a_webhook_comes_later(workers: WebhookWorkers) -> None:
    rule("webhook_delay;s=600")
    delivery, endpoint, requests = sent(workers)
    assert (requests, delivery.status) == ([], DeliveryStatus.PENDING)
    assert delivery.due_at is not None
    assert delivery.due_at - delivery.attempts[0].at == pytest.approx(timedelta(seconds=600), abs=timedelta(seconds=5))
    assert workers.held(endpoint).failing is None


@pytest.mark.parametrize(
    "match, hit",
    [
        ({}, True),
        ({"event_type": EVENT.type}, True),
        ({"event_type": "payment_voided"}, False),
        ({"endpoint_id": "we_other"}, False),
    ],
)
def test_a_rule_chooses_webhooks(workers: WebhookWorkers, match: Any, *, hit: bool) -> None:
    rule("webhook_drop", **match)
    _, _, requests = sent(workers)
    assert (requests == []) is hit


def test_faults_of_requests_and_of_others_hit_no_webhook(workers: WebhookWorkers) -> None:
    rule("commit_then_reset", count=9)
    rule("webhook_drop", merchant="other", count=9)
    delivery, _, requests = sent(workers)
    assert (len(requests), delivery.attempts[0].fault) == (1, None)


def test_the_log_names_the_delivery(workers: WebhookWorkers) -> None:
    rule("webhook_drop")
    delivery, _, _ = sent(workers)
    (firing,) = firings_of(table(), MERCHANT, 10)
    assert (firing.request_id, firing.route, firing.rule) == (delivery.id, "deliver_event", "flt_webhook_drop")
    assert [each.seen for each in rules_of(table(), MERCHANT, 0)] == [1]


def test_without_a_rule_nothing_is_called_for_faults(workers: WebhookWorkers, wire: Wire) -> None:
    with wire.record() as recorded:
        sent(workers)
    assert tables.INJECTED not in str(recorded)

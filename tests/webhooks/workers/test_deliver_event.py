"""The delivery worker: the request a receiver gets, the effects of its answer, and redelivery."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from paysandbox.aws import environment_item, runtime
from paysandbox.aws.settings import ClockSettings
from paysandbox.core.signature import fault, secret_of
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_of, put_delivery
from paysandbox.webhooks.deliveries.resends import Resend, resend
from paysandbox.webhooks.deliveries.writes import reopen
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing
from paysandbox.webhooks.endpoints.endpoints import endpoints_key
from paysandbox.webhooks.outbound.targets import allowed_url
from tests.support.builders import build
from tests.support.fakes.receiver import PATIENCE_S, RESET, Answer, Received, Says, receiver
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.own_port import engine_at, name_leads_to
from tests.support.worlds.webhook_workers import DEAD, HEALTHY, PARKED, SUSPECTS, WebhookWorkers, happened
from tests.webhooks.workers.conftest import Clock

EVENT = happened()
RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


def once(workers: WebhookWorkers, answers: Sequence[Answer], **parts: Any) -> tuple[Delivery, Endpoint, list[Received]]:
    """Make one attempt to a receiver with this answer; return the delivery after it, the endpoint, and the request."""
    with receiver(answers) as shop:
        endpoint = workers.endpoint(1, shop.url, **parts)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        assert workers.deliver(message) == {"batchItemFailures": []}
        return workers.delivery(EVENT, endpoint), endpoint, shop.received


def moved(workers: WebhookWorkers, delivery: Delivery) -> timedelta:
    """Return how long after its last attempt a delivery is due."""
    assert delivery.due_at is not None
    return delivery.due_at - delivery.attempts[-1].at


# --- requests ---------------------------------------------------------------------------------------------------------


def test_a_receiver_gets_the_event_as_it_was_published_signed_twice(workers: WebhookWorkers, clock: Clock) -> None:
    delivery, endpoint, (request,) = once(workers, [200])
    assert request.body == EVENT.body.encode()
    assert request.headers["webhook-id"] == EVENT.id
    assert request.headers["webhook-attempt"] == "1"
    assert request.headers["content-type"] == "application/json"
    secret = secret_of(tables.WEBHOOK_SECRET, endpoint.id, 1)
    # In wall time, whatever the sandbox's clock says.
    assert fault(secret, request.headers, request.body, now=int(runtime.wall_now().timestamp())) is None
    assert (delivery.status, delivery.tries, delivery.due_at) == (DeliveryStatus.DELIVERED, 1, None)
    (attempt,) = delivery.attempts
    assert (attempt.number, attempt.status, attempt.error) == (1, 200, None)
    assert attempt.request_headers.items() <= request.headers.items()
    held = workers.held(endpoint)
    assert (held.failing, held.unhealthy_since) == (None, None)


def test_a_batch_is_read_in_one_call_and_each_delivery_is_written_once(workers: WebhookWorkers, wire: Wire) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(*[happened(number) for number in range(10)])
        messages = workers.waiting(HEALTHY)
        workers.deliver(messages[0])  # the secret is cached
        with wire.record() as sent:
            workers.deliver(*messages[1:])
    assert [one.operation for one in sent] == ["BatchGetItem"] + ["PutItem"] * 9
    assert len(set(shop.ids())) == 10


def test_the_attempts_of_a_batch_read_the_clock_once(
    workers: WebhookWorkers, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)

    def answered_late(_request: object, deliver: Callable[[], Any]) -> Any:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # a second read would arrive meanwhile
        return deliver()

    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(*[happened(number) for number in range(10)])
        messages = workers.waiting(HEALTHY)
        for name, value in ClockSettings(0, "paysandbox-test-MerchantSettings").to_env().items():
            monkeypatch.setenv(name, value)
        runtime._settings.cache_clear()
        monkeypatch.setattr(environment_item, "_VALID", timedelta(minutes=1))
        environment_item.forget()
        with wire.broken(answered_late, when=lambda one: one.operation == "GetItem") as sent:
            workers.deliver(*messages)
        environment_item.forget()
    assert [one.operation for one in sent].count("GetItem") == 1


def test_a_retry_is_one_update(workers: WebhookWorkers, wire: Wire) -> None:
    with receiver([500, 200]) as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        (retry,) = workers.waiting(SUSPECTS)
        with wire.record() as sent:
            workers.deliver(retry)
    assert [one.operation for one in sent if "deliver" in str(one.parameters)] == ["BatchGetItem", "UpdateItem"]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(status: int, workers: WebhookWorkers) -> None:
    delivery, _, _ = once(workers, [status])
    assert delivery.status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    "answer, status, error",
    [
        (500, 500, None),
        (404, 404, None),
        (Says(302, {"Location": "http://127.0.0.1:1/"}), 302, None),
        (RESET, None, "connection_reset"),
    ],
)
def test_every_other_error_is_retried(answer: Answer, status: int, error: str, workers: WebhookWorkers) -> None:
    delivery, endpoint, received = once(workers, [answer])
    assert len(received) == 1
    assert (delivery.status, delivery.tries) == (DeliveryStatus.PENDING, 1)
    assert (delivery.attempts[0].status, (delivery.attempts[0].error or "").partition(":")[0] or None) == (
        status,
        error,
    )
    assert timedelta(seconds=5) <= moved(workers, delivery) < timedelta(seconds=7)
    (retry,) = workers.bodies(SUSPECTS)
    assert (retry["delivery_id"], retry["tries"]) == (delivery.id, 1)
    failing = workers.held(endpoint).failing
    assert failing is not None
    assert failing.failures == 1


def test_a_refused_connection_is_a_failure(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        pass
    endpoint = workers.endpoint(1, shop.url)
    workers.plan(EVENT)
    workers.deliver(*workers.waiting(HEALTHY))
    (attempt,) = workers.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("connection_refused")


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "ftp://example.com/"])
def test_an_address_that_is_no_longer_allowed_is_a_failure_with_its_reason(url: str, workers: WebhookWorkers) -> None:
    endpoint = workers.endpoint(1, url)
    workers.plan(EVENT)
    workers.deliver(*workers.waiting(HEALTHY))
    (attempt,) = workers.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("url_not_allowed: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "rebinding.example"])
def test_the_sandbox_itself_gets_nothing_and_the_attempt_has_the_reason(
    host: str, workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoints created earlier, and names that now resolve to the sandbox."""
    with receiver(path="/") as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        name_leads_to("rebinding.example", ["127.0.0.1"], monkeypatch)
        endpoint = workers.endpoint(1, f"http://{host}:{port}/?Action=CreateStack")
        engine_at(port, monkeypatch)
        workers.plan(EVENT)
        assert workers.deliver(*workers.waiting(HEALTHY)) == {"batchItemFailures": []}
        assert sandbox.received == []
    (attempt,) = workers.delivery(EVENT, endpoint).attempts
    assert "not_allowed: The URL points to the sandbox itself" in (attempt.error or "")


def test_a_name_that_resolved_to_another_host_when_it_was_registered(
    workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(path="/") as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        engine_at(port, monkeypatch)
        monkeypatch.setenv("PAYSANDBOX_WEBHOOK_ALLOWED_HOSTS", "rebinding.example")
        runtime._settings.cache_clear()
        name_leads_to("rebinding.example", ["10.0.0.7"], monkeypatch)
        endpoint = workers.endpoint(1, allowed_url(f"http://rebinding.example:{port}/?Action=CreateStack"))
        name_leads_to("rebinding.example", ["127.0.0.1"], monkeypatch)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        assert sandbox.received == []
    (attempt,) = workers.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("address_not_allowed: The URL points to the sandbox itself")


def test_donation_webhooks_reach_the_sandbox(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(path="/") as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        endpoint = workers.endpoint(1, f"http://127.0.0.1:{port}/webhooks/stripe")
        engine_at(port, monkeypatch)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        assert len(sandbox.received) == 1
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED


def test_the_beginning_of_the_answer_is_kept_without_card_numbers(workers: WebhookWorkers) -> None:
    delivery, _, _ = once(workers, [Says(500, body=f"no card {build.VISA} " + "x" * 9_000)])
    assert build.VISA not in delivery.attempts[0].response
    assert delivery.attempts[0].response.startswith("no card ")
    assert len(delivery.attempts[0].response) <= 2_048


# --- retries ----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_exhausted_deliveries_are_kept(workers: WebhookWorkers, clock: Clock) -> None:
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        for number, delay_s in enumerate(RETRIES_S, start=1):
            assert len(shop.received) == number
            workers.waiting(SUSPECTS)  # the queued message is lost; the table still has the delivery
            delay = timedelta(seconds=delay_s)
            assert delay <= moved(workers, workers.delivery(EVENT, endpoint)) < delay * 1.1 + timedelta(seconds=2)
            clock.advance(delay - timedelta(seconds=2))
            assert workers.sweep()["queued"] == 0
            clock.advance(delay * 0.1 + timedelta(seconds=35))
            assert workers.sweep() == {"queued": 1, "more": False}
            assert workers.sweep() == {"queued": 0, "more": False}
            workers.deliver(*workers.waiting(SUSPECTS))
        assert [one.headers["webhook-attempt"] for one in shop.received] == [str(n) for n in range(1, 11)]
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.tries, delivery.due_at) == (DeliveryStatus.FAILED, 10, None)
    assert workers.sweep()["queued"] == 0
    assert [one["delivery_id"] for one in workers.bodies(DEAD)] == [delivery.id]
    assert len({one.headers["webhook-timestamp"] for one in shop.received}) >= 1
    assert {one.body for one in shop.received} == {EVENT.body.encode()}


@pytest.mark.parametrize(
    "asked, least_s, most_s",
    [
        ("120", 120, 134),
        ("1", 5, 7),  # never earlier than the schedule
        ("999999", 86_400, 95_042),
        ("soon", 5, 7),
    ],
)
def test_retry_after_of_a_receiver_is_honored(
    asked: str, least_s: int, most_s: int, workers: WebhookWorkers, clock: Clock
) -> None:
    delivery, _, _ = once(workers, [Says(503, {"Retry-After": asked})])
    assert timedelta(seconds=least_s) <= moved(workers, delivery) < timedelta(seconds=most_s)


def test_retry_after_dates_use_the_receivers_clock(workers: WebhookWorkers, clock: Clock) -> None:
    """Its clock is wall time, whatever the sandbox's clock says."""
    until = runtime.wall_now() + timedelta(minutes=10)
    delivery, _, _ = once(workers, [Says(503, {"Retry-After": format_datetime(until, usegmt=True)})])
    assert timedelta(seconds=595) <= moved(workers, delivery) < timedelta(seconds=665)


def test_a_delivery_that_fails_at_first_arrives(workers: WebhookWorkers) -> None:
    with receiver([500, 502, 200]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        workers.deliver(*workers.waiting(SUSPECTS))
        # The third is not queued but due, since its delay is minutes.
        assert workers.waiting(SUSPECTS) == []
        delivery = workers.delivery(EVENT, endpoint)
        workers.deliver(workers.message(delivery, SUSPECTS))
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED
    assert workers.held(endpoint).failing is None
    assert [one.status for one in workers.delivery(EVENT, endpoint).attempts] == [500, 502, 200]


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_redelivered_message_is_one_attempt(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        workers.deliver(message)
        assert workers.deliver(message) == {"batchItemFailures": []}
    assert len(shop.received) == 1


def test_an_old_message_is_no_attempt(workers: WebhookWorkers) -> None:
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        workers.deliver(message)
        assert workers.deliver(message) == {"batchItemFailures": []}
    assert workers.delivery(EVENT, endpoint).tries == 1
    assert len(shop.received) == 1


def test_of_two_attempts_at_once_one_is_recorded(workers: WebhookWorkers) -> None:
    """The same message twice in one batch: the receiver may get it twice, the schedule advances by one."""
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        workers.deliver(message, message | {"messageId": "again"})
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.tries, len(delivery.attempts)) == (1, 1)
    assert len(workers.waiting(SUSPECTS)) == 1


@pytest.mark.full
@pytest.mark.parametrize("body", ["", "{", "7", "null", "[]", "{}", '{"delivery_id": 7}', '{"tries": true}', "\ud800"])
def test_an_unreadable_message_goes_to_the_dead_letter_queue_at_once(body: str, workers: WebhookWorkers) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        bad = workers.record(body.encode("utf-8", "replace").decode() or "-", HEALTHY)
        assert workers.deliver(bad, message) == {"batchItemFailures": []}
    assert len(shop.received) == 1
    assert [one["body"] for one in workers.waiting(PARKED)] == [bad["body"]]


def test_a_message_of_a_missing_delivery_is_dropped(workers: WebhookWorkers) -> None:
    nobody = Delivery(
        id="wd_x",
        merchant="demo",
        endpoint_id="we_x",
        event_id="evt_x",
        event_type="payment_captured",
        event_at=build.MONDAY,
        generation=1,
    )
    assert workers.deliver(workers.message(nobody)) == {"batchItemFailures": []}


def test_an_event_that_is_no_longer_kept_is_given_up(workers: WebhookWorkers) -> None:
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        expire_event(EVENT.id)
        workers.deliver(*workers.waiting(SUSPECTS))
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.FAILED
    assert len(shop.received) == 1


def test_a_planned_one_is_gone_with_its_event(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        expire_event(EVENT.id)
        assert workers.deliver(*workers.waiting(HEALTHY)) == {"batchItemFailures": []}
    assert (shop.received, workers.stored()) == ([], {})


def expire_event(event_id: str) -> None:
    store = webhook_tables.event_store()
    store.client.delete_item(TableName=store.table, Key={"event_id": {"S": event_id}})


@pytest.mark.parametrize("change", [{"generation": 2}, {"disabled": Disabled(build.MONDAY, DisabledBecause.REQUESTED)}])
def test_a_delivery_without_a_recipient_is_canceled(change: dict[str, Any], workers: WebhookWorkers) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.endpoint(1, shop.url, **change)
        workers.deliver(*workers.waiting(HEALTHY))
    assert shop.received == []
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.CANCELED


@pytest.mark.full
def test_only_messages_that_failed_on_our_side_are_redelivered(workers: WebhookWorkers, wire: Wire) -> None:
    with receiver() as shop, receiver() as other:
        first, second = workers.endpoint(1, shop.url), workers.endpoint(2, other.url)
        workers.plan(EVENT)
        messages = workers.waiting(HEALTHY)
        unlucky = workers.delivery(EVENT, first).id

        def is_unlucky(sent: Any) -> bool:
            return sent.operation == "PutItem" and unlucky in str(sent.parameters["Item"])

        with wire.broken(refused_with(500, "InternalServerError"), when=is_unlucky):
            failed = workers.deliver(*messages)["batchItemFailures"]
        (again,) = [one for one in messages if unlucky in one["body"]]
        assert failed == [{"itemIdentifier": again["messageId"]}]
        assert workers.delivery(EVENT, second).status is DeliveryStatus.DELIVERED
        workers.deliver(again)
    assert workers.delivery(EVENT, first).status is DeliveryStatus.DELIVERED


# --- isolation --------------------------------------------------------------------------------------------------------


def test_a_slow_endpoint_does_not_delay_anothers(workers: WebhookWorkers) -> None:
    """The slow one answers only once the other one has been served: by order, not by time."""
    served = threading.Event()
    in_time: list[bool] = []

    def slow(_: Received) -> int:
        in_time.append(served.wait(PATIENCE_S))
        return 200

    def fast(_: Received) -> int:
        served.set()
        return 200

    with receiver([slow]) as tortoise, receiver([fast]) as hare:
        workers.endpoint(1, tortoise.url)
        workers.endpoint(2, hare.url, merchant=build.OTHER_MERCHANT)
        workers.plan(EVENT, happened(2, merchant=build.OTHER_MERCHANT))
        messages = sorted(workers.waiting(HEALTHY), key=lambda one: "globex" in one["body"])
        workers.deliver(*messages)
    assert in_time == [True]


def test_a_slow_endpoint_uses_the_other_queue_from_then_on(workers: WebhookWorkers, clock: Clock) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.endpoint(1, shop.url, unhealthy_since=runtime.now())
        workers.deliver(*workers.waiting(HEALTHY))
        assert shop.received == []
        workers.plan(happened(2))
        assert workers.waiting(HEALTHY) == []
        moved_over = workers.waiting(SUSPECTS)
        assert len(moved_over) == 2
        workers.deliver(*moved_over)
        assert len(shop.received) == 2
        clock.advance(timedelta(minutes=11))
        workers.plan(happened(3))
        assert len(workers.waiting(HEALTHY)) == 1
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED


# --- health -----------------------------------------------------------------------------------------------------------


def told_disabled(workers: WebhookWorkers) -> list[str]:
    return [one["data"]["disabled_reason"] for one in workers.told_about() if one["type"] == "endpoint_disabled"]


def test_410_disables_at_once_and_publishes_one_event(workers: WebhookWorkers) -> None:
    delivery, endpoint, _ = once(workers, [410])
    held = workers.held(endpoint)
    assert held.disabled is not None
    assert (held.disabled.because, held.disabled.published) == (DisabledBecause.GONE, True)
    assert delivery.status_for(held) is DeliveryStatus.CANCELED
    assert workers.bodies(SUSPECTS) == []
    workers.deliver(workers.message(delivery, SUSPECTS))
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.CANCELED
    assert told_disabled(workers) == ["gone"]


def test_each_generation_publishes_an_event_of_its_own(workers: WebhookWorkers) -> None:
    with receiver([410]) as shop:
        for generation in (1, 2):
            workers.endpoint(1, shop.url, generation=generation)
            workers.plan(happened(generation))
            workers.deliver(*workers.waiting(HEALTHY))
        told = [one for one in workers.told_about() if one["type"] == "endpoint_disabled"]
    assert [one["sequence"] for one in told] == [1, 2]
    assert len({one["id"] for one in told}) == 2


def test_the_merchants_other_endpoint_gets_the_event(workers: WebhookWorkers) -> None:
    with receiver([410]) as gone, receiver() as other:
        workers.endpoint(1, gone.url, listens_since=build.MONDAY)
        workers.endpoint(2, other.url, events=("endpoint_disabled",))
        workers.plan(EVENT)
        workers.work()
        (told,) = workers.waiting("events-to-plan")
        merchant = {"merchant": {"stringValue": build.MERCHANT, "dataType": "String"}}
        from webhooks import plan_deliveries

        plan_deliveries.handler({"Records": [told | {"messageAttributes": merchant}]}, None)
        workers.work()
    assert [b'"endpoint_disabled"' in one.body for one in other.received] == [True]
    assert len(gone.received) == 1


def test_the_next_worker_publishes_a_missing_event(workers: WebhookWorkers) -> None:
    """The worker that disabled it died before it published that."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT, happened(2))
        workers.endpoint(1, shop.url, disabled=Disabled(build.MONDAY, DisabledBecause.FAILING))
        workers.deliver(*workers.waiting(HEALTHY))
    assert told_disabled(workers) == ["failing"]
    held = workers.held(endpoint)
    assert held.disabled is not None
    assert held.disabled.published


def test_a_failed_event_does_not_delay_other_deliveries(workers: WebhookWorkers, wire: Wire) -> None:
    with receiver() as shop, receiver() as other:
        first, second = workers.endpoint(1, shop.url), workers.endpoint(2, other.url)
        workers.plan(EVENT)
        workers.endpoint(1, shop.url, disabled=Disabled(build.MONDAY, DisabledBecause.GONE))
        messages = workers.waiting(HEALTHY)
        with wire.broken(refused_with(503, "ServiceUnavailable"), when=lambda sent: sent.operation == "Publish"):
            failed = workers.deliver(*messages)["batchItemFailures"]
        assert len(failed) == 1
        assert workers.delivery(EVENT, second).status is DeliveryStatus.DELIVERED
        workers.deliver(*[one for one in messages if one["messageId"] == failed[0]["itemIdentifier"]])
    assert workers.delivery(EVENT, first).status is DeliveryStatus.CANCELED
    assert told_disabled(workers) == ["gone"]


def test_an_endpoint_that_fails_often_for_days_is_disabled(workers: WebhookWorkers, clock: Clock) -> None:
    days_ago = runtime.now() - timedelta(days=5)
    almost = Failing(since=days_ago, failures=9, last_at=runtime.now() - timedelta(hours=1))
    _, endpoint, _ = once(workers, [500], failing=almost)
    held = workers.held(endpoint)
    assert held.disabled is not None
    assert held.disabled.because is DisabledBecause.FAILING
    assert told_disabled(workers) == ["failing"]


def test_failures_are_counted_once_a_minute(workers: WebhookWorkers, clock: Clock) -> None:
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        for number, wait in enumerate([0, 30, 40, 61]):
            clock.advance(timedelta(seconds=wait))
            workers.plan(happened(number))
            workers.deliver(*workers.waiting(HEALTHY), *workers.waiting(SUSPECTS)[-1:])
    failing = workers.held(endpoint).failing
    assert failing is not None
    assert failing.failures == 3


# --- resends ----------------------------------------------------------------------------------------------------------


def test_a_delivery_that_was_given_up_is_reopened_once(workers: WebhookWorkers) -> None:
    with receiver([500, 200]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        before = workers.delivery(EVENT, endpoint)
        store = webhook_tables.deliveries()
        opened = [reopen(store, before.id, 1, "op_1") for _ in range(2)]
        assert opened[0] == opened[1]
        assert opened[0] is not None
        assert (opened[0].status, opened[0].tries, opened[0].due_at) == (DeliveryStatus.PENDING, 0, None)
        workers.deliver(workers.message(opened[0], SUSPECTS))
        done = workers.delivery(EVENT, endpoint)
        assert (done.status, done.tries, len(done.attempts)) == (DeliveryStatus.DELIVERED, 1, 2)
        again = reopen(store, before.id, 1, "op_1")
        assert again == done
    assert [one.headers["webhook-attempt"] for one in shop.received] == ["1", "2"]


def test_the_number_of_resends_is_limited(workers: WebhookWorkers) -> None:
    store = webhook_tables.deliveries()
    delivery = put_delivery(store, delivery_of(EVENT, workers.endpoint(1, "https://example.com/")))
    for number in range(20):
        opened = reopen(store, delivery.id, 1, f"op_{number}", due_at=build.MONDAY)
        assert opened is not None
        assert (f"op_{number}" in opened.resends, opened.due_at) == (True, build.MONDAY)
    refused = reopen(store, delivery.id, 1, "op_20")
    assert refused is not None
    assert "op_20" not in refused.resends
    assert reopen(store, "wd_nobody", 1, "op_1") is None


def test_one_that_is_resent_during_its_first_attempt_is_one_delivery(workers: WebhookWorkers) -> None:
    """The resend stores it, so the attempt finds an item, and is recorded there."""
    opened: list[Delivery] = []

    def answer(_: Received) -> int:
        (planned,) = workers.deliveries().values()
        opened.append(resend(webhook_tables.deliveries(), planned, Resend("op_1", runtime.now())))
        return 200

    with receiver([answer]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        workers.deliver(workers.message(opened[0]))
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, len(delivery.attempts), delivery.resends) == (
        DeliveryStatus.DELIVERED,
        1,
        frozenset({"op_1"}),
    )
    assert delivery.due_at is None
    assert len(shop.received) == 1


def test_a_message_whose_ids_do_not_belong_together_is_dropped(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        delivery = workers.delivery(EVENT, endpoint)
        assert workers.deliver(workers.message(replace(delivery, id="wd_x"))) == {"batchItemFailures": []}
    assert (shop.received, workers.stored()) == ([], {})


def test_a_delivery_with_many_attempts_stays_small(workers: WebhookWorkers) -> None:
    """A DynamoDB item holds at most 400 KB: late attempts are kept without their details."""
    body = "x" * 5_000
    with receiver([Says(500, body=body)]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        (first,) = workers.delivery(EVENT, endpoint).attempts
        store = webhook_tables.deliveries()
        many = [replace(first, number=number) for number in range(1, 51)]
        from paysandbox.webhooks.deliveries.deliveries import delivery_item

        full = replace(workers.delivery(EVENT, endpoint), attempts=tuple(many))
        store.client.put_item(TableName=store.table, Item=delivery_item(full, store.retention_s))
        workers.deliver(workers.message(full, SUSPECTS))
    last = workers.delivery(EVENT, endpoint).attempts[-1]
    assert (last.number, last.status, last.response, last.request_headers) == (51, 500, "", {})


def test_an_endpoint_of_another_merchant_is_not_used(workers: WebhookWorkers) -> None:
    """An endpoint with the id in the message, but of another merchant, is not used."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.endpoint(1, shop.url, merchant=build.OTHER_MERCHANT)
        delivery = workers.delivery(EVENT, endpoint)
        workers.deliver(workers.message(replace(delivery, merchant=build.OTHER_MERCHANT)))
    assert shop.received == []


def test_an_endpoint_that_cannot_be_read_does_not_stop_the_deliveries_of_others(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.endpoint(2, shop.url, merchant=build.OTHER_MERCHANT)
        of_other = happened(2, merchant=build.OTHER_MERCHANT)
        workers.plan(EVENT, of_other)
        messages = workers.waiting(HEALTHY)
        store = webhook_tables.endpoints()
        item = {**endpoints_key(build.OTHER_MERCHANT), "endpoints": {"M": {"we_x": {"S": "?"}}}}
        store.client.put_item(TableName=store.table, Item=item)
        assert len(workers.deliver(*messages)["batchItemFailures"]) == 1
    assert len(shop.received) == 1

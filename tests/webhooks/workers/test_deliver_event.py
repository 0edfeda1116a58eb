"""The worker that delivers: what a receiver gets, what follows from its answer, and what comes again."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from paysandbox.aws import effects
from paysandbox.core.signature import fault, secret_of
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.delivery_writes import reopen
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing
from paysandbox.webhooks.targets import allowed_url
from tests.support import build, tables
from tests.support.aws_transport import Wire, refused_with
from tests.support.own_port import engine_at, name_leads_to
from tests.support.post_office import DEAD, HEALTHY, PARKED, SUSPECTS, PostOffice, happened
from tests.support.receiver import PATIENCE_S, RESET, Answer, Received, Says, receiver
from tests.webhooks.workers.conftest import Clock

EVENT = happened()
RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


def once(office: PostOffice, answers: Sequence[Answer], **parts: Any) -> tuple[Delivery, Endpoint, list[Received]]:
    """One attempt to a receiver that answers so: the delivery after it, the endpoint, what was received."""
    with receiver(answers) as shop:
        endpoint = office.endpoint(1, shop.url, **parts)
        office.plan(EVENT)
        (message,) = office.waiting(HEALTHY)
        assert office.deliver(message) == {"batchItemFailures": []}
        return office.delivery(EVENT, endpoint), endpoint, shop.received


def moved(office: PostOffice, delivery: Delivery) -> timedelta:
    """How long after its last attempt a delivery is due."""
    assert delivery.due_at is not None
    return delivery.due_at - delivery.attempts[-1].at


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_receiver_gets_the_event_as_it_was_published_signed_twice(office: PostOffice, clock: Clock) -> None:
    delivery, endpoint, (request,) = once(office, [200])
    assert request.body == EVENT.body.encode()
    assert request.headers["webhook-id"] == EVENT.id
    assert request.headers["webhook-attempt"] == "1"
    assert request.headers["content-type"] == "application/json"
    secret = secret_of(tables.WEBHOOK_SECRET, endpoint.id, 1)
    # By wall time, wherever the sandbox's clock stands.
    assert fault(secret, request.headers, request.body, now=int(effects.wall_now().timestamp())) is None
    assert (delivery.status, delivery.tries, delivery.due_at) == (DeliveryStatus.DELIVERED, 1, None)
    (attempt,) = delivery.attempts
    assert (attempt.number, attempt.status, attempt.error) == (1, 200, None)
    assert attempt.request_headers.items() <= request.headers.items()
    held = office.held(endpoint)
    assert (held.failing, held.trouble_at) == (None, None)


def test_a_batch_is_read_in_one_call_and_each_attempt_is_one_write(office: PostOffice, wire: Wire) -> None:
    with receiver() as shop:
        office.endpoint(1, shop.url)
        office.plan(*[happened(number) for number in range(10)])
        messages = office.waiting(HEALTHY)
        office.deliver(messages[0])  # the secret is read
        with wire.record() as sent:
            office.deliver(*messages[1:])
    assert [one.operation for one in sent] == ["BatchGetItem"] + ["UpdateItem"] * 9
    assert len(set(shop.ids())) == 10


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(status: int, office: PostOffice) -> None:
    delivery, _, _ = once(office, [status])
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
def test_anything_else_is_tried_again(answer: Answer, status: int, error: str, office: PostOffice) -> None:
    delivery, endpoint, received = once(office, [answer])
    assert len(received) == 1
    assert (delivery.status, delivery.tries) == (DeliveryStatus.PENDING, 1)
    assert (delivery.attempts[0].status, (delivery.attempts[0].error or "").partition(":")[0] or None) == (
        status,
        error,
    )
    assert timedelta(seconds=5) <= moved(office, delivery) < timedelta(seconds=7)
    (retry,) = office.bodies(SUSPECTS)
    assert (retry["delivery_id"], retry["tries"]) == (delivery.id, 1)
    failing = office.held(endpoint).failing
    assert failing is not None
    assert failing.failures == 1


def test_what_nobody_listens_to_is_a_failure(office: PostOffice) -> None:
    with receiver() as shop:
        pass
    endpoint = office.endpoint(1, shop.url)
    office.plan(EVENT)
    office.deliver(*office.waiting(HEALTHY))
    (attempt,) = office.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("connection_refused")


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "ftp://example.com/"])
def test_an_address_that_is_no_longer_allowed_is_a_failure_with_its_reason(url: str, office: PostOffice) -> None:
    endpoint = office.endpoint(1, url)
    office.plan(EVENT)
    office.deliver(*office.waiting(HEALTHY))
    (attempt,) = office.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("url_not_allowed: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "rebinding.example"])
def test_the_sandbox_itself_gets_nothing_and_the_attempt_says_why(
    host: str, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoints of before, and names that lead here by now."""
    with receiver() as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        name_leads_to("rebinding.example", ["127.0.0.1"], monkeypatch)
        endpoint = office.endpoint(1, f"http://{host}:{port}/?Action=CreateStack")
        engine_at(port, monkeypatch)
        office.plan(EVENT)
        assert office.deliver(*office.waiting(HEALTHY)) == {"batchItemFailures": []}
        assert sandbox.received == []
    (attempt,) = office.delivery(EVENT, endpoint).attempts
    assert "not_allowed: The URL leads to the sandbox itself" in (attempt.error or "")


def test_a_name_that_was_harmless_when_it_was_registered(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        engine_at(port, monkeypatch)
        monkeypatch.setenv("PAYSANDBOX_WEBHOOK_ALLOWED_HOSTS", "rebinding.example")
        effects._settings.cache_clear()
        name_leads_to("rebinding.example", ["10.0.0.7"], monkeypatch)
        endpoint = office.endpoint(1, allowed_url(f"http://rebinding.example:{port}/?Action=CreateStack"))
        name_leads_to("rebinding.example", ["127.0.0.1"], monkeypatch)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        assert sandbox.received == []
    (attempt,) = office.delivery(EVENT, endpoint).attempts
    assert (attempt.error or "").startswith("address_not_allowed: The URL leads to the sandbox itself")


def test_the_sandbox_gets_what_is_for_the_donations(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        endpoint = office.endpoint(1, f"http://127.0.0.1:{port}/webhooks/stripe")
        engine_at(port, monkeypatch)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        assert len(sandbox.received) == 1
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED


def test_the_beginning_of_the_answer_is_kept_without_card_numbers(office: PostOffice) -> None:
    delivery, _, _ = once(office, [Says(500, body=f"no card {build.VISA} " + "x" * 9_000)])
    assert build.VISA not in delivery.attempts[0].response
    assert delivery.attempts[0].response.startswith("no card ")
    assert len(delivery.attempts[0].response) <= 2_048


# --- retries ----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_the_schedule_is_followed_to_its_end_and_then_nothing_is_lost(office: PostOffice, clock: Clock) -> None:
    with receiver([500]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        for number, delay_s in enumerate(RETRIES_S, start=1):
            assert len(shop.received) == number
            office.waiting(SUSPECTS)  # the message that a queue may hold is lost; the table knows
            delay = timedelta(seconds=delay_s)
            assert delay <= moved(office, office.delivery(EVENT, endpoint)) < delay * 1.1 + timedelta(seconds=2)
            clock.advance(delay - timedelta(seconds=2))
            assert office.sweep()["queued"] == 0
            clock.advance(delay * 0.1 + timedelta(seconds=35))
            assert office.sweep() == {"queued": 1, "more": False}
            assert office.sweep() == {"queued": 0, "more": False}
            office.deliver(*office.waiting(SUSPECTS))
        assert [one.headers["webhook-attempt"] for one in shop.received] == [str(n) for n in range(1, 11)]
    delivery = office.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.tries, delivery.due_at) == (DeliveryStatus.FAILED, 10, None)
    assert office.sweep()["queued"] == 0
    assert [one["delivery_id"] for one in office.bodies(DEAD)] == [delivery.id]
    assert len({one.headers["webhook-timestamp"] for one in shop.received}) >= 1
    assert {one.body for one in shop.received} == {EVENT.body.encode()}


@pytest.mark.parametrize(
    "asked, least_s, most_s",
    [
        ("120", 120, 134),
        ("1", 5, 7),  # never sooner than the schedule says
        ("999999", 86_400, 95_042),
        ("soon", 5, 7),
    ],
)
def test_a_receiver_may_ask_for_patience(
    asked: str, least_s: int, most_s: int, office: PostOffice, clock: Clock
) -> None:
    delivery, _, _ = once(office, [Says(503, {"Retry-After": asked})])
    assert timedelta(seconds=least_s) <= moved(office, delivery) < timedelta(seconds=most_s)


def test_it_may_name_a_time_by_its_own_clock(office: PostOffice, clock: Clock) -> None:
    """Which is wall time, wherever the sandbox's clock stands."""
    until = effects.wall_now() + timedelta(minutes=10)
    delivery, _, _ = once(office, [Says(503, {"Retry-After": format_datetime(until, usegmt=True)})])
    assert timedelta(seconds=595) <= moved(office, delivery) < timedelta(seconds=665)


def test_what_fails_at_first_arrives(office: PostOffice) -> None:
    with receiver([500, 502, 200]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        office.deliver(*office.waiting(SUSPECTS))
        # The third is not queued but due, since its delay is minutes.
        assert office.waiting(SUSPECTS) == []
        delivery = office.delivery(EVENT, endpoint)
        office.deliver(office.message(delivery, SUSPECTS))
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED
    assert office.held(endpoint).failing is None
    assert [one.status for one in office.delivery(EVENT, endpoint).attempts] == [500, 502, 200]


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_that_comes_twice_is_one_attempt(office: PostOffice) -> None:
    with receiver() as shop:
        office.endpoint(1, shop.url)
        office.plan(EVENT)
        (message,) = office.waiting(HEALTHY)
        office.deliver(message)
        assert office.deliver(message) == {"batchItemFailures": []}
    assert len(shop.received) == 1


def test_an_old_message_is_no_attempt(office: PostOffice) -> None:
    with receiver([500]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        (message,) = office.waiting(HEALTHY)
        office.deliver(message)
        assert office.deliver(message) == {"batchItemFailures": []}
    assert office.delivery(EVENT, endpoint).tries == 1
    assert len(shop.received) == 1


def test_of_two_attempts_at_once_one_is_recorded(office: PostOffice) -> None:
    """Twice the same message in one batch: the receiver may hear it twice, the schedule goes on by one."""
    with receiver([500]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        (message,) = office.waiting(HEALTHY)
        office.deliver(message, message | {"messageId": "again"})
    delivery = office.delivery(EVENT, endpoint)
    assert (delivery.tries, len(delivery.attempts)) == (1, 1)
    assert len(office.waiting(SUSPECTS)) == 1


@pytest.mark.parametrize("body", ["", "{", "7", "null", "[]", "{}", '{"delivery_id": 7}', '{"tries": true}', "\ud800"])
def test_poison_is_put_aside_at_once_and_holds_nobody_up(body: str, office: PostOffice) -> None:
    with receiver() as shop:
        office.endpoint(1, shop.url)
        office.plan(EVENT)
        (message,) = office.waiting(HEALTHY)
        bad = office.record(body.encode("utf-8", "replace").decode() or "-", HEALTHY)
        assert office.deliver(bad, message) == {"batchItemFailures": []}
    assert len(shop.received) == 1
    assert [one["body"] for one in office.waiting(PARKED)] == [bad["body"]]


def test_what_is_no_longer_there_is_dropped(office: PostOffice) -> None:
    nobody = Delivery(
        id="wd_x",
        merchant="demo",
        endpoint_id="we_x",
        event_id="evt_x",
        event_type="payment_captured",
        event_at=build.MONDAY,
        generation=1,
    )
    assert office.deliver(office.message(nobody)) == {"batchItemFailures": []}


def test_an_event_that_is_no_longer_kept_is_given_up(office: PostOffice) -> None:
    with receiver() as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        store = webhook_tables.event_store()
        store.client.delete_item(TableName=store.table, Key={"event_id": {"S": EVENT.id}})
        office.deliver(*office.waiting(HEALTHY))
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.FAILED
    assert shop.received == []


@pytest.mark.parametrize("change", [{"generation": 2}, {"disabled": Disabled(build.MONDAY, DisabledBecause.ASKED)}])
def test_what_nobody_waits_for_is_cancelled(change: dict[str, Any], office: PostOffice) -> None:
    with receiver() as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.endpoint(1, shop.url, **change)
        office.deliver(*office.waiting(HEALTHY))
    assert shop.received == []
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.CANCELLED


def test_what_trouble_of_ours_keeps_from_being_done_comes_again_and_nothing_else(
    office: PostOffice, wire: Wire
) -> None:
    with receiver() as shop, receiver() as other:
        first, second = office.endpoint(1, shop.url), office.endpoint(2, other.url)
        office.plan(EVENT)
        messages = office.waiting(HEALTHY)
        unlucky = office.delivery(EVENT, first).id

        def is_unlucky(sent: Any) -> bool:
            return sent.operation == "UpdateItem" and unlucky in str(sent.parameters["Key"])

        with wire.broken(refused_with(500, "InternalServerError"), when=is_unlucky):
            failed = office.deliver(*messages)["batchItemFailures"]
        (again,) = [one for one in messages if unlucky in one["body"]]
        assert failed == [{"itemIdentifier": again["messageId"]}]
        assert office.delivery(EVENT, second).status is DeliveryStatus.DELIVERED
        office.deliver(again)
    assert office.delivery(EVENT, first).status is DeliveryStatus.DELIVERED


# --- isolation --------------------------------------------------------------------------------------------------------


def test_a_slow_endpoint_does_not_delay_anothers(office: PostOffice) -> None:
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
        office.endpoint(1, tortoise.url)
        office.endpoint(2, hare.url, merchant=build.OTHER_MERCHANT)
        office.plan(EVENT, happened(2, merchant=build.OTHER_MERCHANT))
        messages = sorted(office.waiting(HEALTHY), key=lambda one: "globex" in one["body"])
        office.deliver(*messages)
    assert in_time == [True]


def test_who_was_slow_goes_the_other_way_from_then_on(office: PostOffice, clock: Clock) -> None:
    with receiver() as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.endpoint(1, shop.url, trouble_at=effects.now())
        office.deliver(*office.waiting(HEALTHY))
        assert shop.received == []
        office.plan(happened(2))
        assert office.waiting(HEALTHY) == []
        moved_over = office.waiting(SUSPECTS)
        assert len(moved_over) == 2
        office.deliver(*moved_over)
        assert len(shop.received) == 2
        clock.advance(timedelta(minutes=11))
        office.plan(happened(3))
        assert len(office.waiting(HEALTHY)) == 1
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED


# --- health -----------------------------------------------------------------------------------------------------------


def told_disabled(office: PostOffice) -> list[str]:
    return [one["data"]["disabled_reason"] for one in office.told_about() if one["type"] == "endpoint_disabled"]


def test_410_disables_at_once_and_the_others_are_told_once(office: PostOffice) -> None:
    delivery, endpoint, _ = once(office, [410])
    held = office.held(endpoint)
    assert held.disabled is not None
    assert (held.disabled.because, held.disabled.told) == (DisabledBecause.GONE, True)
    assert delivery.status_for(held) is DeliveryStatus.CANCELLED
    assert office.bodies(SUSPECTS) == []
    office.deliver(office.message(delivery, SUSPECTS))
    assert office.delivery(EVENT, endpoint).status is DeliveryStatus.CANCELLED
    assert told_disabled(office) == ["gone"]


def test_each_generation_is_told_of_by_an_event_of_its_own(office: PostOffice) -> None:
    with receiver([410]) as shop:
        for generation in (1, 2):
            office.endpoint(1, shop.url, generation=generation)
            office.plan(happened(generation))
            office.deliver(*office.waiting(HEALTHY))
        told = [one for one in office.told_about() if one["type"] == "endpoint_disabled"]
    assert [one["sequence"] for one in told] == [1, 2]
    assert len({one["id"] for one in told}) == 2


def test_the_merchants_other_endpoint_hears_of_it(office: PostOffice) -> None:
    with receiver([410]) as gone, receiver() as other:
        office.endpoint(1, gone.url, listens_since=build.MONDAY)
        office.endpoint(2, other.url, events=("endpoint_disabled",))
        office.plan(EVENT)
        office.work()
        (told,) = office.waiting("events-to-plan")
        merchant = {"merchant": {"stringValue": build.MERCHANT, "dataType": "String"}}
        from webhooks import plan_deliveries

        plan_deliveries.handler({"Records": [told | {"messageAttributes": merchant}]}, None)
        office.work()
    assert [b'"endpoint_disabled"' in one.body for one in other.received] == [True]
    assert len(gone.received) == 1


def test_who_meets_one_that_nobody_was_told_of_tells(office: PostOffice) -> None:
    """Whoever disabled it died before he told."""
    with receiver() as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT, happened(2))
        office.endpoint(1, shop.url, disabled=Disabled(build.MONDAY, DisabledBecause.FAILING))
        office.deliver(*office.waiting(HEALTHY))
    assert told_disabled(office) == ["failing"]
    held = office.held(endpoint)
    assert held.disabled is not None
    assert held.disabled.told


def test_trouble_with_telling_holds_up_nobody_else(office: PostOffice, wire: Wire) -> None:
    with receiver() as shop, receiver() as other:
        first, second = office.endpoint(1, shop.url), office.endpoint(2, other.url)
        office.plan(EVENT)
        office.endpoint(1, shop.url, disabled=Disabled(build.MONDAY, DisabledBecause.GONE))
        messages = office.waiting(HEALTHY)
        with wire.broken(refused_with(503, "ServiceUnavailable"), when=lambda sent: sent.operation == "Publish"):
            failed = office.deliver(*messages)["batchItemFailures"]
        assert len(failed) == 1
        assert office.delivery(EVENT, second).status is DeliveryStatus.DELIVERED
        office.deliver(*[one for one in messages if one["messageId"] == failed[0]["itemIdentifier"]])
    assert office.delivery(EVENT, first).status is DeliveryStatus.CANCELLED
    assert told_disabled(office) == ["gone"]


def test_who_fails_for_days_and_often_is_given_up(office: PostOffice, clock: Clock) -> None:
    days_ago = effects.now() - timedelta(days=5)
    almost = Failing(since=days_ago, failures=9, last_at=effects.now() - timedelta(hours=1))
    _, endpoint, _ = once(office, [500], failing=almost)
    held = office.held(endpoint)
    assert held.disabled is not None
    assert held.disabled.because is DisabledBecause.FAILING
    assert told_disabled(office) == ["failing"]


def test_failures_are_counted_once_a_minute(office: PostOffice, clock: Clock) -> None:
    with receiver([500]) as shop:
        endpoint = office.endpoint(1, shop.url)
        for number, wait in enumerate([0, 30, 40, 61]):
            clock.advance(timedelta(seconds=wait))
            office.plan(happened(number))
            office.deliver(*office.waiting(HEALTHY), *office.waiting(SUSPECTS)[-1:])
    failing = office.held(endpoint).failing
    assert failing is not None
    assert failing.failures == 3


# --- sent again -------------------------------------------------------------------------------------------------------


def test_what_was_given_up_is_opened_anew_once(office: PostOffice) -> None:
    with receiver([500, 200]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        before = office.delivery(EVENT, endpoint)
        store = webhook_tables.deliveries()
        opened = [reopen(store, before.id, 1, "op_1") for _ in range(2)]
        assert opened[0] == opened[1]
        assert opened[0] is not None
        assert (opened[0].status, opened[0].tries, opened[0].due_at) == (DeliveryStatus.PENDING, 0, None)
        office.deliver(office.message(opened[0], SUSPECTS))
        done = office.delivery(EVENT, endpoint)
        assert (done.status, done.tries, len(done.attempts)) == (DeliveryStatus.DELIVERED, 1, 2)
        again = reopen(store, before.id, 1, "op_1")
        assert again == done
    assert [one.headers["webhook-attempt"] for one in shop.received] == ["1", "2"]


def test_it_is_opened_so_often_and_no_more(office: PostOffice) -> None:
    office.endpoint(1, "https://example.com/")
    office.plan(EVENT)
    (delivery,) = office.deliveries().values()
    store = webhook_tables.deliveries()
    for number in range(20):
        opened = reopen(store, delivery.id, 1, f"op_{number}", due_at=build.MONDAY)
        assert opened is not None
        assert (f"op_{number}" in opened.resends, opened.due_at) == (True, build.MONDAY)
    refused = reopen(store, delivery.id, 1, "op_20")
    assert refused is not None
    assert "op_20" not in refused.resends
    assert reopen(store, "wd_nobody", 1, "op_1") is None


def test_a_delivery_that_is_sent_again_and_again_stays_small(office: PostOffice) -> None:
    """DynamoDB's items hold 400 KB: late attempts are kept without their details."""
    body = "x" * 5_000
    with receiver([Says(500, body=body)]) as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.deliver(*office.waiting(HEALTHY))
        (first,) = office.delivery(EVENT, endpoint).attempts
        store = webhook_tables.deliveries()
        many = [replace(first, number=number) for number in range(1, 51)]
        from paysandbox.webhooks.deliveries import delivery_item

        full = replace(office.delivery(EVENT, endpoint), attempts=tuple(many))
        store.client.put_item(TableName=store.table, Item=delivery_item(full, store.retention_s))
        office.deliver(office.message(full, SUSPECTS))
    last = office.delivery(EVENT, endpoint).attempts[-1]
    assert (last.number, last.status, last.response, last.request_headers) == (51, 500, "", {})


def test_events_of_others_are_not_mixed_up(office: PostOffice) -> None:
    """An endpoint of the id that a message names, but another merchant's, is none."""
    with receiver() as shop:
        endpoint = office.endpoint(1, shop.url)
        office.plan(EVENT)
        office.endpoint(1, shop.url, merchant=build.OTHER_MERCHANT)
        delivery = office.delivery(EVENT, endpoint)
        office.deliver(office.message(replace(delivery, merchant=build.OTHER_MERCHANT)))
    assert shop.received == []

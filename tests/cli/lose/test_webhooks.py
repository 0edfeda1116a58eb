"""What stands between the sandbox and a team's receiver: what it passes on, when, and how often."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from cli.lose.cells import EventCell, WebhookFault
from cli.lose.recorder import Phase
from cli.lose.webhooks import Event, EventAim, EventSignature, Relay, caused_by, payment_of, read_event, relay_server
from paysandbox.core.signature import stripe_fault
from tests.support.fakes.receiver import Answer, Received, Receiver, receiver
from tests.support.tools.waiting import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def body(event_id: str = "evt_1", type_: str = "charge.succeeded", **changed: Any) -> bytes:
    data = {"object": {"id": "ch_1", "amount": 100, "currency": "usd", **changed}}
    return json.dumps({"id": event_id, "type": type_, "data": data, "request": {"id": "req_1"}}).encode()


FIRST = Event(EventSignature("charge.succeeded", "100", "usd", ""), 1)


@contextmanager
def relaying(fault: WebhookFault | None = None, answers: Sequence[Answer] = (200,)) -> Iterator[tuple[Relay, Receiver]]:
    """A relay to a receiver, in its first phase, with a fault for the first event."""
    with receiver(answers=answers) as shop:
        relay = Relay(shop.url, "order", {FIRST: 1})
        relay.secret = SECRET
        if fault is not None:
            relay.aim = EventAim(EventCell(1, fault), frozenset({FIRST}))
        relay.begin(Phase.RUN)
        try:
            yield relay, shop
        finally:
            relay.close()


def came(relay: Relay, *events: bytes) -> None:
    """Let events come, and wait until they were delivered."""
    for number, each in enumerate(events, start=1):
        relay.take({"webhook-id": json.loads(each)["id"]}, each)
        relay.wait_until_quiet(number)


def is_signed(request: Received) -> bool:
    return stripe_fault(SECRET, request.headers["stripe-signature"], request.body, now=int(time.time())) is None


@pytest.mark.parametrize(
    "event, expected",
    [
        ({"type": "payment_captured", "data": {"amount": 5, "currency": "USD"}}, ("payment_captured", "5", "USD", "")),
        ({"type": "a", "data": {"reference": "order-1"}}, ("a", "", "", "order-1")),
        ({"type": "b", "data": {"object": {"metadata": {"order": "order-2"}}}}, ("b", "", "", "order-2")),
        ({"type": "c", "data": None}, ("c", "", "", "")),
        ([], ("", "", "", "")),
    ],
)
def test_signatures(event: Any, expected: tuple[str, ...]) -> None:
    assert read_event(json.dumps(event).encode(), "order") == expected


@pytest.mark.parametrize(
    "event, expected",
    [
        ({"request": {"id": "req_1"}}, {"req_1"}),
        ({"data": {"transaction_id": "cap_1"}}, {"cap_1"}),
        ({"request": {"id": None}, "data": {}}, set()),
    ],
)
def test_what_caused_an_event(event: Any, expected: set[str]) -> None:
    assert caused_by(json.dumps(event).encode()) == expected


@pytest.mark.parametrize(
    "fault, times, valid",
    [
        (None, 1, 1),
        (WebhookFault.DUPLICATE, 2, 2),
        (WebhookFault.CONCURRENT, 5, 5),
        (WebhookFault.TWIN, 2, 2),
        (WebhookFault.BURST, 21, 21),
        (WebhookFault.REPLAY, 2, 1),
        (WebhookFault.STALE, 1, 0),
        (WebhookFault.BAD_SIGNATURE, 1, 0),
        (WebhookFault.UNKNOWN_TYPE, 1, 1),
        (WebhookFault.SLOW_BODY, 1, 1),
        (WebhookFault.BEFORE_ANSWER, 1, 1),
    ],
)
def test_what_comes(fault: WebhookFault | None, times: int, valid: int) -> None:
    with relaying(fault) as (relay, shop):
        came(relay, body())
        assert (len(shop.received), sum(map(is_signed, shop.received))) == (times, valid)
        assert relay.fired is (fault is not None)
        assert relay.arrivals[0].statuses == [200] * times


def test_what_is_refused_comes_again_as_it_is() -> None:
    with relaying(WebhookFault.BAD_SIGNATURE, answers=(400, 500, 200)) as (relay, shop):
        came(relay, body())
        assert list(map(is_signed, shop.received)) == [False, True, True]
        assert relay.arrivals[0].statuses == [400, 500, 200]


def test_an_event_that_the_sandbox_sends_again_comes_once() -> None:
    with relaying() as (relay, shop):
        came(relay, body(), body())
        assert (len(shop.received), relay.taken) == (1, 1)


def test_others_are_not_disturbed() -> None:
    with relaying(WebhookFault.DROP) as (relay, shop):
        came(relay, body(), body("evt_2"), body("evt_3", "refund.created"))
        assert [json.loads(request.body)["id"] for request in shop.received] == ["evt_2", "evt_3"]
        assert [arrival.number for arrival in relay.arrivals] == [1, None, None]


def test_a_late_one_comes_in_the_second_run() -> None:
    with relaying(WebhookFault.LATE) as (relay, shop):
        came(relay, body())
        relay.pause()
        assert (shop.received, relay.fired, relay.is_late) == ([], True, True)
        relay.begin(Phase.AGAIN)
        until(lambda: shop.received, "the late webhook")


def test_a_late_one_comes_before_a_state_ends_that_is_not_run_again() -> None:
    with relaying(WebhookFault.LATE, answers=(500, 200)) as (relay, shop):
        came(relay, body())
        assert shop.received == []
        relay.let_late_come()
        relay.wait_until_quiet(relay.taken)
        assert (len(shop.received), relay.arrivals[0].statuses) == (2, [500, 200])


def test_one_comes_after_the_next() -> None:
    with relaying(WebhookFault.REORDER) as (relay, shop):
        for each in (body(), body("evt_2")):
            relay.take({"webhook-id": json.loads(each)["id"]}, each)
        relay.wait_until_quiet(2)
        assert [json.loads(request.body)["id"] for request in shop.received] == ["evt_2", "evt_1"]


def test_what_is_held_comes_when_it_is_passed_on() -> None:
    with relaying(answers=(200, 200, 500)) as (relay, shop):
        relay.holds = True
        came(relay, body())
        assert shop.received == []
        accepted = [relay.pass_on(FIRST), relay.pass_on(FIRST, as_another=True), relay.pass_on(FIRST)]
        assert accepted == [True, True, False]
        assert len({json.loads(request.body)["id"] for request in shop.received}) == 2
        assert all(map(is_signed, shop.received))
        assert relay.pass_on(FIRST._replace(occurrence=2)) is False


def test_a_cell_of_several_events_has_fired_when_all_came() -> None:
    with relaying() as (relay, _):
        events = frozenset({FIRST, FIRST._replace(occurrence=2)})
        relay.aim = EventAim(EventCell(1, WebhookFault.DUPLICATE, (2,)), events)
        came(relay, body())
        assert relay.fired is False
        relay.take({"webhook-id": "evt_2"}, body("evt_2"))
        relay.wait_until_quiet(2)
        assert relay.fired is True


CREATED = body("evt_2", "payment_intent.created", payment_intent="pi_1")
OTHER = body("evt_3", "payment_intent.created", payment_intent="pi_2", amount=5)
OTHERS = frozenset({Event(EventSignature("payment_intent.created", "100", "usd", ""), 1)})


@pytest.mark.parametrize(
    "fault, sent, comes",
    [
        (WebhookFault.AHEAD, (CREATED, OTHER, body()), ["evt_3", "evt_1", "evt_2"]),
        (WebhookFault.AFTER_ALL, (body(), OTHER, CREATED), ["evt_3", "evt_2", "evt_1"]),
    ],
)
def test_one_comes_before_or_after_all_others_of_its_payment(
    fault: WebhookFault, sent: Sequence[bytes], comes: Sequence[str]
) -> None:
    with relaying(fault) as (relay, shop):
        relay.aim = EventAim(EventCell(1, fault), frozenset({FIRST}), OTHERS)
        for number, each in enumerate(sent, start=1):
            relay.take({"webhook-id": json.loads(each)["id"]}, each)
            if each is OTHER:
                until(lambda: shop.received, "what is of another payment")
            assert relay.taken == number
        relay.wait_until_quiet(3)
        assert [json.loads(request.body)["id"] for request in shop.received] == comes


@pytest.mark.parametrize(
    "data, payment",
    [
        ({"object": {"id": "ch_1", "payment_intent": "pi_1"}}, "pi_1"),
        ({"object": {"id": "pi_1"}}, "pi_1"),
        ({"auth_id": "auth_1", "transaction_id": "cap_1"}, "auth_1"),
        ({}, ""),
    ],
)
def test_the_payment_of_an_event(data: Any, payment: str) -> None:
    assert payment_of(json.dumps({"type": "a", "data": data}).encode()) == payment


def test_what_comes_after_the_receiver_ended_waits() -> None:
    with relaying() as (relay, shop):
        relay.pause()
        relay.take({"webhook-id": "evt_1"}, body())
        assert shop.received == []
        relay.begin(Phase.AGAIN)
        relay.wait_until_quiet(1)
        assert len(shop.received) == 1


def test_an_answer_waits_for_the_webhook_of_its_cell() -> None:
    with relaying(WebhookFault.BEFORE_ANSWER) as (relay, shop):
        waiting = threading.Thread(target=relay.wait_for_webhook)
        waiting.start()
        came(relay, body())
        waiting.join(timeout=5)
        assert (waiting.is_alive(), len(shop.received)) == (False, 1)


def test_webhooks_of_a_state_that_ended_are_ignored() -> None:
    with relaying() as (relay, shop), relay_server() as server:
        server.relay = relay
        for url in (server.url_of(relay), server.url_of(Relay(shop.url, "order", {}))):
            assert httpx.post(url, content=body(), headers={"webhook-id": url}, trust_env=False).status_code == 200
        relay.wait_until_quiet(1)
        assert len(shop.received) == 1

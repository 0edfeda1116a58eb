"""Between a payment and a receiver nothing is lost and nothing is invented, whatever fails, where and how often.

First each call of the workers is killed, before it is sent and after it took effect; the calls are found by recording.
Then hundreds of kills come at random, from a seed, while receivers answer as receivers do. In the end the faults stop,
all pending work is done, and the events received are compared with the ledger.

    PAYSANDBOX_SEED=1234 pytest tests/webhooks/handlers/test_storm.py     repeats the storm of that seed
    pytest tests/webhooks/handlers/test_storm.py -m soak           2,000 kills each, three fixed seeds and a random one
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any, Final

import pytest
import stripe
from botocore import endpoint as botocore_endpoint
from standardwebhooks import Webhook

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.signature import STRIPE_HEADER, secret_of
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from tests.support.builders import build
from tests.support.clients.simulated_steps import simulate
from tests.support.fakes.receiver import RESET, Answer, Received, Receiver, Says, receiver
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock, Told
from tests.support.worlds.webhook_simulation import Call, Dice, Doom, Strike, WebhookSimulation
from tests.support.worlds.webhook_workers import DEAD, WebhookWorkers

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

RETRIES_S: Final = "5,300"
AN_HOUR: Final = timedelta(hours=1)
HANG_S: Final = 1.0
KILLS: Final = 100
STORIES: Final = 7
"""The number of stories that the kinds of calls are spread over, so that it takes seconds."""
MANY_KILLS: Final = 2_000

# The calls of the workers. Add a new call here after checking that it is killed below.
CALLS: Final = {
    ("publish_event", "PublishBatch topic"),
    ("publish_event", "SendMessage parked"),
    ("plan_deliveries", "BatchGetItem WebhookEndpoints"),
    ("plan_deliveries", "PutItem Events"),
    ("plan_deliveries", "SendMessageBatch deliveries"),
    ("plan_deliveries", "SendMessageBatch suspects"),
    ("plan_deliveries", "SendMessage parked"),
    ("deliver_event", "GetSecretValue webhooks"),
    ("deliver_event", "BatchGetItem Deliveries, Events, WebhookEndpoints"),
    ("deliver_event", "POST to the receiver"),
    ("deliver_event", "PutItem Deliveries"),
    ("deliver_event", "UpdateItem Deliveries"),
    ("deliver_event", "UpdateItem WebhookEndpoints"),
    ("deliver_event", "SendMessageBatch suspects"),
    ("deliver_event", "SendMessage dead-deliveries"),
    ("deliver_event", "SendMessage parked"),
    ("deliver_event", "Publish topic"),
    ("sweep_deliveries", "Query Deliveries"),
    ("sweep_deliveries", "BatchGetItem Deliveries"),
    ("sweep_deliveries", "SendMessageBatch suspects"),
    ("sweep_deliveries", "UpdateItem Deliveries"),
}


@dataclass
class Shops:
    """Receivers by name, their endpoints, and the errors of signature checks."""

    by_name: dict[str, Receiver] = field(default_factory=dict[str, Receiver])
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    suspicions: list[str] = field(default_factory=list[str])

    def open(self, workers: WebhookWorkers, stack: ExitStack, name: str, answer: Answer, *events: str) -> None:
        """Open another receiver, with its own endpoint for all event types or for these."""
        number = len(self.by_name) + 1
        secret = secret_of(tables.WEBHOOK_SECRET, ids.endpoint_id(build.MERCHANT, str(number)), 1)

        def verified(request: Received) -> Any:
            try:
                Webhook(secret).verify(request.body, dict(request.headers))
                stripe.Webhook.construct_event(request.body, request.headers[STRIPE_HEADER.lower()], secret)
            except Exception as error:  # noqa: BLE001 - whatever a library says, it does not trust this one
                self.suspicions.append(f"{name}: {error!r}")
            return answer(request) if callable(answer) else answer

        shop = self.by_name[name] = stack.enter_context(receiver([verified]))
        parts: dict[str, Any] = {"events": events} if events else {}
        self.endpoints[name] = workers.endpoint(number, shop.url, **parts)


@dataclass
class Stage:
    """A world, its receivers, and the sandbox's clock."""

    simulation: WebhookSimulation
    shops: Shops
    clock: Clock
    calm: Event = field(default_factory=Event)

    def advance(self) -> None:
        """Move the clock on by an hour."""
        self.clock.advance(AN_HOUR)


Open = Callable[[Doom, Dice], Any]


@pytest.fixture
def stage(on_moto: None, told: Told, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a world on empty tables and queues, without receivers."""
    told(webhook_local=True, webhook_retries_s=RETRIES_S)
    wire = Wire()
    for client in (runtime.ledger().client, webhook_tables.endpoints().client, runtime.secrets_manager()):
        wire.attach(client)
    for client in (runtime.sns(), runtime.sqs()):
        wire.attach(client)
    monkeypatch.setattr(botocore_endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))

    @contextmanager
    def opened(doom: Doom, dice: Dice) -> Iterator[tuple[Stage, ExitStack]]:
        table_snapshot.put_back(table_snapshot.EMPTY)
        clock.advance(-clock.offset)
        webhook_secrets.master.cache_clear()
        with ExitStack() as stack:
            simulation = WebhookSimulation(wire, doom, dice)
            it = Stage(simulation, Shops(), clock)
            stack.callback(it.calm.set)
            stack.enter_context(simulation.going_on())
            yield it, stack

    return opened


def never(_: Call) -> None:
    """Kill nothing."""


@pytest.mark.full
def test_the_sweep_comes_to_its_end_after_many_kills(stage: Open) -> None:
    """In a storm, it may be killed hundreds of times in a row, since it is killed at each of its calls by chance."""
    kills = 500
    with stage(lambda call: False if call.number <= kills else None, Dice(0)) as (it, _):
        it.simulation.sweep()
        assert len(it.simulation.kills) == kills


@pytest.mark.full
def test_a_crash_before_or_after_any_call_is_recovered(stage: Open) -> None:
    recorded, _ = short_story(stage, never)
    assert {call.kind for call in recorded} == CALLS
    first = [*{call.kind: call for call in reversed(recorded)}.values()]
    strikes = [Strike.twice(first[place::STORIES]) for place in range(STORIES)]
    killed = break_each(stage, strikes)
    assert sorted(killed) == sorted(call for strike in strikes for call in strike.fates)


@pytest.mark.soak
def test_a_crash_at_any_call_is_recovered(stage: Open) -> None:
    """Two threads may each fetch a secret that neither has cached, so some runs have a call more or less."""
    recorded, _ = short_story(stage, never)
    killed = break_each(stage, [Strike({call: after}) for call in recorded for after in (False, True)])
    assert {call.kind for call in killed} == CALLS
    assert len(killed) > 1.9 * len(recorded)


def break_each(stage: Open, strikes: list[Strike]) -> list[Call]:
    """Run the story under each of these strikes and return the killed calls."""
    killed: list[Call] = []
    for strike in strikes:
        try:
            killed += short_story(stage, strike)[1]
        except AssertionError as error:
            raise AssertionError(f"{strike}: {error}") from error
    return killed


def short_story(stage: Open, doom: Doom) -> tuple[list[Call], list[Call]]:
    """Run two payments with a receiver of each kind, check the result and return the worker calls and those killed."""
    with stage(doom, Dice(0)) as (it, stack):
        workers = it.simulation.workers
        tries: Counter[str] = Counter()

        def first_fails(request: Received) -> int:
            tries[request.headers["webhook-id"]] += 1
            return 500 if tries[request.headers["webhook-id"]] == 1 else 200

        it.shops.open(workers, stack, "steady", 200, "payment_authorized", "payment_captured")
        it.shops.open(workers, stack, "fails at first", first_fails, "payment_captured")
        it.shops.open(workers, stack, "fails", lambda _: 200 if it.calm.is_set() else 500, "payment_authorized")
        it.shops.open(workers, stack, "is gone", 410, "payment_authorized")
        it.shops.open(workers, stack, "hears of it", 200, "endpoint_disabled")
        it.simulation.pay("first")
        it.simulation.poison()
        drain(it)
        it.simulation.pay("second", capture_method="automatic")
        drain(it)
        calls = [*it.simulation.calls]
        conclude(it)
        return calls, it.simulation.kills


def test_disputes_reach_the_receivers_of_their_events(stage: Open) -> None:
    with stage(never, Dice(0)) as (it, stack):
        it.shops.open(it.simulation.workers, stack, "of disputes", 200, "dispute_opened", "dispute_lost")
        auth_id = it.simulation.pay("disputed", capture_method="automatic")
        dispute = simulate(auth_id, "dispute", amount=4_00).json["dispute"]
        simulate(dispute["dispute_id"], "withdraw")
        assert simulate(dispute["dispute_id"], "expire").json["dispute"]["status"] == "lost"
        drain(it)

        shown = sorted(
            (json.loads(one.body) for one in it.shops.by_name["of disputes"].received), key=lambda one: one["sequence"]
        )
        assert [(one["type"], one["data"]["dispute_id"], one["data"]["amount"]) for one in shown] == [
            ("dispute_opened", dispute["dispute_id"], 4_00),
            ("dispute_lost", dispute["dispute_id"], 4_00),
        ]
        assert it.shops.suspicions == []


WORKERS = 4
TURNS_PER_KILL = 10


def seeds(*fixed: int) -> list[int]:
    """Return the default seeds, or the requested one."""
    asked = os.environ.get("PAYSANDBOX_SEED")
    return [int(asked)] if asked else [*fixed]


@pytest.mark.full
@pytest.mark.parametrize("seed", seeds(6))
def test_a_hundred_kills_at_random(seed: int, stage: Open) -> None:
    storm(stage, seed, KILLS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1, 2, 3, int.from_bytes(os.urandom(3), "big")))
def test_two_thousand_kills_at_random(seed: int, stage: Open) -> None:
    storm(stage, seed, MANY_KILLS)


def storm(stage: Open, seed: int, kills: int) -> None:
    dice = Dice(seed, kills=0.2, at_most=kills)
    try:
        with stage(dice, dice) as (it, stack):
            open_shops(it, stack, dice)
            number = 0
            # Threads take turns in another order each time, so it varies how soon each worker has been killed.
            while len(it.simulation.kills) < kills or len({call.worker for call in it.simulation.kills}) < WORKERS:
                assert number < TURNS_PER_KILL * kills, "a worker that makes calls is killed at some of them"
                number += 1
                if number % 4 == 1:
                    happen(it.simulation, dice, number)
                it.simulation.turn()
                if number % 20 == 0:
                    it.advance()
                    it.simulation.sweep()
            dice.stop_killing()
            assert {call.kind for call in it.simulation.calls} <= CALLS
            conclude(it)
    except BaseException as error:
        raise AssertionError(f"PAYSANDBOX_SEED={seed}: {error}") from error


def happen(simulation: WebhookSimulation, dice: Dice, number: int) -> None:
    """Make one payment, and a merchant's operations on it."""
    key, thrown = f"storm-{number}", dice.throw("payment", number)
    if thrown < 0.25:
        simulation.pay(key, capture_method="automatic")
        return
    card = build.card_details(number=build.INSUFFICIENT_FUNDS) if thrown > 0.95 else build.card_details()
    auth_id = simulation.pay(key, card=card)
    if thrown < 0.4:
        simulation.capture(f"{key}-capture", auth_id, amount=4_00)
    elif thrown < 0.5:
        simulation.void(f"{key}-void", auth_id)
    elif thrown < 0.55:
        simulation.poison()


def open_shops(it: Stage, stack: ExitStack, dice: Dice) -> None:
    """Open a steady receiver, two moody ones, one gone for a while, one notified of that, one that must get nothing."""
    workers = it.simulation.workers
    it.shops.by_name["trap"] = trap = stack.enter_context(receiver())

    def moody(name: str, request: Received) -> Any:
        """Answer five of ten attempts correctly."""
        if it.calm.is_set():
            return 204
        thrown = dice.throw(name, request.headers["webhook-id"], request.headers["webhook-attempt"])
        if thrown < 0.03:
            it.calm.wait(HANG_S)  # answers after the client's timeout
            return 200
        moods = (500, RESET, Says(302, {"Location": trap.url}), Says(503, {"Retry-After": "2"}), 429)
        return moods[int(thrown * 10)] if thrown < 0.5 else Says(200, body="thanks")

    def leaves(request: Received) -> int:
        return 410 if dice.throw("leaves", request.headers["webhook-id"]) < 0.05 and not it.calm.is_set() else 200

    it.shops.open(workers, stack, "steady", 200)
    it.shops.open(workers, stack, "moody", partial(moody, "moody"))
    it.shops.open(workers, stack, "captures", partial(moody, "captures"), "payment_captured")
    it.shops.open(workers, stack, "leaves", leaves)
    it.shops.open(workers, stack, "hears of it", 200, "endpoint_disabled")


def drain(it: Stage) -> None:
    it.simulation.drain(it.advance)


def conclude(it: Stage) -> None:
    """Stop the faults, finish all pending work, and compare the events received with the ledger."""
    simulation, shops, workers = it.simulation, it.shops, it.simulation.workers
    simulation.calm()
    drain(it)
    given_up = {one.id for one in workers.deliveries().values() if one.status is DeliveryStatus.FAILED}
    assert {one["delivery_id"] for one in workers.bodies(DEAD)} == given_up
    it.calm.set()
    held = {name: workers.held(one) for name, one in shops.endpoints.items()}
    for one in held.values():
        if one.enabled:
            simulation.replay_what_was_given_up(one.id, format_timestamp(one.created_at))
    drain(it)

    ledger = simulation.ledger_events()
    disabled = {ids.disabled_event_id(one.id, one.generation) for one in held.values() if not one.enabled}
    kept = {event.id: event.body.encode() for event in workers.events().values()}
    assert kept.keys() == ledger.keys() | disabled
    bodies = kept | ledger
    assert {name: body for name, body in kept.items() if body != bodies[name]} == {}
    assert shops.suspicions == []
    for name, one in held.items():
        received = shops.by_name[name].received
        wanted = {event.id for event in workers.events().values() if one.is_subscribed(event.type, event.at)}
        came = {request.headers["webhook-id"] for request in received}
        assert not one.enabled or wanted <= came, f"lost on the way to {name}"
        assert came <= bodies.keys(), f"invented on the way to {name}"
        assert all(request.body == bodies[request.headers["webhook-id"]] for request in received), name
    if "trap" in shops.by_name:
        assert shops.by_name["trap"].received == []
    told = shops.by_name["hears of it"].ids()
    assert set(told) == disabled
    left = {one.status_for(workers.held(held_by(held, one.endpoint_id))) for one in workers.deliveries().values()}
    assert left <= {DeliveryStatus.DELIVERED, DeliveryStatus.CANCELED}


def held_by(held: dict[str, Endpoint], endpoint_id: str) -> Endpoint:
    return next(one for one in held.values() if one.id == endpoint_id)

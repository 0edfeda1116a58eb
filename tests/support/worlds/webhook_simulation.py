"""All webhook processing in this process, from a payment's request to a receiver's port, with faults at any call.

    world = WebhookSimulation(wire, Dice(seed, kills=0.05))
    world.pay("order-1")                # the real handler; its writes appear in the ledger's stream
    world.turn()                        # each worker takes a batch: of the stream, of the topic's queue, of deliveries
    world.calm(); world.drain()         # no more faults, and everything that waits is processed

moto provides the tables, the topic and the queues. The handlers and the receivers' ports are real. The simulation does
what AWS does between them. A worker that dies gets its batch again: the stream's as a whole, or halved as the event
source mapping bisects it; of a queue, each message that it did not report as processed, without limit (a real queue
would move it to the dead-letter queue after some attempts). Queues occasionally deliver a message twice, and in any
order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock, local
from typing import Any, Final, Self
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import BaseJSONSerializer
from moto.sqs.models import sqs_backends

from payments import publish_event
from paysandbox.aws import runtime
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core import ids
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.ledger.items import payment_from
from paysandbox.webhooks.deliveries import attempts
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from paysandbox.webhooks.outbound.client import Limits, Reply, send
from paysandbox.webhooks.routes import REPLAY_ENDPOINT
from tests.support.clients.call import Merchant
from tests.support.fakes.stream import of_images
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Deliver, Killed, Sent, Wire
from tests.support.worlds.webhook_workers import HEALTHY, LONG, SUSPECTS, WebhookWorkers
from webhooks import deliver_event, plan_deliveries, sweep_deliveries

Json = dict[str, Any]

TO_PLAN: Final = "events-to-plan"
BATCH: Final = 6
POISON: Final = {"version": {"N": "1"}, "operations": {"S": "what is this"}}
_ROUNDS: Final = 400
_SWEEP: Final = sweep_deliveries.handler.__module__.rpartition(".")[2]
_OF_A_SWEEP: Final = 0.25
"""The probability that a sweep is killed at a call, relative to the other workers'."""

# The time limit of a receiver: short, since many hang on purpose; longer if none does, for a busy machine.
_IMPATIENT: Final = Limits(connect_s=1, total_s=0.25)
_PATIENT: Final = Limits(connect_s=5, total_s=20)


@dataclass(frozen=True, order=True)
class Call:
    """One call by a worker: its kind, and its number among such calls since the start."""

    worker: str
    what: str
    number: int

    @property
    def kind(self) -> tuple[str, str]:
        """The call without its number."""
        return self.worker, self.what

    def __str__(self) -> str:
        return f"{self.worker}: {self.what} ({self.number})"


@dataclass(frozen=True)
class Strike:
    """Kills at calls, before they are sent or after they took effect."""

    fates: Mapping[Call, bool]

    @classmethod
    def twice(cls, calls: Iterable[Call]) -> Self:
        """Kill at each call before it is sent, and at its retry (the next number) after it took effect."""
        first = dict.fromkeys(calls, False)
        return cls(first | {replace(call, number=call.number + 1): True for call in first})

    def __call__(self, call: Call) -> bool | None:
        return self.fates.get(call)

    def __str__(self) -> str:
        return ", ".join(f"killed {'after' if after else 'before'} {call}" for call, after in self.fates.items())


class Dice:
    """Random numbers derived from the call, not from the order, so that a seed is reproducible across threads.

    Each worker is killed at most `at_most` times. A sweep is killed at fewer of its calls: after a kill it starts again
    with a query per shard, and would take most of the kills.
    """

    def __init__(self, seed: int, *, kills: float = 0.0, at_most: int = 0) -> None:
        self.seed, self._kills, self._at_most = seed, kills, at_most
        self._killed: Counter[str] = Counter()

    def stop_killing(self) -> None:
        """Let every further call succeed."""
        self._at_most = 0

    def throw(self, *what: object) -> float:
        """Return a number from 0 to less than 1."""
        digest = sha256(repr((self.seed, *what)).encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def pick(self, count: int, *what: object) -> int:
        """Return a number from 0 to less than `count`."""
        return int(self.throw(*what) * count)

    def __call__(self, call: Call) -> bool | None:
        kills = self._kills * _OF_A_SWEEP if call.worker == _SWEEP else self._kills
        thrown = self.throw(call) / kills if kills else 1.0
        if thrown >= 1 or self._killed[call.worker] >= self._at_most:
            return None
        self._killed[call.worker] += 1
        return thrown < 0.5


Doom = Callable[[Call], bool | None]
"""Whether the process dies at a call: not (None), before it (False), or after it (True)."""


class WebhookSimulation:
    """A sandbox in this process, empty at first."""

    def __init__(self, wire: Wire, doom: Doom, dice: Dice) -> None:
        self.wire, self.doom, self.dice = wire, doom, dice
        self.workers = WebhookWorkers()
        self.merchant = Merchant()
        self.calls: list[Call] = []
        self.kills: list[Call] = []
        self.batches = 0
        # Short only if some receivers hang on purpose: otherwise a busy machine's slowness would be an unplanned fault.
        self._limits = _IMPATIENT if doom is dice else _PATIENT
        self._stream: list[Json] = []
        self._queues: dict[str, list[Json]] = {TO_PLAN: [], HEALTHY: [], SUSPECTS: []}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._numbers = 0
        self._worker: str | None = None
        self._dead = False
        self._lock, self._here = Lock(), local()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Inject faults and observe the ledger's writes until the block ends."""
        with (
            self.wire.witnessed(self._see),
            self.wire.broken(self._strike, when=self._is_struck),
            patch.object(attempts, "send", self._send),
            patch.object(runtime, "random_suffix", self._own_id),
            patch.object(BaseJSONSerializer, "_serialize_type_structure", quickly),
        ):
            yield

    # --- actions ------------------------------------------------------------------------------------------------------

    def pay(self, key: str, **body: Any) -> str:
        """Authorize with a key, as a client that retries until it gets a response. Return the payment's ID."""
        return self._asked(lambda: self.merchant.authorize(key, **body)).json["auth_id"]

    def capture(self, key: str, auth_id: str, **body: Any) -> None:
        """Capture with a key, with the same retries."""
        self._asked(lambda: self.merchant.capture(auth_id, key, **body))

    def void(self, key: str, auth_id: str) -> None:
        """Void with a key, with the same retries."""
        self._asked(lambda: self.merchant.void(auth_id, key))

    def poison(self) -> None:
        """Put an unreadable record into the stream and an unreadable message into each queue."""
        self._numbers += 1
        self._stream.append(of_images({"NewImage": POISON}, place=self._numbers))
        for name, queue in self._queues.items():
            queue.append(self.workers.record("what is this", name))

    def turn(self) -> None:
        """Run each worker once, if it has something to do."""
        self._publish()
        for name, handler in (
            (TO_PLAN, plan_deliveries.handler),
            (HEALTHY, deliver_event.handler),
            (SUSPECTS, deliver_event.handler),
        ):
            self._work(name, handler)

    def sweep(self) -> None:
        """Run the sweep until nothing is left, however often it is killed. Only a run that survives counts as one."""
        for _ in range(_ROUNDS):
            swept = None
            while swept is None:
                swept = self._run(sweep_deliveries.handler, {}, LONG)
            if not swept["more"]:
                return
        raise AssertionError("the sweep does not come to its end")

    def calm(self) -> None:
        """Stop killing, and give receivers all the time that they need."""
        self.doom = lambda _: None
        self._limits = _PATIENT

    def drain(self, advance: Callable[[], None]) -> None:
        """Process everything that waits, and advance the time until nothing is due later."""
        for _ in range(_ROUNDS):
            while self.is_waiting():
                self.turn()
            if not any(
                one.status is DeliveryStatus.PENDING and one.due_at for one in self.workers.deliveries().values()
            ):
                return
            advance()
            self.sweep()
        raise AssertionError("it does not come to its end")

    def is_waiting(self) -> bool:
        """Return whether the stream or a queue contains something."""
        self._collect()
        return bool(self._stream or any(self._queues.values()))

    def replay_what_was_given_up(self, endpoint_id: str, since: str) -> None:
        """Replay failed events, like a merchant who finds them in the dead-letter queue."""
        path = {"endpoint_id": endpoint_id}
        looked: str | None = since
        while looked is not None:
            reply = self.merchant.post(REPLAY_ENDPOINT, {"since": looked, "only_failed": True}, path=path)
            assert reply.status == 200, reply.text
            looked = reply.json["next_since"]

    def ledger_events(self) -> dict[str, bytes]:
        """Return the events that the ledger implies: their bytes by ID."""
        payments = [payment_from(item) for item in table_snapshot.items() if "version" in item]
        return {one.id: render_event(one).encode() for payment in payments for one in events_of(None, payment)}

    # --- simulated AWS ------------------------------------------------------------------------------------------------

    def _own_id(self) -> str:
        """Return an ID derived from the seed, so that a seed's payments have the same IDs each time."""
        self._numbers += 1
        return ids.derive(str(self.dice.seed), str(self._numbers), length=ids.SUFFIX_LENGTH)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        for _ in range(_ROUNDS):
            try:
                reply = ask()
            except Killed:
                continue
            assert reply.status == 200, reply.text
            return reply
        raise AssertionError("nobody answers")

    def _publish(self) -> None:
        batch = self._stream[: 1 + self.dice.pick(BATCH, "stream", self.batches)]
        while batch:
            if self._run(publish_event.handler, {"Records": batch}, None) is not None:
                del self._stream[: len(batch)]
                return

    def _work(self, name: str, handler: Callable[[Json, Any], Any]) -> None:
        self._collect()
        # Sorted by content, since the order in which threads queue messages is random.
        queue = sorted(self._queues[name], key=lambda record: record["body"])
        queue.sort(key=lambda record: self.dice.throw("order", self.batches, record["body"]))
        size = 1 + self.dice.pick(BATCH, "size", self.batches)
        batch, self._queues[name] = queue[:size], queue[size:]
        if not batch:
            return
        again = {record["messageId"] for record in batch}
        answer = self._run(handler, {"Records": batch}, None)
        if answer is not None:
            again = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        twice = [one for one in batch if answer and self.doom is self.dice and self._is_handed_out_twice(one)]
        self._queues[name] += [record for record in batch if record["messageId"] in again] + twice

    def _is_handed_out_twice(self, record: Json) -> bool:
        return self.dice.throw("twice", self.batches, record["body"]) < 0.05

    def _collect(self) -> None:
        """Take the messages in moto's queues, including delayed ones."""
        held = sqs_backends[DEFAULT_ACCOUNT_ID][tables.REGION].queues
        for name, queue in self._queues.items():
            for message in held[name]._messages:
                attributes = {
                    key: {"stringValue": one["StringValue"], "dataType": one["DataType"]}
                    for key, one in message.message_attributes.items()
                }
                queue.append(self.workers.record(message.body, name) | {"messageAttributes": attributes})
            held[name]._messages.clear()

    def _run(self, handler: Callable[[Json, Any], Any], event: Json, context: Any) -> Any:
        """Run a worker once. Return None if it died or raised. A new process loads its secrets again."""
        self.batches += 1
        self._worker = handler.__module__.rpartition(".")[2]
        try:
            return handler(deepcopy(event), context)
        except Killed:
            self._dead = False
            webhook_secrets.master.cache_clear()
            return None
        finally:
            self._worker, self._dead = None, False

    # --- faults -------------------------------------------------------------------------------------------------------

    def _next_call(self, what: str) -> bool | None:
        """Record a call, and return whether the process dies at it. A dead process makes no calls."""
        with self._lock:
            if self._worker is None:
                return None
            if self._dead:
                return False
            kind = self._worker, what
            self._counts[kind] += 1
            call = Call(*kind, self._counts[kind])
            self.calls.append(call)
            fate = self.doom(call)
            if fate is not None:
                self._dead = True
                self.kills.append(call)
            return fate

    def _is_struck(self, sent: Sent) -> bool:
        self._here.fate = self._next_call(f"{sent.operation} {_target(sent.parameters)}")
        return self._here.fate is not None

    def _strike(self, _: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        if self._here.fate:
            deliver()
        raise Killed

    def _send(self, *told: Any, **more: Any) -> Reply:
        fate = self._next_call("POST to the receiver")
        if fate is False:
            raise Killed
        reply = send(*told, limits=self._limits, **more)
        if fate:
            raise Killed
        return reply

    def _see(self, sent: Sent, deliver: Deliver) -> AWSResponse:
        """Add each write of the ledger to the stream, with its images before and after."""
        if sent.parameters.get("TableName") != tables.TABLE or sent.operation not in ("PutItem", "UpdateItem"):
            return deliver()
        key: Json = sent.parameters.get("Item") or sent.parameters["Key"]
        item_id = key[PARTITION_KEY]["S"]
        before = table_snapshot.item(item_id)
        answer = deliver()
        after = table_snapshot.item(item_id)
        if before != after and after is not None and "version" in after:  # the mapping filters out idempotency records
            self._numbers += 1
            images = {name: image for name, image in (("OldImage", before), ("NewImage", after)) if image}
            self._stream.append(of_images(images, place=self._numbers, transaction_id=item_id))
        return answer


def _target(parameters: Json) -> str:
    """Return the target of a call: one or more tables, a queue or the topic, without the environment's name."""
    if "RequestItems" in parameters:
        names = sorted(parameters["RequestItems"])
    else:
        found = next(
            parameters[name] for name in ("TableName", "QueueUrl", "TopicArn", "SecretId") if name in parameters
        )
        names = [found.replace(":", "/").rpartition("/")[2]]
    return ", ".join(name.removeprefix("paysandbox-test-") for name in names)


_AS_MOTO_DOES: Final = BaseJSONSerializer._serialize_type_structure


def quickly(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Serialize a value of DynamoDB by its only type.

    moto looks for every type that the value may have, under several names each, which takes half the time of a storm.
    """
    if shape.name == "AttributeValue" and isinstance(value, dict) and not {"L", "M"} & value.keys():
        serializer._default_serialize(serialized, value, shape, key)
    else:
        _AS_MOTO_DOES(serializer, serialized, value, shape, key)

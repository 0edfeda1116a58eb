"""The counted AWS usage of a webhook delivery, and its modeled price and latency.

Counted: the calls and write units of the real workers against moto, for the event of a payment and one endpoint that
returns 200. Modeled: list prices (`stacks/operations/prices.py`) and assumed latencies of AWS services.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import StringIO
from statistics import mean
from typing import Any, Final

from benchmarks.cost.latency import LINE_OVERHEAD_BYTES
from benchmarks.cost.write_units import index_units, table_units
from benchmarks.http_load import percentile
from benchmarks.stubbed_aws import lines_to
from paysandbox.aws import runtime
from paysandbox.aws.schema import DELIVERY_INDEXES, EVENTS_BY_MERCHANT
from paysandbox.webhooks import tables as webhook_tables
from stacks.functions import MEMORY_MB
from stacks.operations.prices import BYTES_OF_A_GB, PRICES, PROVENANCE, Item
from tests.support.fakes.receiver import receiver
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.webhook_workers import HEALTHY, WebhookWorkers, happened

MILLION: Final = 1_000_000
TARGET_MS: Final = 200
DRAWS: Final = 100_000

# Assumed: median and 95th percentile in milliseconds, lognormal; warm, in the Region, one event at a time.
ASSUMED_MS: Final[Mapping[str, tuple[float, float]]] = {
    "publish_event, started": (5, 15),
    "publish_event, its run with SNS": (15, 40),
    "SNS to SQS": (15, 50),
    "SQS to plan_deliveries (long poll)": (10, 35),
    "plan_deliveries, its run": (25, 60),
    "SQS to deliver_event (long poll)": (10, 35),
    "deliver_event, until it connects": (12, 30),
    "the way to a receiver, connection kept": (10, 40),
}
# Parts that another design would leave out. At most: what takes their place is assumed to take no time.
_PLANNER_ATTEMPTS: Final = frozenset({"SQS to deliver_event (long poll)", "deliver_event, until it connects"})
_TOPIC_INVOKES: Final = frozenset({"SQS to plan_deliveries (long poll)"})
WITHOUT: Final[Mapping[str, frozenset[str]]] = {
    "plan_deliveries makes the first attempt": _PLANNER_ATTEMPTS,
    "SNS invokes plan_deliveries, without a queue": _TOPIC_INVOKES,
    "both": _PLANNER_ATTEMPTS | _TOPIC_INVOKES,
}
# Lambda developer guide, "Process DynamoDB records with Lambda": shards are polled four times a second.
POLL: Final = "stream poll"
POLL_MS: Final = 250

# Assumed billed time: an invocation including its waits for DynamoDB, SNS and SQS, and a receiver that takes 100 ms.
BILLED_MS: Final[Mapping[str, float]] = {"publish_event": 25, "plan_deliveries": 30, "deliver_event": 125}
BATCHES: Final = (1, 10)


def budget(draws: int = DRAWS) -> dict[str, Any]:
    """Return the milliseconds from response to receipt on AWS by part. A record waits half an interval on average."""
    chance = random.Random(7)
    drawn = {name: [_draw(chance, *spread) for _ in range(draws)] for name, spread in ASSUMED_MS.items()}
    drawn = {POLL: [chance.uniform(0, POLL_MS) for _ in range(draws)]} | drawn
    whole = [sum(parts) for parts in zip(*drawn.values(), strict=True)]
    means = {name: round(mean(values), 1) for name, values in drawn.items()}
    return {
        "modeled": True,
        "target_ms": TARGET_MS,
        "mean_ms": round(mean(whole), 1),
        **{f"p{share}_ms": round(percentile(whole, share), 1) for share in (50, 95, 99)},
        "parts_ms": means,
        "without_ms": {
            design: round(sum(ms for name, ms in means.items() if name not in left_out), 1)
            for design, left_out in WITHOUT.items()
        },
        "largest": max(means, key=lambda name: means[name]),
    }


def _draw(chance: random.Random, half: float, most: float) -> float:
    return chance.lognormvariate(math.log(half), math.log(most / half) / 1.645)


def cost() -> dict[str, Any]:
    """Return the US dollars for a million deliveries to one endpoint, with batches of one and of ten."""
    found = {str(batch): _priced(counted(batch), batch) for batch in BATCHES}
    return {
        "modeled": True,
        "prices": PROVENANCE,
        "billed_ms": dict(BILLED_MS),
        "memory_mb": MEMORY_MB,
        "by_batch": found,
    }


def counted(batch: int) -> dict[str, Any]:
    """Return the calls, units and log bytes of a batch of events that is delivered to one endpoint."""
    with ExitStack() as stack:
        stack.enter_context(tables.sandbox(webhook_local=True))
        lines = stack.enter_context(lines_to(StringIO()))
        shop = stack.enter_context(receiver())
        workers = WebhookWorkers()
        endpoint = workers.endpoint(1, shop.url)
        calls = stack.enter_context(_noted())
        events = [happened(number) for number in range(batch)]
        workers.plan(*events)
        planned = _items()
        workers.deliver(*workers.waiting(HEALTHY))
        done = _items()
        units: Counter[str] = Counter()
        for name, index in (("Events", (EVENTS_BY_MERCHANT,)), ("Deliveries", DELIVERY_INDEXES)):
            for key, item in done[name].items():
                before = planned[name].get(key)
                writes = [(None, before or item)] + ([(before, item)] if before and before != item else [])
                for old, new in writes:
                    units[name] += table_units(old, new) + sum(cost for *_, cost in index_units(old, new, index))
        if len(shop.received) != batch or not endpoint.enabled:
            raise AssertionError("not all were delivered")
        return {
            "calls": dict(calls),
            "write_units": dict(units),
            "read_units": _read_units(batch),
            "log_bytes": sum(len(line.encode()) + LINE_OVERHEAD_BYTES for line in lines.getvalue().splitlines()),
        }


def _read_units(batch: int) -> int:
    """Return the units of reads of items up to 4 KB: the endpoints twice, consistently, and at half the price each
    event and the delivery that it does not have yet."""
    return 2 + 2 * batch // 2


@contextmanager
def _noted() -> Iterator[Counter[str]]:
    calls: Counter[str] = Counter()

    def note(event_name: str, **_: Any) -> None:
        calls[event_name.removeprefix("before-send.")] += 1

    clients = {id(client): client for client in (webhook_tables.endpoints().client, runtime.sqs(), runtime.sns())}
    for client in clients.values():
        client.meta.events.register_first("before-send", note)
    yield calls


def _items() -> dict[str, dict[str, dict[str, Any]]]:
    """Read moto's items directly, so that the read is not counted."""
    keys = {"Events": "event_id", "Deliveries": "delivery_id"}
    return {
        name: {item[key]["S"]: item for item in table_snapshot.items_of(tables.WEBHOOKS[name])}
        for name, key in keys.items()
    }


def used_by(seen: Mapping[str, Any]) -> dict[Item, float]:
    """Return the usage of a batch. SNS bills a request of up to 64 KB, and nothing for deliveries to SQS. A queue is
    polled for one or ten messages, which are then deleted. Only messages to the deliverer have a group."""
    sends = sum(count for call, count in seen["calls"].items() if call.startswith("sqs."))
    return {
        Item.FUNCTION_REQUEST: len(BILLED_MS),
        Item.FUNCTION_GB_S: sum(BILLED_MS.values()) / 1_000 * MEMORY_MB / 1_024,
        Item.WRITE_UNIT: sum(seen["write_units"].values()),
        Item.READ_UNIT: seen["read_units"],
        Item.TOPIC_REQUEST: 1,
        Item.QUEUE_REQUEST: sends + 2 * 2,
        Item.FAIR_QUEUE_REQUEST: sends + 2,
        Item.LOG_GB: seen["log_bytes"] / BYTES_OF_A_GB,
    }


def _priced(seen: Mapping[str, Any], batch: int) -> dict[str, Any]:
    """Price a batch's usage for a million deliveries."""
    rounds = MILLION / batch
    lines = {str(item): round(amount * PRICES[item].usd * rounds, 2) for item, amount in used_by(seen).items()}
    return {**seen, "usd_per_million": lines, "usd_in_all": round(sum(lines.values()), 2)}

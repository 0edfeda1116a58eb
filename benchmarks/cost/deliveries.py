"""The counted AWS usage of a webhook delivery, and its modeled price.

Counted: the calls and write units of the real workers against moto, for the event of a payment and one endpoint that
returns 200. Modeled: list prices (`stacks/operations/prices.py`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import StringIO
from typing import Any, Final

from benchmarks.cost.operations import LINE_OVERHEAD_BYTES
from benchmarks.cost.write_units import index_units, table_units
from benchmarks.measuring.stubbed_aws import lines_to
from paysandbox.aws import runtime
from paysandbox.aws.schema import DELIVERY_INDEXES, EVENTS_BY_MERCHANT
from paysandbox.webhooks import tables as webhook_tables
from stacks.functions import MEMORY_MB
from stacks.operations.prices import BYTES_OF_A_GB, PRICES, PROVENANCE, Item
from tests.support.fakes.receiver import receiver
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.webhook_workers import HEALTHY, WebhookWorkers, happened

MILLION: Final = 1_000_000

# Assumed billed time: an invocation including its waits for DynamoDB, SNS and SQS, and a receiver that takes 100 ms.
BILLED_MS: Final[Mapping[str, float]] = {"publish_event": 25, "plan_deliveries": 30, "deliver_event": 125}
BATCHES: Final = (1, 10)


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

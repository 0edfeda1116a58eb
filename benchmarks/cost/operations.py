"""The DynamoDB usage of each operation: calls, and write units of the table and of each index. Counted, not timed.

The real handlers run against moto. Calls are recorded as they are sent. Items are read before and after each
operation, and the write units follow from their sizes and keys (`write_units.py`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

from benchmarks.cost.write_units import index_units, item_size_bytes, table_units
from benchmarks.measuring.stubbed_aws import lines_to, metrics_in
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import INDEXES, LEDGER
from paysandbox.core.metrics import namespace
from paysandbox.payments.expiry import expire
from paysandbox.payments.ledger.store import clear_due, get_payment
from paysandbox.payments.payment import Payment
from stacks.api.gateway import ACCESS_LOG, KEY_ID
from tests.support.clients.call import Merchant, Reply
from tests.support.worlds import tables

CLAIMS: Final = "claims"
DESCRIBED: Final = "capture, of a payment with reference and description"
TEXTS: Final = {"reference": "order-1042", "description": "Two pairs of shoes"}
EXPIRE: Final = "expire, by the sweep"
CLEAR: Final = "remove from `by_due`, by the sweep"
SWEEP: Final = (EXPIRE, CLEAR)
LIFECYCLES: Final[Mapping[str, tuple[str, ...]]] = {
    "authorized, captured": ("authorize", "capture"),
    "automatic capture": ("authorize, automatic capture",),
    "authorized, voided": ("authorize", "void"),
    "authorized, expired": ("authorize", *SWEEP),
    "authorized, captured, refunded": ("authorize", "capture", "refund"),
}

# CloudWatch Logs counts these in addition to each line ("PutLogEvents", API reference).
LINE_OVERHEAD_BYTES: Final = 26
# A line of the gateway's access log, for a successful authorization.
_ACCESS_LOG: Final[Mapping[str, str]] = {
    "request_id": "833d9cca-367d-4bf4-8424-99145ff3285b",
    "method": "POST",
    "route": "/payments/authorize",
    "status": "200",
    "refused_as": "-",
    "integration_status": "200",
    "latency_ms": "100",
    KEY_ID: "a1b2c3d4e5",
}
# Log bytes of a request besides its own line. Lambda writes no platform lines about a run that succeeded.
OTHER_LOG_BYTES: Final = len(" ".join(_ACCESS_LOG.values())) + 2 * LINE_OVERHEAD_BYTES
if [*_ACCESS_LOG] != [*ACCESS_LOG, KEY_ID]:
    raise AssertionError("the access log has other fields")


def measure() -> dict[str, Any]:
    """Return the calls and write units of operations and lifecycles, and an authorization's item size in bytes."""
    operations: dict[str, dict[str, Any]] = {}
    with tables.sandbox() as ledger, _noted(ledger.client) as calls, lines_to(StringIO()):
        demo = Merchant()
        for name, act in _operations(demo).items():
            operations[name] = _counted(ledger, calls, act)
        operations |= _sweep(ledger, calls, demo.authorized())
    # Of a request that the request log stores, and of a successful one that it does not.
    for field, percent in (("log_bytes", 100), ("log_bytes_unsampled", 0)):
        for name, size in _log_bytes(percent).items():
            operations[name][field] = size
    return {
        "unit": "DynamoDB write units",
        "tables": [LEDGER, *(index.name for index in INDEXES)],
        "operations": operations,
        "lifecycles": {name: sum(operations[step]["all"] for step in steps) for name, steps in LIFECYCLES.items()},
    }


def _operations(demo: Merchant) -> Mapping[str, Callable[[], Reply]]:
    """Yield the operations in order: each one uses the results of the previous ones."""
    body: dict[str, Any] = {**TEXTS, "currency": "USD"}
    to_capture, to_void, to_refund = demo.authorized(), demo.authorized(), demo.captured()
    described = demo.authorized(**body)
    return {
        "authorize": lambda: demo.authorize("authorize", **body),
        "authorize, replayed": lambda: demo.authorize("authorize", **body),
        "authorize, automatic capture": lambda: demo.authorize("at-once", capture_method="automatic", **body),
        "capture": lambda: demo.capture(to_capture, "capture"),
        DESCRIBED: lambda: demo.capture(described, "described"),
        "capture, replayed": lambda: demo.capture(to_capture, "capture"),
        "void": lambda: demo.void(to_void),
        "refund": lambda: demo.refund(to_refund),
        "get": lambda: demo.payment(to_refund),
    }


def _sweep(ledger: Ledger, calls: list[str], payment_id: str) -> dict[str, dict[str, Any]]:
    """Count what the sweep writes for an authorization whose time is over."""
    payment = get_payment(ledger, payment_id)
    if payment is None:
        raise AssertionError("nothing was authorized")
    expired: list[Payment] = []
    return {
        EXPIRE: _counted(ledger, calls, lambda: expired.append(expire(payment, payment.capture_before))),
        CLEAR: _counted(ledger, calls, lambda: clear_due(ledger, *expired)),
    }


def _log_bytes(percent: int) -> dict[str, int]:
    """Return the bytes of each operation's log line, with its metrics, if so many percent of requests are stored."""
    found: dict[str, int] = {}
    with tables.sandbox(request_log_sample_percent=percent), lines_to(StringIO()) as lines:
        with metrics_in(namespace("prod")):
            for name, act in _operations(Merchant()).items():
                act()
                found[name] = len(lines.getvalue().splitlines()[-1].encode())
        if "metrics_error" in lines.getvalue():
            raise AssertionError("a line lacks its metrics")
    return found


@contextmanager
def _noted(client: Any) -> Iterator[list[str]]:
    """Record every attempt of every call before it is sent."""
    calls: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        calls.append(event_name.rpartition(".")[2])

    client.meta.events.register_first("before-send.dynamodb", note)
    try:
        yield calls
    finally:
        client.meta.events.unregister("before-send.dynamodb", note)


def _counted(ledger: Ledger, calls: list[str], act: Callable[[], object]) -> dict[str, Any]:
    before = tables.items(ledger)
    calls.clear()
    reply = act()
    if isinstance(reply, Reply) and reply.status != 200:
        raise AssertionError(f"an operation failed: {json.dumps(reply.json)}")
    sent = list(calls)
    units: Counter[str] = Counter()
    sizes: list[int] = []
    for item_id, item in tables.items(ledger).items():
        old = before.get(item_id)
        if old == item:
            continue
        where = LEDGER if "operations" in item else CLAIMS
        units[where] += table_units(old, item)
        sizes.append(item_size_bytes(item))
        for index, _, cost in index_units(old, item):
            units[index.name] += cost
    # A write whose condition fails is billed by the size of the existing item: at least one unit.
    refused = sent.count("PutItem") + sent.count("UpdateItem") - len(sizes)
    return {
        "calls": sent,
        "units": dict(units),
        "refused_writes": refused,
        "all": sum(units.values()) + refused,
        "item_bytes": max(sizes, default=0),
    }

"""The time of a warm authorization by layer: the functions of the handler, each without the functions it calls.

The functions at the layers' boundaries are wrapped with timers, which cost about 0.2 µs each. The median of all
requests is used, so that interruptions by other processes do not count.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final
from unittest.mock import patch

from benchmarks import stubbed_aws
from paysandbox.aws import runtime, telemetry
from paysandbox.http import middleware, native as http, request
from paysandbox.payments import idempotency, rules
from paysandbox.payments.bank import acquirer, card

REST: Final = "other: response, headers, JSON"
BOTO3: Final = "boto3: put_item"


class Clocks:
    """Exclusive time by layer, of one request at a time (nanoseconds)."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, int] = defaultdict(int)
        self._running: list[int] = []

    def around(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that its time counts for this layer and not for its caller's."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._running.append(0)
            started = time.perf_counter_ns()
            try:
                return function(*args, **kwargs)
            finally:
                elapsed_ns = time.perf_counter_ns() - started
                self.spent[layer] += elapsed_ns - self._running.pop()
                if self._running:
                    self._running[-1] += elapsed_ns

        return timed


def measure(handler: Callable[[Any, Any], Any], times: int) -> dict[str, Any]:
    """Return the microseconds of each layer and its share of the total."""
    from payments import authorize_payment

    borders: list[tuple[str, Any, str]] = [
        ("parsing and validation", request, "_merchant"),
        ("parsing and validation", http, "read_call"),
        ("masking of logged data", middleware, "masked"),
        ("masking of logged data", middleware, "masked_answer"),
        ("masking of logged data", middleware, "key_sent"),
        ("decision: card, bank, payment", card, "storable_card"),
        ("decision: card, bank, payment", acquirer, "answer"),
        ("decision: card, bank, payment", rules, "order"),
        ("decision: card, bank, payment", rules, "authorize"),
        ("idempotency: Powertools, ids, hash", authorize_payment, "create_idempotent"),
        ("item encoding and decoding", idempotency, "put_payment"),
        (BOTO3, runtime.ledger().client, "put_item"),
        ("log line with metric", telemetry, "request_line"),
    ]
    clocks = Clocks()
    samples: defaultdict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        for layer, owner, name in borders:
            stack.enter_context(patch.object(owner, name, clocks.around(layer, getattr(owner, name))))
        whole = clocks.around(REST, handler)
        for number in range(times):
            event = stubbed_aws.event(f"layers-{number}")
            clocks.spent.clear()
            whole(event, stubbed_aws.Context())
            for layer, spent in clocks.spent.items():
                samples[layer].append(spent / 1_000)
    medians = {layer: statistics.median(values) for layer, values in samples.items()}
    total = sum(medians.values())
    ranked = sorted(medians.items(), key=lambda entry: -entry[1])
    return {layer: {"us": round(us, 1), "share": round(us / total, 3)} for layer, us in ranked}

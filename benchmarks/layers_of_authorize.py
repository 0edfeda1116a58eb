"""Where the time of a warm authorization goes: the handler's own functions, each timed without those that it calls.

Clocks are put around the functions at the borders of the layers, in the handler as it runs; a clock costs about 0.2 µs.
Of all requests the median counts, so an interruption by another process does not.
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
from paysandbox.payments import acquirer, card, idempotency, rules

REST: Final = "the rest: answer, headers, JSON"
BOTO3: Final = "boto3: one put_item"


class Clocks:
    """Exclusive time by layer, of one request at a time (nanoseconds)."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, int] = defaultdict(int)
        self._running: list[int] = []

    def around(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time counted for that layer and taken from its caller's."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._running.append(0)
            started = time.perf_counter_ns()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter_ns() - started
                self.spent[layer] += took - self._running.pop()
                if self._running:
                    self._running[-1] += took

        return timed


def measure(handler: Callable[[Any, Any], Any], times: int) -> dict[str, Any]:
    """Microseconds of each layer, and its share of the whole."""
    from payments import authorize_payment

    borders: list[tuple[str, Any, str]] = [
        ("reading and validation", request, "_merchant"),
        ("reading and validation", http, "read_call"),
        ("masking of what is logged", middleware, "masked"),
        ("masking of what is logged", middleware, "key_sent"),
        ("decision: card, bank, payment", card, "storable_card"),
        ("decision: card, bank, payment", acquirer, "answer"),
        ("decision: card, bank, payment", rules, "order"),
        ("decision: card, bank, payment", rules, "authorize"),
        ("idempotency: Powertools, ids, hash", authorize_payment, "create_idempotent"),
        ("item, and payment of it", idempotency, "put_payment"),
        (BOTO3, runtime.ledger().client, "put_item"),
        ("log line with its metric", telemetry, "request_line"),
    ]
    clocks = Clocks()
    seen: defaultdict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        for layer, owner, name in borders:
            stack.enter_context(patch.object(owner, name, clocks.around(layer, getattr(owner, name))))
        whole = clocks.around(REST, handler)
        for number in range(times):
            event = stubbed_aws.event(f"layers-{number}")
            clocks.spent.clear()
            whole(event, stubbed_aws.Context())
            for layer, spent in clocks.spent.items():
                seen[layer].append(spent / 1_000)
    medians = {layer: statistics.median(values) for layer, values in seen.items()}
    total = sum(medians.values())
    ranked = sorted(medians.items(), key=lambda entry: -entry[1])
    return {layer: {"us": round(us, 1), "share": round(us / total, 3)} for layer, us in ranked}

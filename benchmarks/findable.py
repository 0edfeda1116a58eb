"""How long it takes until an order is found by its number, from the answer of its payment.

    make bench ARGS=findable
    python -m benchmarks.findable --orders 20      with fewer orders, printed only

A deployed sandbox is asked as a shop does: one payment intent after the other, created and confirmed by one request,
with the order's number in `metadata`. After each answer, `GET /search` is asked for the number until it has the
payment. The index is written behind the answer, by the reader of the ledger's stream.
"""

import secrets
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import percentile
from benchmarks.measuring.local_sandbox import sandbox
from benchmarks.measuring.rounds import machine

ORDERS: Final = 500
TARGET_MS: Final = 2_000

_COLD: Final = 3
"""Orders before the measurement, whose functions have just begun."""
_PAUSE_S: Final = 0.002
_WITHIN_S: Final = 60.0


def measure(orders: int = ORDERS) -> dict[str, Any]:
    """Return the milliseconds from an answer until the search has the payment."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        for _ in range(_COLD):
            found_after_ms(http, key)
        times_ms = [found_after_ms(http, key) for _ in range(orders)]
    return {
        "machine": machine(),
        "orders": orders,
        "target_ms": TARGET_MS,
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(percentile(times_ms, 95), 1),
        "max_ms": round(max(times_ms), 1),
    }


def found_after_ms(http: httpx.Client, key: str) -> float:
    """Pay an order. Return the milliseconds from the answer to the answer of the search that has the payment.

    Raises TimeoutError if none has it within a minute.
    """
    order = f"order-{secrets.token_hex(6)}"
    body = {
        "amount": "3750",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "metadata[order]": order,
    }
    http.post("/v1/payment_intents", headers={"Authorization": f"Bearer {key}"}, data=body).raise_for_status()
    answered = time.monotonic()
    while not _is_found(http, key, order):
        if time.monotonic() - answered > _WITHIN_S:
            raise TimeoutError(f"{order} was not found within {_WITHIN_S:.0f} s.")
        time.sleep(_PAUSE_S)
    return (time.monotonic() - answered) * 1_000


def _is_found(http: httpx.Client, key: str, order: str) -> bool:
    answer = http.get("/search", params={"q": order}, headers={"X-Api-Key": key}).raise_for_status()
    return [found["object"] for found in answer.json()["data"]] == ["payment"]


if __name__ == "__main__":
    command("findable", measure, __doc__, orders=ORDERS)

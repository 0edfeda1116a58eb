"""The first request of each common route after a start, compared with later ones of the same route."""

import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

import httpx

from benchmarks.rounds import spread

LATER: Final = 5

_CARD: Final = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
_INTENT: Final = {"amount": 1250, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
_TIMEOUT_S: Final = 60


def measure(port: int, key: str) -> dict[str, dict[str, float]]:
    """Return the milliseconds of the first request of each route, and the median of the later ones.

    The first requests are sent one after the other, over one connection. `key` is on the `load` plan.
    """
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_TIMEOUT_S) as client:
        first, *later = (_each_once(client, key) for _ in range(1 + LATER))
    return {
        route: {
            "first_ms": round(first_ms, 1),
            "later_ms": spread([times[route] for times in later], 1)["median"],
        }
        for route, first_ms in first.items()
    }


def slowest_first_ms(routes: Mapping[str, Mapping[str, float]]) -> float:
    """Return the milliseconds of the slowest first request."""
    return max(times["first_ms"] for times in routes.values())


def _each_once(client: httpx.Client, key: str) -> dict[str, float]:
    """Send one request to each route, and return its milliseconds."""
    taken: dict[str, float] = {}

    def send(route: str, path: str, **body: Any) -> Any:
        method, _, _ = route.partition(" ")
        once = str(uuid.uuid4())
        native = {"X-Api-Key": key, "X-Idempotency-Key": once}
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once} if path.startswith("/v1") else native
        began = time.perf_counter()
        answer = client.request(method, path, headers=headers, **body)
        taken.setdefault(route, (time.perf_counter() - began) * 1_000)
        return answer.raise_for_status().json()

    def authorize() -> str:
        path = "/payments/authorize"
        return send(f"POST {path}", path, json={"card": _CARD, "amount": 1250, "currency": "USD"})["auth_id"]

    paid = authorize()
    send("GET /payments/{transaction_id}", f"/payments/{paid}")
    send("POST /payments/capture", "/payments/capture", json={"auth_id": paid})
    send("POST /payments/refund", "/payments/refund", json={"transaction_id": paid})
    send("POST /payments/void", "/payments/void", json={"auth_id": authorize()})
    send("GET /payments", "/payments")
    send("GET /events", "/events")
    send("GET /webhooks/endpoints", "/webhooks/endpoints")
    intent = send("POST /v1/payment_intents", "/v1/payment_intents", data=_INTENT)["id"]
    send("GET /v1/payment_intents/{id}", f"/v1/payment_intents/{intent}")
    return taken

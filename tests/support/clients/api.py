"""HTTP client of the API for tests, with an API key and retries of repeatable requests."""

import time
import uuid
from types import TracebackType
from typing import Any, Self

import httpx

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}

ASK_AGAIN = frozenset({429, 502, 503, 504})
PATIENCE_S = 60
# Fifty concurrent requests cause fifty cold starts on two cores.
TIMEOUT_S = 120


class Api:
    """A merchant's client. Every POST has an idempotency key, so it can be retried."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.api_key = api_key
        limits = httpx.Limits(max_connections=64)
        self.http = httpx.Client(base_url=base_url, headers={"X-Api-Key": api_key}, timeout=TIMEOUT_S, limits=limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        """Send a body with an idempotency key (by default a new one). Retries 429, 502, 503 and 504."""
        headers = {"X-Idempotency-Key": key or str(uuid.uuid4())} | headers
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.http.post(path, json=body, headers=headers)
            if answer.status_code not in ASK_AGAIN or time.monotonic() > until:
                return answer
            time.sleep(min(float(answer.headers.get("Retry-After", "0.2")), 0.2))

    def authorize(self, amount: int = 1000, key: str | None = None, **fields: Any) -> httpx.Response:
        """Authorize an amount with a card that is approved."""
        return self.post("/payments/authorize", {"card": CARD, "amount": amount, **fields}, key)

    def capture(self, auth_id: str, key: str | None = None, **fields: Any) -> httpx.Response:
        """Capture the full amount, unless `fields` has an amount."""
        return self.post("/payments/capture", {"auth_id": auth_id, **fields}, key)

    def increment(self, auth_id: str, amount: int, key: str | None = None) -> httpx.Response:
        """Hold more."""
        return self.post("/payments/increment", {"auth_id": auth_id, "amount": amount}, key)

    def void(self, auth_id: str, key: str | None = None) -> httpx.Response:
        """Release the remaining amount."""
        return self.post("/payments/void", {"auth_id": auth_id}, key)

    def refund(self, transaction_id: str, key: str | None = None, **fields: Any) -> httpx.Response:
        """Refund the full amount, unless `fields` has an amount."""
        return self.post("/payments/refund", {"transaction_id": transaction_id, **fields}, key)

    def payment(self, transaction_id: str) -> Any:
        """Return the payment."""
        return self.http.get(f"/payments/{transaction_id}").raise_for_status().json()

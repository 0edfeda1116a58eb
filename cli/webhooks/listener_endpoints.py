"""The webhook endpoints of a listener, created over the native or the Stripe-compatible API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from cli.connection.api import Api, fresh_idempotency_key
from cli.connection.stripe_client import stripe_client
from cli.terminal.failure import Failure
from cli.terminal.refusal import Refusal
from cli.webhooks.event_types import EVERY
from cli.webhooks.receiver import ALIVE
from paysandbox.webhooks.routes import CREATE_ENDPOINT, DELETE_ENDPOINT, LIST_ENDPOINTS

DESCRIPTION: Final = "paysandbox listen"

_ALIVE_TIMEOUT_S: Final = 2.0
_PAGE: Final = 100
_NOT_FOUND: Final = 404


class Endpoints(Protocol):
    """The endpoints of one API."""

    def create(self, url: str, events: list[str]) -> Mapping[str, Any]:
        """Create an endpoint for a receiver's URL: `endpoint_id`, `secret` and more. Raises Refusal, Failure."""
        ...

    def remove(self, endpoint_id: str) -> None:
        """Delete an endpoint, if it still exists. Raises Refusal, Failure."""
        ...

    def remove_stale(self) -> int:
        """Delete the endpoints of listeners that were killed, and return their number. Raises Refusal, Failure."""
        ...


@dataclass(frozen=True)
class NativeEndpoints:
    """Endpoints for the sandbox's own events."""

    api: Api

    def create(self, url: str, events: list[str]) -> Mapping[str, Any]:
        """Create an endpoint."""
        body = {"url": url, "events": events or [EVERY], "description": DESCRIPTION}
        return self.api.post(CREATE_ENDPOINT, body, idempotency_key=fresh_idempotency_key()).body

    def remove(self, endpoint_id: str) -> None:
        """Delete an endpoint, if it still exists."""
        try:
            self.api.change(DELETE_ENDPOINT, path={"endpoint_id": endpoint_id})
        except Refusal as refusal:
            if refusal.problem.get("status") != _NOT_FOUND:
                raise

    def remove_stale(self) -> int:
        """Delete the endpoints whose listeners do not respond."""
        stale = [
            endpoint["endpoint_id"]
            for endpoint in self.api.get(LIST_ENDPOINTS).body["data"]
            if _is_stale(endpoint.get("description"), endpoint["url"])
        ]
        for endpoint_id in stale:
            self.remove(endpoint_id)
        return len(stale)


@dataclass(frozen=True)
class StripeEndpoints:
    """Endpoints for Stripe's events. The local sandbox serves both APIs at one address."""

    api: Api

    def create(self, url: str, events: list[str]) -> Mapping[str, Any]:
        """Create an endpoint."""
        body = {"url": url, "enabled_events": events or [EVERY], "description": DESCRIPTION}
        with self._client() as client:
            made = client.webhook_endpoints.create(body, {"idempotency_key": fresh_idempotency_key()})
        return {"endpoint_id": made.id, "secret": made.secret}

    def remove(self, endpoint_id: str) -> None:
        """Delete an endpoint, if it still exists."""
        import stripe

        with self._client() as client:
            try:
                client.webhook_endpoints.delete(endpoint_id)
            except stripe.InvalidRequestError as error:
                if error.http_status != _NOT_FOUND:
                    raise

    def remove_stale(self) -> int:
        """Delete the endpoints whose listeners do not respond."""
        with self._client() as client:
            listed = client.webhook_endpoints.list({"limit": _PAGE}).data
        stale = [endpoint.id for endpoint in listed if _is_stale(endpoint.description, endpoint.url)]
        for endpoint_id in stale:
            self.remove(endpoint_id)
        return len(stale)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        import stripe

        if self.api.api_key is None:
            raise AssertionError("a listener has an API key")
        with stripe_client(self.api.base_url, self.api.api_key) as client:
            try:
                yield client
            except stripe.StripeError as error:
                raise Failure(f"The Stripe-compatible API refused: {error.user_message or error}") from None


def _is_stale(description: str | None, url: str) -> bool:
    return description == DESCRIPTION and not _answers(url)


def _answers(url: str) -> bool:
    """Return whether a listener is there, or may be there.

    A timeout may mean that it is busy, and other machines cannot be checked.
    """
    if not url.startswith("http://127.0.0.1:"):
        return True
    try:
        answer = httpx.get(url, timeout=_ALIVE_TIMEOUT_S, trust_env=False)
    except httpx.TimeoutException:
        return True
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.text == ALIVE

"""Stripe's own SDK, configured for a sandbox or for Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from paysandbox.core.this_machine import is_this_machine

_TIMEOUT_S: Final = 30


@contextmanager
def stripe_client(base_url: str, api_key: str) -> Iterator[Any]:
    """Yield the `v1` services of a client for this base URL, which does not include `/v1`."""
    with whole_client(base_url, api_key) as client:
        yield client.v1


@contextmanager
def whole_client(base_url: str, api_key: str) -> Iterator[Any]:
    """Yield the client itself, whose `raw_request` sends what the SDK has no method for."""
    import requests
    import stripe

    with requests.Session() as session:
        # A proxy cannot reach this machine's ports.
        session.trust_env = not is_this_machine(urlsplit(base_url).hostname or "")
        client: Any = stripe.StripeClient(
            api_key,
            base_addresses={"api": base_url.rstrip("/")},
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_S, session=session),
        )
        yield client

"""Stripe's official SDK with a sandbox, or with the handlers in this process.

    with sdk_on(base_url, key) as sdk:
        sdk.v1.payment_intents.create({"amount": 10_00, "currency": "usd"})
    sdk_here("demo").v1.payment_intents.retrieve("pi_…")

Every response is checked against the SDK's classes, including nested and expanded objects, and those in lists, events
and errors.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import requests
import stripe
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from paysandbox.core.merchant import merchant_of
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import ROUTES
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders import build
from tests.support.clients.call import Context
from tests.support.clients.stripe_call import stripe_event
from tests.support.tools.stripe_shapes import class_of, faults

Json = dict[str, Any]

# Enough for as many cold starts as concurrent requests, on two cores.
TIMEOUT_S: Final = 120
_AT_ONCE: Final = 32


def wrong_with(status: int, body: Json, *, for_page: bool = False, version: str = STRIPE_VERSION) -> list[str]:
    """Return the differences between a response in a version and the SDK's classes.

    `for_page`: the response to a publishable key.
    """
    if "error" in body:
        return (
            faults(body["error"], stripe.ErrorObject, for_page=for_page)
            if status >= 400
            else [f"an error as a {status}"]
        )
    if status != 200:
        return [f"a {status} without an error"]
    if body.get("deleted"):
        known = {"id", "object", "deleted"} | ({"currency"} if body["object"] == "bank_account" else set())
        return [] if body.keys() == known else [f"a deleted object shows {sorted(body)}"]
    if body["object"] in ("list", "search_result"):
        return _of_list(body, version)
    found = faults(body, class_of(body["object"]), for_page=for_page, version=version)
    return [*found, *wrong_with(200, body["data"]["object"])] if body["object"] == "event" else found


def _of_list(body: Json, version: str) -> list[str]:
    known = {"object", "data", "has_more", "url"} | ({"next_page"} if body["object"] == "search_result" else set())
    found = [] if body.keys() - {"total_count"} == known else [f"a list shows {sorted(body)}"]
    if not isinstance(body["has_more"], bool) or not body["url"].startswith("/v1/"):
        found.append(f"a list of has_more {body['has_more']!r} and url {body['url']!r}")
    return found + [fault for one in body["data"] for fault in wrong_with(200, one, version=version)]


def _is_publishable(headers: Mapping[str, str] | None) -> bool:
    return (headers or {}).get("Authorization", "").startswith("Bearer pk_")


class CheckedAgainstClasses(stripe.RequestsClient):
    """The SDK's own HTTP client, which checks responses before the SDK sees them."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        content, status, answered = super().request(method, url, headers, post_data)
        # Other responses are for the SDK to judge.
        if answered.get("Content-Type", "").startswith("application/json"):
            version = answered.get("Stripe-Version", STRIPE_VERSION)
            assert wrong_with(status, json.loads(content), for_page=_is_publishable(headers), version=version) == []
        return content, status, answered


@contextmanager
def sdk_on(base_url: str, key: str, *, retries: int = 0) -> Iterator[stripe.StripeClient]:
    """Yield the SDK for a sandbox and a key. It retries failed requests up to `retries` times."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", HTTPAdapter(pool_maxsize=_AT_ONCE))
        yield stripe.StripeClient(
            key,
            base_addresses={"api": base_url},
            max_network_retries=retries,
            http_client=CheckedAgainstClasses(timeout=TIMEOUT_S, session=session),
        )


class InThisProcess(stripe.HTTPClient):
    """An HTTP client that passes each request to the handler of its route, like the gateway and the authorizer."""

    name = "in this process"

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        split = urlsplit(url)
        route, path = _route_of(method.upper(), split.path.removeprefix("/v1"))
        sent = event(
            route, post_data or "" if route.method == "POST" else split.query, path=path, headers=headers or {}
        )
        response = load_handler(route)(sent, Context())
        for_page = _is_publishable(headers)
        assert wrong_with(response["statusCode"], json.loads(response["body"]), for_page=for_page) == []
        return response["body"], response["statusCode"], CaseInsensitiveDict(response["headers"])

    def close(self) -> None:
        """Do nothing: no connection is open."""


def sdk_here(merchant: str = build.MERCHANT) -> stripe.StripeClient:
    """Return the SDK for the handlers of this process, with a secret key of the merchant."""
    return stripe.StripeClient(build.api_key(merchant), max_network_retries=0, http_client=InThisProcess())


def event(route: Route, text: str, *, path: Mapping[str, str], headers: Mapping[str, str]) -> Json:
    """Return the event of a request with the form or query `text`, for a key that the authorizer accepted."""
    key = headers["Authorization"].removeprefix("Bearer ")
    merchant = merchant_of(re.sub("^pk_", "sk_", key))
    kind = "publishable" if key.startswith("pk_") else "secret"
    return stripe_event(route, text, path=path, merchant=merchant, kind=kind, content_type=None, headers=dict(headers))


def _route_of(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for route in sorted(ROUTES, key=lambda route: "{" in route.path):
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)
        if route.method == method and (match := re.fullmatch(pattern, path)):
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    raise AssertionError(f"no route for {method} {path}")

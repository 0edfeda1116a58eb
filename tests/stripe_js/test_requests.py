"""The requests that Stripe.js's frames send for a page of any site, and where in them a typed card may be."""

import re
from typing import Any, Final

import pytest

from api_reference.routes import ROUTES
from layers.stripe_js import SOURCES
from paysandbox.http.route import Access, Route
from paysandbox.payments.routes import COMPLETE_CHALLENGE
from paysandbox.stripe_api.routes import (
    COMPLETE_SETUP_CHALLENGE,
    PAY_CHECKOUT_SESSION,
    ROUTES as STRIPE_ROUTES,
    SHOW_CHECKOUT_PAGE,
)
from tests.stripe_js.pure import called

BASE: Final = "https://abc.example/live"
KINDS: Final = ("api", "session", "challenge")
SECRETS_OF: Final = {"setup_intents": "seti_1", "payment_pages": "cs_test_1", "sources": "src_1", "elements": "pm_1"}
PAGES: Final = {SHOW_CHECKOUT_PAGE, PAY_CHECKOUT_SESSION, COMPLETE_CHALLENGE, COMPLETE_SETUP_CHALLENGE}

Call = tuple[str, str]


def call_of(route: Route) -> Call:
    """Return the method and path of a valid request to a route."""
    prefix = "/v1" if route in STRIPE_ROUTES else ""
    default = SECRETS_OF.get(route.path.split("/")[1], "pi_1")
    names = {"session": "cs_test_1", "merchant": "a-shop"}
    return route.method, prefix + re.sub(r"{(\w+)}", lambda found: names.get(found[1], default), route.path)


def allowed(calls: list[Call], card: Any = None) -> list[list[Any]]:
    """Return what each call may be, for each kind of request."""
    asked = [("allowedRequest", kind, BASE, {"method": method, "path": path, "card": card})
             for method, path in calls for kind in KINDS]  # fmt: skip
    results = called("frames/requests.js", asked)
    return [results[start : start + len(KINDS)] for start in range(0, len(results), len(KINDS))]


def is_for_a_page(route: Route) -> bool:
    """Whether a shop's page needs the route: a publishable key opens it, or it shows what the payer does."""
    return route in PAGES or route.access in (Access.V1_KEY_OR_CLIENT, Access.V1_ANY_KEY)


def test_frames_request_the_routes_for_pages_and_no_other() -> None:
    routes = [*ROUTES, *(route for route in STRIPE_ROUTES if route not in ROUTES)]
    results = allowed([call_of(route) for route in routes])
    opened = {route.name for route, result in zip(routes, results, strict=True) if any(result)}
    assert opened == {route.name for route in routes if is_for_a_page(route)}


NOT_ALLOWED: list[Call] = [
    ("POST", "/_paysandbox/demo-key"),
    ("POST", "/c/pay/../../_paysandbox/demo-key"),
    ("POST", "/c/pay/a/cs_test_1/../../../../_paysandbox/demo-key"),
    ("POST", "/c/pay/%2e%2e/%2E%2E/_paysandbox/demo-key"),
    ("POST", "/c/pay/a/cs_test_1/%2e%2e"),
    ("POST", "/c/pay/a/cs_test_1/b%2f..%2f..%2fx"),
    ("POST", "/c/pay/a\\..\\..\\..\\x"),
    ("POST", "/c/pay/a/cs_test_1/b/"),
    ("POST", "/c/pay/a/cs_test_1/b?c=d"),
    ("POST", "/c/pay/a/cs_test_1/b#c"),
    ("POST", "/c/pay/a/cs_test_1"),
    ("POST", "/v1/../payments"),
    ("POST", "/../v1/tokens"),
    ("POST", "//v1/tokens"),
    ("POST", "/x/../../v1/tokens"),
    ("POST", "/v1/tokens/"),
    ("POST", "/v1/tokens?a=b"),
    ("POST", "/v1/payment_intents/pi_1/confirm/../cancel"),
    ("POST", "/v1/payment_intents/pi_1/cancel"),
    ("POST", "/authenticate/../inbox/a"),
    ("POST", "/authenticate/setup/../../payments"),
    ("POST", ".evil.example/v1/tokens"),
    ("POST", "@evil.example/v1/tokens"),
    ("POST", "\\\\evil.example/v1/tokens"),
    ("GET", "/v1/tokens"),
    ("GET", "/authenticate/tds_1/a"),
    ("DELETE", "/v1/payment_intents/pi_1"),
    ("PUT", "/c/pay/a/cs_test_1/b"),
    ("post", "/v1/tokens"),
]


def test_other_paths_and_methods_are_not_sent(subtests: pytest.Subtests) -> None:
    for call, result in zip(NOT_ALLOWED, allowed(NOT_ALLOWED), strict=True):
        with subtests.test(" ".join(call)):
            assert result == [None] * len(KINDS)


def test_a_path_is_sent_as_it_was_tested() -> None:
    [[sent, *_]] = allowed([("POST", "/v1/x/../%2e/tokens")])
    assert sent == {"method": "POST", "url": f"{BASE}/v1/tokens"}


CARD, DATA, OF_CODE = ["card"], ["payment_method_data", "card"], ["cvc_update"]
BILLING: Final = ["billing_details", "address"]
OF_DATA: Final = ["payment_method_data", *BILLING]
OWNER: Final = ["owner", "address"]

PLACES: dict[str, list[tuple[list[str], list[str] | None]]] = {
    "/v1/payment_methods": [(CARD, None), (CARD, BILLING)],
    "/v1/confirmation_tokens": [(DATA, None), (DATA, OF_DATA)],
    "/v1/tokens": [(CARD, None), (CARD, CARD), (OF_CODE, None)],
    "/v1/sources": [(CARD, None), (CARD, OWNER)],
    "/v1/payment_intents/pi_1/confirm": [(DATA, None), (DATA, OF_DATA)],
    "/v1/setup_intents/seti_1/confirm": [(DATA, None), (DATA, OF_DATA)],
}
"""Where each request may have a card, and the address beside it."""

ELSEWHERE: list[tuple[list[str], list[str] | None]] = [
    (["metadata"], None),
    (["payment_method_data", "metadata"], None),
    (["billing_details"], None),
    (["payment_method_data"], None),
    (["shipping"], None),
    (["payment_method_data.card"], None),
    (["__proto__"], None),
    ([], None),
    (CARD, ["metadata"]),
    (DATA, ["metadata"]),
]


def test_a_typed_card_is_sent_to_its_own_parameters_alone(subtests: pytest.Subtests) -> None:
    known = {(tuple(at), address and tuple(address)): (at, address)
             for places in [*PLACES.values(), ELSEWHERE] for at, address in places}  # fmt: skip
    posts = [call_of(route) for route in ROUTES if route.method == "POST" and is_for_a_page(route)]
    posts += [call_of(route) for route in STRIPE_ROUTES if route.method == "POST" and is_for_a_page(route)]
    for at, address in known.values():
        results = allowed(posts, {"at": at, "address": address} if address else {"at": at})
        with subtests.test(f"{at} {address}"):
            taken = {path for (_, path), result in zip(posts, results, strict=True) if any(result)}
            assert taken == {path for path, places in PLACES.items() if (at, address) in places}


def test_no_card_is_in_a_url() -> None:
    reads = [call_of(route) for route in STRIPE_ROUTES if route.method == "GET" and is_for_a_page(route)]
    for at in (CARD, DATA, OF_CODE):
        assert allowed(reads, {"at": at}) == [[None] * len(KINDS)] * len(reads)


def test_no_other_module_of_the_frames_sends_a_request() -> None:
    sends = re.compile(r"\b(?:fetch|sendBeacon|XMLHttpRequest|WebSocket|EventSource|Worker|submit)\(")
    files = (SOURCES / "frames").rglob("*.js")
    assert [file.name for file in files if sends.search(file.read_text(encoding="utf-8"))] == ["requests.js"]


VALUES: list[tuple[dict[str, Any], list[str], dict[str, Any]]] = [
    ({}, ["card"], {"card": {"cvc": "123"}}),
    ({"card": None, "a": 1}, ["card"], {"card": {"cvc": "123"}, "a": 1}),
    ({"card": {"cvc": "999", "name": "J"}}, ["card"], {"card": {"cvc": "999", "name": "J"}}),
    ({"a": {"b": 1}}, ["a", "card"], {"a": {"b": 1, "card": {"cvc": "123"}}}),
    ({"a": 1}, [], {"a": 1, "cvc": "123"}),
]


def test_what_was_typed_is_added_where_the_page_gave_nothing(subtests: pytest.Subtests) -> None:
    results = called("frames/form.js", [("withValues", params, path, {"cvc": "123"}) for params, path, _ in VALUES])
    for (params, path, expected), result in zip(VALUES, results, strict=True):
        with subtests.test(f"{params} {path}"):
            assert result == expected

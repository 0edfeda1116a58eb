"""Headers as gateways pass them: names in any case, single values or lists; one header identifies the caller."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_TOTAL,
    LIST_RECENT_DONATIONS,
)
from paysandbox.http.cors import CORS_ORIGINS
from paysandbox.http.route import Route
from paysandbox.metrics.routes import GET_METRICS
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    GET_HEALTH,
    GET_PAYMENT,
    LIST_PAYMENTS,
)
from paysandbox.reference.routes import GET_DOCS_ASSET, GET_STRIPE_JS, GET_STRIPE_JS_FRAME
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION, SHOW_OAUTH_PAGE
from tests.support.builders import build
from tests.support.builders.scenarios import first_of
from tests.support.clients import donation_requests
from tests.support.clients.call import Merchant, event, send, send_event
from tests.support.tools.tiers import first_of_each, full_but
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

# The same for every caller: the pages' scripts, and the donation totals.
KEPT = {
    GET_DOCS_ASSET.name: "public, max-age=3600",
    **dict.fromkeys((route.name for route in (*GET_STRIPE_JS.values(), GET_STRIPE_JS_FRAME)), "public, max-age=3600"),
    GET_DONATION_TOTAL.name: "public, max-age=5",
    LIST_RECENT_DONATIONS.name: "public, max-age=5",
}

READABLE = (
    "ETag",
    "Idempotency-Key",
    "Idempotent-Replayed",
    "Original-Request",
    "Preference-Applied",
    "Request-Id",
    "Retry-After",
    "Stripe-Should-Retry",
    "Stripe-Version",
    "x-amzn-RequestId",
)

GATEWAYS: Mapping[str, Mapping[str, Any]] = {
    "AWS": {"gateway": "aws"},
    "the local engine": {"gateway": "engine"},
    "Title-Case": {"gateway": "aws", "identity": {}},
    "lower-case": {"gateway": "aws", "identity": {}, "case": "lower"},
    "UPPER-CASE": {"gateway": "aws", "identity": {}, "case": "upper"},
    "lists only": {"gateway": "engine", "multi": "only"},
    "single values only": {"gateway": "engine", "multi": "never"},
    "base64": {"gateway": "engine", "in_base64": True},
}


def _name(route: Route) -> str:
    return route.name


def _request(route: Route, demo: Merchant, clock: Clock) -> Mapping[str, Any]:
    """Return a request that the route grants."""
    # Locally, an inbox has the same URL behind every gateway.
    os.environ |= {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    return first_of(route).given(demo, clock)


@pytest.fixture(autouse=True)
def stripe(request: pytest.FixtureRequest, ledger: Ledger) -> Iterator[None]:
    """Provide a Stripe account to the route that calls Stripe."""
    asked = getattr(request.node, "callspec", None) and request.node.callspec.params.get("route")
    with donation_requests.account_at_stripe() if asked is CREATE_DONATION_INTENT else nullcontext():
        yield


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_header_names_are_case_insensitive(gateway: str, demo: Merchant, clock: Clock) -> None:
    _check_header_names(AUTHORIZE_PAYMENT, _request(AUTHORIZE_PAYMENT, demo, clock), gateway)


# PayPal signs its webhooks: tests/disbursements/handlers/test_receive_paypal_event.py. Clock and rules of faults change
# with every request, and each page of OAuth has a code of its own.
CHANGING = ("clock", "fault_rules")
UNSIGNED = tuple(
    route for route in ROUTES if route not in (RECEIVE_PAYPAL_EVENT, SHOW_OAUTH_PAGE) and route.group not in CHANGING
)
FIRST_OF_FEATURE = first_of_each(UNSIGNED, by=lambda route: route.group)


@pytest.mark.parametrize("route", full_but(UNSIGNED, keep=FIRST_OF_FEATURE), ids=_name)
def test_header_names_are_case_insensitive_on_every_route(route: Route, demo: Merchant, clock: Clock) -> None:
    _check_header_names(route, _request(route, demo, clock), "UPPER-CASE")


def _check_header_names(route: Route, parts: Mapping[str, Any], gateway: str) -> None:
    first = send(route, **parts, **GATEWAYS[gateway])
    assert first.status == (303 if route is PAY_CHECKOUT_SESSION else route.status)  # it leads on to the shop
    # And it is the same request: the next gateway gets its replay.
    again = send(route, **parts)
    if route is GET_METRICS:  # up to the time of the request
        assert again.json["totals"] == first.json["totals"]
    else:
        assert again.text == first.text
    assert again.replayed is (route.idempotency is not None)


@pytest.mark.parametrize(
    "api_key",
    [
        None,
        "",
        "sk_test_demo",
        f"sk_live_demo_{build.SECRET}",
        f"Bearer {build.api_key()}",
        f"{build.api_key()},{build.api_key()}",
        [build.api_key(), build.api_key("globex")],
        [build.api_key(), build.api_key()],
    ],
)
def test_a_key_without_a_merchant(api_key: Any, ledger: Ledger) -> None:
    """test_refusals.py sends one of them to every route, core/test_merchant.py has all invalid forms."""
    reply = send(AUTHORIZE_PAYMENT, api_key=api_key, gateway="engine", body="not JSON", key=None)
    assert (reply.status, reply.code) == (401, "api_key_invalid")
    assert tables.items(ledger) == {}


@pytest.mark.parametrize("merchant, secret", [("de", "x" * 16), ("m" * 32, "x" * 64), ("-", build.SECRET)])
def test_keys_are_parsed_by_their_format(merchant: str, secret: str) -> None:
    """The gateway has verified the key; here its text identifies the merchant, as tests/core/test_merchant.py says."""
    reply = Merchant(merchant).payments()
    sent = send(LIST_PAYMENTS, api_key=build.api_key(merchant, secret), gateway="engine")
    assert sent.status == (200 if len(merchant) > 1 else 401)
    assert reply.status == sent.status


def test_the_gateways_key_overrides_the_header(demo: Merchant, globex: Merchant) -> None:
    """AWS reports the key that it accepted; other keys in the client's headers are ignored."""
    mine = demo.authorized()
    identity = {"apiKey": build.api_key("demo")}
    parts: dict[str, Any] = {"path": {"transaction_id": mine}, "identity": identity}
    assert send(GET_PAYMENT, api_key=build.api_key("globex"), **parts).status == 200
    assert send(GET_PAYMENT, api_key=None, **parts).status == 200
    assert send(GET_PAYMENT, api_key=["a", "b"], **parts).status == 200
    theirs: dict[str, Any] = {"path": {"transaction_id": mine}, "identity": {"apiKey": build.api_key("globex")}}
    assert send(GET_PAYMENT, api_key=build.api_key("demo"), **theirs).status == 404


def test_an_invalid_gateway_key_is_not_replaced_by_the_header() -> None:
    reply = send(LIST_PAYMENTS, identity={"apiKey": "sk_test_nonsense"}, api_key=build.api_key())
    assert reply.code == "api_key_invalid"


@pytest.mark.parametrize("identity", [{}, {"apiKey": None}, {"apiKey": ""}, {"apiKeyId": "abc"}])
def test_without_a_gateway_key_the_header_counts(identity: dict[str, Any]) -> None:
    assert send(LIST_PAYMENTS, identity=identity).status == 200


def test_header_names_in_two_cases_are_one_header() -> None:
    """A client that sends both `x-api-key` and `X-Api-Key` has sent two keys."""
    sent = event(LIST_PAYMENTS, gateway="engine", headers={"X-API-KEY": build.api_key("globex")}, case="as written")
    assert len([name for name in sent["headers"] if name.lower() == "x-api-key"]) == 2
    assert send_event(LIST_PAYMENTS, sent).code == "api_key_invalid"


def test_no_headers_at_all() -> None:
    for nothing in ({"headers": None, "multiValueHeaders": None}, {"headers": {}, "multiValueHeaders": {}}):
        sent = event(LIST_PAYMENTS, gateway="engine") | nothing
        assert send_event(LIST_PAYMENTS, sent).code == "api_key_invalid"
        assert send_event(GET_HEALTH, event(GET_HEALTH) | nothing).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        " application/json ; x=y",
    ],
)
def test_json_content_types(content_type: str | None) -> None:
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), content_type=content_type)
    assert reply.status == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/xml", ""]
)
def test_other_content_types_are_rejected(content_type: str, ledger: Ledger) -> None:
    """test_refusals.py sends one of them to every route."""
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), content_type=content_type)
    assert (reply.status, reply.code) == (415, "media_type_unsupported")
    assert tables.items(ledger) == {}


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_responses_allow_cors_and_are_not_cacheable(route: Route, demo: Merchant, clock: Clock) -> None:
    granted = send(route, **_request(route, demo, clock), request_id="request-1")
    nothing = dict.fromkeys(re.findall(r"{(\w+)}", route.path), "x")
    refused = send(route, body="x", query={"limit": "x"}, path=nothing, request_id="request-2")
    for reply, request_id in ((granted, "request-1"), (refused, "request-2")):
        assert reply.headers.get("Access-Control-Allow-Origin") == (None if route.same_origin else "*")
        assert reply.headers.get("Access-Control-Expose-Headers") == (
            None if route.same_origin else ", ".join(READABLE)
        )
        assert reply.headers["Cache-Control"] == (
            KEPT.get(route.name, "no-store") if reply.status == 200 else "no-store"
        )
        assert reply.headers["Request-Id"] == request_id


@pytest.mark.parametrize(
    "origin, allowed, vary",
    [
        ("https://dashboard.example", "https://dashboard.example", "Origin"),
        ("https://other.example", None, "Origin"),
        (None, None, "Origin"),
    ],
)
def test_a_response_names_the_origin_that_may_read_it(origin: str | None, allowed: str | None, vary: str) -> None:
    """Successes and errors alike. A cache must keep the responses to several origins apart."""
    listed = {CORS_ORIGINS: "https://dashboard.example,http://localhost:3000"}
    sent = {"Origin": origin} if origin else {}
    for route, accept, varies in ((GET_HEALTH, None, vary), (GET_PAYMENT, "application/json", f"Accept, {vary}")):
        path = {"transaction_id": "x"} if route is GET_PAYMENT else None
        asked = event(route, headers=sent | ({"Accept": accept} if accept else {}), path=path)
        headers = send_event(route, asked | {"stageVariables": listed}).headers
        assert headers.get("Access-Control-Allow-Origin") == allowed
        assert ("Access-Control-Expose-Headers" in headers) is (allowed is not None)
        assert headers["Vary"] == varies


def test_without_a_gateway_lambdas_request_id_is_used() -> None:
    sent = event(GET_HEALTH) | {"requestContext": {}}
    assert send_event(GET_HEALTH, sent).headers["Request-Id"] == "lambda-request-1"

"""Stripe's protocol: form requests, JSON answers and headers, the error envelope, and access rules."""

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from paysandbox.aws.schema import LEDGER_IS_FULL
from paysandbox.core.merchant import dashboard_key
from paysandbox.http.dispatch import load_handler
from paysandbox.http.request import Call
from paysandbox.http.route import DASHBOARD_URL, NATIVE_BASE_URL, Route
from paysandbox.request_log.request_record import native_request_id
from paysandbox.stripe_api.client_secrets import client_secret_of
from paysandbox.stripe_api.ids import account_id
from paysandbox.stripe_api.json_text import to_stripe_json
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_REFUND,
    DELETE_WEBHOOK_ENDPOINT,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    ROUTES,
)
from paysandbox.stripe_api.version import STRIPE_VERSION
from stripe_api import manage_stripe_objects
from tests.stripe_api.handlers import stripe_ledger_calls
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT, PAYMENT_ID, api_key
from tests.support.clients.call import Context, Merchant
from tests.support.clients.stripe_call import StripeReply, stripe_event, stripe_send
from tests.support.tools.card_numbers import found_in
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Lines

INTENT = PAYMENT_ID.replace("auth_", "pi_")
REQUEST_ID = "0b5ab2c4-1b1e-4c2a-9f5c-0d9f6d0f2d11"
LOGGED = "req_" + REQUEST_ID.replace("-", "")
BODY = {"amount": 10_00, "currency": "usd"}


def show(params: Any = None, **parts: Any) -> StripeReply:
    return stripe_send(stripe_ledger_calls.show, GET_PAYMENT_INTENT, params, path={"intent": INTENT}, **parts)


def create(params: Any = None, **parts: Any) -> StripeReply:
    return stripe_send(stripe_ledger_calls.create, CREATE_PAYMENT_INTENT, BODY if params is None else params, **parts)


def test_a_base_path_before_the_route_changes_nothing() -> None:
    """Under a domain, AWS leaves it in the event's path. A shared function knows its route by the resource alone."""
    sent = stripe_event(GET_PAYMENT_METHOD, path={"id": "pm_none"}, request_id=REQUEST_ID)
    plain, based = (
        manage_stripe_objects.handler({**sent, "path": base + sent["path"]}, Context()) for base in ("", "/v1")
    )
    assert plain["statusCode"] == 404
    assert based == plain


@pytest.mark.parametrize("base", ["", "/v1"])
def test_the_path_is_logged_as_the_client_sent_it(base: str, lines: Lines) -> None:
    """With `/v1`, whether it was the stage or, under a domain, the base path."""
    sent = stripe_event(GET_PAYMENT_METHOD, path={"id": "pm_none"})
    manage_stripe_objects.handler({**sent, "path": base + sent["path"]}, Context())
    (line,) = lines()
    assert line["path"] == "/v1/payment_methods/pm_none"


# --- headers ----------------------------------------------------------------------------------------------------------


def test_the_headers_of_an_answer() -> None:
    reply = create(key="k", request_id=REQUEST_ID)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Request-Id"] == "req_" + REQUEST_ID.replace("-", "")
    assert reply.headers["Stripe-Version"] == STRIPE_VERSION
    assert reply.headers["Idempotency-Key"] == "k"
    assert {"Idempotent-Replayed", "Stripe-Should-Retry"} & set(reply.headers) == set()
    assert create(key="k").headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_refuses_an_unknown_sandbox_header(route: Route) -> None:
    """A misspelled header must not approve."""
    handler = load_handler(route)
    reply = stripe_send(handler, route, headers={"X-Sandbox-Outcom": "approve"})
    assert (reply.status, reply.error["type"]) == (400, "invalid_request_error")
    assert reply.error["param"] == "x-sandbox-outcom"


def test_an_unknown_fault_is_refused() -> None:
    reply = create(headers={"x-sandbox-fault": "approve"})
    assert (reply.status, reply.error["type"], reply.error["param"]) == (
        400,
        "invalid_request_error",
        "X-Sandbox-Fault",
    )


def test_the_known_sandbox_headers_are_named() -> None:
    message = create(headers={"X-Sandbox-Outcom": "approve"}).error["message"]
    assert "X-Sandbox-Outcome" in message
    assert "X-Sandbox-Fault" in message


@pytest.mark.parametrize(
    "version",
    [
        "2011-06-21",
        "2022-11-15",
        "2024-09-30.acacia",
        "2025-03-31.preview; a_beta=v1",
        STRIPE_VERSION,
    ],
)
def test_the_version_that_was_asked_for_is_echoed(version: str) -> None:
    reply = show(headers={"Stripe-Version": version})
    assert (reply.status, reply.headers["Stripe-Version"]) == (200, version.partition(";")[0])


@pytest.mark.parametrize("version", ["", "<script>", "2022-11-16"])
def test_an_invalid_version_is_refused(version: str) -> None:
    """tests/stripe_api/test_version_rows.py has all that are none."""
    reply = show(headers={"stripe-version": version})
    assert (reply.status, reply.headers["Stripe-Version"]) == (400, STRIPE_VERSION)
    assert reply.error["message"] == f"Invalid Stripe API version: {version}"


@pytest.mark.parametrize("header", ["Stripe-Account", "stripe-context"])
def test_the_account_of_another_is_refused(header: str) -> None:
    reply = create(headers={header: "acct_1032D82eZvKYlo2C"})
    assert (reply.status, reply.error["code"]) == (403, "account_invalid")
    assert reply.error["message"].startswith("The provided key does not have access to account 'acct_1032D82eZvKYlo2C'")
    assert create(headers={header: ""}).status == 200


@pytest.mark.parametrize("header", ["Stripe-Account", "stripe-context"])
def test_the_callers_own_account_is_accepted(header: str) -> None:
    assert create(headers={header: account_id(MERCHANT)}).status == 200
    assert create(headers={header: account_id(OTHER_MERCHANT)}).status == 403


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, hint",
    [
        ("/payment_intents/", True),
        ("/v1/payment_intents/", True),
        ("/payment_intents//", True),
        ("/v1/payment_intents//capture", False),
        ("/payment_intents/search", False),
    ],
)
def test_empty_ids_and_search_are_not_ids(path: str, hint: bool) -> None:
    """A gateway ignores empty parts of a path, and takes any word for an ID."""
    event = stripe_event(GET_PAYMENT_INTENT, path={"intent": INTENT}) | {"path": path}
    response = stripe_ledger_calls.show(event, Context())
    error = json.loads(response["body"])["error"]
    assert (response["statusCode"], error["type"], error.get("code")) == (404, "invalid_request_error", None)
    shown = path if path.startswith("/v1") else f"/v1{path}"
    assert error["message"].startswith(f"Unrecognized request URL (GET: {shown}).")
    assert ("make sure you passed a valid (non-empty) identifier" in error["message"]) is hint


# --- what is answered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [{}, [], {"a": {}}, {"a": []}, {"object": "list", "id": 1, "b": [{"c": True}, None, 'é"\n']}]
)
def test_the_text_is_that_of_the_standard_library_in_stripes_order(value: Any) -> None:
    body = {"value": value}
    assert to_stripe_json(body) == json.dumps(in_order(body), indent=2, ensure_ascii=False)


def in_order(value: Any) -> Any:
    """Return a value whose maps have `id` and `object` first and then the other names, sorted."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value, key=lambda name: (name != "id", name != "object", name))
    return {name: in_order(value[name]) for name in names}


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params, status, error",
    [
        ("amount=0&currency=usd", 400, {"code": "parameter_invalid_integer", "param": "amount"}),
        ("amount=1.5&currency=usd", 400, {"code": "parameter_invalid_integer", "param": "amount"}),
        ("amount=1", 400, {"code": "parameter_missing", "param": "currency"}),
        ("amount=1&currency=usd&mandate=mandate_1", 400, {"code": "parameter_unknown", "param": "mandate"}),
        ("amount=1&currency=usd&amount=2", 400, {"param": "amount"}),
        ("amount=1&currency=usd&metadata[a][b]=c", 400, {"param": "metadata[a]"}),
        (
            "amount=1&currency=usd&payment_method_data[type]=card&payment_method_data[card][number]=42",
            402,
            {"type": "card_error", "code": "incorrect_number", "param": "payment_method_data[card][number]"},
        ),
        ("amount=%ff", 400, {"type": "invalid_request_error"}),
        ('{"amount": 1000}', 400, {"type": "invalid_request_error"}),
        ("a=" + "x" * 1_000_001, 413, {"type": "invalid_request_error"}),
    ],
)
def test_errors_in_a_body(params: str, status: int, error: dict[str, str]) -> None:
    reply = create(params)
    assert reply.status == status
    assert error.items() <= reply.error.items()
    assert reply.headers["Stripe-Should-Retry"] == "false"
    assert set(reply.json) == {"error"}


def test_json_is_refused_in_words() -> None:
    reply = create(json.dumps(BODY), content_type="application/json")
    assert reply.status == 400
    assert reply.error["message"].startswith("Invalid request: unsupported Content-Type application/json.")


@pytest.mark.parametrize("content_type", [None, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"])
def test_content_types_of_a_form(content_type: str | None) -> None:
    assert create(content_type=content_type).status == 200


def test_an_empty_body_is_accepted_with_any_content_type(demo: Merchant) -> None:
    intent = demo.authorized(10_00).replace("auth_", "pi_")
    reply = stripe_send(
        stripe_ledger_calls.capture,
        CAPTURE_PAYMENT_INTENT,
        "",
        content_type="application/json",
        path={"intent": intent},
    )
    assert reply.status == 200


def test_a_query_is_nested_too() -> None:
    assert show({"expand": ["latest_charge", "payment_method"]}).json["expand"] == ["latest_charge", "payment_method"]
    assert show("expand[]=review&expand[]=source").json["expand"] == ["review", "source"]
    assert show("nobody=1").error["code"] == "parameter_unknown"
    assert show("client_secret=a&client_secret=b").error["param"] == "client_secret"


def with_query(sent: dict[str, Any], **query: str) -> dict[str, Any]:
    """Return an event with parameters in its URL."""
    return sent | {
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()},
    }


@pytest.mark.parametrize(
    "query, message",
    [
        ({"nope": "1"}, "Received unknown parameter: nope"),
        ({"amount": "7"}, "Invalid amount: sent both in the URL and"),
    ],
)
def test_a_parameter_of_a_url_is_not_ignored(query: dict[str, str], message: str) -> None:
    event = with_query(stripe_event(CREATE_PAYMENT_INTENT, BODY), **query)
    assert json.loads(stripe_ledger_calls.create(event, Context())["body"])["error"]["message"].startswith(message)


SENT_KEY = f"sk_{'test'}_51{'a' * 30}p7dc"


@pytest.mark.parametrize(
    "place, name, value, says",
    [
        ("body", "api_key", SENT_KEY, "Received unknown parameter: api_key"),
        ("body", "api_key", "invented", "Received unknown parameter: api_key"),
        ("body", "key", SENT_KEY, "Received unknown parameter: key"),  # as Stripe's browser library sends it
        ("body", "key", SENT_KEY.replace("sk_test", "sk_live"), "Received unknown parameter: key"),
        ("body", SENT_KEY, "", "Received unknown parameter: sk_test_***"),
        ("body", "currency", SENT_KEY, "Invalid currency: sk_test_***. Stripe currently supports"),
        ("body", "payment_method", SENT_KEY, "No such PaymentMethod: 'sk_test_***'"),
        ("body", "customer", SENT_KEY, "No such customer: 'sk_test_***'"),
        ("URL", "api_key", SENT_KEY, "Received unknown parameter: api_key"),
        ("URL", SENT_KEY, "", "Received unknown parameter: sk_test_***"),
        ("URL", "currency", SENT_KEY, "Invalid currency: sk_test_***. Stripe currently supports"),
    ],
)
def test_a_key_among_the_parameters_is_refused_and_never_shown(
    place: str, name: str, value: str, says: str, lines: Lines
) -> None:
    """Beside the key of the header: without one, API Gateway asks for it."""
    sent = {"amount": "1000", "currency": "usd", name: value}
    event = stripe_event(CREATE_PAYMENT_INTENT, sent if place == "body" else {})
    response = load_handler(CREATE_PAYMENT_INTENT)(event if place == "body" else with_query(event, **sent), Context())
    assert json.loads(response["body"])["error"]["message"].startswith(says)
    assert not [secret for secret in (SENT_KEY[8:20], "invented") if secret in f"{response}{lines()}"]


def test_a_route_without_parameters_refuses_one() -> None:
    event = with_query(stripe_event(DELETE_WEBHOOK_ENDPOINT, path={"endpoint": "we_1"}), force="1")
    response = manage_stripe_objects.handler(event, Context())
    assert json.loads(response["body"])["error"]["message"] == "Received unknown parameter: force"


# --- access -----------------------------------------------------------------------------------------------------------


def test_a_publishable_key_can_retrieve_and_confirm_with_the_client_secret(demo: Merchant) -> None:
    secret = client_secret_of(PAYMENT_ID)
    assert show({"client_secret": secret}, kind="publishable").status == 200
    for params, param in (({}, "client_secret"), ({"client_secret": secret[:-1]}, "client_secret")):
        reply = show(params, kind="publishable")
        assert (reply.status, reply.error["param"]) == (400, param)
    opened = create({**BODY, "payment_method": "pm_card_visa"}).json
    confirmed = stripe_send(
        stripe_ledger_calls.confirm,
        CONFIRM_PAYMENT_INTENT,
        {"client_secret": opened["client_secret"]},
        path={"intent": opened["id"]},
        kind="publishable",
    )
    assert confirmed.status == 200


def test_a_secret_key_needs_no_client_secret_but_a_wrong_one_is_refused() -> None:
    assert show().status == 200
    assert show({"client_secret": "pi_x_secret_y"}).error["param"] == "client_secret"


@pytest.mark.parametrize("kind", ["publishable", "", "another"])
def test_every_other_route_requires_a_secret_key(kind: str) -> None:
    reply = create(kind=kind)
    assert (reply.status, reply.error["code"]) == (403, "secret_key_required")


def test_a_request_without_a_merchant_is_unauthorized() -> None:
    reply = create(merchant=None)
    assert (reply.status, reply.error["type"]) == (401, "invalid_request_error")


def test_client_secrets_are_of_one_intent_and_follow_from_it() -> None:
    other = client_secret_of("auth_" + "q" * 26)
    mine = client_secret_of(PAYMENT_ID)
    assert mine == client_secret_of(PAYMENT_ID)
    assert mine.startswith(INTENT + "_secret_")
    assert mine.rpartition("_")[2] != other.rpartition("_")[2]
    assert len(mine.rpartition("_")[2]) == 32


# --- answers other than 200 -------------------------------------------------------------------------------------------


def test_a_decline_is_a_402_with_the_intent_in_it() -> None:
    intent = {"id": INTENT, "last_payment_error": {"type": "card_error", "code": "card_declined", "message": "No."}}

    @stripe_endpoint(CONFIRM_PAYMENT_INTENT)
    def declined(call: Call) -> StripeAnswer:
        return StripeAnswer(
            body=intent,
            replayed=True,
            first_request=REQUEST_ID,
            transaction_id=PAYMENT_ID,
            outcome="declined",
            declined=True,
        )

    reply = stripe_send(declined, CONFIRM_PAYMENT_INTENT, path={"intent": INTENT})
    assert reply.status == 402
    logged = {"request_log_url": f"https://127.0.0.1/requests/{LOGGED}"}
    assert reply.json == {"error": {**intent["last_payment_error"], **logged, "payment_intent": intent}}
    assert reply.headers["Stripe-Should-Retry"] == "false"
    assert reply.replayed


def test_a_failing_table_is_a_503_that_may_be_retried(demo: Merchant, wire: Wire) -> None:
    with wire.broken(on_the_wire.refused_with(500, "InternalServerError"), when=lambda _: True):
        reply = create()
    assert (reply.status, reply.error["type"]) == (503, "api_error")
    assert (reply.headers["Stripe-Should-Retry"], reply.headers["Retry-After"]) == ("true", "1")


def test_a_full_ledger_is_an_invalid_request_with_the_reason(demo: Merchant, wire: Wire) -> None:
    """Only the local engine limits the number of payments (engine/state/payment_limit.py)."""
    full = on_the_wire.refused_with(400, LEDGER_IS_FULL, "There are 2 payments.")
    with wire.broken(full, when=lambda sent: sent.operation == "PutItem"):
        reply = create()
    assert (reply.status, reply.error["type"], reply.error["message"]) == (
        400,
        "invalid_request_error",
        "There are 2 payments.",
    )
    assert reply.error["doc_url"].endswith("/docs/errors/payment_limit_reached")
    assert reply.headers["Stripe-Should-Retry"] == "false"


def test_a_defect_is_a_500_without_details() -> None:
    @stripe_endpoint(GET_PAYMENT_INTENT)
    def broken(call: Call) -> StripeAnswer:
        raise LookupError("4242424242424242")

    reply = stripe_send(broken, GET_PAYMENT_INTENT, path={"intent": INTENT})
    assert (reply.status, reply.error["type"]) == (500, "api_error")
    assert not re.search(r"(?<![\w-])4242", reply.text)


def test_the_page_of_a_refusal_is_an_url() -> None:
    refused = create("amount=0&currency=usd", domain="pay.example.com")
    assert refused.error["doc_url"] == "https://pay.example.com/docs/errors/amount_too_small"


@pytest.mark.parametrize(
    "variables, url",
    [
        ({}, f"https://pay.example.com/requests/{LOGGED}"),
        (
            {DASHBOARD_URL: "https://d1.cloudfront.net/dashboard"},
            f"https://d1.cloudfront.net/dashboard?id={LOGGED}",
        ),
        (
            {NATIVE_BASE_URL: "https://native.example.com/live"},
            f"https://native.example.com/live/requests/{LOGGED}",
        ),
    ],
    ids=["no dashboard", "dashboard", "two hosts"],
)
def test_an_error_leads_to_its_request_in_the_log(variables: dict[str, str], url: str) -> None:
    event = stripe_event(GET_PAYMENT_METHOD, path={"id": "pm_none"}, request_id=REQUEST_ID, domain="pay.example.com")
    event["stageVariables"] = {**event["stageVariables"], **variables}
    response = manage_stripe_objects.handler(event, Context())
    assert json.loads(response["body"])["error"]["request_log_url"] == url
    assert native_request_id(LOGGED) == REQUEST_ID


def test_locally_an_error_leads_to_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    reply = create("amount=0&currency=usd", headers={"Host": "localhost:4566"}, request_id=REQUEST_ID)
    assert reply.error["request_log_url"] == f"http://localhost:4566/dashboard?id={LOGGED}"


def test_a_wrong_key_is_masked_and_leads_nowhere(lines: Lines) -> None:
    """The request log has what a merchant sent."""
    reply = create(merchant=None, headers={"Authorization": f"Bearer sk_test_{'a' * 20}p7dc"})
    assert reply.status == 401
    assert reply.error["message"].startswith("Invalid API Key provided: sk_test_********************p7dc. ")
    assert "request_log_url" not in reply.error
    assert "aaaaaaaa" not in f"{reply.text}{lines()}"


# --- the log line -----------------------------------------------------------------------------------------------------


def test_a_line_is_written_and_holds_no_card(lines: Lines) -> None:
    number, cvc = "4242424242424242", "917"
    body = (
        f"amount=1000&currency=usd&payment_method_data[type]=card&payment_method_data[card][number]={number}"
        f"&payment_method_data[card][cvc]={cvc}&payment_method_data[billing_details][name]=Ada+Lovelace"
    )
    lines()
    create(body, key="k", request_id="request-1")
    (line,) = lines()
    assert (line["request_id"], line["route"], line["merchant"], line["idempotency_key"], line["status"]) == (
        "request-1",
        "create_payment_intent",
        "demo",
        "k",
        200,
    )
    shown = json.loads(line["body"])
    assert shown["payment_method_data[card][number]"] == "************4242"
    assert shown["payment_method_data[card][cvc]"] == "***"
    text = json.dumps(line)
    assert found_in(text.encode(), [number]) == set()
    assert "Lovelace" not in text


OF_DASHBOARD = dashboard_key(MERCHANT, "a" * 32)


@pytest.mark.parametrize(
    "authorization, logged",
    [
        ([f"Bearer {OF_DASHBOARD}"], 0),
        (["Basic " + base64.b64encode(f"{OF_DASHBOARD}:".encode()).decode()], 0),
        ([f"Bearer {api_key()}"], 1),
        ([f"Bearer {api_key()}", f"Bearer {OF_DASHBOARD}"], 1),
        ([], 1),
    ],
)
def test_reads_with_a_dashboards_key_are_not_logged(authorization: list[str], logged: int, lines: Lines) -> None:
    lines()
    assert show(headers={"Authorization": authorization}).status == 200
    assert len(lines()) == logged


def test_operations_with_a_dashboards_key_are_logged(lines: Lines) -> None:
    lines()
    create(headers={"Authorization": f"Bearer {OF_DASHBOARD}"})
    assert [line["route"] for line in lines()] == ["create_payment_intent"]


def test_a_replayed_refusal_is_counted_and_marked(demo: Merchant, lines: Lines) -> None:
    refund = {"payment_intent": demo.authorized(10_00).replace("auth_", "pi_")}
    lines()
    for _ in range(2):
        stripe_send(stripe_ledger_calls.refund, CREATE_REFUND, refund, key="k")
    first, again = lines()
    assert (first["code"], first["outcome"], first.get("replayed")) == ("not_captured", "refused", None)
    assert (again["code"], again["replayed"]) == ("not_captured", True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text(max_size=60)
    | st.from_regex(r"(amount|currency|metadata|card|expand|\[|\]|0|=|&|%){0,20}", fullmatch=True),
    header=st.sampled_from(["Idempotency-Key", "Stripe-Version", "Content-Type", "Authorization"]),
    value=st.text(max_size=20),
)
def test_no_request_causes_a_500(body: str, header: str, value: str) -> None:
    event = stripe_event(CREATE_PAYMENT_INTENT, body, headers={header: value})
    response = stripe_ledger_calls.create(event, Context())
    assert response["statusCode"] < 500
    json.loads(response["body"].encode())

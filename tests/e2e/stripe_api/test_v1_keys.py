"""Keys at the Stripe-compatible API: the native ones, sent as Stripe's SDKs send them, and the publishable ones."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Sandbox

INTENT = "/v1/payment_intents/pi_" + "a" * 26


@pytest.fixture(scope="module")
def made(sandbox: Sandbox) -> dict[str, Any]:
    """Create a merchant's key with its publishable key."""
    return sandbox.json("keys", "create", "--merchant", "v1-keys", "--plan", "load")


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url, timeout=60) as client:
        yield client


def error_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    body = answer.json()
    assert body.keys() == {"error"}
    return body["error"]


def is_let_in(answer: httpx.Response) -> bool:
    """Return whether the request reached a handler, whatever its answer."""
    return answer.status_code not in (401, 403)


def test_one_key_works_for_both_apis(http: httpx.Client, made: dict[str, Any]) -> None:
    key = made["api_key"]
    assert http.get("/payments", headers={"X-Api-Key": key}).status_code == 200
    assert is_let_in(http.get("/v1/payment_intents", headers={"Authorization": f"Bearer {key}"}))
    assert is_let_in(http.get("/v1/payment_intents", headers={"authorization": f"bearer {key}"}))
    assert is_let_in(http.get("/v1/payment_intents", auth=(key, "")))


def test_publishable_keys_reach_single_intents_and_create_payment_methods(
    http: httpx.Client, made: dict[str, Any]
) -> None:
    header = {"Authorization": f"Bearer {made['publishable_key']}"}
    assert is_let_in(http.get(INTENT, headers=header))
    assert http.get("/v1/payment_intents", headers=header).status_code == 403
    for path in ("/v1/payment_intents", f"{INTENT}/capture", f"{INTENT}/cancel", "/v1/refunds", INTENT):
        answer = http.post(path, headers=header)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "secret_key_required"), path
    card = {"type": "card", "card[token]": "tok_visa"}
    assert http.post("/v1/payment_methods", headers=header, data=card).json()["card"]["last4"] == "4242"
    code = {"cvc_update[cvc]": "123"}
    assert http.post("/v1/tokens", headers=header, data=code).json()["type"] == "cvc_update"
    assert http.get("/payments", headers={"X-Api-Key": made["publishable_key"]}).status_code == 401


@pytest.mark.parametrize("kind", ["api_key", "publishable_key"])
def test_plans_limit_each_key_separately(sandbox: Sandbox, http: httpx.Client, kind: str) -> None:
    """The plan `sandbox` allows 100 requests at once and 100 a minute, on each API and for each of the two keys."""
    keys = sandbox.json("keys", "create", "--merchant", "v1-hasty", "--plan", "sandbox")
    hasty = {"Authorization": f"Bearer {keys[kind]}", "X-Api-Key": "of somebody else"}
    answers = [http.get(INTENT, headers=hasty) for _ in range(130)]

    assert all(is_let_in(answer) and answer.status_code != 429 for answer in answers[:100])
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert error_of(refused)["code"] == "rate_limit"
    assert error_of(refused)["type"] == "invalid_request_error"
    assert int(refused.headers["Retry-After"]) >= 1
    (other,) = {"api_key", "publishable_key"} - {kind}
    assert http.get(INTENT, headers={"Authorization": f"Bearer {keys[other]}"}).status_code != 429
    assert http.get("/payments", headers={"X-Api-Key": keys["api_key"]}).status_code == 200


def test_a_key_without_a_plan_of_this_api_gets_a_remedy(sandbox: Sandbox, http: httpx.Client) -> None:
    """A key whose creation was interrupted has its digests and its plan of the native API."""
    keys = sandbox.json("keys", "create", "--merchant", "v1-earlier")
    gateway, secret = sandbox.target.client("apigateway"), {"Authorization": f"Bearer {keys['api_key']}"}
    plans = {plan["name"]: plan["id"] for plan in gateway.get_usage_plans(limit=500)["items"]}
    gateway.delete_usage_plan_key(usagePlanId=plans["paysandbox-local-v1-sandbox"], keyId=keys["key_id"])

    refused = http.get(INTENT, headers=secret)
    assert refused.status_code == 401
    assert "paysandbox keys sync" in error_of(refused)["message"]
    sandbox.run("keys", "sync")
    assert is_let_in(http.get(INTENT, headers=secret))


def test_errors_name_the_key_to_send(http: httpx.Client, made: dict[str, Any]) -> None:
    key = made["api_key"]
    wrong = f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}"
    none, invalid = "You did not provide an API key. You need to", "Invalid API Key provided: "
    cases: list[tuple[dict[str, str], str]] = [
        ({}, none),
        ({"Authorization": ""}, none),
        ({"Authorization": "Bearer"}, none),
        ({"Authorization": key}, none),
        ({"X-Api-Key": key}, none),
        ({"Authorization": f"Bearer {wrong}"}, f"{invalid}sk_test_{'*' * (len(wrong) - 12)}{wrong[-4:]}. "),
        ({"Authorization": "Bearer undefined"}, f"{invalid}*****ined. "),
        ({"Authorization": f"Bearer sk_{'live'}_{'1' * 24}"}, f"{invalid}sk_live_{'*' * 20}1111. "),
    ]
    for headers, says in cases:
        answer = http.get("/v1/payment_intents", headers=headers)
        assert answer.status_code == 401, headers
        error = error_of(answer)
        assert error["type"] == "invalid_request_error"
        assert error["message"].startswith(says), headers
        assert key not in answer.text


def test_revocation_covers_both_apis_and_the_publishable_key(sandbox: Sandbox, http: httpx.Client) -> None:
    """The key must not be used earlier: API Gateway caches the authorizer's answer for `key_cache_s`."""
    made = sandbox.json("keys", "create", "--merchant", "v1-keys")
    sandbox.json("keys", "revoke", made["key_id"])
    assert http.get("/payments", headers={"X-Api-Key": made["api_key"]}).status_code == 401
    assert http.get("/v1/payment_intents", auth=(made["api_key"], "")).status_code == 401
    assert http.get(INTENT, auth=(made["publishable_key"], "")).status_code == 401


def test_unsupported_routes_are_404s_that_list_supported_ones(http: httpx.Client, made: dict[str, Any]) -> None:
    for method, path in (
        ("GET", "/v1/subscription_schedules"),
        ("POST", "/v1/payment_links"),
        ("PUT", "/v1/payment_intents"),
    ):
        answer = http.request(method, path, auth=(made["api_key"], ""))
        assert answer.status_code == 404
        assert "/docs/reference/stripe-coverage" in error_of(answer)["message"]
    empty = http.get("/v1/plans?limit=100", auth=(made["api_key"], ""))
    assert (empty.json()["data"], empty.headers["Sandbox-Not-Simulated"]) == ([], "true")

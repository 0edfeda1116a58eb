"""Answers of the gateway itself, in the same form as those of our handlers."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from paysandbox.core.errors import PROBLEMS, Code
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import CARD, Api


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Return a problem's status and code, after checking that the problem is complete."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= body.keys()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def _without_a_key(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(sandbox.base_url + "/payments")


def _nowhere(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(sandbox.base_url + "/nowhere")


def _under_another_name(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(sandbox.base_url + "/health", headers={"Host": "payments.example"})


def _without_a_session(sandbox: Sandbox) -> httpx.Response:
    own = {"Sec-Fetch-Site": "same-origin", "Paysandbox-Page": "1"}
    return httpx.get(f"{sandbox.base_url}/_paysandbox/merchants", headers=own)


def _too_long(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(f"{sandbox.base_url}/payments?reference={'a' * 9_000}")


def _too_large_headers(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(sandbox.base_url + "/payments", headers={"Cookie": "a" * 70_000})


def _too_large(sandbox: Sandbox) -> httpx.Response:
    return httpx.post(sandbox.base_url + "/payments/authorize", content=b"a" * 2_000_000)


def _too_fast(sandbox: Sandbox) -> httpx.Response:
    key = sandbox.json("keys", "create", "--merchant", "too-fast", "--plan", "sandbox")["api_key"]
    with Api(sandbox.base_url, key) as hasty:
        answers = (hasty.http.get("/payments", params={"limit": 1}) for _ in range(1_000))
        return next(answer for answer in answers if answer.status_code != 200)


def _too_often(sandbox: Sandbox) -> httpx.Response:
    """Exceed a plan of two requests a day. None of our plans has a quota; a team's plan with one gives this problem."""
    gateway = sandbox.target.client("apigateway")
    (api,) = (api for api in gateway.get_rest_apis()["items"] if api["name"].endswith("-native"))
    plan = gateway.create_usage_plan(
        name="two-a-day", apiStages=[{"apiId": api["id"], "stage": "live"}], quota={"limit": 2, "period": "DAY"}
    )
    value = f"sk_test_frugal_{'a' * 32}"
    key = gateway.create_api_key(name="frugal", value=value, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    with Api(sandbox.base_url, value) as frugal:
        answers = [frugal.http.get("/payments", params={"limit": 1}) for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    return answers[2]


# Every code that a test can provoke from this gateway, and how. tests/http/handlers/test_refusals.py relies on it.
PROVOKED: dict[Code, Callable[[Sandbox], httpx.Response]] = {
    Code.API_KEY_INVALID: _without_a_key,
    Code.RESOURCE_NOT_FOUND: _nowhere,
    Code.HOST_NOT_ALLOWED: _under_another_name,
    Code.SESSION_INVALID: _without_a_session,
    Code.PATH_TOO_LONG: _too_long,
    Code.HEADERS_TOO_LARGE: _too_large_headers,
    Code.BODY_TOO_LARGE: _too_large,
    Code.RATE_LIMITED: _too_fast,
    Code.QUOTA_EXCEEDED: _too_often,
}


@pytest.mark.parametrize("code", PROVOKED)
def test_gateway_errors(code: Code, sandbox: Sandbox) -> None:
    answer = PROVOKED[code](sandbox)
    assert problem_of(answer) == (PROBLEMS[code].status, code)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ("Retry-After" in answer.headers) is (answer.status_code == 429)
    page = httpx.get(answer.json()["doc_url"])
    assert (page.status_code, code in page.text) == (200, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": "nonsense"},
        {"X-Api-Key": "sk_test_demo_abcdefghijklmnopqrstuvwxyz234567"},
        {"Authorization": "Bearer sk_test_demo_abcdefghijklmnopqrstuvwxyz234567"},
    ],
    ids=["none", "malformed", "unknown", "wrong header"],
)
@pytest.mark.parametrize("method, path", [("POST", "/payments/authorize"), ("GET", "/payments")])
def test_missing_and_invalid_keys(sandbox: Sandbox, headers: dict[str, str], method: str, path: str) -> None:
    answer = httpx.request(method, sandbox.base_url + path, headers=headers)
    assert problem_of(answer) == (401, "api_key_invalid")


def test_health_needs_no_key(sandbox: Sandbox) -> None:
    answer = httpx.get(sandbox.base_url + "/health")
    assert (answer.status_code, answer.json()["checks"]) == (200, {"ledger": "ok", "pepper": "ok"})


@pytest.mark.parametrize("method, path", [("GET", "/nowhere"), ("DELETE", "/payments/authorize")])
def test_an_unknown_path_or_method(api: Api, method: str, path: str) -> None:
    assert problem_of(api.http.request(method, path)) == (404, "resource_not_found")


def test_the_sandbox_plan_allows_a_hundred_at_once(new_merchant: Callable[..., Api]) -> None:
    with new_merchant("hasty", plan="sandbox") as hasty:
        answers = [hasty.http.get(f"/payments/auth_{'a' * 26}") for _ in range(130)]
        assert {answer.status_code for answer in answers[:100]} == {404}
        refused = next(answer for answer in answers if answer.status_code != 404)
        assert problem_of(refused) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.full
def test_a_throttled_request_does_not_consume_its_idempotency_key(new_merchant: Callable[..., Api]) -> None:
    with new_merchant("patient", plan="sandbox") as patient:
        while patient.http.get("/payments", params={"limit": 1}).status_code != 429:
            pass
        body = {"card": CARD, "amount": 5}

        def status(key: str) -> int:
            return patient.http.post("/payments/authorize", json=body, headers={"X-Idempotency-Key": key}).status_code

        # On a busy machine, the bucket has another token by now.
        key = next(key for key in iter(lambda: str(uuid.uuid4()), "") if status(key) == 429)
        assert "Idempotent-Replayed" not in patient.post("/payments/authorize", body, key).headers

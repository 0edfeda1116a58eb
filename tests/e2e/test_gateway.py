"""What answers before a handler does: the gateway speaks as our handlers do."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.api import CARD, Api


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem, after checking that it is a whole one."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= body.keys()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


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
def test_without_a_good_key(sandbox: Sandbox, headers: dict[str, str], method: str, path: str) -> None:
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


def test_a_throttled_key_is_not_used_up(new_merchant: Callable[..., Api]) -> None:
    with new_merchant("patient", plan="sandbox") as patient:
        while patient.http.get("/payments", params={"limit": 1}).status_code != 429:
            pass
        key = str(uuid.uuid4())
        body = {"card": CARD, "amount": 5}
        throttled = patient.http.post("/payments/authorize", json=body, headers={"X-Idempotency-Key": key})
        assert throttled.status_code == 429
        assert "Idempotent-Replayed" not in patient.post("/payments/authorize", body, key).headers

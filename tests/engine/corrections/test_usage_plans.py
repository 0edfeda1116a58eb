"""Metering by the key that an authorizer returns: read by the engine where it reads X-Api-Key."""

import asyncio
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from engine.corrections.usage_plans import FIRST_SEEN_PLAN, meter_by_authorizer
from engine.ministack import view
from stacks.api.v1_stack import NAME
from stacks.environments import environment_of

KEY = "sk_test_acme_" + "a" * 32
POLICY: Mapping[str, Any] = {"principalId": "id1", "policyDocument": {}, "context": {"merchant": "acme"}}


class Gateway(SimpleNamespace):
    """The engine's functions of these names, with their shapes: an authorizer's answer is cached as its context."""

    def __init__(self, answer: Any) -> None:
        super().__init__(cached=None, invocations=0)

        async def _invoke_authorizer_lambda(*_: Any) -> Any:
            self.invocations += 1
            return answer

        async def _authorize_request_v1(custom: bool) -> Any:
            if not custom:
                return None, None
            if self.cached is None:
                result = await self._invoke_authorizer_lambda("authorizer", {}, "account", "region")
                if result is None or result.get("error"):
                    return "refused", None
                policy = result["body"] if isinstance(result["body"], dict) else json.loads(result["body"])
                self.cached = {**policy["context"], "principalId": policy["principalId"]}
            return None, self.cached

        self._invoke_authorizer_lambda = _invoke_authorizer_lambda
        self._authorize_request_v1 = _authorize_request_v1
        self._api_key_from_request = lambda headers: headers.get("x-api-key")
        self._resolve_api_key = lambda value: {"id": "id1", "value": KEY} if value == KEY else None
        self._usage_plans_for_key = lambda key_id, *_: [f"plan of {key_id}"]
        self._usage_plans = SimpleNamespace(
            all_items=lambda: [
                (("account", "region", name), {"name": name, "apiStages": [{"apiId": "v1", "stage": "v1"}]})
                for name in (FIRST_SEEN_PLAN, "paysandbox-local-sandbox")
            ]
        )


def asked(gateway: Gateway, headers: Mapping[str, str], *, custom: bool = True) -> tuple[Any, Any, Any]:
    """Return a request's refusal, the context that its function sees, and the key that it is metered by."""

    async def request() -> tuple[Any, Any, Any]:
        refusal, context = await gateway._authorize_request_v1(custom)
        return refusal, context, gateway._api_key_from_request(headers)

    return asyncio.run(request())


def metered(answer: Any) -> Gateway:
    gateway = Gateway(answer)
    meter_by_authorizer(view("apigateway_v1", gateway))
    return gateway


@pytest.mark.parametrize("as_text", [False, True])
def test_a_request_is_metered_by_the_key_that_its_authorizer_returned(as_text: bool) -> None:
    policy = {**POLICY, "usageIdentifierKey": KEY}
    gateway = metered({"body": json.dumps(policy) if as_text else policy})
    for _ in range(2):
        # What the caller sends as X-Api-Key does not count, and the function does not see the authorizer's.
        seen = asked(gateway, {"x-api-key": "of the caller"})
        assert seen == (None, {"merchant": "acme", "principalId": "id1"}, KEY)
    assert gateway.invocations == 1, "the key is cached with the policy"


def test_without_an_authorizer_key_the_header_counts() -> None:
    gateway = metered({"body": POLICY})
    assert asked(gateway, {"x-api-key": "of the caller"})[2] == "of the caller"
    assert asked(gateway, {"x-api-key": "of the caller"}, custom=False) == (None, None, "of the caller")


def test_keys_do_not_leak_to_the_next_request_of_a_connection() -> None:
    gateway = metered({"body": {**POLICY, "usageIdentifierKey": KEY}})

    async def both() -> Any:
        await gateway._authorize_request_v1(True)
        await gateway._authorize_request_v1(False)
        return gateway._api_key_from_request({})

    assert asyncio.run(both()) is None


@pytest.mark.parametrize("answer", [None, {"error": "Unhandled", "body": {"errorMessage": "Unauthorized"}}])
def test_rejections_are_passed_through(answer: Any) -> None:
    assert asked(metered(answer), {}) == ("refused", None, None)


DIGEST = "0a" * 32


def metered_by(gateway: Gateway) -> tuple[Any, Any]:
    """Return the key that a request is metered by, and its plans."""

    async def request() -> tuple[Any, Any]:
        await gateway._authorize_request_v1(True)
        key = gateway._resolve_api_key(gateway._api_key_from_request({}))
        return key, gateway._usage_plans_for_key(key["id"], "v1", "v1") if key else None

    return asyncio.run(request())


def test_a_key_seen_for_the_first_time_is_only_on_the_stripe_compatible_apis_plan() -> None:
    key, plans = metered_by(metered({"body": {**POLICY, "usageIdentifierKey": DIGEST}}))
    assert key["id"] == DIGEST, "each key has a limit of its own"
    assert [plan_id for plan_id, _, _ in plans] == [FIRST_SEEN_PLAN]
    assert environment_of({"env": "local"}).named(f"{NAME}-sandbox") == FIRST_SEEN_PLAN
    gateway = metered({"body": POLICY})
    assert gateway._usage_plans_for_key(DIGEST, "native", "sandbox") == []


def test_a_key_of_api_gateway_keeps_its_plans() -> None:
    assert metered_by(metered({"body": {**POLICY, "usageIdentifierKey": KEY}})) == (
        {"id": "id1", "value": KEY},
        ["plan of id1"],
    )


@pytest.mark.parametrize("sent", [DIGEST, "sk_test_of_nobody"])
def test_a_client_cannot_send_the_digest_of_a_key(sent: str) -> None:
    """Only the authorizer can say so: a digest as X-Api-Key opens nothing."""
    gateway = metered({"body": POLICY})

    async def request() -> Any:
        await gateway._authorize_request_v1(True)
        return gateway._resolve_api_key(gateway._api_key_from_request({"x-api-key": sent}))

    assert asyncio.run(request()) is None

"""Metering by the key that an authorizer returns: read by the engine where it reads X-Api-Key."""

import asyncio
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from cli.engine_process.usage_plans import meter_by_authorizer

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


def asked(gateway: Gateway, headers: Mapping[str, str], *, custom: bool = True) -> tuple[Any, Any, Any]:
    """Return a request's refusal, the context that its function sees, and the key that it is metered by."""

    async def request() -> tuple[Any, Any, Any]:
        refusal, context = await gateway._authorize_request_v1(custom)
        return refusal, context, gateway._api_key_from_request(headers)

    return asyncio.run(request())


def metered(answer: Any) -> Gateway:
    gateway = Gateway(answer)
    meter_by_authorizer(gateway)
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

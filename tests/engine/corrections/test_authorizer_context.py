"""What an authorizer returned, in the responses that the gateway gives itself."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from engine.corrections.authorizer_context import fill_in_authorizer_context
from engine.ministack import view

TEMPLATE = b'{"message":"No: $context.authorizer.wrong_key. Stop."}'


class Gateway(SimpleNamespace):
    """The engine's functions of these names, with their shapes."""

    def __init__(self) -> None:
        async def _authorize_request_v1(context: Any) -> Any:
            return None, context

        super().__init__(
            _authorize_request_v1=_authorize_request_v1,
            _gateway_error_response=lambda *_: (401, {"Content-Type": "application/json"}, TEMPLATE),
        )
        fill_in_authorizer_context(view("apigateway_v1", self))


@pytest.mark.parametrize(
    "contexts, says",
    [
        ([{"wrong_key": "sk_test_*ummy"}], "sk_test_*ummy"),
        ([{"merchant": "acme"}], ""),
        ([None], ""),
        ([{"wrong_key": "of the request before"}, None], ""),
        ([], ""),
    ],
)
def test_a_response_has_the_context_of_its_own_request(contexts: list[Mapping[str, Any] | None], says: str) -> None:
    gateway = Gateway()

    async def connection() -> Any:
        for context in contexts:
            assert await gateway._authorize_request_v1(context) == (None, context)
        return gateway._gateway_error_response("error", {})

    status, headers, body = asyncio.run(connection())
    assert (status, headers) == (401, {"Content-Type": "application/json"})
    assert body.decode() == f'{{"message":"No: {says}. Stop."}}'

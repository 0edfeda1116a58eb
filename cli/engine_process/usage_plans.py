"""Usage plans of an API whose authorizer returns the key to meter by (`usageIdentifierKey`), as on AWS.

ministack stores an API's key source and reads every key from X-Api-Key. It drops what the authorizer returned besides
the policy and the context.
"""

import json
from contextvars import ContextVar
from typing import Any, Final

# As AWS's Lambda authorizers name it. It travels in ministack's copy of the context, which is cached with the policy.
_RETURNED: Final = "usageIdentifierKey"

_key: ContextVar[str | None] = ContextVar("usage_identifier_key", default=None)


def meter_by_authorizer(gateway: Any) -> None:
    """Make ministack meter by the key that a request's authorizer returned. `gateway` is its API Gateway service."""
    invoke, authorize, read = (
        gateway._invoke_authorizer_lambda,  # noqa: SLF001 - there is no other way to it
        gateway._authorize_request_v1,  # noqa: SLF001 - as above
        gateway._api_key_from_request,  # noqa: SLF001 - as above
    )

    async def invoke_and_keep_key(*arguments: Any) -> Any:
        result = await invoke(*arguments)
        if not isinstance(result, dict) or result.get("error"):
            return result
        policy = _parsed(result.get("body"))
        if not isinstance(policy, dict) or not isinstance(policy.get(_RETURNED), str):
            return result
        context = {**(policy.get("context") or {}), _RETURNED: policy[_RETURNED]}
        return {**result, "body": {**policy, "context": context}}

    async def authorize_and_take_key(*arguments: Any) -> Any:
        refusal, context = await authorize(*arguments)
        context = {**context} if isinstance(context, dict) else context
        # The functions do not see it, as on AWS.
        _key.set(context.pop(_RETURNED, None) if isinstance(context, dict) else None)
        return refusal, context

    def read_key(headers: Any) -> Any:
        returned = _key.get()
        return read(headers) if returned is None else returned

    gateway._invoke_authorizer_lambda = invoke_and_keep_key  # noqa: SLF001 - as above
    gateway._authorize_request_v1 = authorize_and_take_key  # noqa: SLF001 - as above
    gateway._api_key_from_request = read_key  # noqa: SLF001 - as above


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, (str, bytes)) else body
    except ValueError:
        return None

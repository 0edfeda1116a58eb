"""Usage plans of an API whose authorizer returns the key to meter by (`usageIdentifierKey`), as on AWS.

ministack stores an API's key source and reads every key from X-Api-Key. It drops what the authorizer returned besides
the policy and the context.

A key that the authorizer accepted at first sight is no key of API Gateway. It is metered by its digest, as a key on the
plan `sandbox`, so that the first of many requests at once has nothing to create. On AWS there are no such keys.
"""

import json
import re
from contextvars import ContextVar
from typing import Any, Final

# As AWS's Lambda authorizers name it. It travels in ministack's copy of the context, which is cached with the policy.
_RETURNED: Final = "usageIdentifierKey"

FIRST_SEEN_PLAN: Final = "paysandbox-local-v1-sandbox"
"""The usage plan of keys seen first: the name that stacks/api/v1_stack.py gives it."""

# What the authorizer returns for a key that was issued elsewhere. No id in API Gateway is as long.
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_key: ContextVar[str | None] = ContextVar("usage_identifier_key", default=None)


def meter_by_authorizer(gateway: Any) -> None:
    """Make ministack meter by the key that a request's authorizer returned. `gateway` is its API Gateway service."""
    invoke, authorize, read, resolve, plans_for = (
        gateway.invoke_authorizer_lambda,
        gateway.authorize_request_v1,
        gateway.api_key_from_request,
        gateway.resolve_api_key,
        gateway.usage_plans_for_key,
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

    def resolve_or_first_seen(value: Any) -> Any:
        found = resolve(value)
        if found is None and value == _key.get() and _is_digest(value):
            return {"id": value, "value": value, "enabled": True}
        return found

    def plans_of(key_id: str, api_id: str, stage: str) -> Any:
        if not _is_digest(key_id):
            return plans_for(key_id, api_id, stage)
        return [
            (plan_id, plan, covered)
            for (_, _, plan_id), plan in [*gateway.usage_plans.all_items()]
            if plan["name"] == FIRST_SEEN_PLAN
            for covered in plan.get("apiStages") or []
            if (covered.get("apiId"), covered.get("stage")) == (api_id, stage)
        ]

    gateway.invoke_authorizer_lambda = invoke_and_keep_key
    gateway.authorize_request_v1 = authorize_and_take_key
    gateway.api_key_from_request = read_key
    gateway.resolve_api_key = resolve_or_first_seen
    gateway.usage_plans_for_key = plans_of


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, (str, bytes)) else body
    except ValueError:
        return None

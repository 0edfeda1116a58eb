"""Operators' keys, which move the sandbox's clock over HTTP and open nothing else.

A key is stored in API Gateway and nowhere else, on the usage plan `operator` of the native API. It belongs to no
merchant.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cli.connection.keys import SECRET_LENGTH, SUFFIX_LENGTH, name_prefix, pages, random_text, utc
from cli.terminal.failure import Failure
from paysandbox.core.merchant import is_operator_key, operator_key

if TYPE_CHECKING:
    from cli.connection.target import Target

PLAN: Final = "operator"
_PLAN_OUTPUT: Final = "UsagePlanOperatorId"


@dataclass(frozen=True)
class OperatorKey:
    """An active operator's key, and its ID in API Gateway."""

    text: str = field(repr=False)
    key_id: str
    created_at: datetime | None = None

    @property
    def masked(self) -> str:
        """The key with its secret masked, except for the last four characters."""
        return f"ok_test_…{self.text[-4:]}"


def create_operator_key(target: Target) -> OperatorKey:
    """Create a key. A failure leaves none behind that is on the plan: a key without a plan opens nothing."""
    plan_id, gateway = _plan_id(target), target.client("apigateway")
    text = operator_key(random_text(SECRET_LENGTH))
    name = f"{name_prefix(target)}{PLAN}-{random_text(SUFFIX_LENGTH)}"
    made: dict[str, Any] = gateway.create_api_key(name=name, value=text, enabled=True)
    try:
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=made["id"], keyType="API_KEY")
    except BaseException:
        with suppress(Exception):
            gateway.delete_api_key(apiKey=made["id"])
        raise
    return OperatorKey(text, made["id"], utc(made.get("createdDate")))


def operator_keys(target: Target) -> list[OperatorKey]:
    """Return all operators' keys of the environment, oldest first. A deployment without their usage plan has none."""
    plan_id = target.outputs("api").get(_PLAN_OUTPUT)
    if plan_id is None:
        return []
    gateway = target.client("apigateway")
    # Both lists are needed: plans contain deleted keys (the local engine keeps them), and keys do not name their plan.
    on_plan = {entry["id"] for entry in pages(gateway, "get_usage_plan_keys", usagePlanId=plan_id)}
    found = [
        OperatorKey(key["value"], key["id"], utc(key.get("createdDate")))
        for key in pages(gateway, "get_api_keys", includeValues=True)
        if key["id"] in on_plan and is_operator_key(key.get("value", ""))
    ]
    return sorted(found, key=lambda key: (str(key.created_at or ""), key.key_id))


def ensure_operator_key(target: Target) -> OperatorKey:
    """Return the oldest key, or a new one if there is none."""
    found = operator_keys(target)
    return found[0] if found else create_operator_key(target)


def revoke_operator_key(target: Target, key_or_id: str) -> OperatorKey | None:
    """Delete a key, given itself or its ID, and return it, or None if there is none."""
    found = next((key for key in operator_keys(target) if key_or_id in (key.text, key.key_id)), None)
    if found is not None:
        # Deleted rather than disabled: the local engine accepts a disabled key.
        target.client("apigateway").delete_api_key(apiKey=found.key_id)
    return found


def _plan_id(target: Target) -> str:
    outputs = target.outputs("api")
    if _PLAN_OUTPUT not in outputs:
        raise Failure(
            f"The api stack of {target.environment} has no output for its plan of operators ({_PLAN_OUTPUT}).",
            f"It was deployed by another version. {target.deploy_advice}",
        )
    return outputs[_PLAN_OUTPUT]

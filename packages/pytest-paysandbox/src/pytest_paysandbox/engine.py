"""The running sandbox: creates and revokes the keys of merchants and operators."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox_client import RequestError

from pytest_paysandbox.credential import key_digest, new_api_key, new_operator_key, publishable_key, random_text
from pytest_paysandbox.local_aws import LocalAws
from pytest_paysandbox.merchant import PaysandboxApi

# Names in the local environment. The plans have no rate limit: of the native API, and of the Stripe-compatible one.
_PREFIX: Final = "paysandbox-local-"
_PLAN: Final = f"{_PREFIX}load"
_V1_PLAN: Final = f"{_PREFIX}v1-load"
_OPERATOR_PLAN: Final = f"{_PREFIX}operator"
_KEYS: Final = f"{_PREFIX}ApiKeys"
_DIGEST: Final = "key_digest"


@dataclass(frozen=True)
class PaysandboxEngine:
    """The running sandbox: its API and its AWS. It creates merchants, in a few milliseconds each."""

    base_url: str
    aws: LocalAws
    plan_id: str
    v1_plan_id: str
    operator_plan_id: str

    @classmethod
    def connect(cls, base_url: str, aws: LocalAws) -> PaysandboxEngine:
        """Return the sandbox at these URLs. Raises RequestError without a response, or if it lacks a usage plan."""
        plans = aws.ask("GET", "/usageplans?limit=500").get("item", [])
        found = {plan["name"]: plan["id"] for plan in plans}
        names = (_PLAN, _V1_PLAN, _OPERATOR_PLAN)
        for name in names:
            if name not in found:
                raise RequestError(f"The sandbox at {base_url} has no usage plan {name}.")
        return cls(base_url, aws, *(found[name] for name in names))

    def create(self, merchant: str) -> tuple[PaysandboxApi, str]:
        """Create an API key for the merchant; returns it with the key ID that revokes it. Raises RequestError."""
        text = new_api_key(merchant)
        name = f"{_PREFIX}{merchant}-load-{random_text(8)}"
        api = PaysandboxApi(self.base_url, text, merchant)
        key_id = self._make(name, text)
        try:
            self._add(self._make(f"{name}-publishable", api.publishable_key), self.v1_plan_id)
            self._add(key_id, self.v1_plan_id)
            self._keep_digests(api, key_id)
            self._add(key_id, self.plan_id)
        except BaseException:
            self.revoke(key_id)
            raise
        return api, key_id

    def revoke(self, key_id: str) -> None:
        """Revoke the key. The merchant's payments are kept. Raises RequestError."""
        found = self.aws.ask("GET", f"/apikeys/{key_id}?includeValue=true")
        text = found["value"]
        for key in (text, publishable_key(text)):
            self._dynamodb("DeleteItem", Key={_DIGEST: {"S": key_digest(key)}})
        for key in self.aws.ask("GET", f"/apikeys?includeValues=true&limit=500&name={found['name']}-publishable").get(
            "item", []
        ):
            self.aws.ask("DELETE", f"/apikeys/{key['id']}")
        self.aws.ask("DELETE", f"/apikeys/{key_id}")

    def create_operator_key(self) -> tuple[str, str]:
        """Create an operator's key; returns it with the key ID that revokes it. Raises RequestError."""
        text = new_operator_key()
        key_id = self._make(f"{_OPERATOR_PLAN}-{random_text(8)}", text)
        try:
            self._add(key_id, self.operator_plan_id)
        except BaseException:
            with suppress(RequestError):
                self.revoke_operator_key(key_id)
            raise
        return text, key_id

    def revoke_operator_key(self, key_id: str) -> None:
        """Revoke an operator's key. Raises RequestError."""
        self.aws.ask("DELETE", f"/apikeys/{key_id}")

    def _make(self, name: str, text: str) -> str:
        return self.aws.ask("POST", "/apikeys", {"name": name, "value": text, "enabled": True})["id"]

    def _add(self, key_id: str, plan_id: str) -> None:
        self.aws.ask("POST", f"/usageplans/{plan_id}/keys", {"keyId": key_id, "keyType": "API_KEY"})

    def _keep_digests(self, api: PaysandboxApi, key_id: str) -> None:
        since = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        facts = {"merchant": api.merchant, "key_id": key_id, "created_at": since}
        for kind, key in (("secret", api.api_key), ("publishable", api.publishable_key)):
            item = facts | {_DIGEST: key_digest(key), "kind": kind}
            self._dynamodb("PutItem", Item={name: {"S": value} for name, value in item.items()})

    def _dynamodb(self, operation: str, **request: Any) -> None:
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        self.aws.ask("POST", "/", {"TableName": _KEYS, **request}, headers)

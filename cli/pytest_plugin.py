"""A pytest plugin for projects that test against the sandbox: every test gets its own, empty merchant.

    def test_checkout(paysandbox_api):
        shop = Checkout(paysandbox_api.base_url, paysandbox_api.api_key)

pytest loads it wherever this project is installed. So it imports only the standard library and pytest, and does nothing
until a test requests a fixture. It does not start a sandbox; it uses the one that runs on this machine.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from cli.connection.local_aws import LocalAws, send_json

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
# Without a rate limit: of the native API, and of the Stripe-compatible one.
_PLAN: Final = "paysandbox-local-load"
_V1_PLAN: Final = "paysandbox-local-v1-load"
_KEYS: Final = "paysandbox-local-ApiKeys"
_DIGEST: Final = "key_digest"
_OF_AWS: Final = (
    "PAYSANDBOX_AWS_ENDPOINT_URL",
    "PAYSANDBOX_AWS_ACCESS_KEY_ID",
    "PAYSANDBOX_AWS_SECRET_ACCESS_KEY",
)

START = "Start it with `paysandbox up`, then run the tests again."


@dataclass(frozen=True)
class PaysandboxApi:
    """A merchant of one test: the base URL of the APIs, the merchant's API key, and its name."""

    base_url: str
    api_key: str = field(repr=False)
    merchant: str

    @property
    def publishable_key(self) -> str:
        """The publishable key, for a web page: with an intent's client secret it retrieves and confirms that intent."""
        from paysandbox.http.credential import publishable_key

        return publishable_key(self.api_key)


@dataclass(frozen=True)
class PaysandboxEngine:
    """The running sandbox: its API and its AWS. It creates merchants, in a few milliseconds each."""

    base_url: str
    aws: LocalAws
    plan_id: str
    v1_plan_id: str

    def create(self, merchant: str) -> tuple[PaysandboxApi, str]:
        """Create an API key for the merchant; returns it with the key id that revokes it."""
        # As `paysandbox keys create` does it, in seven requests, for which no AWS SDK is needed here.
        text = f"sk_test_{merchant}_{_random(32)}"
        name = f"{_PLAN.removesuffix('load')}{merchant}-load-{_random(8)}"
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
        """Revoke the key. The merchant's payments are kept."""
        from paysandbox.http.credential import key_digest, publishable_key

        found = self.aws.ask("GET", f"/apikeys/{key_id}?includeValue=true")
        text = found["value"]
        for key in (text, publishable_key(text)):
            self._dynamodb("DeleteItem", Key={_DIGEST: {"S": key_digest(key)}})
        for key in self.aws.api_keys(f"{found['name']}-publishable"):
            self.aws.ask("DELETE", f"/apikeys/{key['id']}")
        self.aws.ask("DELETE", f"/apikeys/{key_id}")

    def _make(self, name: str, text: str) -> str:
        return self.aws.ask("POST", "/apikeys", {"name": name, "value": text, "enabled": True})["id"]

    def _add(self, key_id: str, plan_id: str) -> None:
        self.aws.ask("POST", f"/usageplans/{plan_id}/keys", {"keyId": key_id, "keyType": "API_KEY"})

    def _keep_digests(self, api: PaysandboxApi, key_id: str) -> None:
        from paysandbox.http.credential import KeyKind, key_digest

        since = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        facts = {"merchant": api.merchant, "key_id": key_id, "created_at": since}
        for kind, key in zip(KeyKind, (api.api_key, api.publishable_key), strict=True):
            item = facts | {_DIGEST: key_digest(key), "kind": str(kind)}
            self._dynamodb("PutItem", Item={name: {"S": value} for name, value in item.items()})

    def _dynamodb(self, operation: str, **request: Any) -> None:
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        self.aws.ask("POST", "/", {"TableName": _KEYS, **request}, headers)


@pytest.fixture(scope="session")
def paysandbox_engine() -> PaysandboxEngine:
    """The running sandbox, found by PAYSANDBOX_BASE_URL and PAYSANDBOX_AWS_ENDPOINT_URL, or by its state folder."""
    base_url, aws = _from_shell() or _from_home()
    try:
        send_json(base_url, "GET", "/health")
        plans = aws.ask("GET", "/usageplans?limit=500").get("item", [])
    except (OSError, http.client.HTTPException, ValueError) as error:
        pytest.fail(f"No payments sandbox responds at {base_url} ({error}). {START}", pytrace=False)
    found = {plan["name"]: plan["id"] for plan in plans}
    for name in (_PLAN, _V1_PLAN):
        if name not in found:
            pytest.fail(f"The sandbox at {base_url} has no usage plan {name}. {START}", pytrace=False)
    return PaysandboxEngine(base_url, aws, found[_PLAN], found[_V1_PLAN])


@pytest.fixture
def paysandbox_merchants(paysandbox_engine: PaysandboxEngine) -> Iterator[Callable[[], PaysandboxApi]]:
    """A function that creates a merchant. The merchants' keys are revoked when the test ends."""
    key_ids: list[str] = []

    def make() -> PaysandboxApi:
        # Random, so that parallel workers and later runs never share a merchant.
        api, key_id = paysandbox_engine.create(f"test-{_random(12)}")
        key_ids.append(key_id)
        return api

    yield make
    for key_id in key_ids:
        paysandbox_engine.revoke(key_id)


@pytest.fixture
def paysandbox_api(paysandbox_merchants: Callable[[], PaysandboxApi]) -> PaysandboxApi:
    """A merchant of this test only: payments, idempotency keys and lists of other tests are not visible to it."""
    return paysandbox_merchants()


def _from_shell() -> tuple[str, LocalAws] | None:
    base_url = os.environ.get("PAYSANDBOX_BASE_URL")
    if not base_url:
        return None
    unset = [name for name in _OF_AWS if not os.environ.get(name)]
    if unset:
        pytest.fail(
            f"PAYSANDBOX_BASE_URL is {base_url}, but {unset[0]} is not set; it is needed to create merchants. "
            'Set all variables with eval "$(paysandbox status -o env)", or none of them.',
            pytrace=False,
        )
    return base_url, LocalAws(*(os.environ[name] for name in _OF_AWS))


def _from_home() -> tuple[str, LocalAws]:
    home = Path(os.environ.get("PAYSANDBOX_HOME") or Path(__file__).resolve().parent.parent / ".sandbox").expanduser()
    try:
        record = json.loads((home / "sandbox.json").read_text(encoding="utf-8"))
        key = json.loads((home / "access-key.json").read_text(encoding="utf-8"))
        return record["base_url"], LocalAws(record["aws_endpoint_url"], key["id"], key["secret"])
    except (OSError, ValueError, KeyError):
        pytest.fail(f"There is no payments sandbox in {home}. {START}", pytrace=False)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))

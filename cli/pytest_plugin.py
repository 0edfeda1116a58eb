"""A pytest plugin for projects that use the sandbox: each test gets a merchant of its own, and so an empty sandbox.

    def test_checkout(paysandbox_api):
        shop = Checkout(paysandbox_api.base_url, paysandbox_api.api_key)

Loaded by pytest wherever this project is installed, so it imports the standard library and pytest only, and does
nothing until a test asks for its fixtures. It starts nothing: the sandbox is the one that runs on this machine.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_TIMEOUT_S: Final = 30.0
_PLAN: Final = "paysandbox-local-load"  # without a rate limit
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
    """A merchant whom nobody else has: where the APIs answer, the merchant's key, and its name."""

    base_url: str
    api_key: str = field(repr=False)
    merchant: str

    @property
    def publishable_key(self) -> str:
        """The key beside it that a page may show: with an intent's client secret it retrieves and confirms that one."""
        from paysandbox.http.credential import publishable_key

        return publishable_key(self.api_key)


@dataclass(frozen=True)
class LocalAws:
    """The AWS behind the sandbox, and the access key that signs requests to it (AWS Signature Version 4)."""

    endpoint_url: str
    key_id: str
    secret: str = field(repr=False)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """One signed JSON call. Raises ValueError for an answer that is not a good one."""
        content = "" if body is None else json.dumps(body)
        where, at = urlsplit(self.endpoint_url + path), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "content-type": "application/json",
            **{name.lower(): value for name, value in (headers or {}).items()},
            "host": where.netloc,
            "x-amz-date": at,
        }
        names = sorted(signed)
        scope = f"{at[:8]}/us-east-1/paysandbox/aws4_request"
        canonical = [method, where.path, where.query, *(f"{name}:{signed[name]}" for name in names), ""]
        canonical += [";".join(names), _sha256(content)]
        to_sign = "\n".join(["AWS4-HMAC-SHA256", at, scope, _sha256("\n".join(canonical))])
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return _ask(self.endpoint_url, method, path, content, signed)


@dataclass(frozen=True)
class PaysandboxEngine:
    """The sandbox that runs: where its API answers, and where it is AWS. Makes merchants, in a few milliseconds."""

    base_url: str
    aws: LocalAws
    plan_id: str

    def create(self, merchant: str) -> tuple[PaysandboxApi, str]:
        """A key of the merchant, and the id by which it is revoked."""
        # As `paysandbox keys create` does it, in three requests, for which no AWS SDK is needed here.
        text = f"sk_test_{merchant}_{_random(32)}"
        name = f"{_PLAN.removesuffix('load')}{merchant}-load-{_random(8)}"
        api = PaysandboxApi(self.base_url, text, merchant)
        made = self.aws.ask("POST", "/apikeys", {"name": name, "value": text, "enabled": True})
        try:
            self._keep_digests(api, made["id"])
            plan = {"keyId": made["id"], "keyType": "API_KEY"}
            self.aws.ask("POST", f"/usageplans/{self.plan_id}/keys", plan)
        except BaseException:
            self.revoke(made["id"])
            raise
        return api, made["id"]

    def revoke(self, key_id: str) -> None:
        """Take the key away. The merchant's payments stay, and nobody sees them."""
        from paysandbox.http.credential import key_digest, publishable_key

        text = self.aws.ask("GET", f"/apikeys/{key_id}?includeValue=true")["value"]
        for key in (text, publishable_key(text)):
            self._dynamodb("DeleteItem", Key={_DIGEST: {"S": key_digest(key)}})
        self.aws.ask("DELETE", f"/apikeys/{key_id}")

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
    """The sandbox that runs, found by PAYSANDBOX_BASE_URL and PAYSANDBOX_AWS_ENDPOINT_URL, or by its state folder."""
    base_url, aws = _from_shell() or _from_home()
    try:
        _ask(base_url, "GET", "/health")
        plans = aws.ask("GET", "/usageplans?limit=500").get("item", [])
    except (OSError, http.client.HTTPException, ValueError) as error:
        pytest.fail(f"The payments sandbox does not answer at {base_url} ({error}). {START}", pytrace=False)
    found = next((plan["id"] for plan in plans if plan["name"] == _PLAN), None)
    if found is None:
        pytest.fail(f"The sandbox at {base_url} has no usage plan {_PLAN}: it is not whole. {START}", pytrace=False)
    return PaysandboxEngine(base_url, aws, found)


@pytest.fixture
def paysandbox_merchants(paysandbox_engine: PaysandboxEngine) -> Iterator[Callable[[], PaysandboxApi]]:
    """Makes as many merchants as a test wants. Their keys are revoked when it ends."""
    key_ids: list[str] = []

    def make() -> PaysandboxApi:
        # Random, so that workers side by side and runs one after the other never share one.
        api, key_id = paysandbox_engine.create(f"test-{_random(12)}")
        key_ids.append(key_id)
        return api

    yield make
    for key_id in key_ids:
        paysandbox_engine.revoke(key_id)


@pytest.fixture
def paysandbox_api(paysandbox_merchants: Callable[[], PaysandboxApi]) -> PaysandboxApi:
    """A merchant of this test's own: no payment, no idempotency key and no list of another test is seen by it."""
    return paysandbox_merchants()


def _from_shell() -> tuple[str, LocalAws] | None:
    base_url = os.environ.get("PAYSANDBOX_BASE_URL")
    if not base_url:
        return None
    unset = [name for name in _OF_AWS if not os.environ.get(name)]
    if unset:
        pytest.fail(
            f"PAYSANDBOX_BASE_URL is {base_url}, and {unset[0]} is not set: merchants are made there. "
            'Set all of them with eval "$(paysandbox status -o env)" (a sandbox on this machine), or none.',
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


def _ask(
    url: str, method: str, path: str, content: str = "", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One JSON call, without a proxy. Raises ValueError for an answer that is not a good one."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, content, dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
        raise ValueError(f"{method} {path}: {answer.status} {text[:200].decode(errors='replace')}")
    read = json.loads(text) if text else {}
    if not isinstance(read, dict):
        raise ValueError(f"{method} {path} answered {text[:200].decode(errors='replace')}")
    return read


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))

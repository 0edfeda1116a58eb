"""The local engine's AWS APIs, called with the standard library: signed JSON requests, API keys, numbers of items.

boto3 takes a third of a second to import. Looking up a local key does not need it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target

_REGION: Final = "us-east-1"
# Of the signature. The engine tells services apart by X-Amz-Target first.
_SERVICE: Final = "apigateway"
_TIMEOUT_S: Final = 30.0
_PAGE: Final = 500


@dataclass(frozen=True)
class LocalAws:
    """The AWS behind a local sandbox, and the access key that signs requests to it (AWS Signature Version 4)."""

    endpoint_url: str
    key_id: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return the AWS of a local target. Raises Failure if it has no access key yet."""
        if target.aws_endpoint_url is None or target.access_key is None:
            raise Failure("This sandbox has no access key yet.", "Run `paysandbox up`.")
        return cls(target.aws_endpoint_url, target.access_key.id, target.access_key.secret)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Send one signed JSON request. Raises OSError or HTTPException without a response, ValueError for an error."""
        content = "" if body is None else json.dumps(body)
        where, at = urlsplit(self.endpoint_url + path), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "content-type": "application/json",
            **{name.lower(): value for name, value in (headers or {}).items()},
            "host": where.netloc,
            "x-amz-date": at,
        }
        names = sorted(signed)
        scope = f"{at[:8]}/{_REGION}/{_SERVICE}/aws4_request"
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
        return send_json(self.endpoint_url, method, path, content, signed)

    def usage_plans(self) -> dict[str, str]:
        """Return the ids of the usage plans, by name."""
        return {plan["name"]: plan["id"] for plan in self._pages("/usageplans")}

    def api_keys(self, name_begins: str) -> Iterator[dict[str, Any]]:
        """Yield the API keys whose names start with the text, with their values."""
        return self._pages("/apikeys", includeValues="true", name=name_begins)

    def key_ids_on(self, plan_id: str) -> Iterator[str]:
        """Yield the ids of the API keys on a usage plan."""
        return (entry["id"] for entry in self._pages(f"/usageplans/{quote(plan_id, safe='')}/keys"))

    def count_items(self, table: str, condition: str) -> int:
        """Return how many items of a table meet a condition (a filter expression without placeholders)."""
        scan: dict[str, Any] = {"TableName": table, "Select": "COUNT", "FilterExpression": condition}
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.Scan"}
        count = 0
        while True:
            page = self.ask("POST", "/", scan, headers)
            count += page["Count"]
            if not page.get("LastEvaluatedKey"):
                return count
            scan["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        position: dict[str, str] = {}
        while True:
            # Sorted and percent-encoded, as the signature requires.
            wanted = sorted({**query, **position, "limit": str(_PAGE)}.items())
            page = self.ask("GET", f"{path}?{urlencode(wanted, quote_via=quote)}")
            yield from page.get("item") or page.get("items") or ()
            if not page.get("position"):
                return
            position = {"position": page["position"]}


def send_json(
    url: str, method: str, path: str, content: str = "", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Send one JSON request without a proxy. Raises ValueError for an error, or a response that is not an object."""
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
        raise ValueError(f"{method} {path} returned {text[:200].decode(errors='replace')}")
    return read


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Requests to the sandbox's AWS, signed with its access key (AWS Signature Version 4). No AWS SDK is needed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_paysandbox.json_http import send_json

_REGION: Final = "us-east-1"
# Of the signature. The engine tells services apart by X-Amz-Target first.
_SERVICE: Final = "apigateway"


@dataclass(frozen=True)
class LocalAws:
    """The AWS of a sandbox on this machine, and its access key."""

    endpoint_url: str
    key_id: str
    secret: str = field(repr=False)

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a signed JSON request and return the JSON object in the response. Raises RequestError."""
        content = "" if body is None else json.dumps(body)
        url, now = urlsplit(self.endpoint_url + path), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "content-type": "application/json",
            **{name.lower(): value for name, value in (headers or {}).items()},
            "host": url.netloc,
            "x-amz-date": now,
        }
        names = sorted(signed)
        scope = f"{now[:8]}/{_REGION}/{_SERVICE}/aws4_request"
        canonical = [method, url.path, url.query, *(f"{name}:{signed[name]}" for name in names), ""]
        canonical += [";".join(names), _sha256(content)]
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, _sha256("\n".join(canonical))])
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return send_json(self.endpoint_url, method, path, content, signed)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

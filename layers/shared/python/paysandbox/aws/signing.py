"""A faster Signature Version 4 signer, based on botocore's, for clients that send many small requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. A request as all of
DynamoDB's are, a POST of bytes to the root of a host, is signed in one pass over its headers, with a key that is
derived once a day. Botocore signs any other. AWS rejects wrong signatures, so a bug here cannot authorize anything.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime

SIGNATURE_VERSION: Final = "v4-kept-key"
"""The `signature_version` that selects this signer in a client's Config."""

_UNSIGNED: Final = frozenset(auth.SIGNED_HEADERS_BLACKLIST)
# Botocore replaces these, or signs differently because of them.
_UNUSUAL: Final = frozenset({"authorization", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"})


class CachedKeySigV4Auth(auth.SigV4Auth):
    """Produces the same signatures as botocore. Botocore creates one object per request."""

    def add_auth(self, request: AWSRequest) -> None:
        """Add the headers that sign a request."""
        headers, body = _headers_to_sign(request), request.data
        if not (headers and isinstance(body, bytes) and body and self.credentials):
            super().add_auth(request)
            return
        timestamp = get_current_datetime().strftime(auth.SIGV4_TIMESTAMP)
        request.context["timestamp"] = timestamp
        headers["x-amz-date"] = request.headers["X-Amz-Date"] = timestamp
        if self.credentials.token:
            headers["x-amz-security-token"] = request.headers["X-Amz-Security-Token"] = self.credentials.token
        ordered = sorted(headers)
        names = ";".join(ordered)
        lines = "\n".join([f"{name}:{' '.join(headers[name].split())}" for name in ordered])
        canonical = f"POST\n/\n\n{lines}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = self.credential_scope(request)
        to_sign = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = _signing_key(self.credentials.secret_key, scope)
        signature = hmac.digest(key, to_sign.encode(), hashlib.sha256).hex()
        credential = f"{self.credentials.access_key}/{scope}"
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
        )


def register() -> None:
    """Register the signer with botocore. Call it before creating a client that uses it."""
    auth.AUTH_TYPE_MAPS[SIGNATURE_VERSION] = CachedKeySigV4Auth


def _headers_to_sign(request: AWSRequest) -> dict[str, str] | None:
    """Return the headers to sign, by lower-case name, or None if botocore would sign anything else differently."""
    host = _host(request.url)
    if not host or request.method != "POST" or request.params or "payload_signing_enabled" in request.context:
        return None
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in headers or lower in _UNUSUAL:
            return None
        if lower not in _UNSIGNED:
            headers[lower] = value
    return {"host": host} | headers


@lru_cache(maxsize=2)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):  # day, region, service, aws4_request
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


@lru_cache(maxsize=2)
def _host(url: str) -> str | None:
    """Return the host as botocore signs it: with its port, unless that is the scheme's default.

    None if the URL is not the root of a host.
    """
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query:
        return None
    no_credentials: Any = None
    return auth.SigV4Auth(no_credentials, "", "").headers_to_sign(AWSRequest(method="POST", url=url))["host"]

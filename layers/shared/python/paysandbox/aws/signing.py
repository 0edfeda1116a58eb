"""Signature Version 4 with less to do: botocore's signer, for a client that sends one small JSON text after another.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The signing key is derived
once a day and not for each request, headers are read once into a plain map, and the body is hashed where it is. All
else is botocore's. A signature that was wrong would be refused by AWS: nothing could be done under it.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any, Final

from botocore.auth import AUTH_TYPE_MAPS, SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.awsrequest import AWSRequest

SIGNATURE_VERSION: Final = "v4-kept-key"
"""What a client's Config asks for, to be signed by this."""

_UNSIGNED: Final = frozenset(SIGNED_HEADERS_BLACKLIST)


class KeptKeySigV4Auth(SigV4Auth):
    """Signs as botocore does, byte by byte. One object signs one request, which is how botocore uses signers."""

    _headers: dict[str, str] | None = None

    def headers_to_sign(self, request: AWSRequest) -> Any:
        """The headers that are signed, by name in lower case. Botocore asks twice."""
        if self._headers is None:
            headers: dict[str, str] = {}
            for name, value in request.headers.items():
                if (lower := name.lower()) not in _UNSIGNED:
                    headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
            headers.setdefault("host", _host(request.url))
            self._headers = headers
        return self._headers

    def canonical_headers(self, headers_to_sign: Any) -> str:
        """In the order of their names, one on each line."""
        return "\n".join(f"{name}:{' '.join(headers_to_sign[name].split())}" for name in sorted(headers_to_sign))

    def payload(self, request: AWSRequest) -> str:
        """The body's hash. To ask for `body` would prepare the whole request."""
        if isinstance(request.data, bytes) and request.data:
            return hashlib.sha256(request.data).hexdigest()
        return super().payload(request)

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        """Of the text, under the day's key."""
        key = _signing_key(self.credentials.secret_key, self.credential_scope(request))
        return hmac.digest(key, string_to_sign.encode(), hashlib.sha256).hex()


def register() -> None:
    """Have botocore know it, before a client asks for it by its version."""
    AUTH_TYPE_MAPS[SIGNATURE_VERSION] = KeptKeySigV4Auth


@lru_cache(maxsize=2)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):  # day, region, service, aws4_request
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


@lru_cache(maxsize=2)
def _host(url: str) -> str:
    """The host as botocore would sign it: with its port, where that is not the scheme's own."""
    nobody: Any = None
    return SigV4Auth(nobody, "", "").headers_to_sign(AWSRequest(method="POST", url=url))["host"]

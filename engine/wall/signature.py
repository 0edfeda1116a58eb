"""Whether a request is signed with a key that this sandbox knows (AWS Signature Version 4).

ministack computes the signature. This module does what it leaves to its caller: it looks up the key, limits the age of
a signature, checks that the body is the signed one, and requires a signature on everything that selects the engine's
operation. Presigned links are passed on, so their holder must not be able to turn one into another request.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from engine.wall.request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_MAX = timedelta(minutes=15)
PRESIGNED_S_MAX = 7 * 86_400

_AMZ_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Credentials:
    """The secret of an access key ID, and the session token that must accompany it, if any."""

    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Signature(Protocol):
    """What a request states about its signature, as ministack reads it."""

    access_key_id: str
    amz_date: str
    signed_headers: str
    service: str


def refusal(
    request: Request,
    body: bytes | None,
    credentials_of: Callable[[str], Credentials | None],
    sigv4: Any,
    now: datetime | None = None,
) -> str | None:
    """Return the reason why the signature is invalid, or None if it is valid. `sigv4` is ministack's module.

    Without a body, what can be checked before it is read is checked. If the request states the body's digest, that is
    everything but the digest itself.
    """
    presigned = request.signed_in_query
    if presigned and request.signed_in_header:
        return "The request is signed twice, in the header and in the query."
    algorithm = (
        _queried(request, "X-Amz-Algorithm") if presigned else request.headers["authorization"].partition(" ")[0]
    )
    if algorithm != ALGORITHM:
        boto3 = "For presigned S3 URLs in boto3: Config(signature_version='s3v4')."
        return f"The request is not signed with {ALGORITHM}. {boto3}"
    parsed = sigv4.parse_query_signature(request.query) if presigned else sigv4.parse_header_signature(request.headers)
    if isinstance(parsed, tuple):
        return "The signature is incomplete."
    credentials = credentials_of(parsed.access_key_id)
    if credentials is None:
        return f"The access key id {parsed.access_key_id[:40]!r} does not belong to this sandbox."
    token = _queried(request, "X-Amz-Security-Token") if presigned else request.headers.get("x-amz-security-token", "")
    if not hmac.compare_digest((credentials.token or "").encode(), token.encode()):
        return "The session token does not belong to the access key."
    return (
        _objection_to_time(request, parsed.amz_date, now or datetime.now(UTC), presigned=presigned)
        or _objection_to_unsigned(request, parsed, presigned=presigned)
        or _objection_to_body(request, body, presigned=presigned)
        or _objection_to_arithmetic(request, parsed, credentials.secret, body, sigv4, presigned=presigned)
    )


def _objection_to_time(request: Request, amz_date: str, now: datetime, *, presigned: bool) -> str | None:
    try:
        signed_at = _time_of(amz_date)
        valid_for = timedelta(seconds=int(_queried(request, "X-Amz-Expires"))) if presigned else SKEW_MAX
    except ValueError:
        return "The date or the validity of the signature is invalid."
    if signed_at > now + SKEW_MAX:
        return "The signature is dated in the future."
    if valid_for > timedelta(seconds=PRESIGNED_S_MAX) or now > signed_at + valid_for:
        return "The signature has expired."
    return None


def _time_of(amz_date: str) -> datetime:
    """Return the time of an `X-Amz-Date`. Raises ValueError. `strptime` takes ten times as long."""
    if not _AMZ_DATE.fullmatch(amz_date):
        raise ValueError(amz_date)
    return datetime.fromisoformat(amz_date)


def _objection_to_unsigned(request: Request, parsed: Signature, *, presigned: bool) -> str | None:
    signed = set(parsed.signed_headers.lower().split(";"))
    # The engine selects the service and the operation by these headers.
    unsigned = sorted(name for name in request.headers if name.startswith("x-amz-") and name not in signed)
    if "host" not in signed or len(request.hosts) != 1:
        return "The Host header is not signed."
    if unsigned:
        return f"The header {unsigned[0]} is not signed."
    if not presigned and _is_unsigned(_claimed(request)) and parsed.service != "s3":
        return "Only S3 accepts a body that is not signed as a whole."
    return None


def _objection_to_body(request: Request, body: bytes | None, *, presigned: bool) -> str | None:
    if presigned:
        # A presigned link does not sign a body, in which a form could name another operation.
        return "A presigned GET has no body." if body and request.method in _READING else None
    claimed = _claimed(request)
    if not claimed or _is_unsigned(claimed) or body is None:
        return None
    matches = hmac.compare_digest(claimed, hashlib.sha256(body).hexdigest())
    return None if matches else "The body does not match the signature."


def _claimed(request: Request) -> str:
    """Return the digest of the body that the request states, or what it states in its place."""
    return request.headers.get("x-amz-content-sha256", "")


def _is_unsigned(claimed: str) -> bool:
    return claimed.startswith(("UNSIGNED-PAYLOAD", "STREAMING-"))


def _objection_to_arithmetic(
    request: Request, parsed: Signature, secret: str, body: bytes | None, sigv4: Any, *, presigned: bool
) -> str | None:
    claimed = _claimed(request)
    # A signature of chunks is that of the body too.
    if body is None and not presigned and (not claimed or claimed.startswith("STREAMING-AWS4-HMAC")):
        return None
    failed = sigv4.header_signature_failure(
        parsed,
        secret,
        request.method,
        request.raw_path,
        request.query,
        request.headers,
        body or b"",
        presigned=presigned,
    )
    return "The signature does not match." if failed else None


def _queried(request: Request, name: str) -> str:
    values = next((values for key, values in request.query.items() if key.lower() == name.lower()), [""])
    return values[0]

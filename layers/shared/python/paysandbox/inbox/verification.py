"""Verify the signatures of a received webhook with the secrets of the merchant's endpoints. Pure.

A delivery is signed in two formats, and each is verified alone: a receiver uses one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from paysandbox.core.cards.masking import masked_text
from paysandbox.core.record import record
from paysandbox.core.signature import (
    ID_HEADER,
    STRIPE_HEADER,
    TIMESTAMP_HEADER,
    fault,
    stripe_fault,
)

# To check the headers of a merchant that has no endpoint: its signatures cannot be right.
_NO_SECRET: Final = "whsec_"  # noqa: S105 - it encodes no bytes

_MAX_PREFIX: Final = 500


class Reason(StrEnum):
    """Why a signature does not verify."""

    HEADERS_MISSING = "headers_missing"
    """Of Standard Webhooks, one of `webhook-id`, `webhook-timestamp` and `webhook-signature`."""
    HEADER_INVALID = "header_invalid"
    """Of Stripe, a header without `t=` or `v1=`."""
    TIMESTAMP_INVALID = "timestamp_invalid"
    TIMESTAMP_STALE = "timestamp_stale"
    """More than five minutes away from the time of receipt."""
    NO_ENDPOINT = "no_endpoint"
    """The merchant has no endpoint, and so no secret."""
    SIGNATURE_WRONG = "signature_wrong"
    """Made with another secret, or for another body."""


@record
class SigningSecret:
    """A secret that currently signs the deliveries of an endpoint. `previous`: it was rotated within the last day."""

    endpoint_id: str
    previous: bool
    text: str


@record(kw_only=True)
class Verdict:
    """The check of one signature: verified with the secret of an endpoint, or the reason why it is not.

    `base_string_prefix` is the text that is signed before the body, masked and cut off after 500 bytes, or None without
    the headers that it consists of.
    """

    reason: Reason | None = None
    endpoint_id: str | None = None
    previous_secret: bool = False
    base_string_prefix: str | None = None

    @property
    def valid(self) -> bool:
        """Whether the signature verifies."""
        return self.reason is None


def verify_standard(headers: Mapping[str, str], body: bytes, known: Sequence[SigningSecret], *, now: int) -> Verdict:
    """Verify the headers of Standard Webhooks. `headers` have lower-case names; `now` is wall time in Unix seconds."""
    message_id, sent_at = headers.get(ID_HEADER), headers.get(TIMESTAMP_HEADER)
    prefix = f"{message_id}.{sent_at}." if message_id is not None and sent_at is not None else None
    return _verdict(prefix, known, lambda secret: fault(secret, headers, body, now=now))


def verify_stripe(
    headers: Mapping[str, str], body: bytes, known: Sequence[SigningSecret], *, now: int
) -> Verdict | None:
    """Verify the header of Stripe, or return None if there is none."""
    header = headers.get(STRIPE_HEADER.lower())
    if header is None:
        return None
    times = [value for name, _, value in (part.partition("=") for part in header.split(",")) if name == "t"]
    prefix = f"{times[0]}." if len(times) == 1 else None
    return _verdict(prefix, known, lambda secret: stripe_fault(secret, header, body, now=now))


def _verdict(signed_first: str | None, known: Sequence[SigningSecret], why: Callable[[str], str | None]) -> Verdict:
    prefix = masked_text(signed_first, _MAX_PREFIX) if signed_first is not None else None
    for secret in known:
        if why(secret.text) is None:
            return Verdict(endpoint_id=secret.endpoint_id, previous_secret=secret.previous, base_string_prefix=prefix)
    reason = Reason(why(known[0].text if known else _NO_SECRET) or Reason.SIGNATURE_WRONG)
    if reason is Reason.SIGNATURE_WRONG and not known:
        reason = Reason.NO_ENDPOINT
    return Verdict(reason=reason, base_string_prefix=prefix)

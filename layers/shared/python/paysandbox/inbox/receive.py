"""Receive a webhook: check its signatures, store it, and choose the answer."""

from datetime import datetime

from paysandbox.aws.runtime import wall_now
from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import Raw
from paysandbox.inbox import tables
from paysandbox.inbox.inbox_table import put_webhook, take_number
from paysandbox.inbox.message import (
    MAX_BODY_BYTES,
    InboxAnswer,
    ReceivedWebhook,
    event_id_of,
    event_type_of,
    joined,
    shown_body,
    shown_headers,
)
from paysandbox.inbox.verification import SigningSecret, verify_standard, verify_stripe
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.tables import endpoints


def receive(merchant: str, raw: Raw, request_id: str, now: datetime) -> InboxAnswer:
    """Store a webhook in a merchant's inbox, and return the answer. `now` is the sandbox's time.

    Three writes after one read. Every request is stored, also one that repeats another: each is an attempt. Raises
    Refused: body_too_large.
    """
    if len(raw.body) > MAX_BODY_BYTES:
        raise Refused(Code.BODY_TOO_LARGE, f"The inbox takes webhooks of at most {MAX_BODY_BYTES:,} bytes.")
    known = _signing_secrets(merchant, now)
    headers, received_at = joined(raw.headers), wall_now()
    unix_s = int(received_at.timestamp())
    switch = take_number(tables.inbox(), merchant)
    put_webhook(
        tables.inbox(),
        switch.received,
        ReceivedWebhook(
            id=request_id,
            merchant=merchant,
            received_at=received_at,
            status=switch.answer.status,
            headers=shown_headers(headers),
            body=shown_body(raw.body),
            event_id=event_id_of(headers, raw.body),
            event_type=event_type_of(raw.body),
            standard=verify_standard(headers, raw.body, known, now=unix_s),
            stripe=verify_stripe(headers, raw.body, known, now=unix_s),
        ),
    )
    return switch.answer


def _signing_secrets(merchant: str, now: datetime) -> list[SigningSecret]:
    """Return the secrets that sign deliveries of the merchant's endpoints at this time of the sandbox."""
    return [
        SigningSecret(endpoint.id, version != endpoint.secret_version, secret_of_version(endpoint, version))
        for endpoint in get_endpoints(endpoints(), merchant).values()
        for version in endpoint.signing_versions(now)
    ]

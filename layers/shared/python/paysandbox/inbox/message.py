"""A webhook in the inbox, and the answers that the merchant's switch can choose. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from paysandbox.core.cards.masking import masked_text, masked_webhook
from paysandbox.core.record import record
from paysandbox.core.signature import ID_HEADER
from paysandbox.inbox.verification import Verdict

SHOWN: Final = 100
"""How many webhooks a merchant's inbox holds. A new one replaces the oldest."""

RETENTION: Final = timedelta(hours=24)

MAX_BODY_BYTES: Final = 65_536
"""Maximum size of a webhook. The sandbox's own events are a few kilobytes."""

_MAX_HEADERS_BYTES: Final = 16_384
"""For all headers together: with the largest body, an item stays below DynamoDB's 400 KB."""

_MAX_HEADER_BYTES: Final = 4_096
_MAX_NAME: Final = 200
_MAX_FACT: Final = 200

HANG_HEADER: Final = "inbox-answer"
"""Header of a response that the guard in front of the local engine holds back (engine/wall/inbox_hang.py)."""

HANG: Final = "hang"

# Those that the gateway, its network and the guard of the local engine add. The sender sent none of them.
_OF_THE_NETWORK: Final = ("x-amz", "x-forwarded-", "cloudfront-", "via", "host", "connection")


class InboxAnswer(StrEnum):
    """How the inbox answers a webhook: with a status, or not at all."""

    OK = "200"
    SERVER_ERROR = "500"
    GONE = "410"
    HANG = "hang"
    """Locally only: the request is held until the sender gives up."""

    @property
    def status(self) -> int | None:
        """The HTTP status, or None if there is no answer."""
        return None if self is InboxAnswer.HANG else int(self)


@record(kw_only=True)
class ReceivedWebhook:
    """A webhook in the inbox. `received_at` is wall-clock time, as the timestamps of signatures are.

    `headers` and `body` are masked: they have no card number and no key. `status` is the HTTP status that it was
    answered with, or None if the answer was held back. `event_id` and `event_type` are those in its header and body.
    `stripe` is None without a header of Stripe.
    """

    id: str
    merchant: str
    received_at: datetime
    status: int | None
    headers: Mapping[str, str]
    body: str
    event_id: str | None
    event_type: str | None
    standard: Verdict
    stripe: Verdict | None


def joined(headers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the sender's headers by their lower-case names, values of one name joined by commas (RFC 9110, 5.3)."""
    return {
        _storable(name): _storable(", ".join(values))
        for name, values in headers.items()
        if name and not name.startswith(_OF_THE_NETWORK)
    }


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Mask headers for the inbox, in order of their names, until there is no room for more."""
    shown: dict[str, str] = {}
    room = _MAX_HEADERS_BYTES
    for name, value in sorted(headers.items()):
        entry = masked_text(name, _MAX_NAME), masked_text(value, _MAX_HEADER_BYTES)
        room -= sum(len(text.encode()) for text in entry)
        if room < 0:
            break
        shown[entry[0]] = entry[1]
    return shown


def shown_body(body: bytes) -> str:
    """Mask a body for the inbox. Bytes that are not UTF-8 are replaced."""
    return masked_webhook(body.decode("utf-8", "replace"), MAX_BODY_BYTES)


def event_id_of(headers: Mapping[str, str], body: bytes) -> str | None:
    """Return the event's ID: of the header, which is the same for every attempt, or else of the body."""
    return _fact(headers.get(ID_HEADER)) or _fact(_object(body).get("id"))


def event_type_of(body: bytes) -> str | None:
    """Return the event's type, or None if the body is no event."""
    return _fact(_object(body).get("type"))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


def _fact(value: object) -> str | None:
    return masked_text(value, _MAX_FACT) or None if isinstance(value, str) else None


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()

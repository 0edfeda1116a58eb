"""A record of the request log, read from the log line that a function wrote."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core.json_text import json_text
from paysandbox.core.merchant import is_merchant
from paysandbox.core.payment_facts import facts_in, members, payment_in
from paysandbox.core.record import record

RETENTION: Final = timedelta(days=7)
LINE: Final = "request"
"""The `message` of the one line that every request writes."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_=-]{1,64}")
# A UUID without its hyphens, as the Stripe-compatible API returns request ids (stripe_api/protocol.py).
_STRIPE_REQUEST_ID = re.compile(r"req_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})")


@record(kw_only=True)
class RequestRecord:
    """One request and its response. `at` is wall time in UTC, even if the sandbox's clock was moved.

    `body` and `answer` are the two bodies, masked and cut off. `path` is the request's own path, without its query.
    `fault` is what was injected: the client got another response than this one.
    """

    request_id: str
    merchant: str
    at: datetime
    method: str
    route: str
    status: int
    duration_ms: int
    outcome: str
    replayed: bool = False
    code: str | None = None
    param: str | None = None
    detail: str | None = None
    transaction_id: str | None = None
    idempotency_key: str | None = None
    body: str | None = None
    path: str | None = None
    answer: str | None = None
    fault: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the request failed. A decline is not a failure: the bank's refusal is a valid answer."""
        return self.status >= 400

    @property
    def payment_id(self) -> str | None:
        """The payment or disbursement that the request is about, or None.

        It is that of the operation. A request that was refused has none, so it is the one that its path names, its
        response, or its body.
        """
        named = [self.transaction_id or "", *(self.path or "").split("/")]
        bodies = (facts_in(members(text)).payment_id for text in (self.answer, self.body) if text)
        return next(filter(None, map(payment_in, named)), None) or next(filter(None, bodies), None)

    def names_payment(self, payment_id: str) -> bool:
        """Whether the caller named a payment: each of its IDs, in both APIs, contains the body of its own."""
        body = payment_id.partition("_")[2]
        return any(body in (text or "") for text in (self.path, self.transaction_id, self.body))

    def names_reference(self, reference: str) -> bool:
        """Whether the request's body has a field with this value, whatever the field's name."""
        return json_text(reference) in (self.body or "")


def native_request_id(text: str) -> str:
    """The id under which a request is stored: the `req_…` of the Stripe-compatible API contains it, as a UUID."""
    match = _STRIPE_REQUEST_ID.fullmatch(text)
    return text if match is None else "-".join(match.groups())


def is_request_id(text: str) -> bool:
    """Return whether a request could have this ID."""
    return _REQUEST_ID.fullmatch(text) is not None


def record_of(line: Mapping[str, Any], at: datetime) -> RequestRecord | None:
    """Return the record of a log line, or None if it belongs to no merchant (a public route, a rejected key).

    Raises ValueError for a line that is not in our format.
    """
    if line.get("message") != LINE or line.get("merchant") is None:
        return None
    record = RequestRecord(
        request_id=_text(line, "request_id"),
        merchant=_text(line, "merchant"),
        at=at,
        method=_text(line, "method"),
        route=_text(line, "route"),
        status=_number(line, "status"),
        duration_ms=_number(line, "duration_ms"),
        outcome=_text(line, "outcome"),
        replayed=line.get("replayed") is True,
        code=_optional(line, "code"),
        param=_optional(line, "param"),
        detail=_optional(line, "detail"),
        transaction_id=_optional(line, "transaction_id"),
        idempotency_key=_optional(line, "idempotency_key"),
        body=_optional(line, "body"),
        path=_optional(line, "path"),
        answer=_optional(line, "answer"),
        fault=_optional(line, "fault"),
    )
    if not is_request_id(record.request_id) or not is_merchant(record.merchant):
        raise ValueError("a request id or a merchant of another form")
    return record


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is no text")
    return value


def _optional(line: Mapping[str, Any], name: str) -> str | None:
    return _text(line, name) if line.get(name) is not None else None


def _number(line: Mapping[str, Any], name: str) -> int:
    value = line.get(name)
    if value is None or isinstance(value, (str, bool, dict, list)):
        raise ValueError(f"{name} is no number")
    return int(value)

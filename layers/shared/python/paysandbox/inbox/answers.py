"""Render the answers of the inbox's routes."""

from collections.abc import Sequence

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.inbox.message import InboxAnswer, ReceivedWebhook
from paysandbox.inbox.verification import Verdict


def render_switch(url: str, answer: InboxAnswer) -> Body:
    """Render the URL and the switch."""
    return {"url": url, "answer": str(answer)}


def render_inbox(url: str, answer: InboxAnswer, page: Sequence[ReceivedWebhook], next_cursor: str | None) -> Body:
    """Render the inbox with a page of its webhooks."""
    return render_switch(url, answer) | {"data": [_webhook(webhook) for webhook in page], "next_cursor": next_cursor}


def _webhook(webhook: ReceivedWebhook) -> Body:
    return {
        "id": webhook.id,
        "received_at": format_timestamp(webhook.received_at),
        "status": webhook.status,
        "headers": dict(webhook.headers),
        "body": webhook.body,
        "event_id": webhook.event_id,
        "event_type": webhook.event_type,
        "signature": _signature(webhook.standard),
        "stripe_signature": _signature(webhook.stripe) if webhook.stripe is not None else None,
    }


def _signature(verdict: Verdict) -> Body:
    secret = ("previous" if verdict.previous_secret else "current") if verdict.valid else None
    return {
        "valid": verdict.valid,
        "reason": str(verdict.reason) if verdict.reason is not None else None,
        "endpoint_id": verdict.endpoint_id,
        "secret": secret,
        "base_string_prefix": verdict.base_string_prefix,
    }

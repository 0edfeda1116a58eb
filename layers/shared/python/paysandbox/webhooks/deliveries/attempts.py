"""One delivery attempt: sign the event's bytes, send them to the endpoint, and record the outcome."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime
from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.errors import Refused
from paysandbox.core.record import record
from paysandbox.core.signature import signed
from paysandbox.http.faults.fault import Fault
from paysandbox.http.faults.kinds import WEBHOOK_CONCURRENT
from paysandbox.webhooks.deliveries.injected import NOT_SENT, signed_with, times_sent
from paysandbox.webhooks.delivery import Attempt, Delivery
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.secrets import secrets_signing
from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.outbound.client import Reply, send
from paysandbox.webhooks.outbound.target import read_target
from paysandbox.webhooks.outbound.targets import target_policy

ATTEMPT_HEADER: Final = "webhook-attempt"

MAX_DETAILED: Final = 50
"""Attempts of a delivery that are stored with headers and response. A DynamoDB item holds at most 400 KB, and a
delivery that is resent repeatedly can reach hundreds of attempts."""

_REFUSED: Final = "url_not_allowed"
_INJECTED: Final = "fault"


@record
class Made:
    """An attempt, its response's Retry-After header, and the wall time to which a date in that header is relative."""

    attempt: Attempt
    retry_after: str | None
    wall_at: datetime


def attempt(delivery: Delivery, endpoint: Endpoint, event: StoredEvent, fault: Fault | None = None) -> Made:
    """Send an event to an endpoint once and return the attempt, whatever its outcome. Writes nothing.

    With a fault it may send something else, more than once, or nothing.

    The signature timestamp is wall time, independent of the sandbox's clock, because receivers compare it with their
    own clock.
    """
    at, wall_at, number = runtime.now(), runtime.wall_now(), len(delivery.attempts) + 1

    def sign(body: bytes, seconds_ago: int) -> dict[str, str]:
        timestamp = int(wall_at.timestamp()) - seconds_ago
        return signed(secrets_signing(endpoint, at), message_id=event.id, timestamp=timestamp, body=body)

    headers, body = signed_with(fault, event.body_for(endpoint.api_version).encode(), sign)
    headers |= {ATTEMPT_HEADER: str(number), "content-type": "application/json"}
    if fault is not None and fault.kind.name in NOT_SENT:
        headers, reply, refusal = {}, Reply(latency_ms=0), f"{_INJECTED}: {fault.text}"
    else:
        reply, refusal = _sent_as(fault, endpoint.url, headers, body)
    detailed = number <= MAX_DETAILED
    made = Attempt(
        number=number,
        at=at,
        latency_ms=reply.latency_ms,
        request_headers=headers if detailed else {},
        status=reply.status,
        error=refusal or _error(reply),
        response=without_card_numbers(reply.body.decode("utf-8", "replace")) if detailed else "",
        fault=None if fault is None else fault.text,
    )
    return Made(made, reply.headers.get("retry-after"), runtime.wall_now())


def _sent_as(fault: Fault | None, url: str, headers: dict[str, str], body: bytes) -> tuple[Reply, str | None]:
    """Send a webhook as often as its fault says, and return the last answer."""
    times = times_sent(fault)
    if times > 1 and fault is not None and fault.kind.name == WEBHOOK_CONCURRENT:
        with ThreadPoolExecutor(times) as pool:
            sent = [pool.submit(_sent, url, headers, body) for _ in range(times)]
        return sent[-1].result()
    for _ in range(times - 1):
        _sent(url, headers, body)
    return _sent(url, headers, body)


def _sent(url: str, headers: dict[str, str], body: bytes) -> tuple[Reply, str | None]:
    policy = target_policy()
    try:
        target = read_target(url, policy)
    except Refused as refused:
        # The URL was allowed when the endpoint was created. The environment's settings may have changed since.
        return Reply(latency_ms=0), f"{_REFUSED}: {refused.detail}"
    return send(target, headers, body, policy), None


def _error(reply: Reply) -> str | None:
    if reply.trouble is None:
        return None
    return f"{reply.trouble}: {reply.detail}" if reply.detail else str(reply.trouble)

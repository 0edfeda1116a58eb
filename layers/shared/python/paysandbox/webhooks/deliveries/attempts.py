"""One delivery attempt: sign the event's bytes, send them to the endpoint, and record the outcome."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime, tracing
from paysandbox.aws.backoff import pause
from paysandbox.aws.trace_context import ATTEMPT, TRACEPARENT, Parent, span_id, trace_in, trace_of, traceparent
from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.errors import Refused
from paysandbox.core.record import record
from paysandbox.core.signature import signed
from paysandbox.http.faults.fault import Fault
from paysandbox.http.faults.webhook_faults import Sending, Webhook, sending
from paysandbox.webhooks.deliveries.injected import NOT_SENT
from paysandbox.webhooks.delivery import Attempt, Delivery
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.secrets import secrets_signing
from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.events.facts import event_facts
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
    """An attempt, its response's Retry-After header, and the wall time to which a date in that header is relative.

    `traceparent` is the header that it was to send, or None.
    """

    attempt: Attempt
    retry_after: str | None
    wall_at: datetime
    traceparent: str | None = None


def attempt(delivery: Delivery, endpoint: Endpoint, event: StoredEvent, fault: Fault | None = None) -> Made:
    """Send an event to an endpoint once and return the attempt, whatever its outcome. Writes nothing.

    With a fault it may send something else, more than once, or nothing.

    The signature timestamp is wall time, independent of the sandbox's clock, because receivers compare it with their
    own clock.
    """
    at, wall_at, number = runtime.now(), runtime.wall_now(), len(delivery.attempts) + 1
    parent = _traceparent(delivery, event, number)
    traced = {} if parent is None else {TRACEPARENT: parent}

    def sign(body: bytes, *, seconds_ago: int = 0, message_id: str | None = None) -> Webhook:
        timestamp, valid = int(wall_at.timestamp()) - seconds_ago, secrets_signing(endpoint, at)
        headers = signed(valid, message_id=message_id or event.id, timestamp=timestamp, body=body)
        return Webhook({**headers, ATTEMPT_HEADER: str(number), **traced, "content-type": "application/json"}, body)

    if fault is not None and fault.kind.name in NOT_SENT:
        headers, reply, refusal = {}, Reply(latency_ms=0), f"{_INJECTED}: {fault.text}"
    else:
        planned = sending(fault, event.body_for(endpoint.api_version).encode(), sign)
        headers = planned.webhooks[0].headers
        reply, refusal = _sent(planned, endpoint.url)
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
    return Made(made, reply.headers.get("retry-after"), runtime.wall_now(), parent)


def _traceparent(delivery: Delivery, event: StoredEvent, number: int) -> str | None:
    """Return the attempt's own span, in the trace of the request that the event comes from.

    Without one, it is in the payment's trace if a collector gets it, and otherwise in none.
    """
    trace = trace_in(event.trace)
    if trace is None:
        if not tracing.has_collector():
            return None
        trace = trace_of(event_facts(event.body).get("payment_id", event.id))
    return traceparent(Parent(trace, span_id(ATTEMPT, delivery.id, str(number))))


def _sent(planned: Sending, url: str) -> tuple[Reply, str | None]:
    """Send what an attempt sends, and return the answer that counts."""
    if planned.held_ms:
        pause(planned.held_ms)
    first, *more = planned.webhooks
    if not planned.at_once:
        answer = _post(url, first, planned.body_takes_s)
        for webhook in more:
            _post(url, webhook)
        return answer
    with ThreadPoolExecutor(len(planned.webhooks)) as pool:
        sent = [pool.submit(_post, url, webhook) for webhook in planned.webhooks]
    return sent[0].result()


def _post(url: str, webhook: Webhook, body_takes_s: int = 0) -> tuple[Reply, str | None]:
    policy = target_policy()
    try:
        target = read_target(url, policy)
    except Refused as refused:
        # The URL was allowed when the endpoint was created. The environment's settings may have changed since.
        return Reply(latency_ms=0), f"{_REFUSED}: {refused.detail}"
    return send(target, webhook.headers, webhook.body, policy, body_takes_s=body_takes_s), None


def _error(reply: Reply) -> str | None:
    if reply.trouble is None:
        return None
    return f"{reply.trouble}: {reply.detail}" if reply.detail else str(reply.trouble)

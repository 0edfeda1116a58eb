"""What an attempt to deliver a webhook sends, as a fault changes it: its bytes, its signature, how often. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from paysandbox.core.ids import event_id
from paysandbox.core.record import record, replace
from paysandbox.core.signature import SIGNATURE_HEADER, STRIPE_HEADER
from paysandbox.http.faults import kinds
from paysandbox.http.faults.fault import Fault

UNKNOWN_TYPE: Final = "sandbox.unknown_type"
"""The type of an event that no receiver knows."""


@record
class Webhook:
    """A signed body, with all headers of its own."""

    headers: Mapping[str, str]
    body: bytes


@record
class Sending:
    """What an attempt sends: webhooks, of which the answer to the first counts. One after the other or all `at_once`,
    after `held_ms`. The body of each takes `body_takes_s` to arrive."""

    webhooks: Sequence[Webhook]
    at_once: bool = False
    held_ms: int = 0
    body_takes_s: int = 0


class Sign(Protocol):
    """Signs a body: now, or so many seconds ago; as the event's, or as that of another ID."""

    def __call__(self, body: bytes, *, seconds_ago: int = 0, message_id: str | None = None) -> Webhook:
        """Return the webhook."""
        ...


def sending(fault: Fault | None, body: bytes, sign: Sign) -> Sending:
    """Return what an attempt with a fault sends, or an event's own webhook without one."""
    match fault.kind.name if fault is not None else None:
        case kinds.WEBHOOK_DUPLICATE:
            return Sending([sign(body)] * _number(fault, "n"))
        case kinds.WEBHOOK_CONCURRENT:
            return Sending([sign(body)] * _number(fault, "n"), at_once=True)
        case kinds.WEBHOOK_TWIN:
            return Sending([sign(body), _other(body, sign, "twin")])
        case kinds.WEBHOOK_BURST:
            others = [_other(body, sign, f"burst {n}", type=UNKNOWN_TYPE) for n in range(_number(fault, "n"))]
            return Sending([sign(body), *others], at_once=True)
        case kinds.WEBHOOK_REPLAY:
            return Sending([sign(body), sign(body, seconds_ago=_number(fault, "s"))])
        case kinds.WEBHOOK_REORDER:
            return Sending([sign(body)], held_ms=_number(fault, "ms"))
        case kinds.WEBHOOK_SLOW_BODY:
            return Sending([sign(body)], body_takes_s=_number(fault, "s"))
        case _:
            return Sending([_changed(fault, body, sign)])


def _changed(fault: Fault | None, body: bytes, sign: Sign) -> Webhook:
    """Return an event's webhook as a fault changes its bytes or its signature."""
    match fault.kind.name if fault is not None else None:
        case kinds.WEBHOOK_BAD_SIGNATURE:
            return _with_a_wrong_bit(sign(body))
        case kinds.WEBHOOK_TAMPERED_BODY:
            return replace(sign(body), body=body.replace(b"{", b'{"tampered":true,', 1))
        case kinds.WEBHOOK_STALE:
            return sign(body, seconds_ago=_number(fault, "s"))
        case kinds.WEBHOOK_WHITESPACE:
            return sign(_encoded(json.loads(body), indent=1))
        case kinds.WEBHOOK_UNKNOWN_TYPE:
            return sign(_encoded({**json.loads(body), "type": UNKNOWN_TYPE}))
        case _:
            return sign(body)


def _number(fault: Fault | None, name: str) -> int:
    return fault.number(name) if fault is not None else 0


def _other(body: bytes, sign: Sign, name: str, **changed: str) -> Webhook:
    """Return the webhook of an event that does not exist otherwise. Its ID follows from the event's."""
    event = json.loads(body)
    other_id = event_id(event["id"], name)
    return sign(_encoded({**event, **changed, "id": other_id}), message_id=other_id)


def _encoded(value: Any, indent: int | None = None) -> bytes:
    separators = None if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators).encode()


def _with_a_wrong_bit(webhook: Webhook) -> Webhook:
    """Change each signature in one bit of its last character but one, which is Base64, or hexadecimal at Stripe's."""
    headers = webhook.headers
    standard = " ".join(_flipped(text, "AB") for text in headers[SIGNATURE_HEADER].split(" "))
    time, *signatures = headers[STRIPE_HEADER].split(",")
    stripe = ",".join([time, *(_flipped(text, "01") for text in signatures)])
    return replace(webhook, headers={**headers, SIGNATURE_HEADER: standard, STRIPE_HEADER: stripe})


def _flipped(text: str, digits: str) -> str:
    first, second = digits
    place = -6  # within the digits, whatever padding follows
    return f"{text[:place]}{second if text[place] == first else first}{text[place + 1 :]}"

"""Faults that rules inject into webhooks: which one an attempt gets, and what it changes of what is sent."""

import json
from collections.abc import Callable
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import FaultSettings
from paysandbox.core.signature import SIGNATURE_HEADER, STRIPE_HEADER
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.faults import kinds
from paysandbox.http.faults.fault import Fault
from paysandbox.http.faults.fault_rules import Firing, Match, of_moment
from paysandbox.http.faults.faults_table import FaultsTable, count_for_rule, put_firing, rules_of
from paysandbox.http.faults.kinds import Moment
from paysandbox.webhooks.delivery import Attempt, Delivery

UNKNOWN_TYPE: Final = "sandbox.unknown_type"
"""The type of an event that no receiver knows."""

NOT_SENT: Final = frozenset({kinds.WEBHOOK_DROP, kinds.WEBHOOK_DELAY})
"""The faults of attempts that send nothing."""

_WORKER: Final = "deliver_event"

Headers = dict[str, str]
Sign = Callable[[bytes, int], Headers]
"""Returns the headers of a body that is signed so many seconds ago."""


def fault_of(delivery: Delivery) -> Fault | None:
    """Return the fault of a delivery's next attempt. None for almost all: without a call, if no rule is set.

    A worker that is killed afterwards finds the same one again: the attempt is counted once.
    """
    wall = runtime.wall_now()
    now_ms = int(wall.timestamp() * 1_000)
    if runtime.faults_until_ms(delivery.merchant) <= now_ms:
        return None
    table = FaultsTable(runtime.dynamodb(), runtime.settings_of(FaultSettings).faults_table)
    facts = Match(event_type=delivery.event_type, endpoint_id=delivery.endpoint_id)
    attempt = f"{delivery.id}#{len(delivery.attempts) + 1}"
    for rule in of_moment(rules_of(table, delivery.merchant, now_ms), Moment.WEBHOOK):
        if not rule.match.hits(facts):
            continue
        number = count_for_rule(table, delivery.merchant, rule.id, attempt)
        if number is None or not rule.hits(number):
            continue
        firing = Firing(
            at=format_timestamp(wall), request_id=delivery.id, route=_WORKER, fault=rule.fault.text, rule=rule.id
        )
        put_firing(table, delivery.merchant, firing, now_ms)
        return rule.fault
    return None


def was_left_unsent(attempt: Attempt) -> bool:
    """Whether a fault has left a recorded attempt out."""
    return attempt.fault is not None and attempt.fault.partition(";")[0] in NOT_SENT


def times_sent(fault: Fault | None) -> int:
    """Return how often an attempt sends its webhook."""
    return fault.number("n") if fault is not None and "n" in fault.values else 1


def signed_with(fault: Fault | None, body: bytes, sign: Sign) -> tuple[Headers, bytes]:
    """Return the signature headers and the body of an attempt with a fault, or as they are without one."""
    match fault.kind.name if fault is not None else None:
        case kinds.WEBHOOK_BAD_SIGNATURE:
            return _with_a_wrong_bit(sign(body, 0)), body
        case kinds.WEBHOOK_TAMPERED_BODY:
            return sign(body, 0), body.replace(b"{", b'{"tampered":true,', 1)
        case kinds.WEBHOOK_STALE:
            return sign(body, fault.number("s") if fault else 0), body
        case kinds.WEBHOOK_WHITESPACE:
            body = _encoded(json.loads(body), indent=1)
        case kinds.WEBHOOK_UNKNOWN_TYPE:
            body = _encoded({**json.loads(body), "type": UNKNOWN_TYPE})
        case _:
            pass
    return sign(body, 0), body


def _encoded(value: Any, indent: int | None = None) -> bytes:
    separators = None if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators).encode()


def _with_a_wrong_bit(headers: Headers) -> Headers:
    """Change each signature in one bit of its last character but one, which is Base64, or hexadecimal at Stripe's."""
    standard = " ".join(_flipped(text, "AB") for text in headers[SIGNATURE_HEADER].split(" "))
    time, *signatures = headers[STRIPE_HEADER].split(",")
    stripe = ",".join([time, *(_flipped(text, "01") for text in signatures)])
    return {**headers, SIGNATURE_HEADER: standard, STRIPE_HEADER: stripe}


def _flipped(text: str, digits: str) -> str:
    first, second = digits
    place = -6  # within the digits, whatever padding follows
    return f"{text[:place]}{second if text[place] == first else first}{text[place + 1 :]}"

"""Faults that rules inject into webhooks: which one an attempt gets, and that it got it."""

from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import FaultSettings
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.faults import kinds
from paysandbox.http.faults.fault import Fault
from paysandbox.http.faults.fault_rules import Firing, Match, of_moment
from paysandbox.http.faults.faults_table import FaultsTable, count_for_rule, put_firing, rules_of
from paysandbox.http.faults.kinds import Moment
from paysandbox.webhooks.delivery import Attempt, Delivery

NOT_SENT: Final = frozenset({kinds.WEBHOOK_DROP, kinds.WEBHOOK_DELAY})
"""The faults of attempts that send nothing."""

_WORKER: Final = "deliver_event"


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

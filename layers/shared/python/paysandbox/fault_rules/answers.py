"""Render the answers of the routes of rules."""

from collections.abc import Iterable
from datetime import UTC, datetime

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.faults.fault_rules import Firing, Rule


def render_rule(rule: Rule) -> Body:
    """Render a rule as of now."""
    return {
        "fault_id": rule.id,
        "fault": rule.fault.text,
        "match": dict(vars(rule.match)),
        "count": rule.count,
        "percent": rule.percent,
        "seed": rule.seed,
        "after": rule.after,
        "seen": rule.seen,
        "fired": rule.fired,
        "created_at": rule.created_at,
        "ends_at": format_timestamp(datetime.fromtimestamp(rule.ends_at_ms / 1_000, UTC)),
    }


def render_rules(rules: Iterable[Rule]) -> Body:
    """Render a list of rules."""
    return {"data": [render_rule(rule) for rule in rules]}


def render_log(firings: Iterable[Firing]) -> Body:
    """Render the log of faults."""
    return {"data": [_firing(firing) for firing in firings]}


def _firing(firing: Firing) -> Body:
    return {
        "at": firing.at,
        "request_id": firing.request_id,
        "route": firing.route,
        "fault": firing.fault,
        "fault_id": firing.rule,
        "status": firing.status,
        "transaction_id": firing.transaction_id,
    }

"""POST /sandbox/faults: inject a fault into a merchant's requests."""

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.errors import KeyReused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.fault_rules.answers import render_rule
from paysandbox.fault_rules.checking import MAX_RULES, checked_fault, too_many
from paysandbox.fault_rules.requests import CreateFault
from paysandbox.fault_rules.routes import CREATE_FAULT
from paysandbox.fault_rules.stored import let_requests_be_faulted, table
from paysandbox.http.faults.fault_rules import Match, Rule, any_seed
from paysandbox.http.faults.faults_table import put_rule, rules_of
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(CREATE_FAULT)
def handler(call: Call[CreateFault, None]) -> Answer:
    """A query, a put, and an update that lets requests look for rules.

    The rule's ID follows from the idempotency key, and its item is kept as long as a key is bound.
    """
    body, faults, now = call.body, table(), runtime.wall_now()
    match = Match(**body.match.model_dump()) if body.match is not None else Match()
    fault = checked_fault(body.fault, match)
    now_ms = int(now.timestamp() * 1_000)
    rule_id = ids.effect_id(ids.FAULT_RULE, call.merchant, call.key or f"{call.request_id} {runtime.random_suffix()}")
    rule = Rule(
        id=rule_id,
        fault=fault,
        match=match,
        count=body.count,
        percent=body.percent,
        seed=any_seed(rule_id) if body.seed is None else body.seed,
        after=body.after,
        ends_at_ms=now_ms + body.ttl_s * 1_000,
        created_at=format_timestamp(now),
        request_id=call.request_id,
    )
    others = {each.id for each in rules_of(faults, call.merchant, now_ms)} - {rule_id}
    if len(others) >= MAX_RULES:
        raise too_many()
    stored = put_rule(faults, call.merchant, rule)
    if stored.asks_for != rule.asks_for:
        raise KeyReused
    let_requests_be_faulted(call.merchant, stored)
    return Answer(render_rule(stored), replayed=stored.request_id != call.request_id, outcome="created")

"""POST /sandbox/faults: inject a fault into a merchant's requests."""

from paysandbox.aws import runtime
from paysandbox.core import ids
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
    """A query, a put, and an update that lets the merchant's requests look for rules."""
    body, faults, now = call.body, table(), runtime.wall_now()
    match = Match(**body.match.model_dump()) if body.match is not None else Match()
    fault = checked_fault(body.fault, match)
    now_ms, suffix = int(now.timestamp() * 1_000), runtime.random_suffix()
    rule = Rule(
        id=ids.effect_id("flt", call.merchant, suffix),
        fault=fault,
        match=match,
        count=body.count,
        percent=body.percent,
        seed=any_seed(suffix) if body.seed is None else body.seed,
        after=body.after,
        ends_at_ms=now_ms + body.ttl_s * 1_000,
        created_at=format_timestamp(now),
    )
    if len(rules_of(faults, call.merchant, now_ms)) >= MAX_RULES:
        raise too_many()
    put_rule(faults, call.merchant, rule)
    let_requests_be_faulted(call.merchant, rule)
    return Answer(render_rule(rule), outcome="created")

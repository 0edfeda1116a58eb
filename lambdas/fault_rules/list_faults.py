"""GET /sandbox/faults: list a merchant's rules that inject faults."""

from paysandbox.aws import runtime
from paysandbox.fault_rules.answers import render_rules
from paysandbox.fault_rules.routes import LIST_FAULTS
from paysandbox.fault_rules.stored import table
from paysandbox.http.faults.faults_table import rules_of
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(LIST_FAULTS)
def handler(call: Call[None, None]) -> Answer:
    """One query."""
    return Answer(
        render_rules(rules_of(table(), call.merchant, int(runtime.wall_now().timestamp() * 1_000))), outcome="listed"
    )

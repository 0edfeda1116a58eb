"""GET /sandbox/faults/log: list the faults that were injected into a merchant's requests."""

from paysandbox.fault_rules.answers import render_log
from paysandbox.fault_rules.routes import LIST_FIRINGS
from paysandbox.fault_rules.stored import table
from paysandbox.http.faults.faults_table import firings_of
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call

SHOWN = 100


@endpoint(LIST_FIRINGS)
def handler(call: Call[None, None]) -> Answer:
    """One query."""
    return Answer(render_log(firings_of(table(), call.merchant, SHOWN)), outcome="listed")

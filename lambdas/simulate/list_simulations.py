"""GET /sandbox/simulate: list what can be simulated, or what waits to happen."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.simulate.answers import render_actions, render_waiting
from paysandbox.simulate.requests import ListSimulations
from paysandbox.simulate.routes import LIST_SIMULATIONS
from paysandbox.simulate.steps import waiting_step


@endpoint(LIST_SIMULATIONS)
def handler(call: Call[None, ListSimulations]) -> Answer:
    """Return the table of actions, without a read; or query every shard of the index of timers, and read them."""
    query = call.query
    if not query.waiting:
        return Answer(render_actions(), outcome="listed")
    page, next_cursor = timers.waiting(timer_table.table(), call.merchant, limit=query.limit, cursor=query.cursor)
    steps = [(timer.payment_id, waiting_step(timer)) for timer in page]
    return Answer(render_waiting(steps, next_cursor), outcome="listed")

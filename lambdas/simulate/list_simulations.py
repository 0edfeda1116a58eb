"""GET /sandbox/simulate: list what can be simulated, or what waits to happen."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.simulate.answers import render_actions
from paysandbox.simulate.requests import ListSimulations
from paysandbox.simulate.routes import LIST_SIMULATIONS


@endpoint(LIST_SIMULATIONS)
def handler(call: Call[None, ListSimulations]) -> Answer:  # noqa: ARG001 - its type names the query
    """Return the table of actions, without a read."""
    return Answer(render_actions(), outcome="listed")

"""GET /sandbox/clock: return the sandbox's time."""

from paysandbox.aws.runtime import clock_offset_s, wall_now
from paysandbox.clock.answers import render_clock
from paysandbox.clock.deployed import may_move
from paysandbox.clock.routes import GET_CLOCK
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_CLOCK)
def handler(call: Call[None, None]) -> Answer:  # noqa: ARG001 - every handler has it
    """Read the offset, as every request does."""
    wall = wall_now()
    offset_s = clock_offset_s(wall)
    return Answer(render_clock(wall, offset_s, may_move=may_move()), outcome="shown")

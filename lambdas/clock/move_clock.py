"""POST /sandbox/clock: advance or reset the sandbox's clock."""

from paysandbox.aws.runtime import wall_now
from paysandbox.clock.answers import render_moved_clock
from paysandbox.clock.deployed import move
from paysandbox.clock.requests import MoveClock
from paysandbox.clock.routes import MOVE_CLOCK
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(MOVE_CLOCK)
def handler(call: Call[MoveClock, None]) -> Answer:
    """Store the offset in one conditional write, and do what is due."""
    offset_s, unfinished = move(advance_s=call.body.advance_s, until=call.body.until)
    body = render_moved_clock(wall_now(), offset_s, unfinished=unfinished)
    return Answer(body, outcome="moved")

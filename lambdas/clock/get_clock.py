"""GET /sandbox/clock: return the sandbox's time."""

from datetime import timedelta

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import ClockSettings
from paysandbox.clock.answers import render_clock
from paysandbox.clock.deployed import may_move
from paysandbox.clock.routes import GET_CLOCK
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_CLOCK)
def handler(call: Call[None, None]) -> Answer:
    """Read nothing but this function's own settings, as every request does."""
    offset_s = settings_of(ClockSettings).clock_offset_s
    wall = call.now - timedelta(seconds=offset_s)
    return Answer(render_clock(wall, offset_s, may_move=may_move()), outcome="shown")

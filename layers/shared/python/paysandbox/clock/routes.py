"""The routes of the environment's clock."""

from typing import Final

from paysandbox.aws.resources import CLOCK, DUE_WORK, Grant
from paysandbox.aws.settings import EnvironmentSettings, MovableClockSettings
from paysandbox.clock.requests import MoveClock
from paysandbox.core.errors import Code
from paysandbox.http.answer import Documented
from paysandbox.http.route import Access, Route

MOVE_TIMEOUT_S: Final = 90
"""Longer than API Gateway waits for an answer: what is due is then done without its caller."""

GET_CLOCK: Final = Route(
    name="get_clock",
    group="clock",
    method="GET",
    path="/sandbox/clock",
    summary="Get the sandbox's time",
    access=Access.API_KEY,
    answer=Documented("paysandbox.clock.schemas", "Clock"),
    needs=(MovableClockSettings,),
)

MOVE_CLOCK: Final = Route(
    name="move_clock",
    group="clock",
    method="POST",
    path="/sandbox/clock",
    summary="Advance or reset the sandbox's clock, with an operator's key",
    access=Access.OPERATOR,
    body=MoveClock,
    answer=Documented("paysandbox.clock.schemas", "MovedClock"),
    # Of an environment whose clock may not move, none of these (stacks/workers/clock.py).
    grants=(
        Grant(CLOCK, ("GetItem", "UpdateItem")),
        Grant(DUE_WORK, ("InvokeFunction",)),
    ),
    needs=(EnvironmentSettings, MovableClockSettings),
    timeout_s=MOVE_TIMEOUT_S,
    refusals=(Code.FORBIDDEN, Code.CLOCK_FIXED, Code.CLOCK_OUT_OF_RANGE),
)

ROUTES: Final = (GET_CLOCK, MOVE_CLOCK)

"""A request that waits in the local engine, so that no worker waits with it: what a function and the engine agree on.

The engine adds `HOLD` to the event of each request for the API, empty at first. A function whose request has to wait
then returns a `Hold` instead of a response, and the engine invokes it again after that time, with the `Hold` in the
event. No client can set a key of the event, and API Gateway of AWS never does: there, the function waits.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.record import record

HOLD: Final = "sandboxHold"
"""The key in an event, and in what a function returns to be invoked again."""


@record
class Hold:
    """What a request waits for: `ms` milliseconds, 0 if the engine holds too many of the merchant's already, by a fault
    whose entry of the log is `firing`."""

    ms: int
    merchant: str
    firing: Mapping[str, Any]


def can_hold(event: Mapping[str, Any]) -> bool:
    """Whether the request came through an engine that holds it for its function."""
    return HOLD in event


def hold_in(values: Mapping[str, Any]) -> Hold | None:
    """Return the hold in an event, or in what a function returned, or None if there is none."""
    hold: Any = values.get(HOLD)
    return Hold(**hold) if hold else None


def with_hold(values: Mapping[str, Any], hold: Hold | None) -> dict[str, Any]:
    """Return an event, or what a function returns, with a hold; with None, one that says that the engine can hold."""
    return {**values, HOLD: {} if hold is None else {**vars(hold)}}

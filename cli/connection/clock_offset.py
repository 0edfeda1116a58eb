"""The offset of an environment's clock, moved with the caller's own rights, as `POST /sandbox/clock` does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cli.terminal.failure import Failure
from paysandbox.core.errors import Refused

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.clock.offset_item import ClockTable

_TABLE_OUTPUT: Final = "MerchantSettingsTable"


def stored_offset_s(target: Target) -> int:
    """Return the offset that was set, or 0."""
    from paysandbox.clock.offset_item import get_offset

    clock = _clock(target)
    stored_s = None if clock is None else get_offset(clock)
    return stored_s or 0


def move_offset(target: Target, change: Callable[[ClockTable, datetime], int]) -> int:
    """Change the offset by one of the functions of `offset_item`, given wall time, and return it.

    Every request that is sent afterwards has the new time. Raises Failure beyond the clock's limits.
    """
    from paysandbox.aws.environment_item import wait_for_readers

    clock = _clock(target)
    if clock is None:
        raise Failure(
            f"The api stack of {target.environment} has no output {_TABLE_OUTPUT}.",
            f"It was deployed by another version. {target.deploy_advice}",
        )
    try:
        offset_s = change(clock, datetime.now(UTC))
    except Refused as refused:
        raise Failure(
            refused.detail, "The clock only moves forward. `paysandbox clock reset` returns it to wall time."
        ) from None
    wait_for_readers()
    return offset_s


def _clock(target: Target) -> ClockTable | None:
    """Return the table with the offset, or None if the deployment has none."""
    from paysandbox.clock.offset_item import ClockTable

    table = target.outputs("api").get(_TABLE_OUTPUT)
    return None if table is None else ClockTable(target.client("dynamodb"), table)


def prefix_of(target: Target) -> str:
    """Return what the names of the environment's functions begin with."""
    return f"paysandbox-{target.environment}-"

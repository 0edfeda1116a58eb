"""The offset of an environment's clock: the one that was set, and the one that each function uses.

The same as `POST /sandbox/clock` does, with the caller's own rights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cli.terminal.failure import Failure
from paysandbox.aws.settings import ClockSettings
from paysandbox.clock.rules import not_updated
from paysandbox.core.errors import Refused

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import FunctionConfigurationTypeDef

    from cli.connection.target import Target
    from paysandbox.clock.function_clocks import FunctionClocks
    from paysandbox.clock.offset_item import ClockTable

[VARIABLE] = ClockSettings.variables()

# For a function that others are updating, before its change and after it.
PATIENCE_MS = 120_000
PAUSE_MS = 100

_TABLE_OUTPUT: Final = "MerchantSettingsTable"


@dataclass(frozen=True, slots=True)
class FunctionOffsets:
    """The offset in seconds that each function uses, by name. Functions without a clock are not included."""

    offsets_s: Mapping[str, int | None]

    def differing(self, offset_s: int) -> list[str]:
        """Return the functions that use another offset."""
        return [function for function, used_s in self.offsets_s.items() if used_s != offset_s]


def stored_offset_s(target: Target) -> int:
    """Return the offset that was set, or 0."""
    from paysandbox.clock.offset_item import get_offset

    clock = _clock(target)
    stored_s = None if clock is None else get_offset(clock)
    return stored_s or 0


def move_offset(target: Target, change: Callable[[ClockTable, datetime], int]) -> ClockTable:
    """Change the stored offset by one of the functions of `offset_item`, given wall time, and return its table.

    Raises Failure beyond the clock's limits.
    """
    clock = _moving_clock(target)
    try:
        change(clock, datetime.now(UTC))
    except Refused as refused:
        raise Failure(
            refused.detail, "The clock only moves forward. `paysandbox clock reset` returns it to wall time."
        ) from None
    return clock


def function_offsets(target: Target) -> FunctionOffsets:
    """Return the offset that each function of the environment uses. Lists all functions of the account."""
    return _offsets(_configurations(target))


def follow_stored_offset(target: Target, clock: ClockTable | None = None) -> tuple[int, FunctionOffsets]:
    """Set the stored offset in every function that uses another one. Return it, and the functions' offsets.

    `clock` is the table that `move_offset` returned.

    The next request to each of them uses the new time. A failure names the functions, and can be retried.
    """
    from paysandbox.clock.function_clocks import follow_offset, set_offsets

    functions = _functions(target)
    before: list[FunctionOffsets] = []

    def update(offset_s: int) -> Mapping[str, Exception]:
        listed = _configurations(target)
        before.append(_offsets(listed))
        differing = before[-1].differing(offset_s)
        return set_offsets(functions, differing, offset_s, lambda: _configurations(target), listed)

    offset_s, failed = follow_offset(clock or _moving_clock(target), update)
    if failed:
        retry = "clock advance 0s" if offset_s else "clock reset"
        env = "" if target.is_local else f" --env {target.environment}"
        raise Failure(
            not_updated(failed, len(before[-1].differing(offset_s))).detail,
            f"They use another time than the others. To retry: paysandbox {retry}{env}",
        )
    return offset_s, FunctionOffsets(dict.fromkeys(before[-1].offsets_s, offset_s))


def _moving_clock(target: Target) -> ClockTable:
    """Return the table with the offset. Raises Failure for a deployment without it."""
    clock = _clock(target)
    if clock is None:
        raise Failure(
            f"The api stack of {target.environment} has no output {_TABLE_OUTPUT}.",
            f"It was deployed by another version. {target.deploy_advice}",
        )
    return clock


def _clock(target: Target) -> ClockTable | None:
    """Return the table with the offset, or None if the deployment has none."""
    from paysandbox.clock.offset_item import ClockTable

    table = target.outputs("api").get(_TABLE_OUTPUT)
    return None if table is None else ClockTable(target.client("dynamodb"), table)


def _configurations(target: Target) -> dict[str, FunctionConfigurationTypeDef]:
    """Return the configurations of the environment's functions that have a clock, by name."""
    prefix = prefix_of(target)
    found: dict[str, FunctionConfigurationTypeDef] = {}
    for page in target.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if name.startswith(prefix) and VARIABLE in _variables(function):
                found[name.removeprefix(prefix)] = function
    return dict(sorted(found.items()))


def _offsets(functions: Mapping[str, FunctionConfigurationTypeDef]) -> FunctionOffsets:
    return FunctionOffsets({name: _whole(_variables(function)[VARIABLE]) for name, function in functions.items()})


def _variables(function: FunctionConfigurationTypeDef) -> Mapping[str, str]:
    return function.get("Environment", {}).get("Variables", {})


def _functions(target: Target) -> FunctionClocks:
    from paysandbox.clock.function_clocks import FunctionClocks

    return FunctionClocks(
        client=target.client("lambda"),
        prefix=prefix_of(target),
        variable=VARIABLE,
        patience_ms=PATIENCE_MS,
        pause_ms=PAUSE_MS,
    )


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def prefix_of(target: Target) -> str:
    """Return what the names of the environment's functions begin with."""
    return f"paysandbox-{target.environment}-"

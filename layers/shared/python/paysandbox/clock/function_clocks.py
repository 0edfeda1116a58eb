"""The clock's offset in the environment variables of functions: a request reads it there at no cost.

Moving the clock updates every function of the environment. The next request to each of them uses the new time.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from paysandbox.aws.backoff import pause
from paysandbox.clock.offset_item import ClockTable, get_offset
from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_lambda.type_defs import FunctionConfigurationTypeDef

# An account's quota is about fifteen changes per second. Each of these makes one, after one or more reads.
_AT_ONCE: Final = 4
_PAUSE_MS_MAX: Final = 2_000

# How often functions are updated again that another move changed at the same time.
_OVERTAKEN_MAX: Final = 5

_UNDER_WAY: Final = "InProgress"
_DONE: Final = "Successful"
_STILL: Final = "another update of it did not finish"

# Another update is in progress, the function was changed since it was read, or AWS throttles.
_LATER: Final = frozenset(
    {"ResourceConflictException", "PreconditionFailedException", "TooManyRequestsException", "ThrottlingException"}
)


class NotUpdatedError(Exception):
    """A function could not be updated, with the reason."""


class OvertakenError(NotUpdatedError):
    """Another caller changed the function at the same time."""


@record(kw_only=True)
class FunctionClocks:
    """The functions of an environment, whose names begin with `prefix`, and the `variable` with their offset.

    A function that is being updated by others is retried for `patience_ms`, first after `pause_ms` and then less often.
    """

    client: "LambdaClient"
    prefix: str
    variable: str
    patience_ms: int
    pause_ms: int = 100


def set_offsets(
    functions: FunctionClocks,
    names: Iterable[str],
    offset_s: int,
    list_all: "Callable[[], Mapping[str, FunctionConfigurationTypeDef]]" = dict,
    listed: "Mapping[str, FunctionConfigurationTypeDef] | None" = None,
) -> dict[str, Exception]:
    """Set the offset of these functions, and wait until it is active. Return the failures, by name.

    A function that uses the offset already is not changed. Every function is tried, also after a failure.

    `listed` are configurations that were read just before, by name, and `list_all` reads all of them in few calls. What
    they do not contain is read for each function: in AWS, a list has no status of the last update.
    """
    names = tuple(names)
    failed: dict[str, Exception] = {}

    def each(names: Iterable[str], step: Callable[[str], None]) -> None:
        def try_step(name: str) -> None:
            try:
                step(name)
            except Exception as error:  # noqa: BLE001 - the other functions are updated all the same
                failed[name] = error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(try_step, names))

    before = listed or {}
    each(names, lambda name: _change(functions, functions.prefix + name, offset_s, before.get(name)))
    # Only after all were changed: a change takes effect after a moment, or some seconds in AWS.
    after = list_all()
    left = [name for name in names if name not in failed and not _is_active(functions, after.get(name), offset_s)]
    each(left, lambda name: _wait(functions, functions.prefix + name, offset_s))
    return failed


def follow_offset(
    clock: ClockTable, update: Callable[[int], Mapping[str, Exception]]
) -> tuple[int, Mapping[str, Exception]]:
    """Update the functions to the stored offset until no other move interferes. Return it, and the failures by name.

    `update` sets an offset, as `set_offsets` does. Two moves at once may overtake each other at single functions. Each
    follows the offset that was stored last, so the functions end there, whichever finishes last.
    """
    offset_s, left = get_offset(clock) or 0, _OVERTAKEN_MAX
    while True:
        failed = update(offset_s)
        stored_s = get_offset(clock) or 0
        overtaken = any(isinstance(error, OvertakenError) for error in failed.values())
        if stored_s == offset_s and not (overtaken and left):
            return offset_s, failed
        offset_s, left = stored_s, left - 1 if stored_s == offset_s else left


def _is_active(functions: FunctionClocks, listed: "FunctionConfigurationTypeDef | None", offset_s: int) -> bool:
    if listed is None or listed.get("LastUpdateStatus") != _DONE:
        return False
    return listed.get("Environment", {}).get("Variables", {}).get(functions.variable) == str(offset_s)


def _change(
    functions: FunctionClocks, function: str, offset_s: int, listed: "FunctionConfigurationTypeDef | None"
) -> None:
    """Change one variable. AWS replaces all variables, so the call names the revision that was read."""
    for last in _tries(functions):
        found = listed or functions.client.get_function_configuration(FunctionName=function)
        listed = None  # it is read again if another caller changed it since
        if found.get("LastUpdateStatus") == _UNDER_WAY:
            continue
        before = found.get("Environment", {}).get("Variables", {})
        variables = {**before, functions.variable: str(offset_s)}
        if variables == before:
            return
        try:
            functions.client.update_function_configuration(
                FunctionName=function, Environment={"Variables": variables}, RevisionId=found.get("RevisionId", "")
            )
            return
        except ClientError as error:
            if last or error.response.get("Error", {}).get("Code") not in _LATER:
                raise
    raise NotUpdatedError(_STILL)


def _wait(functions: FunctionClocks, function: str, offset_s: int) -> None:
    """Wait until the change is active."""
    for _ in _tries(functions):
        found = functions.client.get_function_configuration(FunctionName=function)
        if found.get("LastUpdateStatus") == _UNDER_WAY:
            continue
        if found.get("Environment", {}).get("Variables", {}).get(functions.variable) == str(offset_s):
            return
        if reason := found.get("LastUpdateStatusReason"):
            raise NotUpdatedError(reason)
        raise OvertakenError("another caller changed it at the same time")
    raise NotUpdatedError(_STILL)


def _tries(functions: FunctionClocks) -> Iterator[bool]:
    """Yield attempts with growing pauses until time is up. True marks the last one."""
    deadline_ns, pause_ms = time.monotonic_ns() + functions.patience_ms * 1_000_000, functions.pause_ms
    while True:
        last = time.monotonic_ns() >= deadline_ns
        yield last
        if last:
            return
        pause(pause_ms)
        pause_ms = min(pause_ms * 3 // 2 + 1, _PAUSE_MS_MAX)

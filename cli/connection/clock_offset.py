"""The offset of an environment's clock: the one that was set, and the one that each function uses.

The offset that was set is in an SSM parameter that only this program reads. Functions read it from an environment
variable, which costs a request nothing; changing the offset updates all of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cli.engine_process.lock import now
from cli.terminal.failure import Failure
from paysandbox.aws.settings import ClockSettings

if TYPE_CHECKING:
    from cli.connection.target import Target

[VARIABLE] = ClockSettings.variables()

# An account's quota is about fifteen changes per second. Each of these makes one, after one or more reads.
_AT_ONCE: Final = 4
PATIENCE_S = 120.0
PAUSE_S = 0.1
_PAUSE_S_MAX: Final = 2.0

_UNDER_WAY: Final = "InProgress"
_STILL: Final = "another update of it did not finish"

# Another update is in progress, the function was changed since it was read, or AWS throttles.
_LATER: Final = frozenset(
    {"ResourceConflictException", "PreconditionFailedException", "TooManyRequestsException", "ThrottlingException"}
)


@dataclass(frozen=True, slots=True)
class FunctionOffsets:
    """The offset in seconds that each function uses, by name. Functions without a clock are not included."""

    offsets_s: Mapping[str, int | None]

    def differing(self, offset_s: int) -> list[str]:
        """Return the functions that use another offset."""
        return [function for function, used_s in self.offsets_s.items() if used_s != offset_s]


def stored_offset_s(target: Target) -> int:
    """Return the offset that was set, or 0."""
    ssm = target.client("ssm")
    try:
        return int(json.loads(ssm.get_parameter(Name=_parameter(target))["Parameter"]["Value"])["offset_s"])
    except ssm.exceptions.ParameterNotFound:
        return 0


def store_offset(target: Target, offset_s: int) -> None:
    """Store the offset; 0 deletes it."""
    ssm = target.client("ssm")
    if offset_s:
        value = json.dumps({"offset_s": offset_s, "at": now()})
        ssm.put_parameter(Name=_parameter(target), Value=value, Type="String", Overwrite=True)
        return
    try:
        ssm.delete_parameter(Name=_parameter(target))
    except ssm.exceptions.ParameterNotFound:
        return


def function_offsets(target: Target) -> FunctionOffsets:
    """Return the offset that each function of the environment uses."""
    prefix = _prefix(target)
    pages = target.client("lambda").get_paginator("list_functions").paginate()
    variables = {
        function["FunctionName"].removeprefix(prefix): function.get("Environment", {}).get("Variables", {})
        for page in pages
        for function in page["Functions"]
        if function["FunctionName"].startswith(prefix)
    }
    return FunctionOffsets(
        {name: _whole(known[VARIABLE]) for name, known in sorted(variables.items()) if VARIABLE in known}
    )


def set_function_offsets(target: Target, offset_s: int) -> FunctionOffsets:
    """Set the offset of every function that uses another one. Return the offsets afterwards.

    The next request to each of them uses the new time. A failure names the functions, and can be retried.
    """
    before = function_offsets(target)
    functions = before.differing(offset_s)
    client = target.client("lambda")
    failed: dict[str, Exception] = {}

    def each(step: Callable[[Any, str, int], None]) -> None:
        def one(function: str) -> None:
            try:
                step(client, _prefix(target) + function, offset_s)
            except Exception as error:  # noqa: BLE001 - the other functions are updated all the same
                failed[function] = error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(one, [function for function in functions if function not in failed]))

    each(_change)
    each(_wait)  # only after all were changed: a change takes effect after a moment, or some seconds in AWS
    if failed:
        why = "; ".join(f"{function}: {error}" for function, error in failed.items())
        retry = "clock advance 0s" if offset_s else "clock reset"
        env = "" if target.is_local else f" --env {target.environment}"
        raise Failure(
            f"The clock of {len(failed)} of {len(functions)} functions could not be set: {why}",
            f"They use another time than the others. To retry: paysandbox {retry}{env}",
        )
    return FunctionOffsets(dict.fromkeys(before.offsets_s, offset_s))


def _change(client: Any, function: str, offset_s: int) -> None:
    """Change one variable. AWS replaces all variables, so the call names the revision that was read."""
    for last in _tries():
        found = client.get_function_configuration(FunctionName=function)
        if found.get("LastUpdateStatus") == _UNDER_WAY:
            continue
        variables = found["Environment"]["Variables"] | ClockSettings(offset_s).to_env()
        try:
            client.update_function_configuration(
                FunctionName=function, Environment={"Variables": variables}, RevisionId=found["RevisionId"]
            )
            return
        except client.exceptions.ClientError as error:
            if last or error.response["Error"]["Code"] not in _LATER:
                raise
    raise Failure(_STILL)


def _wait(client: Any, function: str, offset_s: int) -> None:
    """Wait until the change is active."""
    for _ in _tries():
        found = client.get_function_configuration(FunctionName=function)
        if found.get("LastUpdateStatus") == _UNDER_WAY:
            continue
        if found["Environment"]["Variables"].get(VARIABLE) == str(offset_s):
            return
        raise Failure(found.get("LastUpdateStatusReason") or "another caller changed it at the same time")
    raise Failure(_STILL)


def _tries() -> Iterator[bool]:
    """Yield attempts with growing pauses until time is up. True marks the last one."""
    deadline, pause_s = time.monotonic() + PATIENCE_S, PAUSE_S
    while True:
        last = time.monotonic() >= deadline
        yield last
        if last:
            return
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _PAUSE_S_MAX)


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _prefix(target: Target) -> str:
    return f"paysandbox-{target.environment}-"


def _parameter(target: Target) -> str:
    return f"/paysandbox-cli/{target.environment}/clock-offset"

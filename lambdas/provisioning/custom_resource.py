"""CloudFormation's protocol for custom resources: the response is a PUT to the URL in the event.

It is always sent, even after a failure, and in bounded time, since a stack waits for it (and so does the local engine's
whole process). Errors are reported by name only, because a client's message may repeat its input. A `RefusedError` is
reported with its text.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

# Three attempts, and the pauses between them, end within 15 seconds.
_TIMEOUT_S: Final = 4
_TRIES: Final = 3

_NANOSECONDS: Final = 10**9
PAUSE_S = 3
RETRIED_FOR_S = 40
"""How long, and with which pause, calls are repeated that AWS refuses for a while."""


class RefusedError(Exception):
    """A request is refused, with the reason for whoever deploys."""


def respond(
    event: Mapping[str, Any], name: str | None, handle: Callable[[], str], attributes: Mapping[str, str] | None = None
) -> None:
    """Handle a request and send the response. `handle` returns the physical ID; `name` is part of a failure.

    `attributes` are those of the resource (`Fn::GetAtt`), if it succeeds.
    """
    answer: dict[str, Any] = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", "none")}
    try:
        answer["PhysicalResourceId"] = handle()
        if attributes:
            answer["Data"] = dict(attributes)
    except RefusedError as refusal:
        answer |= {"Status": "FAILED", "Reason": str(refusal)}
    except Exception as error:  # noqa: BLE001 - CloudFormation waits for a response in any case
        answer |= {"Status": "FAILED", "Reason": f"{name}: {_failure_reason(error)}"}
    log(request=event["RequestType"], **answer)
    _send(event, answer)


def log(**facts: object) -> None:
    """Write one JSON log line, in the format of all other functions."""
    sys.stdout.write(json.dumps({"service": "provisioning", **facts}) + "\n")


def deadline() -> int:
    """Return the time (`time.monotonic_ns`) until which calls that begin now are repeated."""
    return time.monotonic_ns() + RETRIED_FOR_S * _NANOSECONDS


def retried(call: Callable[[], None], is_temporary: Callable[[Exception], bool], until: int) -> None:
    """Make a call, again after a pause while what it raises is temporary. No attempt begins after `until`.

    Raises what the last attempt raised, or TimeoutError if there was no time for one.
    """
    if time.monotonic_ns() > until:
        raise TimeoutError("no time is left for the call")
    while True:
        try:
            call()
        except Exception as error:
            if not is_temporary(error) or time.monotonic_ns() + PAUSE_S * _NANOSECONDS > until:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def error_code(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return error.response.get("Error", {}).get("Code", "unknown")


def _failure_reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error_code(error)}"
    return type(error).__name__


def _send(event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    echoed = {field: event[field] for field in ("StackId", "RequestId", "LogicalResourceId")}
    request = urllib.request.Request(  # noqa: S310 - the address is CloudFormation's, not a caller's
        event["ResponseURL"],
        data=json.dumps({"Reason": "", **answer, **echoed}).encode(),
        # The address is signed for an empty content type.
        headers={"Content-Type": ""},
        method="PUT",
    )
    for attempt in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - the address is CloudFormation's, not a caller's
                return
        except OSError as error:
            log(answer_not_taken=type(error).__name__, attempt=attempt)
            time.sleep(attempt / 2)
    raise TimeoutError("CloudFormation took no answer")

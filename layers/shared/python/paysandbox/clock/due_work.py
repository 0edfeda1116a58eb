"""Runs the work that is due after the clock was advanced, instead of waiting for the scheduled sweeps."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.clock.due_sweeps import SWEEPS

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_NS: Final = 1_000_000_000
_AT_LEAST_S: Final = 1


GoesOn = Callable[[str, Mapping[str, Any]], None]
"""Told of a sweep that is called again, with what the last call has returned: counts, by what was done."""


def run_due_work(
    client: "LambdaClient", prefix: str, until_ns: int, *, at_once_s: int | None = None, goes_on: GoesOn | None = None
) -> list[str]:
    """Run the sweeps until no work is left or until a time (`time.monotonic_ns`). Return the reason of each unfinished
    sweep.

    No call takes much longer than `at_once_s`, and `goes_on` is called between two. An environment of an older version,
    without these functions, has no such work. A sweep that is not finished runs again on its schedule.
    """
    found = (_run(client, prefix, sweep, until_ns, at_once_s, goes_on) for sweep in SWEEPS)
    return [trouble for trouble in found if trouble is not None]


def _run(
    client: "LambdaClient",
    prefix: str,
    sweep: str,
    until_ns: int,
    at_once_s: int | None,
    goes_on: GoesOn | None,
) -> str | None:
    try:
        while True:
            left_s = max((until_ns - time.monotonic_ns()) / _NS, _AT_LEAST_S)
            payload = json.dumps({"seconds": left_s if at_once_s is None else min(left_s, at_once_s)})
            answer = client.invoke(FunctionName=prefix + sweep, Payload=payload)
            output = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                return f"{sweep} failed: {output.get('errorMessage')}"
            if not output.get("more"):
                return None
            if time.monotonic_ns() > until_ns:
                return f"{sweep} is not finished"
            if goes_on is not None:
                goes_on(sweep, output)
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ClientError, BotoCoreError) as error:
        return f"{sweep} could not be invoked: {error}"

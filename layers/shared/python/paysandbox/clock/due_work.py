"""Runs the work that is due after the clock was advanced, instead of waiting for the scheduled sweeps."""

import json
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.clock.due_sweeps import SWEEPS

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_NS: Final = 1_000_000_000
_AT_LEAST_S: Final = 1


def run_due_work(client: "LambdaClient", prefix: str, until_ns: int) -> list[str]:
    """Run the sweeps until no work is left or until a time (`time.monotonic_ns`). Return the reason of each unfinished
    sweep.

    An environment of an older version, without these functions, has no such work. A sweep that is not finished runs
    again on its schedule.
    """
    return [trouble for sweep in SWEEPS if (trouble := _run(client, prefix, sweep, until_ns)) is not None]


def _run(client: "LambdaClient", prefix: str, sweep: str, until_ns: int) -> str | None:
    try:
        while True:
            payload = json.dumps({"seconds": max((until_ns - time.monotonic_ns()) / _NS, _AT_LEAST_S)})
            answer = client.invoke(FunctionName=prefix + sweep, Payload=payload)
            output = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                return f"{sweep} failed: {output.get('errorMessage')}"
            if not output.get("more"):
                return None
            if time.monotonic_ns() > until_ns:
                return f"{sweep} is not finished"
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ClientError, BotoCoreError) as error:
        return f"{sweep} could not be invoked: {error}"

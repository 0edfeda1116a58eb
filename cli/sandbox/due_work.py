"""Runs the work that is due after the clock was advanced, instead of waiting for the scheduled sweeps."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

# Payments first, since their timers and expiries cause webhook deliveries. One sweep does both, in the order of time.
SWEEPS: Final = ("expire_payments", "sweep_deliveries")

# For all sweeps together, since a user is waiting. The sweeps run every minute anyway, and do the rest.
PATIENCE_S: Final = 45.0
_AT_LEAST_S: Final = 1.0


def do_what_is_due(target: Target) -> list[str]:
    """Run the sweeps until no work is left or time is up. Return the reason of each unfinished sweep.

    An environment of an older version, without these functions, has no such work.
    """
    client, until = target.client("lambda"), time.monotonic() + PATIENCE_S
    return [trouble for sweep in SWEEPS if (trouble := _run(client, target.environment, sweep, until)) is not None]


def _run(client: Any, environment: str, sweep: str, until: float) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        while True:
            payload = json.dumps({"seconds": max(until - time.monotonic(), _AT_LEAST_S)})
            answer = client.invoke(FunctionName=f"paysandbox-{environment}-{sweep}", Payload=payload)
            output = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                return f"{sweep} failed: {output.get('errorMessage')}"
            if not output["more"]:
                return None
            if time.monotonic() > until:
                return f"{sweep} is not finished"
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ClientError, BotoCoreError) as error:
        return f"{sweep} could not be invoked: {error}"

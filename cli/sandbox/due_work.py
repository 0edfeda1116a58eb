"""What is due once the clock has moved: done at once, not when the sweeps come by within the minute."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

# What expires comes first: it is told of by deliveries.
SWEEPS: Final = ("expire_payments", "sweep_deliveries")

# In all, after the functions were told: a person waits. What is left is done by the sweeps of each minute.
PATIENCE_S: Final = 45.0
_AT_LEAST_S: Final = 1.0


def do_what_is_due(target: Target) -> list[str]:
    """Run the sweeps until they find nothing more, or as long as a person waits. What is left of each, as a sentence.

    An environment of an older version that has no such function has nothing to do either.
    """
    client, until = target.client("lambda"), time.monotonic() + PATIENCE_S
    return [trouble for sweep in SWEEPS if (trouble := _run(client, target.environment, sweep, until)) is not None]


def _run(client: Any, environment: str, sweep: str, until: float) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        while True:
            payload = json.dumps({"seconds": max(until - time.monotonic(), _AT_LEAST_S)})
            answer = client.invoke(FunctionName=f"paysandbox-{environment}-{sweep}", Payload=payload)
            told = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                return f"{sweep} failed: {told.get('errorMessage')}"
            if not told["more"]:
                return None
            if time.monotonic() > until:
                return f"{sweep} has more to do"
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ClientError, BotoCoreError) as error:
        return f"{sweep} could not be run: {error}"

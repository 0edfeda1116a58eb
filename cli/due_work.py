"""What is due once the clock has moved: done at once, not when the sweeps come by within the minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.target import Target

# What expires comes first: it is told of by deliveries.
SWEEPS: Final = ("expire_payments", "sweep_deliveries")

_RUNS_MAX: Final = 50


def do_what_is_due(target: Target) -> list[str]:
    """Run the sweeps until they find nothing more. What could not be run, each as a sentence; it runs by itself soon.

    An environment of an older version that has no such function has nothing to do either.
    """
    client = target.client("lambda")
    return [trouble for sweep in SWEEPS if (trouble := _run(client, target.environment, sweep)) is not None]


def _run(client: Any, environment: str, sweep: str) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        for _ in range(_RUNS_MAX):
            answer = client.invoke(FunctionName=f"paysandbox-{environment}-{sweep}", Payload=b"{}")
            told = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                return f"{sweep} failed: {told.get('errorMessage')}"
            if not told["more"]:
                break
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ClientError, BotoCoreError) as error:
        return f"{sweep} could not be run: {error}"
    return None

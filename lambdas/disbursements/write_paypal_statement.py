"""Worker: write PayPal's statement of the day before, every night."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from paysandbox.aws import runtime, telemetry
from paysandbox.disbursements.paypal.nightly_statement import write_statement_of


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Write the statement of a day: `{"day": "2026-11-22"}`, by default yesterday (UTC, wall time).

    A failure is raised, so that the run is repeated; nothing was written then.
    """
    day = date.fromisoformat(event["day"]) if "day" in event else runtime.wall_now().date() - timedelta(days=1)
    written = asdict(write_statement_of(day))
    telemetry.swept("statement written", written)
    return written

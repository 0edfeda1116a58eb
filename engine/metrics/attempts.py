"""Counts the attempts to deliver webhooks, from the line that each writes into its function's log."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.json_lines import lines_of
from engine.metrics.durations import Durations
from engine.metrics.exposition import Family
from paysandbox.request_log.log_lines import ATTEMPT_LINE

DELIVERED: Final = "delivered"
REJECTED: Final = "rejected"
NO_RESPONSE: Final = "no_response"
OUTCOMES: Final = (DELIVERED, REJECTED, NO_RESPONSE)


def outcome_of(line: Mapping[str, Any]) -> str:
    """Return the outcome of an attempt: `delivered` is a complete response with a status of 2xx."""
    status = line.get("status")
    if not isinstance(status, int):
        return NO_RESPONSE
    return DELIVERED if 200 <= status <= 299 and not line.get("error") else REJECTED


class Attempts:
    """Counts attempts. Functions end in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # From the start on with a count of 0, so that the first of them is an increase to Prometheus.
        self._durations = Durations(("outcome",), [(outcome,) for outcome in OUTCOMES])

    def read(self, log: str) -> None:
        """Count the attempts in the log of an invocation. Most have none."""
        for line in lines_of(log, ATTEMPT_LINE):
            latency_ms = line.get("latency_ms")
            duration_s = latency_ms / 1000 if isinstance(latency_ms, int | float) else 0.0
            with self._lock:
                self._durations.count((outcome_of(line),), duration_s)

    def families(self) -> Iterator[Family]:
        """Yield the metrics."""
        with self._lock:
            yield self._durations.counter("paysandbox_webhook_attempts", "Attempts to deliver a webhook, by outcome.")
            yield self._durations.histogram(
                "paysandbox_webhook_attempt_duration_seconds",
                "Time that the receiver of a webhook took for an attempt.",
                ("outcome",),
            )


def count_attempts(functions: Any, attempts: Attempts) -> None:
    """Count the attempts of all invocations. `functions` is ministack's Lambda service, after `keep_logs`."""
    emit = functions.emit_lambda_logs

    def emit_and_count(function: Any, request_id: str, text: str, *about: Any, **options: Any) -> None:
        attempts.read(text)
        emit(function, request_id, text, *about, **options)

    functions.emit_lambda_logs = emit_and_count

"""Delivery attempts, counted from the logs of functions."""

import json
import threading
from types import SimpleNamespace

import pytest

from engine.metrics.attempts import Attempts, count_attempts
from engine.ministack import view
from paysandbox.request_log.log_lines import ATTEMPT_LINE

NONE = {"delivered": 0, "rejected": 0, "no_response": 0}


def line(status, *, error=None, latency_ms=20, message=ATTEMPT_LINE, **more):
    return json.dumps(
        {"message": message, "status": status, "error": error, "latency_ms": latency_ms, **more}, separators=(",", ":")
    )


def counts(attempts):
    counted, _ = attempts.families()
    return {labels[0][1]: sample.value for sample in counted.samples for labels in [sample.labels]}


def seconds(attempts):
    _, took = attempts.families()
    return sum(sample.value for sample in took.samples if sample.suffix == "_sum")


@pytest.mark.parametrize("log, counted", [
    (line(200), {"delivered": 1}),
    (line(204), {"delivered": 1}),
    (line(299), {"delivered": 1}),
    (line(301), {"rejected": 1}),
    (line(410), {"rejected": 1}),
    (line(500), {"rejected": 1}),
    (line(200, error="the body did not end"), {"rejected": 1}),
    (line(None, error="the connection was refused"), {"no_response": 1}),
    ("\n".join(["START", line(200), line(503), line(200), "REPORT"]), {"delivered": 2, "rejected": 1}),
    (line(200, message="request"), {}),
    (line(200, message="request", detail=ATTEMPT_LINE), {}),
    (line(200)[:-1], {}),
    ("a log without lines of JSON", {}),
    ("", {}),
])  # fmt: skip
def test_outcomes(log, counted):
    attempts = Attempts()
    assert counts(attempts) == NONE, "an alert sees the first of each"
    attempts.read(log)
    assert counts(attempts) == NONE | counted


@pytest.mark.parametrize("latency_ms, sum_s", [(20, 0.02), (0.5, 0.0005), (0, 0), (None, 0), ("20", 0)])
def test_durations_are_in_seconds(latency_ms, sum_s):
    attempts = Attempts()
    attempts.read(line(200, latency_ms=latency_ms))
    assert seconds(attempts) == pytest.approx(sum_s)


def test_functions_end_in_several_threads():
    attempts = Attempts()
    log = "\n".join([line(200), line(500)])
    threads = [threading.Thread(target=lambda: [attempts.read(log) for _ in range(300)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    totals = [sum(counts(attempts).values()) for _ in range(200)]
    for thread in threads:
        thread.join()

    assert totals == sorted(totals), "they never fall"
    assert counts(attempts) == {"delivered": 2400, "rejected": 2400, "no_response": 0}


def test_logs_are_stored_as_before():
    stored = []
    functions = SimpleNamespace(_emit_lambda_logs=lambda *about, **options: stored.append((about, options)))
    attempts = Attempts()
    count_attempts(view("lambda_svc", functions), attempts)
    about = ({"config": {}}, "req-1", line(200), False, 12)
    functions._emit_lambda_logs(*about, log_source=None)

    assert stored == [(about, {"log_source": None})]
    assert counts(attempts)["delivered"] == 1

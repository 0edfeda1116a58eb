"""Log lines are those of Powertools' formatter."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from benchmarks.measuring.stubbed_aws import lines_to
from paysandbox.aws import telemetry
from paysandbox.aws.telemetry import LineFormatter

OPTIONS: Any = {"use_rfc3339": True, "utc": True, "json_serializer": json.dumps}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": 200, "body": None, "answer": '{"a":1}', "exception": "Traceback"},
        {"_aws": {"Timestamp": 1}, "route": "another", "taskName": None},
        {"timestamp": "of the call", "level": "of the call", "location": "of the call"},
    ],
    ids=["no fields", "fields", "fields named as the logger's", "reserved names"],
)
@pytest.mark.parametrize("trace", [None, "Root=1-5759e988-bd862e3f;Parent=53995c3f;Sampled=1"])
def test_a_line_is_the_one_of_powertools_formatter(
    fields: dict[str, Any], trace: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trace is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    record = logging.makeLogRecord({"msg": "request", "levelname": "INFO", **fields})

    lines: list[str] = []
    for formatter in (LineFormatter(**OPTIONS), LambdaPowertoolsFormatter(**OPTIONS)):
        formatter.append_keys(location=None, service="payments", route="authorize_payment")
        lines.append(formatter.format(record))

    assert lines[0] == lines[1]


@pytest.fixture
def logger() -> Iterator[Any]:
    """Provide the logger, with its level as it was afterwards."""
    own = telemetry._logger()
    before = own.log_level
    yield own
    own.setLevel(before)


def without_time(line: str) -> dict[str, Any]:
    return {name: field for name, field in json.loads(line).items() if name != "timestamp"}


@pytest.mark.parametrize("failed", [False, True])
def test_a_request_has_the_line_that_the_logger_would_write(logger: Any, *, failed: bool) -> None:
    fields = {"request_id": "r", "status": 500 if failed else 200, "detail": "größer\u2028"}
    with lines_to(StringIO()) as lines:
        telemetry.request_line(fields, {}, failed=failed)
        (logger.error if failed else logger.info)("request", extra=fields)
    printed, logged = lines.getvalue().removesuffix("\n").split("\n")
    assert without_time(printed) == without_time(logged)


@pytest.mark.parametrize("failed", [False, True])
def test_no_level_silences_requests(logger: Any, *, failed: bool) -> None:
    logger.setLevel("CRITICAL")
    with lines_to(StringIO()) as lines:
        telemetry.request_line({"status": 200}, {}, failed=failed)
    assert lines.getvalue().count("\n") == 1


FIRST_LINES = """
import logging
import sys
from threading import Barrier, Thread

from paysandbox.aws import telemetry

sys.setswitchinterval(1e-5)
together = Barrier(8)


def log(place):
    together.wait()
    telemetry.event_stored({"place": place})


for _ in range(100):
    telemetry._logger.cache_clear()
    logging.Logger.manager.loggerDict.clear()
    threads = [Thread(target=log, args=[place]) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_the_first_lines_of_several_threads_are_whole() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_LINES], text=True, capture_output=True, check=True)

    assert done.stderr == ""
    assert sorted(json.loads(line)["place"] for line in done.stdout.splitlines()) == sorted([*range(8)] * 100)

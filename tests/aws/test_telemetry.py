"""Log lines are those of Powertools' formatter."""

import json
import logging
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

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

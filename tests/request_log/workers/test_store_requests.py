"""The worker that stores requests from other functions' log lines: once each, and never stopped by a bad line."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from paysandbox.core.errors import Refused
from paysandbox.request_log import log_batch, tables as request_log_table
from paysandbox.request_log.log_lines import LINE_PATTERN
from paysandbox.request_log.request_record import RETENTION, RequestRecord, record_of
from paysandbox.request_log.table import RequestLog, get_record, put_records, record_from, request_item
from request_log import store_requests
from tests.support.builders import build
from tests.support.builders.build import MONDAY
from tests.support.fakes.deliveries import MONDAY_MS, delivery, zipped
from tests.support.fakes.filter_pattern import passes
from tests.support.worlds import tables

Json = dict[str, Any]


def line(number: int = 1, **more: Any) -> Json:
    """Return a request's log line, as the endpoint writes it."""
    parts = {
        "level": "INFO",
        "message": "request",
        "request_id": f"request-{number}",
        "merchant": "demo",
        "method": "POST",
        "route": "capture_payment",
        "status": 200,
        "outcome": "captured",
        "duration_ms": 12.345,
        "answer": '{"status":"captured"}',
    }
    return {name: value for name, value in (parts | more).items() if value is not build.ABSENT}


@pytest.fixture
def log() -> Iterator[RequestLog]:
    """Provide an empty request log."""
    with tables.sandbox(), patch.dict("os.environ", {"POWERTOOLS_METRICS_NAMESPACE": "paysandbox/test"}):
        tables.forget()
        yield request_log_table.request_log()
    tables.forget()


def store(*lines: Any, **parts: Any) -> None:
    store_requests.handler(delivery(*lines, **parts), None)


def kept(log: RequestLog) -> list[RequestRecord]:
    items = log.client.scan(TableName=log.table)["Items"]
    return sorted((record_from(dict(item)) for item in items), key=lambda record: record.at)


def test_requests_are_stored_for_seven_days_of_wall_time(log: RequestLog) -> None:
    store(line(body='{"amount":1}', code="x", param="p", detail="d", idempotency_key="k", replayed=True))
    (record,) = kept(log)
    assert record == RequestRecord(
        request_id="request-1",
        merchant="demo",
        at=record.at,
        method="POST",
        route="capture_payment",
        status=200,
        duration_ms=12,
        outcome="captured",
        replayed=True,
        code="x",
        param="p",
        detail="d",
        idempotency_key="k",
        body='{"amount":1}',
        answer='{"status":"captured"}',
    )
    assert int(record.at.timestamp()) * 1_000 == MONDAY_MS
    item: Json = log.client.scan(TableName=log.table)["Items"][0]
    assert int(item["purge_at"]["N"]) == MONDAY_MS // 1_000 + RETENTION.days * 86_400


def test_redelivered_lines_are_stored_once(log: RequestLog) -> None:
    for _ in range(2):
        store(line(1), line(1), line(2))
    assert [record.request_id for record in kept(log)] == ["request-1", "request-2"]


@pytest.fixture
def sampled() -> Iterator[RequestLog]:
    """Provide the empty request log of an environment that stores 5 % of the successful requests."""
    with tables.sandbox(request_log_sample_percent=5):
        tables.forget()
        yield request_log_table.request_log()
    tables.forget()


def test_the_same_share_of_successful_requests_is_stored_each_time(sampled: RequestLog) -> None:
    lines = [line(number) for number in range(1_000)]
    store(*lines)
    once = {record.request_id for record in kept(sampled)}
    assert 30 <= len(once) <= 70
    store(*reversed(lines))
    assert {record.request_id for record in kept(sampled)} == once


@pytest.mark.full
@pytest.mark.parametrize(
    "more",
    [
        {"status": 400, "outcome": "refused"},
        {"status": 429, "outcome": "refused"},
        {"status": 500, "outcome": "failed"},
        {"status": 503, "outcome": "failed"},
        {"status": 200, "outcome": "declined"},
    ],
)
def test_failed_requests_are_always_stored(more: Json, sampled: RequestLog) -> None:
    store(*(line(number, **more) for number in range(50)))
    assert len(kept(sampled)) == 50


def test_more_than_one_batch(log: RequestLog) -> None:
    store(*(line(number) for number in range(60)))
    assert len(kept(log)) == 60


POISON: list[Any] = [
    "{",
    "{}x",
    line(request_id=build.ABSENT),
    line(request_id=""),
    line(request_id="a#b"),
    line(request_id=7),
    line(merchant="Not A Merchant"),
    line(merchant=["demo"]),
    line(status="200"),
    line(status=True),
    line(duration_ms=build.ABSENT),
    line(duration_ms=float("inf")),
    line(route=None),
    line(body={"card": 1}),
    '{"message": "request", "merchant": "demo", "status": ' + "9" * 5_000 + "}",
]


@pytest.mark.full
@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_unreadable_lines_are_dropped_and_counted(
    poison: Any, log: RequestLog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(log_batch.telemetry, "dropped_lines", lambda count, _: counted.append(count))
    store(line(1), poison, line(2))
    assert [record.request_id for record in kept(log)] == ["request-1", "request-2"]
    assert counted == [1]


@pytest.mark.full
@pytest.mark.parametrize(
    "event",
    [{}, {"awslogs": {}}, {"awslogs": {"data": "%%%"}}, {"awslogs": {"data": "AAAA"}}, zipped(b"{"), zipped(b"[]")],
)
def test_unreadable_deliveries_are_dropped(event: Any, log: RequestLog) -> None:
    store_requests.handler(event, None)
    assert kept(log) == []


@pytest.mark.full
@pytest.mark.parametrize(
    "other",
    [
        "START RequestId: 5f2c Version: $LATEST",
        "REPORT RequestId: 5f2c\tDuration: 7.01 ms",
        "Traceback (most recent call last):",
        {"level": "WARNING", "message": "lines dropped"},
        line(merchant=build.ABSENT),
    ],
)
def test_lines_without_a_merchants_request_are_skipped(
    other: Any, log: RequestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complain(count: int, error: BaseException) -> None:
        raise AssertionError(f"{count} dropped: {error}")

    monkeypatch.setattr(log_batch.telemetry, "dropped_lines", complain)
    store(other)
    assert kept(log) == []


@pytest.mark.full
@pytest.mark.parametrize(
    "one, wanted",
    [
        (line(), True),
        (line(status=500, level="ERROR", code="internal_error"), True),
        (line(merchant=build.ABSENT), False),
        (line(merchant=None), False),
        (line(message="requested"), False),
        ({"level": "WARNING", "message": "lines dropped"}, False),
        ("START RequestId: 5f2c Version: $LATEST", False),
        ("REPORT RequestId: 5f2c\tDuration: 7.01 ms", False),
        ("Traceback (most recent call last):", False),
        ('["request"]', False),
    ],
)
def test_subscription_filter_matches_the_stored_lines(one: Any, wanted: bool, log: RequestLog) -> None:
    assert passes(LINE_PATTERN, one if isinstance(one, str) else json.dumps(one)) is wanted
    store(one)
    assert bool(kept(log)) is wanted


def test_test_message_of_the_subscription(log: RequestLog) -> None:
    store("CWL CONTROL MESSAGE: Checking health of destination Lambda function.", kind="CONTROL_MESSAGE")
    assert kept(log) == []


def test_dropped_lines_emit_a_metric_and_are_not_logged(log: RequestLog, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Json] = []
    monkeypatch.setattr(log_batch.telemetry._logger(), "warning", lambda message, extra: told.append({message: extra}))
    store("{4242424242424242", "{4242424242424242")
    (said,) = told
    assert said["lines dropped"]["LinesDropped"] == [2.0]
    assert "4242424242424242" not in json.dumps(said)


class Leaving:
    """A DynamoDB stub that leaves the first item of each batch unprocessed, a given number of times."""

    def __init__(self, client: Any, times: int) -> None:
        self.client, self.times, self.calls = client, times, 0

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - boto3's name
        self.calls += 1
        if self.calls > self.times:
            return self.client.batch_write_item(RequestItems=RequestItems)
        ((table, wanted),) = RequestItems.items()
        if len(wanted) > 1:
            self.client.batch_write_item(RequestItems={table: wanted[1:]})
        return {"UnprocessedItems": {table: wanted[:1]}}


def test_unprocessed_items_are_retried(log: RequestLog) -> None:
    leaving: Any = Leaving(log.client, times=3)
    put_records(RequestLog(leaving, log.table), [build.request_record(number) for number in range(3)])
    assert (len(kept(log)), leaving.calls) == (3, 4)


def test_lasting_unprocessed_items_raise_for_a_retry(log: RequestLog) -> None:
    leaving: Any = Leaving(log.client, times=99)
    with pytest.raises(Refused, match="service_unavailable"):
        put_records(RequestLog(leaving, log.table), [build.request_record()])
    assert leaving.calls == 5


def test_records_round_trip(log: RequestLog) -> None:
    for record in (build.request_record(1), build.request_record(2, body="{}", replayed=True, param="é")):
        assert record_from(request_item(record)) == record
        put_records(log, [record])
        assert get_record(log, "demo", record.request_id) == record
        assert get_record(log, "globex", record.request_id) is None


def test_requests_are_spread_over_shards() -> None:
    keys = {request_item(build.request_record(number))["merchant_key"]["S"] for number in range(200)}
    assert keys == {f"demo#{shard:x}" for shard in range(16)}


def test_declines_are_not_failures() -> None:
    declined = record_of(line(outcome="declined"), MONDAY)
    assert declined is not None
    assert not declined.failed
    assert build.request_record().failed

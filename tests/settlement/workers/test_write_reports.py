"""The report worker: existing files are not written again, and reports contain only the statement's data."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.aws.settings import ReportsSettings
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.close import BooksDoNotBalanceError
from paysandbox.settlement.reports import files as report_files, order as report_order
from settlement import write_reports
from tests.support.builders.build import HOUR
from tests.support.builders.payment_scenario import capture, refund, run, wait
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot
from tests.support.worlds.aws_transport import Fault, Killed, Sent, Wire
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario, Story

SLICE = shard_of_text("demo", ENTRY_SHARDS)


@pytest.mark.full
def test_existing_reports_are_kept_and_wrong_ones_rejected(settling: SettlementScenario, wire: Wire) -> None:
    run(settling.payment(), capture())
    until(settling, "announce")
    entries = settlement_tables.entries()
    with wire.record() as sent:
        for number in range(ENTRY_SHARDS):
            write(number)
    assert s3_requests(sent) == []
    (item,) = entries.client.scan(TableName=entries.table)["Items"]
    entries.client.put_item(TableName=entries.table, Item={**item, "fee": {"N": "1"}})
    before = settling.reports()
    with wire.record() as sent, pytest.raises(BooksDoNotBalanceError):
        write()
    assert s3_requests(sent) == []
    assert settling.reports() == before


@pytest.mark.full
def test_reports_do_not_depend_on_parts_or_runs(settling: SettlementScenario, wire: Wire) -> None:
    """A report of several parts has the same bytes as one that fits into a part, and is not put again either."""
    expected, unwritten = written(settling)
    empty(settling, unwritten)
    with tiny():
        with wire.record() as sent:
            write()
        assert settling.story() == expected
        asked = [one.operation for one in s3_requests(sent)]
        assert asked.count("CreateMultipartUpload") == asked.count("CompleteMultipartUpload") == 2
        assert asked.count("UploadPart") > 4
        with wire.record() as sent:
            write()
        assert s3_requests(sent) == []


@pytest.mark.full
@pytest.mark.parametrize(
    "fault",
    [pytest.param(on_the_wire.killed_before, marks=pytest.mark.soak), on_the_wire.killed_after],
    ids=lambda fault: fault.__name__,
)
def test_interrupted_uploads_have_the_same_result(settling: SettlementScenario, wire: Wire, fault: Fault) -> None:
    expected, unwritten = written(settling)
    with tiny():
        empty(settling, unwritten)
        with wire.record() as sent:
            write()
        calls = [one.call for one in s3_requests(sent)]
        assert len(calls) > 10
        for number in calls:
            empty(settling, unwritten)
            with wire.broken(fault, when=lambda one, n=number: one.call == n), pytest.raises(Killed):
                write()
            # Each file is either complete or absent.
            assert settling.reports().items() <= expected.reports.items(), number
            write()
            assert settling.story() == expected, number


def written(settling: SettlementScenario) -> tuple[Story, table_snapshot.Items]:
    """Return the story of a day that fills several small runs and parts, and the tables before its reports."""
    for number in range(4):
        run(settling.payment(amount=10_00, reference=f"={number}"), capture(4_00), wait(HOUR), refund(1_00, of=1))
    until(settling, "write_reports")
    unwritten = table_snapshot.take()
    write()
    return settling.story(), unwritten


def until(settling: SettlementScenario, step: str) -> None:
    """Run the night's steps until this one is next."""
    settling.night()
    steps = settling.steps()
    while next(steps) != step:
        pass


def write(slice_: int = SLICE) -> None:
    write_reports.handler({"batch": "2026-11-16", "slice": slice_}, PATIENT)


def s3_requests(sent: list[Sent]) -> list[Sent]:
    return [one for one in sent if "url" in one.parameters]


def empty(settling: SettlementScenario, tables: table_snapshot.Items) -> None:
    """Restore these tables and empty the bucket."""
    for name in settling.reports():
        runtime.s3().delete_object(Bucket=runtime.settings_of(ReportsSettings).reports_bucket, Key=name)
    table_snapshot.put_back(tables)


@contextmanager
def tiny() -> Iterator[None]:
    """Use runs of three entries and parts of a few lines, which S3 would not accept."""
    with (
        patch.object(report_order, "RUN", 3),
        patch.object(report_files, "PART_BYTES", 600),
        patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1),
    ):
        yield

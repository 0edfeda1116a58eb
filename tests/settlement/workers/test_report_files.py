"""Files in the bucket: exact bytes in as few requests as needed, and no file after a failure."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.settlement.batch import ReportFile
from paysandbox.settlement.reports.files import PART_BYTES, Place, measure, put
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Fault, Killed, Wire
from tests.support.worlds.settlement_scenario import SettlementScenario

PLACE = Place(key="2026-11-16/demo.csv", content_type="text/csv; charset=utf-8")
CHUNK = bytes(range(256)) * 64
PER_PART = PART_BYTES // len(CHUNK)
IN_PARTS = ["CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPart", "CompleteMultipartUpload"]


def chunks(count: int, last: bytes = b"") -> Iterator[bytes]:
    yield from (CHUNK for _ in range(count))
    yield last


def started() -> list[Any]:
    """Return uploads that are neither complete nor aborted."""
    return runtime.s3().list_multipart_uploads(Bucket=_bucket()).get("Uploads", [])


def _bucket() -> str:
    return runtime.settings_of(ReportsSettings).reports_bucket


@pytest.mark.full
@pytest.mark.parametrize(
    "count, last, requests",
    [
        (0, b"", ["PutObject"]),
        (0, b"x", ["PutObject"]),
        (PER_PART - 1, CHUNK[1:], ["PutObject"]),  # a byte less than a part
        (PER_PART, b"", [IN_PARTS[0], "UploadPart", IN_PARTS[-1]]),
        (2 * PER_PART, b"x", IN_PARTS),
    ],
)
def test_uploads_use_the_fewest_requests(
    settling: SettlementScenario, wire: Wire, count: int, last: bytes, requests: list[str]
) -> None:
    with wire.record() as sent:
        told = put(PLACE, chunks(count, last))
    assert [one.operation for one in sent] == requests
    whole = b"".join(chunks(count, last))
    assert told == ReportFile(key=PLACE.key, size=len(whole), sha256=hashlib.sha256(whole).hexdigest())
    answer = runtime.s3().get_object(Bucket=_bucket(), Key=PLACE.key)
    assert (answer["Body"].read(), answer["ContentType"]) == (whole, PLACE.content_type)
    assert started() == []


def test_a_dry_run_measures_and_sends_nothing(settling: SettlementScenario, wire: Wire) -> None:
    with wire.record() as sent:
        told = measure(PLACE, chunks(2 * PER_PART, b"x"))
    assert sent == []
    assert told == put(PLACE, chunks(2 * PER_PART, b"x"))


@pytest.mark.parametrize("call", [*range(1, len(IN_PARTS))], ids=lambda call: f"{call} {IN_PARTS[call]}")
def test_failed_uploads_are_aborted(settling: SettlementScenario, wire: Wire, call: int) -> None:
    with (
        wire.broken(on_the_wire.never_left, when=lambda sent: sent.call == call) as sent,
        pytest.raises(ConnectionClosedError),
    ):
        put(PLACE, chunks(2 * PER_PART, b"x"))
    assert sent[-1].operation == "AbortMultipartUpload"
    assert (started(), settling.reports()) == ([], {})


def test_an_unreadable_entry_aborts_the_upload(settling: SettlementScenario) -> None:
    def torn() -> Iterator[bytes]:
        yield from chunks(2 * PER_PART)
        raise ValueError("an entry")

    with pytest.raises(ValueError, match="an entry"):
        put(PLACE, torn())
    assert (started(), settling.reports()) == ([], {})


def test_a_failed_abort_reports_the_first_error(settling: SettlementScenario, wire: Wire) -> None:
    """S3 stays unavailable. It drops the uploaded parts after a day (`stacks.workers.settlement_stack`)."""
    refused = on_the_wire.answered_in_xml

    def away(request: Any, deliver: Any) -> Any:
        code = "SlowDown" if request.method == "PUT" else "AccessDenied"
        return refused(request, f"<Error><Code>{code}</Code><Message>-</Message></Error>", 403)

    with (
        wire.broken(away, when=lambda sent: sent.operation in {"UploadPart", "AbortMultipartUpload"}),
        pytest.raises(ClientError, match="SlowDown"),
    ):
        put(PLACE, chunks(2 * PER_PART))
    assert len(started()) == 1
    assert settling.reports() == {}
    put(PLACE, chunks(1))
    assert [*settling.reports()] == [PLACE.key]


@pytest.mark.full
@pytest.mark.parametrize("fault", [on_the_wire.killed_before, on_the_wire.killed_after], ids=lambda one: one.__name__)
@pytest.mark.parametrize("call", [*range(len(IN_PARTS))], ids=lambda call: f"{call} {IN_PARTS[call]}")
def test_interrupted_uploads_are_invisible_and_repeatable(
    settling: SettlementScenario, wire: Wire, call: int, fault: Fault
) -> None:
    whole = b"".join(chunks(2 * PER_PART, b"x"))
    with wire.broken(fault, when=lambda sent: sent.call == call), pytest.raises(Killed):
        put(PLACE, chunks(2 * PER_PART, b"x"))
    completed = IN_PARTS[call] == "CompleteMultipartUpload" and fault is on_the_wire.killed_after
    assert settling.reports() == ({PLACE.key: whole} if completed else {})
    put(PLACE, chunks(2 * PER_PART, b"x"))
    assert settling.reports() == {PLACE.key: whole}

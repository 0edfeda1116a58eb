"""Files of any size in the reports' bucket: put a part at a time, or only measured.

A file in parts becomes visible as a whole, when the last one is there. What a failed upload had put is taken back; what
a killed one had put, the bucket drops after a day.
"""

import contextlib
import hashlib
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.settlement.batch import ReportFile

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES: Final = 5 * 2**20
"""The least that S3 takes of all parts but the last, and it takes 10,000: files of 50 GB. Two are in memory at most."""

# Said at each step of an upload: a part whose checksum is not of the announced kind is refused, and boto3 adds one.
_CHECKSUM: Final = "CRC32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file belongs, and as what."""

    key: str
    content_type: str


def measure(place: Place, chunks: Iterable[bytes]) -> ReportFile:
    """What `put` says of these bytes, and nothing is put."""
    measured = _Measured(chunks)
    deque(measured, maxlen=0)
    return measured.file(place.key)


def put(place: Place, chunks: Iterable[bytes]) -> ReportFile:
    """Put these bytes: in one request where they are less than a part."""
    measured = _Measured(chunks)
    parts = _parts(measured)
    first = next(parts, b"")
    if len(first) < PART_BYTES:
        runtime.s3().put_object(**_of(place), Body=first, ContentType=place.content_type)
    else:
        _put_parts(place, chain([first], parts))
    return measured.file(place.key)


class _Measured:
    """Chunks that are counted as they pass."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._digest, self._size = chunks, hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._size += len(chunk)
            yield chunk

    def file(self, key: str) -> ReportFile:
        return ReportFile(key=key, size=self._size, sha256=self._digest.hexdigest())


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks put together, the last part of less than PART_BYTES."""
    part = io.BytesIO()
    for chunk in chunks:
        part.write(chunk)
        if part.tell() >= PART_BYTES:
            yield part.getvalue()
            part = io.BytesIO()
    if part.tell():
        yield part.getvalue()


def _put_parts(place: Place, parts: Iterable[bytes]) -> None:
    s3 = runtime.s3()
    created = s3.create_multipart_upload(**_of(place), ContentType=place.content_type, ChecksumAlgorithm=_CHECKSUM)
    upload: Any = {**_of(place), "UploadId": created["UploadId"]}
    try:
        done = [_put_part(upload, number, part) for number, part in enumerate(parts, start=1)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
    except Exception:
        # Why it failed is what is to be told, and not that S3 did not take this either.
        with contextlib.suppress(BotoCoreError, ClientError):
            s3.abort_multipart_upload(**upload)
        raise


def _put_part(upload: Any, number: int, part: bytes) -> "CompletedPartTypeDef":
    answer = runtime.s3().upload_part(**upload, PartNumber=number, Body=part, ChecksumAlgorithm=_CHECKSUM)
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]}


def _of(place: Place) -> Any:
    return {"Bucket": runtime.settings_of(ReportsSettings).reports_bucket, "Key": place.key}

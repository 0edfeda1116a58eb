"""Upload report files of any size to the reports bucket in parts, or only measure them.

A multipart file becomes visible as a whole, when its upload completes. A failed upload is aborted; the bucket deletes
the parts of a killed upload after one day.
"""

import contextlib
import hashlib
import io
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.record import record
from paysandbox.settlement.batch import ReportFile

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES: Final = 5 * 2**20
"""S3's minimum size of all parts but the last. S3 accepts 10,000 parts: files of 50 GB. At most two are in memory."""

# Set in each step of an upload: S3 rejects a part whose checksum algorithm differs from the declared one, and boto3
# adds a checksum by default.
_CHECKSUM: Final = "CRC32"


@record(kw_only=True)
class Place:
    """Object key and content type of a file."""

    key: str
    content_type: str


def measure(place: Place, chunks: Iterable[bytes]) -> ReportFile:
    """Return the same result as `put`, without an upload."""
    measured = _Measured(chunks)
    deque(measured, maxlen=0)
    return measured.file(place.key)


def put(place: Place, chunks: Iterable[bytes]) -> ReportFile:
    """Upload the bytes, in a single request if they are smaller than one part."""
    measured = _Measured(chunks)
    parts = _parts(measured)
    first = next(parts, b"")
    if len(first) < PART_BYTES:
        runtime.s3().put_object(**_of(place), Body=first, ContentType=place.content_type)
    else:
        _put_parts(place, chain([first], parts))
    return measured.file(place.key)


class _Measured:
    """Iterable over chunks that calculates their size and SHA-256."""

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
    """Join chunks into parts of at least PART_BYTES; only the last part may be smaller."""
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
        # Raise the original error, even if the abort fails too.
        with contextlib.suppress(BotoCoreError, ClientError):
            s3.abort_multipart_upload(**upload)
        raise


def _put_part(upload: Any, number: int, part: bytes) -> "CompletedPartTypeDef":
    answer = runtime.s3().upload_part(**upload, PartNumber=number, Body=part, ChecksumAlgorithm=_CHECKSUM)
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]}


def _of(place: Place) -> Any:
    return {"Bucket": runtime.settings_of(ReportsSettings).reports_bucket, "Key": place.key}

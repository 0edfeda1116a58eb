"""The files between the sandbox and its bank, below `ach/` in the bucket of reports.

out/2026-11-23.1.1.ach          a file of credits
out/2026-11-23.1.1.….cancel     a request to cancel an unclaimed entry, named after its trace number
bank/2026-11-23T…/….ack         what the simulated bank will put into `in` at that time
in/2026-11-23.1.1.1.ack         what the bank says, until it is read
read/2026-11-23.1.1.1.ack       what was read and applied
refused/2026-11-23.1.1.1.ack    what could not be read, or does not fit
"""

from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.record import record
from paysandbox.disbursements.ach.file_name import PREFIX

BANK: Final = "bank/"
IN: Final = "in/"
READ: Final = "read/"
REFUSED: Final = "refused/"

_MAX_BYTES: Final = 1_100_000
"""Bytes of a file that are read. A longer one is refused: it is cut off, and so it is not what was written."""


class Files(Protocol):
    """A store of small text files. Its keys sort by their bytes."""

    def put(self, key: str, text: str) -> None:
        """Write a file, or replace it."""
        ...

    def get(self, key: str) -> str | None:
        """Return a file, or None if there is none."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of the first 1,000 files below a prefix, in order."""
        ...

    def delete(self, key: str) -> None:
        """Delete a file, if there is one."""
        ...


@record
class BucketFiles:
    """The files in the bucket that this function's settings name. Its methods raise errors of S3."""

    def put(self, key: str, text: str) -> None:
        """Write a file, or replace it."""
        runtime.s3().put_object(**_of(key), Body=text.encode(), ContentType="text/plain; charset=utf-8")

    def get(self, key: str) -> str | None:
        """Return a file, or None if there is none. What is no UTF-8 is replaced, and can then be no valid file."""
        try:
            found = runtime.s3().get_object(**_of(key))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            # S3 says so of a missing file too: the right to list is that of a prefix, which this request has none of.
            is_missing = code == "NoSuchKey" or (code == "AccessDenied" and key not in self.keys(key))
            if not is_missing:
                raise
            return None
        return found["Body"].read(_MAX_BYTES).decode(errors="replace")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of the first 1,000 files below a prefix, in order."""
        bucket = runtime.settings_of(ReportsSettings).reports_bucket
        found: Any = runtime.s3().list_objects_v2(Bucket=bucket, Prefix=PREFIX + prefix)
        return [each["Key"].removeprefix(PREFIX) for each in found.get("Contents", [])]

    def delete(self, key: str) -> None:
        """Delete a file, if there is one."""
        runtime.s3().delete_object(**_of(key))


def _of(key: str) -> Any:
    return {"Bucket": runtime.settings_of(ReportsSettings).reports_bucket, "Key": PREFIX + key}

"""The simulated bank's statement of a banking day, from the files of ACH in the bucket of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cli.connection.target import Target
    from paysandbox.disbursements.ach.file_name import FileName


def ach_statement(target: Target, day: datetime) -> str:
    """Return the file of the bank's statement of the files that settle on a day, as of the sandbox's time."""
    from cli.disbursements.tables import sandbox_time
    from paysandbox.disbursements.ach.file_name import read_file_name
    from paysandbox.disbursements.ach.statement import bank_statement
    from paysandbox.disbursements.statement import write_statement

    sent: dict[FileName, str] = {}
    canceled: set[tuple[FileName, str]] = set()
    s3, bucket = target.client("s3"), target.outputs("settlement")["ReportsBucket"]
    for key, name in _keys(s3, bucket, f"{day:%Y-%m-%d}."):
        stem, _, kind = name.rpartition(".")
        if kind == "ach":
            sent[read_file_name(stem)] = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        elif kind == "cancel":
            file, _, trace = stem.rpartition(".")
            canceled.add((read_file_name(file), trace))
    return "".join(write_statement(bank_statement(day.date(), sandbox_time(target), sent, canceled)))


def _keys(s3: Any, bucket: str, beginning: str) -> Iterator[tuple[str, str]]:
    """Yield the keys of what was sent to the bank, each with its name."""
    from paysandbox.disbursements.ach.file_name import OUT, PREFIX

    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}{OUT}{beginning}"):
        for found in page.get("Contents", []):
            yield found["Key"], found["Key"].removeprefix(PREFIX + OUT)

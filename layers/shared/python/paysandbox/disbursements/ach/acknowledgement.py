"""The bank's acknowledgements of a file, in a format of our own: Nacha has none for PPD entries. Pure.

    {"entries":{"110000008184001":{"report":"accepted"},"110000008184002":{"code":"COMPLIANCE","report":"held"}},
     "file":"2026-11-23.1.1","format":"paysandbox-ach-acknowledgement-1","number":1,"refused":null,"sha256":"…"}

The first one is of the whole file, and says of each entry what becomes of it. `refused` is the reason if the bank could
not read the file, of which it then takes no entry. A later one, with a higher number, has the entries that changed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from paysandbox.core.json_text import json_text
from paysandbox.core.record import record
from paysandbox.disbursements.ach.file_name import FileName, read_file_name
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.special_accounts import EntryReport, Report

MAX_LENGTH: Final = 200_000
"""Characters of an acknowledgement that is read: 999 entries take half of them."""

_FORMAT: Final = "paysandbox-ach-acknowledgement-1"
_FIELDS: Final = frozenset({"format", "file", "number", "sha256", "refused", "entries"})
_SHA256: Final = re.compile("[0-9a-f]{64}")
_TRACE: Final = re.compile("[0-9]{15}")
_CODE: Final = re.compile("[A-Z0-9_]{1,40}")
_REASON: Final = re.compile("[ -~]{1,200}")


@record(kw_only=True)
class Acknowledgement:
    """An acknowledgement: of which file, its number from 1, and what it says of entries by their trace numbers.

    `sha256` is that of the file as the bank received it.
    """

    file: FileName
    number: int
    sha256: str
    entries: Mapping[str, EntryReport]
    refused: str | None = None


def digest(text: str) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_acknowledgement(acknowledgement: Acknowledgement) -> str:
    """Return the text of an acknowledgement."""
    return json_text(
        {
            "format": _FORMAT,
            "file": str(acknowledgement.file),
            "number": acknowledgement.number,
            "sha256": acknowledgement.sha256,
            "refused": acknowledgement.refused,
            "entries": {trace: _written(reported) for trace, reported in acknowledgement.entries.items()},
        }
    )


def read_acknowledgement(text: str) -> Acknowledgement:
    """Return what an acknowledgement says. Raises UnreadableFileError, with the reason, if it is none."""
    if len(text) > MAX_LENGTH:
        raise UnreadableFileError(f"it has more than {MAX_LENGTH:,} characters")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFileError("it is no JSON") from None
    if not isinstance(found, dict) or frozenset(cast("dict[str, Any]", found)) != _FIELDS or found["format"] != _FORMAT:
        raise UnreadableFileError(f"it is no {_FORMAT}")
    number: Any = found["number"]
    if type(number) is not int or not 1 <= number <= 9:
        raise UnreadableFileError("it has no number")
    entries = _read_entries(found["entries"])
    refused: Any = found["refused"]
    if refused is not None and (not _fits(_REASON, refused) or entries or number > 1):
        raise UnreadableFileError("it refuses the file, and says something else too")
    if not _fits(_SHA256, found["sha256"]):
        raise UnreadableFileError("it has no digest")
    return Acknowledgement(
        file=_read_name(found["file"]), number=number, sha256=found["sha256"], entries=entries, refused=refused
    )


def _read_name(text: Any) -> FileName:
    try:
        return read_file_name(text)
    except (ValueError, TypeError):
        raise UnreadableFileError("it names no file of credits") from None


def _read_entries(found: Any) -> dict[str, EntryReport]:
    if not isinstance(found, dict):
        raise UnreadableFileError("it has no entries")
    return {trace: _read_report(trace, reported) for trace, reported in cast("dict[str, Any]", found).items()}


def _read_report(trace: str, found: Any) -> EntryReport:
    if not _fits(_TRACE, trace) or not isinstance(found, dict):
        raise UnreadableFileError("it has something that is no entry")
    reported = cast("dict[str, Any]", found)
    code = reported.get("code")
    try:
        report = Report(reported.get("report", ""))
    except ValueError:
        raise UnreadableFileError("it says something unknown of an entry") from None
    if not reported.keys() <= {"report", "code"} or ("code" in reported and not _fits(_CODE, code)):
        raise UnreadableFileError("it says something unknown of an entry")
    return EntryReport(report=report, code=code)


def _written(reported: EntryReport) -> dict[str, str]:
    return {"report": str(reported.report)} | ({"code": reported.code} if reported.code else {})


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

"""The bank's acknowledgements: what is read, and what is refused as a whole."""

import json
from typing import Any, Final

import pytest

from paysandbox.disbursements.ach.acknowledgement import (
    Acknowledgement,
    digest,
    read_acknowledgement,
    write_acknowledgement,
)
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.special_accounts import EntryReport, Report
from tests.support.builders import ach

GIVEN: Final = Acknowledgement(
    file=ach.file_name(),
    number=1,
    sha256=digest("any file"),
    entries={
        "110000008184001": EntryReport(report=Report.ACCEPTED),
        "110000008184002": EntryReport(report=Report.REFUSED, code="INSUFFICIENT_FUNDS"),
    },
)
REFUSED: Final = Acknowledgement(
    file=ach.file_name(), number=1, sha256=digest("any file"), entries={}, refused="it has no whole blocks"
)


def test_the_text_of_an_acknowledgement() -> None:
    assert write_acknowledgement(GIVEN) == (
        '{"entries":{"110000008184001":{"report":"accepted"},'
        '"110000008184002":{"code":"INSUFFICIENT_FUNDS","report":"refused"}},'
        '"file":"2026-11-23.1.1","format":"paysandbox-ach-acknowledgement-1","number":1,"refused":null,'
        f'"sha256":"{digest("any file")}"}}'
    )


@pytest.mark.parametrize("given", [GIVEN, REFUSED])
def test_what_is_written_is_read(given: Acknowledgement) -> None:
    assert read_acknowledgement(write_acknowledgement(given)) == given


def spoiled(of: Acknowledgement = GIVEN, without: str = "", **parts: Any) -> str:
    fields: dict[str, Any] = json.loads(write_acknowledgement(of)) | parts
    fields.pop(without, None)
    return json.dumps(fields)


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("\ud800", "it is no JSON"),
        (" " * 200_001, "it has more than 200,000 characters"),
        ("[]", "it is no paysandbox-ach-acknowledgement-1"),
        ("null", "it is no paysandbox-ach-acknowledgement-1"),
        (spoiled(format="paysandbox-ach-acknowledgement-2"), "it is no paysandbox-ach-acknowledgement-1"),
        (spoiled(other=1), "it is no paysandbox-ach-acknowledgement-1"),
        (spoiled(without="refused"), "it is no paysandbox-ach-acknowledgement-1"),
        (spoiled(number=0), "it has no number"),
        (spoiled(number=True), "it has no number"),
        (spoiled(number="1"), "it has no number"),
        (spoiled(file="2026-11-23"), "it names no file of credits"),
        (spoiled(file="2026-13-23.1.1"), "it names no file of credits"),
        (spoiled(file=7), "it names no file of credits"),
        (spoiled(sha256="abc"), "it has no digest"),
        (spoiled(sha256=None), "it has no digest"),
        (spoiled(refused=""), "it refuses the file, and says something else too"),
        (spoiled(refused="no"), "it refuses the file, and says something else too"),
        (spoiled(REFUSED, number=2), "it refuses the file, and says something else too"),
        (spoiled(entries=[]), "it has no entries"),
        (spoiled(entries={"1": {"report": "accepted"}}), "it has something that is no entry"),
        (spoiled(entries={"110000008184001": "accepted"}), "it has something that is no entry"),
        (spoiled(entries={"110000008184001": {}}), "it says something unknown of an entry"),
        (spoiled(entries={"110000008184001": {"report": "lost"}}), "it says something unknown of an entry"),
        (spoiled(entries={"110000008184001": {"report": []}}), "it says something unknown of an entry"),
        (spoiled(entries={"110000008184001": {"report": "held", "code": "no code"}}), "it says something unknown"),
        (spoiled(entries={"110000008184001": {"report": "held", "code": None}}), "it says something unknown"),
        (spoiled(entries={"110000008184001": {"report": "held", "x": 1}}), "it says something unknown"),
    ],
)
def test_anything_else_is_refused_as_a_whole(text: str, says: str) -> None:
    with pytest.raises(UnreadableFileError, match=says):
        read_acknowledgement(text)

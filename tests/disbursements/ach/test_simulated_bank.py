"""The simulated bank: what it answers for each special account, and when."""

import re
from dataclasses import replace
from typing import Any, Final

import pytest

from paysandbox.disbursements.ach.acknowledgement import read_acknowledgement
from paysandbox.disbursements.ach.answer_files import read_changes, read_returns
from paysandbox.disbursements.ach.correction import corrected
from paysandbox.disbursements.ach.credit_file import SANDBOX
from paysandbox.disbursements.ach.destination import wrong_part
from paysandbox.disbursements.ach.nacha_file import write_file
from paysandbox.disbursements.ach.simulated_bank import BankFile, answers_to
from paysandbox.disbursements.ach.special_accounts import (
    ACCOUNT_OF_CHANGES,
    HOLDER_OF_CHANGES,
    ROUTING_OF_CHANGES,
    SPECIAL_ACCOUNTS,
    Report,
    special_account,
)
from tests.support.builders import ach

CUTOFF: Final = "2026-11-23 15:30"
SETTLED_AT: Final = "2026-11-23 18:00"
NEXT_MORNING: Final = "2026-11-24 13:30"
SECOND_MORNING: Final = "2026-11-25 13:30"
TRACE: Final = "110000008184001"
NAME: Final = ach.NAME


def account(ending: str) -> str:
    return f"000111111{ending}"


def reported(file: BankFile) -> Any:
    """What a file of the bank says of the first entry."""
    if file.name.endswith(".ack"):
        found = read_acknowledgement(file.text).entries[TRACE]
        return (str(found.report), found.code)
    read = read_returns if file.name.endswith(".ret") else read_changes
    [answer] = read(file.text).answers
    assert answer.trace_number == TRACE
    return answer.reason


ACCEPTED: Final = (
    (f"{NAME}.1.ack", CUTOFF, ("accepted", None)),
    (f"{NAME}.2.ack", SETTLED_AT, ("settled", None)),
)
RETURNED: Final = f"{NAME}.4.ret"
CHANGED: Final = f"{NAME}.4.noc"


CASES: Final[list[tuple[str, list[tuple[str, str, Any]]]]] = [
    ("789", [*ACCEPTED]),
    ("113", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R02")]),
    ("116", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R03")]),
    ("016", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R16")]),
    ("020", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R20")]),
    ("023", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R23")]),
    ("029", [*ACCEPTED, (RETURNED, SECOND_MORNING, "R23")]),  # R29 is of debits only
    ("227", [(f"{NAME}.1.ack", CUTOFF, ("refused", "INSUFFICIENT_FUNDS"))]),
    ("440", [(f"{NAME}.1.ack", CUTOFF, ("refused", "INVALID_CURRENCY"))]),
    ("901", [(f"{NAME}.1.ack", CUTOFF, ("pending", None))]),
    (
        "902",
        [
            (f"{NAME}.1.ack", CUTOFF, ("unclaimed", "NO_ACCOUNT_YET")),
            (f"{NAME}.5.ack", "2026-12-23 18:00", ("returned", "NO_ACCOUNT_YET")),
        ],
    ),
    (
        "811",
        [
            (f"{NAME}.1.ack", CUTOFF, ("held", None)),
            (f"{NAME}.3.ack", NEXT_MORNING, ("settled", None)),
        ],
    ),
    (
        "812",
        [
            (f"{NAME}.1.ack", CUTOFF, ("blocked", "COMPLIANCE")),
            (f"{NAME}.3.ack", NEXT_MORNING, ("returned", "COMPLIANCE")),
        ],
    ),
    ("813", [*ACCEPTED, (f"{NAME}.3.ack", NEXT_MORNING, ("reversed", None))]),
    *((f"80{number}", [*ACCEPTED, (CHANGED, SECOND_MORNING, f"C0{number}")]) for number in range(1, 8)),
]


@pytest.mark.parametrize("ending, files", CASES)
def test_what_becomes_of_an_account(ending: str, files: list[tuple[str, str, Any]]) -> None:
    answers = ach.answers(ach.credit(account=account(ending)))
    assert [(file.name, file.at, reported(file)) for file in answers.values()] == [
        (name, ach.utc(at), what) for name, at, what in files
    ]


def test_every_special_account_is_tested_and_has_an_ending_of_its_own() -> None:
    endings = [row.ending for row in SPECIAL_ACCOUNTS]
    assert len(set(endings)) == len(endings)
    assert {ending for ending, _ in CASES} == {*endings, "789"}


@pytest.mark.parametrize(
    "number, parts",
    [
        (1, {"account_number": ACCOUNT_OF_CHANGES}),
        (2, {"routing_number": ROUTING_OF_CHANGES}),
        (3, {"routing_number": ROUTING_OF_CHANGES, "account_number": ACCOUNT_OF_CHANGES}),
        (4, {"holder": HOLDER_OF_CHANGES}),
        (5, {"account_type": "checking"}),
        (6, {"account_number": ACCOUNT_OF_CHANGES, "account_type": "checking"}),
        (
            7,
            {
                "routing_number": ROUTING_OF_CHANGES,
                "account_number": ACCOUNT_OF_CHANGES,
                "account_type": "checking",
            },
        ),
    ],
)
def test_what_a_notification_of_change_corrects(number: int, parts: dict[str, Any]) -> None:
    before = ach.destination(account_number=account(f"80{number}"), account_type="savings")
    [answer] = read_changes(ach.answers(ach.credit(destination=before))[CHANGED].text).answers
    assert answer.correction is not None
    after = corrected(before, answer.correction)
    expected = {"account_number": account(f"80{number}"), "account_type": "savings"} | parts
    assert after == ach.destination(**expected)
    assert wrong_part(after) is None


def test_nothing_special_happens_with_a_corrected_account() -> None:
    assert special_account(ACCOUNT_OF_CHANGES).ending == ""


def test_a_file_of_all_accounts() -> None:
    """Each kind of answer is one file of a moment, whatever the order of the entries."""
    given = [ach.credit(number, account=account(row.ending)) for number, row in enumerate(SPECIAL_ACCOUNTS, start=1)]
    answers = ach.answers(*given)
    assert list(answers) == [f"{NAME}.{end}" for end in ("1.ack", "2.ack", "3.ack", "4.noc", "4.ret", "5.ack")]
    first = read_acknowledgement(answers[f"{NAME}.1.ack"].text)
    assert len(first.entries) == len(given)
    reported = [found.report for found in first.entries.values()]
    assert {report: reported.count(report) for report in set(reported)} == {
        Report.ACCEPTED: 14,
        Report.REFUSED: 2,
        Report.PENDING: 1,
        Report.UNCLAIMED: 1,
        Report.HELD: 1,
        Report.BLOCKED: 1,
    }
    assert len(read_returns(answers[RETURNED].text).answers) == 6
    assert len(read_changes(answers[CHANGED].text).answers) == 7
    assert answers == ach.answers(*reversed(given))


@pytest.mark.parametrize(
    "name, answered_at",
    [
        ("2026-11-25.3.1", "2026-11-30 13:30"),  # Thanksgiving and a weekend lie between
        ("2026-12-24.1.1", "2026-12-29 13:30"),  # and Christmas
        ("2026-03-06.1.1", "2026-03-10 12:30"),  # the night on which the clocks go forward
        ("2026-10-30.1.1", "2026-11-03 13:30"),  # and back
    ],
)
def test_answers_come_on_banking_days(name: str, answered_at: str) -> None:
    answers = ach.answers(ach.credit(1, account=account("113")), ach.credit(2, account=account("801")), name=name)
    assert {file.at for file in answers.values() if not file.name.endswith(".ack")} == {ach.utc(answered_at)}


# --- files that the bank does not take --------------------------------------------------------------------------------


def refusal(text: str) -> str | None:
    [file] = answers_to(text, ach.file_name(), ach.window(), SANDBOX)
    found = read_acknowledgement(file.text)
    assert (found.number, found.entries) == (1, {})
    return found.refused


def spoiled(**parts: Any) -> str:
    """The text of a file with other fields of its batch."""
    file = ach.file_of(ach.credit(1), ach.credit(2))
    return write_file(replace(file, batches=(replace(file.batches[0], **parts),)))


def entries(**parts: Any) -> Any:
    first, second = ach.file_of(ach.credit(1), ach.credit(2)).batches[0].entries
    return (first, replace(second, **parts))


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "it has no whole blocks"),
        ("garbage", "it has no whole blocks"),
        ("x\n" * 10, "a record has 1 characters"),
        (spoiled(entry_class="CCD"), "its batch is not of payments to persons"),
        (spoiled(entries=()), "a batch has no entries"),
        (spoiled(originator="22000000"), "its batch is not of payments to persons"),
        (
            spoiled(effective_date=ach.window("2026-11-24.1.1").day),
            "its effective entry date is not that of its window",
        ),
        (spoiled(entries=entries(trace_number=TRACE)), "its trace numbers do not ascend"),
        (spoiled(entries=entries(transaction_code=27)), "an entry is no credit"),
        (spoiled(entries=entries(routing_number="110000001")), "an entry has a routing number or an amount"),
        (spoiled(entries=entries(amount=1_000_000_01)), "an entry has a routing number or an amount"),
    ],
)
def test_a_file_is_refused_as_a_whole(text: str, says: str) -> None:
    assert (refusal(text) or "").startswith(says)


def test_a_destination_is_never_shown() -> None:
    """In refusals neither, which are logged."""
    refused = refusal(spoiled(entries=entries(account_number="000111111899", amount=10**9))) or ""
    assert not re.search(r"1899|899\b", refused)

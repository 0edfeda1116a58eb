"""Returns and notifications of change: their bytes, and what is refused as a whole."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from paysandbox.disbursements.ach.answer_files import (
    Answer,
    AnswerFile,
    mismatch,
    read_changes,
    read_returns,
)
from paysandbox.disbursements.ach.nacha_file import Addenda, NachaFile, read_file, write_file
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.methods import RETURN_CODES
from tests.support.builders import ach
from tests.support.tools.tiers import seeds

RETURNS: Final = f"{ach.NAME}.4.ret"
CHANGES: Final = f"{ach.NAME}.4.noc"
CREDITS: Final = (
    ach.credit(1, account="000111111113"),
    ach.credit(2, destination=ach.destination(account_number="000111111807", account_type="savings")),
    ach.credit(3, destination=ach.destination(account_number="000111111116", routing_number="021000021")),
)
READERS: Final[dict[str, Callable[[str], AnswerFile]]] = {RETURNS: read_returns, CHANGES: read_changes}


def text_of(name: str) -> str:
    return ach.answers(*CREDITS)[name].text


def test_the_bytes_of_returns() -> None:
    """In a batch of each bank, to the sandbox's bank, with the day of the year on which they settle."""
    # fmt: off
    assert text_of(RETURNS).split("\n") == [
        "101 110000000 1100000002611250830I094101PAYMENTS SANDBOX       SIMULATED BANK                 ",
        "5220PAYMENTS SANDBOX                    1100000001PPDPAYOUT    SD13002611233291021000020000001",
        "621110000000000111111116     0000001250000000000000003Jane Doe                1021000028184003",
        "799R03110000008184003      02100002                                            021000028184003",
        "822000000200110000000000000000000000000012501100000001                         021000020000001",
        "5220PAYMENTS SANDBOX                    1100000001PPDPAYOUT    SD13002611233291110000000000002",
        "621110000000000111111113     0000001250000000000000001Jane Doe                1110000008184001",
        "799R02110000008184001      11000000                                            110000008184001",
        "822000000200110000000000000000000000000012501100000001                         110000000000002",
        "9000002000001000000040022000000000000000000000000002500                                       ",
        "",
    ]
    # fmt: on


def test_the_bytes_of_a_notification_of_change() -> None:
    lines = text_of(CHANGES).split("\n")
    assert lines[1][50:53] == "COR"
    assert lines[2] == (
        "631110000000000111111807     0000000000000000000000002Jane Doe                1110000008184002"
    )
    assert lines[3] == (
        "798C07110000008184002      11000000101050001000123456789     22                110000008184002"
    )


@pytest.mark.parametrize("name", [RETURNS, CHANGES])
def test_what_is_read_is_written_as_the_same_bytes(name: str) -> None:
    assert write_file(read_file(text_of(name))) == text_of(name)


def test_answers_fit_the_entries_that_they_are_to() -> None:
    entries = ach.file_of(*CREDITS).batches[0].entries
    for name, read in READERS.items():
        found = read(text_of(name))
        for answer in found.answers:
            assert answer.file == ach.file_name()
            assert mismatch(answer, entries[answer.place - 1], ach.window(), found.created_at) is None


# --- what is refused --------------------------------------------------------------------------------------------------


def spoiled(name: str, entry: dict[str, Any] | None = None, addenda: dict[str, Any] | None = None, **batch: Any) -> str:
    """The text of a file of answers with other fields of its last batch, of its entry or of the addenda."""
    file = read_file(text_of(name))
    last = file.batches[-1]
    [answer] = last.entries
    reported: Addenda | None = answer.addenda
    assert reported is not None
    changed = replace(answer, **{"addenda": replace(reported, **(addenda or {}))} | (entry or {}))
    return write_file(replace(file, batches=(*file.batches[:-1], replace(last, **{"entries": (changed,)} | batch))))


def twice(file: NachaFile) -> str:
    first = file.batches[-1]
    return write_file(replace(file, batches=(*file.batches, replace(first, number=len(file.batches) + 1))))


@pytest.mark.parametrize(
    "name, text, says",
    [
        (RETURNS, text_of(CHANGES), "a batch is not of the class PPD"),
        (CHANGES, text_of(RETURNS), "a batch is not of the class COR"),
        (RETURNS, write_file(ach.file_of(*CREDITS)), "an entry has no addenda 99"),
        (RETURNS, spoiled(RETURNS, entries=()), "a batch has no entries"),
        (RETURNS, write_file(replace(read_file(text_of(RETURNS)), batches=())), "it has no entries"),
        (RETURNS, twice(read_file(text_of(RETURNS))), "it has two answers to one entry"),
        (RETURNS, spoiled(RETURNS, {"addenda": None}), "an entry has no addenda 99"),
        (RETURNS, spoiled(RETURNS, {"transaction_code": 22}), "an entry is no answer to a credit"),
        (RETURNS, spoiled(RETURNS, {"transaction_code": 26}), "an entry is no answer to a credit"),
        (RETURNS, spoiled(RETURNS, {"amount": 0}), "an entry has no amount that it can have"),
        (CHANGES, spoiled(CHANGES, {"amount": 1}), "an entry has no amount that it can have"),
        *(
            (
                RETURNS,
                spoiled(RETURNS, addenda={"reason": code}),
                "a return has a reason that no credit is returned for",
            )
            for code in ("R01", "R05", "R07", "R08", "R09", "R10", "R11", "R29", "R99", "C01", "")
        ),
        (RETURNS, spoiled(RETURNS, addenda={"original_trace": "110000008184000"}), "an entry answers none of ours"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C08"}), "a notification of change has an unknown code"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "R02"}), "a notification of change has an unknown code"),
        (CHANGES, spoiled(CHANGES, addenda={"information": ""}), "has an unknown transaction code"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C02", "information": "110000014"}), "no valid routing_number"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C01", "information": "12 34"}), "no valid account_number"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C01", "information": ""}), "no valid account_number"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C04", "information": ""}), "no valid holder"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C05", "information": "27"}), "has an unknown transaction code"),
        (CHANGES, spoiled(CHANGES, addenda={"reason": "C02", "information": "101050001 1"}), "more than its code says"),
        (RETURNS, "", "it has no whole blocks"),
        (RETURNS, "9" * 2_000_000, "it has more than 1,000,000 characters"),
    ],
)
def test_a_file_is_refused_as_a_whole(name: str, text: str, says: str) -> None:
    """The other entries of it are right."""
    with pytest.raises(UnreadableFileError, match=says):
        READERS[name](text)


def one(name: str = RETURNS, **parts: Any) -> Answer:
    return replace(READERS[name](text_of(name)).answers[-1], **parts)


@pytest.mark.parametrize(
    "parts, at, why",
    [
        ({}, "2026-11-25 08:30", None),
        ({}, "2026-11-23 13:00", None),
        ({}, "2026-11-20 13:00", "it is earlier than the settlement"),
        ({}, "2026-11-27 08:30", "it is too late"),  # the 26th is a holiday
        ({"reason": "R23"}, "2026-11-30 08:30", None),
        ({"reason": "R23"}, "2026-12-01 08:30", "it is too late"),
        ({"amount": 12_49}, "2026-11-25 08:30", "it is of another amount"),
        ({"account_number": "000111111116"}, "2026-11-25 08:30", "it is of another account"),
        ({"receiver": "02100002"}, "2026-11-25 08:30", "it is of another account"),
        ({"transaction_code": 32}, "2026-11-25 08:30", "it is of another transaction code"),
        ({"trace_number": "110000008184002"}, "2026-11-25 08:30", "it is of another entry"),
    ],
)
def test_an_answer_that_does_not_fit(parts: dict[str, Any], at: str, why: str | None) -> None:
    entry = ach.file_of(*CREDITS).batches[0].entries[0]
    made_at = ach.utc(at).replace(tzinfo=None)
    assert mismatch(one(**parts), entry, ach.window(), made_at) == why


def test_a_notification_of_change_has_no_amount_and_may_be_late() -> None:
    entry = ach.file_of(*CREDITS).batches[0].entries[1]
    assert mismatch(one(CHANGES), entry, ach.window(), ach.utc("2026-12-24 08:30").replace(tzinfo=None)) is None


def test_all_reasons_of_credits_are_read() -> None:
    for code in RETURN_CODES:
        found = read_returns(spoiled(RETURNS, addenda={"reason": code}))
        assert found.answers[-1].reason == code


@pytest.mark.parametrize("name", [RETURNS, CHANGES])
@pytest.mark.parametrize("seed", seeds(20))
def test_garbage_is_refused_and_nothing_else_happens(name: str, seed: int) -> None:
    """Wrong characters, lost and doubled lines, and cut files: read as another file, or refused."""
    dice = random.Random(seed)
    reasons: set[str] = set()
    for _ in range(300):
        try:
            assert READERS[name](garbled(text_of(name), dice)).answers
        except UnreadableFileError as error:
            reasons.add(str(error))
    assert len(reasons) > 5
    assert not [reason for reason in reasons if re.search(r"\d{4}", reason)]


def garbled(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    place, row = dice.randrange(len(text)), dice.randrange(len(lines))
    return dice.choice(
        [
            text[:place] + dice.choice("09X \n\x00\u00e9\u0663") + text[place + 1 :],
            text[:place],
            text[place:],
            "\n".join(lines[:row] + lines[row + 1 :]),
            "\n".join([*lines[:row], lines[row], *lines[row:]]),
            "\n".join(dice.sample(lines, len(lines))),
        ]
    )


def test_no_account_number_is_shown() -> None:
    """No part of it either."""
    assert not re.search(r"1{4}", repr(read_returns(text_of(RETURNS))))
    assert not re.search(r"1{4}", repr(read_file(text_of(RETURNS))))
    assert not re.search(r"(1234|6789)", repr(read_changes(text_of(CHANGES))))

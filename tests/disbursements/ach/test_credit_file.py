"""The file of a window's credits: its bytes, and that a second reader and a second writer agree."""

import random
from datetime import datetime
from itertools import product
from typing import Any, Final

import achkit
import pytest

from paysandbox.disbursements.ach.credit_file import SANDBOX, Credit, trace_numbers
from paysandbox.disbursements.ach.nacha_file import read_file, write_file
from paysandbox.disbursements.ach.record_layouts import BATCH_CONTROL, FILE_CONTROL, UnreadableFileError, placed
from tests.support.builders import ach

SAVINGS: Final = ach.destination(account_type="savings", account_number="4", holder="J. O'Neil & Co/3")


def text_of(*given: Credit, name: str = ach.NAME) -> str:
    return write_file(ach.file_of(*given, name=name))


def test_the_bytes_of_a_file() -> None:
    # fmt: off
    assert text_of(ach.credit(1), ach.credit(2, amount=1_000_000_00, destination=SAVINGS)).split("\n") == [
        "101 110000000 1100000002611231030I094101SIMULATED BANK         PAYMENTS SANDBOX               ",
        "5220PAYMENTS SANDBOX                    1100000001PPDPAYOUT    SD1300261123   1110000000000001",
        "622110000000000123456789     0000001250000000000000001Jane Doe                0110000008184001",
        "6321100000004                0100000000000000000000002J. O'Neil & Co/3        0110000008184002",
        "822000000200220000000000000000000001000012501100000001                         110000000000001",
        "9000001000001000000020022000000000000000000000100001250                                       ",
        *["9" * 94] * 4,
        "",
    ]
    # fmt: on


def test_equal_credits_give_equal_bytes_in_any_order() -> None:
    given = [ach.credit(number, amount=number) for number in range(1, 30)]
    shuffled = random.Random(7).sample(given, len(given))
    assert text_of(*given) == text_of(*shuffled)
    traces = [trace_numbers(ach.file_name(), [credit.id for credit in each], SANDBOX) for each in (given, shuffled)]
    assert traces[0] == traces[1]
    assert list(traces[0].values()) == [entry.trace_number for entry in ach.file_of(*given).batches[0].entries]


@pytest.mark.parametrize(
    "name, descriptive, effective, created",
    [
        ("2026-11-23.0.1", "      ", "261123", "2611230215"),
        ("2026-11-23.1.1", "SD1300", "261123", "2611231030"),
        ("2026-07-01.2.1", "SD1700", "260701", "2607011445"),
        ("2026-11-23.3.8", "SD1800", "261123", "2611231645"),
    ],
)
def test_dates_are_new_yorks(name: str, descriptive: str, effective: str, created: str) -> None:
    header, batch, *_ = text_of(ach.credit(), name=name).split("\n")
    assert (batch[63:69], batch[69:75], header[23:33]) == (descriptive, effective, created)


@pytest.mark.parametrize("count", [1, 5, 6, 7, 16, 999])
def test_a_second_reader_reads_the_same(count: int) -> None:
    """Also where the last block is full, and where it begins: 6 and 7 entries."""
    given = [
        ach.credit(number, amount=number * 7, destination=SAVINGS if number % 3 else ach.destination())
        for number in range(1, count + 1)
    ]
    text = text_of(*given)
    assert achkit.validate(text) == {"ok": True, "errors": []}
    parsed: Any = achkit.parse(text)
    [batch] = parsed["batches"]
    assert (batch["sec"], batch["service_class"], batch["effective_date"]) == ("PPD", 220, "261123")
    assert [(entry["amount_cents"], entry["account"], entry["name"]) for entry in batch["entries"]] == [
        (credit.amount, credit.destination.account_number, credit.destination.holder) for credit in given
    ]
    assert {entry["txn_code"] for entry in batch["entries"]} <= {22, 32}
    assert len(text.split("\n")) % 10 == 1


def test_a_second_writer_writes_the_same() -> None:
    """But for trace numbers, which it counts in each file from 1."""
    ours = text_of(*(ach.credit(number, destination=ach.destination(holder="JANE")) for number in range(1, 13)))
    theirs = achkit.AchFile.create(
        origin_dfi="110000000",
        company_id="1100000001",
        destination_name="SIMULATED BANK",
        origin_name="PAYMENTS SANDBOX",
        file_id_modifier="I",
        creation_date=datetime(2026, 11, 23, 10, 30),  # noqa: DTZ001 - the file has no zone
    )
    batch = theirs.batch(sec="PPD", description="PAYOUT", effective_date="2026-11-23", descriptive_date="SD1300")
    for number in range(1, 13):
        batch.credit("JANE", "110000000", "000123456789", 12_50, id_number=f"{number:015}")
    compared = [line[:79] if line[:1] == "6" else line for line in theirs.render().split("\n")]
    assert [line[:79] if line[:1] == "6" else line for line in ours.split("\n")] == compared


# --- one wrong digit --------------------------------------------------------------------------------------------------

CONTROLS: Final = {"8": BATCH_CONTROL, "9": FILE_CONTROL}
COMPUTED: Final = {"entry count", "entry hash", "total debit", "total credit", "batch count", "block count"}
"""The fields that the second reader compares. It does not look at the others of a control."""


def changed(text: str, record_type: str, place: int) -> str:
    """Change a character of the control of a batch or of the file."""
    lines = text.split("\n")
    row = next(number for number, line in enumerate(lines) if line.startswith(record_type))
    old = lines[row][place]
    new = str((int(old) + 1) % 10) if old.isdigit() else "X"
    lines[row] = lines[row][:place] + new + lines[row][place + 1 :]
    return "\n".join(lines)


PLACES: Final = [
    (record_type, field.name, place)
    for record_type, layout in CONTROLS.items()
    for field, start, end in placed(layout)
    for place in range(start, end)
]


def test_one_wrong_character_of_a_control_is_refused() -> None:
    text = text_of(*(ach.credit(number) for number in range(1, 4)))
    assert read_file(text) == ach.file_of(*(ach.credit(number) for number in range(1, 4)))
    for record_type, _, place in PLACES:
        with pytest.raises(UnreadableFileError):
            read_file(changed(text, record_type, place))


def test_the_second_reader_refuses_wrong_counts_hashes_and_totals() -> None:
    """Without this, its agreement would say nothing. What it does not compare, the test above does."""
    text = text_of(*(ach.credit(number) for number in range(1, 4)))
    accepted = {
        (record_type, name)
        for record_type, name, place in PLACES
        if name != "record type" and achkit.validate(changed(text, record_type, place))["ok"]
    }
    assert {name for _, name in accepted} & COMPUTED == set()
    assert {name for _, name in accepted} == {
        "service class",
        "company ID",
        "message authentication code",
        "reserved",
        "originator",
        "batch number",
    }


def test_one_wrong_digit_of_an_entry_is_refused() -> None:
    """Of the routing number and the amount, by the second reader too."""
    text = text_of(*(ach.credit(number) for number in range(1, 4)))
    for place in (*range(3, 11), *range(29, 39)):
        assert not achkit.validate(changed(text, "6", place))["ok"]
        with pytest.raises(UnreadableFileError):
            read_file(changed(text, "6", place))


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1_000])
def test_a_file_has_entries_and_not_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="a file has 1 to 999 entries"):
        ach.file_of(*(ach.credit(number) for number in range(count)))


@pytest.mark.parametrize(
    "parts, says",
    [
        ({"destination": ach.destination(holder="Jane Doe of the Long Name")}, "individual name .* 22 characters"),
        ({"destination": ach.destination(holder="Zoë")}, "individual name"),
        ({"destination": ach.destination(account_number="1" * 18)}, "account number"),
        ({"amount": 10**10}, "amount"),
        ({"amount": -1}, "amount"),
    ],
)
def test_nothing_is_cut_off(parts: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        text_of(ach.credit(**parts))


def test_largest_entries_fit() -> None:
    most = ach.credit(amount=99_999_999_99, destination=ach.destination(account_number="9" * 17, holder="N" * 22))
    assert achkit.validate(text_of(most))["ok"]


def test_a_hash_has_the_last_ten_digits() -> None:
    """999 entries to the highest bank: the sum has eleven digits."""
    given = [ach.credit(number, destination=ach.destination(routing_number="999999992")) for number in range(1, 1000)]
    text = text_of(*given)
    control = next(line for line in text.split("\n") if line[0] == "8")
    assert control[10:20] == str(999 * 99_999_999)[-10:]
    assert achkit.validate(text)["ok"]


@pytest.mark.parametrize("wrong, right", list(product(("\r\n", "\n\n", ""), ("\n",))))
def test_other_line_ends_are_refused(wrong: str, right: str) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(text_of(ach.credit()).replace(right, wrong))

"""A provider's statement: its file, and each difference from the disbursements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli.disbursements.statement_formats import FORMATS
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.paypal.statement import (
    PAYPAL_STATEMENT,
    NotABatchError,
    may_be_in_statement,
    statement_item,
)
from paysandbox.disbursements.paypal.statuses import ITEM_STATUSES
from paysandbox.disbursements.statement import (
    NotAStatementError,
    Statement,
    StatementItem,
    compare_statement,
    read_statement,
    write_statement,
)
from paysandbox.disbursements.steps import Step, stepped
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.disbursements import accepted

SENT = MONDAY + timedelta(minutes=1)
MADE = MONDAY.replace(hour=23, minute=0)
FEE = 25


def sent(number: int = 1, **parts: Any) -> Disbursement:
    """A disbursement that was sent on Monday, and confirmed."""
    one = stepped(accepted(number), Step.SEND, Source.WORKER, SENT)
    return replace(one, reference=f"BATCH{number}", item_reference=f"ITEM{number}", **parts)


def after(one: Disbursement, *steps: Step, at: timedelta = HOUR, source: Source = Source.PROVIDER) -> Disbursement:
    for step in steps:
        one = stepped(one, step, source, MONDAY + at)
    return one


def paid(number: int = 1) -> Disbursement:
    return after(sent(number, provider_fee=FEE), Step.PAY)


def item(one: Disbursement, status: str = "SUCCESS", **parts: Any) -> StatementItem:
    """The provider's line about a disbursement."""
    made = StatementItem(
        reference=one.reference or "BATCH9",
        batch_id=one.batch_id,
        item_reference=one.item_reference or "ITEM9",
        disbursement_id=one.id,
        status=status,
        amount=one.amount,
        currency=one.currency,
        fee=FEE,
        created_at=SENT,
        processed_at=MONDAY + HOUR,
        line_no=2,
    )
    return replace(made, **parts)


def statement(*items: StatementItem) -> Statement:
    return Statement(format=PAYPAL_STATEMENT, day=MONDAY.date(), made_at=MADE, items=items)


def differences(lines: Statement, *ours: Disbursement) -> list[tuple[str, str]]:
    return [(str(one.type), one.detail) for one in compare_statement(lines, ours).differences]


def test_a_paid_disbursement_matches() -> None:
    found = compare_statement(statement(item(paid())), [paid()])
    assert (found.matched, found.differences, found.simulated, found.unanswered) == ((paid().id,), (), (), ())


@pytest.mark.parametrize(
    "status, steps",
    [
        ("SUCCESS", [Step.PAY]),
        ("SUCCESS", [Step.UNCLAIM, Step.CLAIM]),
        ("PENDING", []),
        ("NEW", []),
        ("PENDING", [Step.HOLD, Step.RELEASE]),
        ("FAILED", [Step.FAIL]),
        ("DENIED", [Step.FAIL]),
        ("FAILED", [Step.UNCLAIM, Step.RETURN]),
        ("UNCLAIMED", [Step.UNCLAIM]),
        ("ONHOLD", [Step.HOLD]),
        ("BLOCKED", [Step.BLOCK]),
        ("RETURNED", [Step.UNCLAIM, Step.RETURN]),
        ("RETURNED", [Step.UNCLAIM, Step.CANCEL]),
        ("CANCELED", [Step.UNCLAIM, Step.CANCEL]),
        ("REFUNDED", [Step.PAY, Step.RETURN]),
        ("REVERSED", [Step.PAY, Step.REVERSE]),
    ],
)
def test_each_status_of_the_provider_is_one_of_ours(status: str, steps: list[Step]) -> None:
    one = after(sent(provider_fee=FEE), *steps)
    assert differences(statement(item(one, status)), one) == []


def test_the_statuses_are_those_of_paypal() -> None:
    assert PAYPAL_STATEMENT.statuses.keys() == ITEM_STATUSES


@pytest.mark.parametrize(
    "steps_before, steps_later, status, fits",
    [
        ([], [Step.PAY], "PENDING", True),
        ([], [Step.PAY], "SUCCESS", True),
        ([Step.UNCLAIM], [Step.RETURN], "UNCLAIMED", True),
        ([Step.UNCLAIM], [Step.RETURN], "PENDING", False),
        ([Step.HOLD, Step.RELEASE], [Step.PAY], "ONHOLD", False),
    ],
)
def test_webhooks_can_arrive_after_the_statement(
    steps_before: list[Step], steps_later: list[Step], status: str, *, fits: bool
) -> None:
    """The status at that time counts, and each one after it."""
    one = after(after(sent(provider_fee=FEE), *steps_before), *steps_later, at=2 * DAY)
    assert (differences(statement(item(one, status)), one) == []) is fits


DIFFERENCES: list[tuple[str, Callable[[], list[StatementItem]], Callable[[], list[Disbursement]], str, str]] = [
    (
        "missing here",
        lambda: [item(paid(), batch_id="dsb_other")],
        list,
        "missing_in_sandbox",
        "no disbursement has the batch ID dsb_other",
    ),
    ("twice", lambda: [item(paid()), item(paid())], lambda: [paid()], "duplicate", "an earlier line has the same"),
    (
        "paid in two batches",
        lambda: [item(paid(), reference="BATCH2")],
        lambda: [paid()],
        "reference_mismatch",
        "BATCH2 in the file, BATCH1 in the sandbox",
    ),
    (
        "currency",
        lambda: [item(paid(), currency="EUR")],
        lambda: [paid()],
        "currency_mismatch",
        "EUR in the file, USD in the sandbox",
    ),
    (
        "amount",
        lambda: [item(paid(), amount=12_51)],
        lambda: [paid()],
        "amount_mismatch",
        "12.51 USD in the file, 12.50 USD in the sandbox",
    ),
    (
        "status",
        lambda: [item(paid(), "FAILED")],
        lambda: [paid()],
        "status_mismatch",
        "FAILED in the file, paid in the sandbox",
    ),
    (
        "unknown status",
        lambda: [item(paid(), "LOST")],
        lambda: [paid()],
        "status_mismatch",
        "LOST in the file, paid in the sandbox",
    ),
    (
        "paid there, given up here",
        lambda: [item(sent())],
        lambda: [after(sent(), Step.GIVE_UP, source=Source.TIMER)],
        "status_mismatch",
        "SUCCESS in the file, requires_attention in the sandbox",
    ),
    (
        "fee",
        lambda: [item(paid(), fee=30)],
        lambda: [paid()],
        "fee_mismatch",
        "0.30 USD in the file, 0.25 USD in the sandbox",
    ),
    (
        "fee not recorded",
        lambda: [item(paid())],
        lambda: [replace(paid(), provider_fee=None)],
        "fee_mismatch",
        "0.25 USD in the file, none in the sandbox",
    ),
    (
        "missing there",
        list,
        lambda: [paid()],
        "missing_in_file",
        "12.50 USD, paid, sent first at 2026-11-16T09:31:00.000000Z, has no line",
    ),
    ("confirmed, no line", list, lambda: [sent()], "missing_in_file", "12.50 USD, processing, sent first"),
]


@pytest.mark.parametrize(
    "lines, ours, kind, detail", [row[1:] for row in DIFFERENCES], ids=[row[0] for row in DIFFERENCES]
)
def test_each_difference_is_named(
    lines: Callable[[], list[StatementItem]], ours: Callable[[], list[Disbursement]], kind: str, detail: str
) -> None:
    ((found, said),) = differences(statement(*lines()), *ours())
    assert found == kind
    assert detail in said


def unanswered() -> Disbursement:
    return replace(sent(), reference=None, item_reference=None)


@pytest.mark.parametrize(
    "ours",
    [
        paid,
        sent,
        accepted,
        lambda: after(accepted(), Step.CANCEL, source=Source.API),
        lambda: after(unanswered(), Step.FAIL),
    ],
    ids=["another day", "another day, open", "never sent", "canceled before", "refused as a whole"],
)
def test_a_disbursement_of_another_day_needs_no_line(ours: Callable[[], Disbursement]) -> None:
    """Of another day, never sent, or refused without a batch."""
    one = ours()
    is_other = one.reference is not None
    lines = replace(statement(), day=(MONDAY + DAY).date()) if is_other else statement()
    found = compare_statement(lines, [one])
    assert (found.differences, found.unanswered) == ((), ())


def test_an_unknown_outcome_without_a_line_is_listed() -> None:
    found = compare_statement(statement(), [unanswered()])
    assert (found.differences, found.unanswered) == ((), (sent().id,))


@pytest.mark.parametrize("lines", [[], [item(sent(), "FAILED", amount=1)]], ids=["no line", "another line"])
def test_simulated_ones_are_left_out_and_counted(lines: list[StatementItem]) -> None:
    one = after(sent(), Step.PAY, source=Source.SIMULATED)
    found = compare_statement(statement(*lines), [one])
    assert (found.differences, found.matched, found.simulated) == ((), (), (one.id,))


# --- the file ---------------------------------------------------------------------------------------------------------


def file_of(made: Statement) -> bytes:
    return "".join(write_statement(made)).encode()


def read(data: bytes) -> Statement:
    return read_statement(data, FORMATS.values())


def test_the_file_is_read_as_it_was_written() -> None:
    yen = replace(accepted(3), currency="JPY", amount=500)
    times = {"created_at": SENT + HOUR, "processed_at": None}
    items = item(paid()), item(sent(2), "PENDING", fee=None, line_no=3, **times), item(yen, line_no=4, created_at=MADE)
    made = statement(*items)
    assert read(file_of(made)) == made
    assert read(b"\xef\xbb\xbf" + file_of(made)) == made  # as spreadsheets write it


def test_the_file() -> None:
    assert file_of(statement(item(paid()))).decode() == (
        "record_type,payout_batch_id,sender_batch_id,payout_item_id,sender_item_id,transaction_status,amount,currency,"
        "fee,time_created,time_processed,statement_date,time_made,lines\n"
        f"D,BATCH1,{paid().batch_id},ITEM1,{paid().id},SUCCESS,12.50,USD,0.25,2026-11-16T09:31:00.000000Z,"
        "2026-11-16T10:30:00.000000Z,,,\n"
        "T,,,,,,,,,,,2026-11-16,2026-11-16T23:00:00.000000Z,1\n"
    )


def test_columns_are_found_by_name() -> None:
    """PayPal adds columns to its reports."""
    names, line, last = file_of(statement(item(paid()))).decode().splitlines()
    wider = f"added,{names}\nx,{line}\n,{last}\n".encode()
    assert read(wider) == read(file_of(statement(item(paid()))))


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda _: "", "no column record_type"),
        (lambda text: text.replace("fee", "free", 1), "no column fee"),
        (lambda text: text[: text.index("\nT,") + 1], "may have been cut"),
        (lambda text: text.replace("Z,1\n", "Z,2\n"), "1 D records, and 2 by its T record"),
        (lambda text: text.replace("12.50", "12.505"), "Record 2 has an amount that is none of 'USD'"),
        (lambda text: text.replace("USD", "XXQ"), "none of 'XXQ'"),
        (lambda text: text.replace("0.25", "x"), "Record 2 has an amount"),
        (lambda text: text.replace("2026-11-16T09:31:00.000000Z", "yesterday"), "Record 2 cannot be read"),
        (lambda text: text.replace("2026-11-16T09:31:00.000000Z", "2026-11-16T09:31:00"), "has no zone"),
        (lambda text: text.replace(",2026-11-16,", ",16 November,"), "T record cannot be read"),
        (lambda text: text.replace("\nD,", "\nH,"), "Record 2 is neither D nor the last"),
        (lambda text: text.replace("\nD,", "\nD,,"), "Record 2 has 15 fields, not 14"),
        (lambda text: text.replace("D,", '"D,'), "not CSV"),
    ],
)
def test_other_files_are_refused(change: Callable[[str], str], said: str) -> None:
    with pytest.raises(NotAStatementError, match=said):
        read(change(file_of(statement(item(paid()))).decode()).encode())


# --- PayPal's answers -------------------------------------------------------------------------------------------------

BATCH: dict[str, Any] = {
    "batch_header": {
        "payout_batch_id": "BATCH1",
        "time_created": "2026-11-16T09:31:00Z",
        "sender_batch_header": {"sender_batch_id": paid().batch_id},
    },
    "items": [
        {
            "payout_item_id": "ITEM1",
            "transaction_status": "SUCCESS",
            "payout_item_fee": {"currency": "USD", "value": "0.25"},
            "payout_item": {"sender_item_id": paid().id, "amount": {"currency": "USD", "value": "12.50"}},
            "time_processed": "2026-11-16T10:30:00Z",
        }
    ],
}


def test_a_batch_is_a_line() -> None:
    assert statement_item(BATCH) == item(paid(), line_no=0)


@pytest.mark.parametrize(
    "body, lacks",
    [
        ({}, "its item"),
        (BATCH | {"items": []}, "its item"),
        (BATCH | {"batch_header": {}}, "its IDs"),
        (BATCH | {"batch_header": {"time_created": "2026-11-16T09:31:00Z"}}, "its IDs"),
        (BATCH | {"items": [{"payout_item_id": "ITEM1"}]}, "its amount"),
        (BATCH | {"batch_header": {"payout_batch_id": "BATCH1", "time_created": "soon"}}, "its time"),
    ],
)
def test_other_answers_are_no_line(body: dict[str, Any], lacks: str) -> None:
    with pytest.raises(NotABatchError, match=lacks):
        statement_item(body)


@pytest.mark.parametrize(
    "sent_at, reference, is_asked",
    [
        (MONDAY, "BATCH1", True),
        (MONDAY - DAY, "BATCH1", True),
        (MONDAY - 2 * DAY, "BATCH1", False),
        (MONDAY + DAY, "BATCH1", False),
        (MONDAY, None, False),
        (None, "BATCH1", False),
    ],
)
def test_batches_of_the_day_and_of_the_day_before_are_read(sent_at: Any, reference: Any, *, is_asked: bool) -> None:
    start = MONDAY.replace(hour=0, minute=0)
    one = replace(sent(), sent_at=sent_at, reference=reference)
    assert may_be_in_statement(one, start, start + DAY) is is_asked


def test_operators_resolve_only_what_requires_attention() -> None:
    given_up = after(sent(), Step.GIVE_UP, source=Source.TIMER)
    assert after(given_up, Step.PAY, source=Source.OPERATOR).status is Status.PAID
    assert after(given_up, Step.FAIL, source=Source.OPERATOR).status is Status.FAILED

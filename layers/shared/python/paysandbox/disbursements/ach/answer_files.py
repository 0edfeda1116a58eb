"""The files of returns and of notifications of change that a bank answers a file of credits with. Pure.

Only what can be true of a credit is read: a whole file is refused for one entry that cannot be.

Source: Nacha, "ACH File Details" for returns and notifications of change: transaction codes 21 (checking) and 31
(savings), no amount in the latter.
"""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.disbursements.ach.correction import Correction, read_correction, write_correction
from paysandbox.disbursements.ach.credit_file import PPD, Originator
from paysandbox.disbursements.ach.file_name import FileName, traced
from paysandbox.disbursements.ach.nacha_file import Addenda, Batch, EntryDetail, NachaFile, read_file
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.windows import Window, banking_days_after
from paysandbox.disbursements.methods import RETURN_CODES

COR: Final = "COR"
"""The entry class of notifications of change."""

_ANSWERS: Final = {22: 21, 32: 31}
_ORIGINALS: Final = {answer: original for original, answer in _ANSWERS.items()}
_RETURN: Final = "99"
_CHANGE: Final = "98"


@record(kw_only=True)
class Answer:
    """What a bank says of an entry after it was paid: the reason of a return, or the correction of its account.

    `file` and `place` (from 1) say which entry it is. `trace_number`, `transaction_code`, `receiver` (8 digits) and
    `account_number` are the entry's, and so is the amount of a return, in cents; a notification of change has none.
    """

    file: FileName
    place: int
    trace_number: str
    transaction_code: int
    receiver: str
    account_number: str
    amount: int
    reason: str
    correction: Correction | None = None

    def __repr__(self) -> str:
        # No log line is to have an account number.
        return f"Answer({self.reason} of {self.trace_number})"


@record(kw_only=True)
class AnswerFile:
    """A file of answers: when the bank made it (New York), and its answers, all of one kind."""

    created_at: datetime
    answers: tuple[Answer, ...]


def returned(entry: EntryDetail, reason: str, originator: Originator) -> EntryDetail:
    """Return the return of a credit."""
    return _answer(entry, originator, _addenda(_RETURN, entry, reason), entry.amount)


def changed(entry: EntryDetail, correction: Correction, originator: Originator) -> EntryDetail:
    """Return the notification of change for a credit."""
    addenda = _addenda(_CHANGE, entry, correction.code, write_correction(correction))
    return _answer(entry, originator, addenda, 0)


def answer_file(
    answers: Iterable[EntryDetail], of: Batch, originator: Originator, name: FileName, created_at: datetime
) -> NachaFile:
    """Return the file with answers to a batch, all returns or all notifications of change, with a batch per bank.

    `created_at` is a time in New York.
    """
    by_bank = groupby(sorted(answers, key=_bank), key=_bank)
    return NachaFile(
        destination=originator.origin,
        origin=originator.bank,
        destination_name=originator.origin_name,
        origin_name=originator.bank_name,
        created_at=created_at,
        modifier=name.modifier,
        batches=tuple(
            _batch(of, number, bank, tuple(entries), created_at)
            for number, (bank, entries) in enumerate(by_bank, start=1)
        ),
    )


def read_returns(text: str) -> AnswerFile:
    """Read a file of returns. Raises UnreadableFileError, with the reason, if anything in it is not one of a credit."""
    return _read(text, PPD, _RETURN)


def read_changes(text: str) -> AnswerFile:
    """Read a file of notifications of change. Raises UnreadableFileError, as `read_returns` does."""
    return _read(text, COR, _CHANGE)


def _addenda(kind: str, entry: EntryDetail, reason: str, information: str = "") -> Addenda:
    return Addenda(
        kind=kind,
        reason=reason,
        original_trace=entry.trace_number,
        original_receiver=entry.routing_number[:8],
        information=information,
    )


def _answer(entry: EntryDetail, originator: Originator, addenda: Addenda, amount: int) -> EntryDetail:
    """Return an entry from the receiver's bank to the originator's."""
    return replace(
        entry,
        transaction_code=_ANSWERS[entry.transaction_code],
        routing_number=originator.bank,
        amount=amount,
        trace_number=addenda.original_receiver + entry.trace_number[8:],
        addenda=addenda,
    )


def _bank(answer: EntryDetail) -> str:
    return answer.trace_number[:8]


def _batch(of: Batch, number: int, bank: str, answers: tuple[EntryDetail, ...], at: datetime) -> Batch:
    is_change = any(answer.addenda is not None and answer.addenda.kind == _CHANGE for answer in answers)
    return replace(
        of,
        number=number,
        entry_class=COR if is_change else PPD,
        originator=bank,
        entries=answers,
        settlement_day=at.timetuple().tm_yday,
    )


def _read(text: str, entry_class: str, kind: str) -> AnswerFile:
    file = read_file(text)
    answers: list[Answer] = []
    for batch in file.batches:
        if batch.entry_class != entry_class:
            raise UnreadableFileError(f"a batch is not of the class {entry_class}")
        answers += [_read_answer(entry, kind, file.created_at.date()) for entry in batch.entries]
    if not answers:
        raise UnreadableFileError("it has no entries")
    if len({answer.trace_number for answer in answers}) < len(answers):
        raise UnreadableFileError("it has two answers to one entry")
    return AnswerFile(created_at=file.created_at, answers=tuple(answers))


def _read_answer(entry: EntryDetail, kind: str, day: date) -> Answer:
    addenda = entry.addenda
    if addenda is None or addenda.kind != kind:
        raise UnreadableFileError(f"an entry has no addenda {kind}")
    original_code = _ORIGINALS.get(entry.transaction_code)
    if original_code is None:
        raise UnreadableFileError("an entry is no answer to a credit")
    if kind == _RETURN and addenda.reason not in RETURN_CODES:
        raise UnreadableFileError("a return has a reason that no credit is returned for")
    if (entry.amount == 0) is (kind == _RETURN):
        raise UnreadableFileError("an entry has no amount that it can have")
    try:
        file, place = traced(addenda.original_trace, day)
    except ValueError:
        raise UnreadableFileError("an entry answers none of ours") from None
    return Answer(
        file=file,
        place=place,
        trace_number=addenda.original_trace,
        transaction_code=original_code,
        receiver=addenda.original_receiver,
        account_number=entry.account_number,
        amount=entry.amount,
        reason=addenda.reason,
        correction=read_correction(addenda.reason, addenda.information) if kind == _CHANGE else None,
    )


def mismatch(answer: Answer, entry: EntryDetail, window: Window, at: datetime) -> str | None:
    """Return why an answer, in a file made at a time in New York, cannot be to this entry, or None if it can.

    A return is refused before the settlement, and after the banking days within which its reason may come.
    """
    if answer.trace_number != entry.trace_number:
        return "it is of another entry"
    if (answer.receiver, answer.account_number) != (entry.routing_number[:8], entry.account_number):
        return "it is of another account"
    if answer.transaction_code != entry.transaction_code:
        return "it is of another transaction code"
    if at.date() < window.day:
        return "it is earlier than the settlement"
    if answer.correction is not None:
        return None
    if answer.amount != entry.amount:
        return "it is of another amount"
    last = banking_days_after(window.day, RETURN_CODES[answer.reason])
    return "it is too late" if at.date() > last else None

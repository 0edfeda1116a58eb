"""The simulated bank: what it writes in answer to a file of credits, and when. Pure.

It knows the file's text only. The account numbers in `special_accounts` decide what becomes of an entry.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record
from paysandbox.disbursements.ach.acknowledgement import Acknowledgement, digest, write_acknowledgement
from paysandbox.disbursements.ach.answer_files import answer_file, changed, returned
from paysandbox.disbursements.ach.correction import Correction, correction_to
from paysandbox.disbursements.ach.credit_file import CREDIT_CODES, PPD, Originator
from paysandbox.disbursements.ach.destination import AccountType, Destination, is_routing_number
from paysandbox.disbursements.ach.file_name import FileName
from paysandbox.disbursements.ach.nacha_file import Batch, NachaFile, read_file, write_file
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.special_accounts import (
    ACCOUNT_OF_CHANGES,
    HOLDER_OF_CHANGES,
    ROUTING_OF_CHANGES,
    EntryReport,
    SpecialAccount,
    special_account,
)
from paysandbox.disbursements.ach.windows import Window, banking_days_after, eastern, morning_of, returns_expected_by

UNCLAIMED_FOR: Final = timedelta(days=30)
"""After so long, the bank returns what nobody claimed."""

_OTHER_TYPE: Final[dict[AccountType, AccountType]] = {"checking": "savings", "savings": "checking"}
_TYPES: Final[dict[int, AccountType]] = {code: kind for kind, code in CREDIT_CODES.items()}


class Kind(StrEnum):
    """The kind of a file that the bank writes, which is how its name ends."""

    ACKNOWLEDGEMENT = "ack"
    RETURNS = "ret"
    CHANGES = "noc"


@record(kw_only=True)
class BankFile:
    """A file that the bank writes in answer to a file of credits, at a time (UTC).

    `number` is higher if it is later, so that names sort by time.
    """

    file: FileName
    kind: Kind
    number: int
    at: datetime
    text: str

    @property
    def name(self) -> str:
        """Its name: `2026-11-23.1.1.4.ret`."""
        return f"{self.file}.{self.number}.{self.kind}"


def answers_to(text: str, name: FileName, window: Window, originator: Originator) -> tuple[BankFile, ...]:
    """Return the files that the bank writes in answer to a file of credits, the first one first.

    The same file always gets the same answers.
    """
    sha256 = digest(text)
    try:
        batch = _batch(read_file(text), window, originator)
    except UnreadableFileError as error:
        refusal = Acknowledgement(file=name, number=1, sha256=sha256, entries={}, refused=str(error))
        return (_acknowledgement(refusal, window.cutoff),)
    answers = _answers(batch, name, window, originator, sha256)
    return tuple(sorted(answers, key=lambda file: file.name))


def _batch(file: NachaFile, window: Window, originator: Originator) -> Batch:
    """Return the batch of a file. Raises UnreadableFileError if the bank takes no such file."""
    if file.destination != originator.bank or file.origin != originator.origin or len(file.batches) != 1:
        raise UnreadableFileError("it is not of one batch to this bank")
    [batch] = file.batches
    if batch.entry_class != PPD or batch.originator != originator.identification:
        raise UnreadableFileError("its batch is not of payments to persons")
    if batch.effective_date != window.day:
        raise UnreadableFileError("its effective entry date is not that of its window")
    traces = [entry.trace_number for entry in batch.entries]
    if traces != sorted(set(traces)) or not traces[0].startswith(originator.identification):
        raise UnreadableFileError("its trace numbers do not ascend")
    for entry in batch.entries:
        if entry.transaction_code not in _TYPES or entry.addenda is not None:
            raise UnreadableFileError("an entry is no credit")
        if not is_routing_number(entry.routing_number) or not window.takes(entry.amount):
            raise UnreadableFileError("an entry has a routing number or an amount that cannot be")
    return batch


def _answers(batch: Batch, name: FileName, window: Window, originator: Originator, sha256: str) -> Iterator[BankFile]:
    special = {entry.trace_number: special_account(entry.account_number) for entry in batch.entries}
    reports: Mapping[int, tuple[datetime, Callable[[SpecialAccount], EntryReport | None]]] = {
        1: (window.cutoff, lambda account: account.at_once),
        2: (window.settles_at, lambda account: account.at_settlement),
        3: (morning_of(banking_days_after(window.day, 1)), lambda account: account.later),
        5: (window.settles_at + UNCLAIMED_FOR, lambda account: account.at_the_end),
    }
    for number, (at, report_of) in reports.items():
        entries = {
            trace: reported for trace, account in special.items() if (reported := report_of(account)) is not None
        }
        if entries:
            yield _acknowledgement(Acknowledgement(file=name, number=number, sha256=sha256, entries=entries), at)
    at = returns_expected_by(window)
    returns = [
        returned(entry, account.returned, originator)
        for entry in batch.entries
        if (account := special[entry.trace_number]).returned
    ]
    changes = [
        changed(entry, bank_correction(account.changed, _TYPES[entry.transaction_code]), originator)
        for entry in batch.entries
        if (account := special[entry.trace_number]).changed
    ]
    for kind, answers in ((Kind.CHANGES, changes), (Kind.RETURNS, returns)):
        if answers:
            file = answer_file(answers, batch, originator, name, eastern(at).replace(tzinfo=None))
            yield BankFile(file=name, kind=kind, number=4, at=at, text=write_file(file))


def _acknowledgement(acknowledgement: Acknowledgement, at: datetime) -> BankFile:
    return BankFile(
        file=acknowledgement.file,
        kind=Kind.ACKNOWLEDGEMENT,
        number=acknowledgement.number,
        at=at,
        text=write_acknowledgement(acknowledgement),
    )


def bank_correction(code: str, account_type: AccountType) -> Correction:
    """Return what the bank corrects of an account of this type, with the code of a notification of change.

    A correction has those parts of the account that it should have been that its code says.
    """
    wanted = Destination(
        routing_number=ROUTING_OF_CHANGES,
        account_number=ACCOUNT_OF_CHANGES,
        account_type=_OTHER_TYPE[account_type],
        holder=HOLDER_OF_CHANGES,
    )
    return correction_to(code, wanted)

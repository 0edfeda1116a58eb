"""The file of the credits that a window collected. Pure: the same entries always give the same bytes.

Source: Nacha, "ACH File Details": PPD credits have the transaction codes 22 (checking) and 32 (savings). By the
convention of "Same Day ACH", the descriptive date says `SD` and the settlement time that is wanted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core.record import record
from paysandbox.disbursements.ach.destination import AccountType, Destination
from paysandbox.disbursements.ach.file_name import MAX_ENTRIES, FileName
from paysandbox.disbursements.ach.nacha_file import Batch, EntryDetail, NachaFile
from paysandbox.disbursements.ach.windows import Window, eastern

PPD: Final = "PPD"
"""The entry class of payments to persons."""

MAX_AMOUNT: Final = 99_999_999_99
"""The largest amount of an entry: ten digits of cents."""

CREDIT_CODES: Final[Mapping[AccountType, int]] = {"checking": 22, "savings": 32}
"""The transaction codes of credits."""

_DESCRIPTION: Final = "PAYOUT"
_ID_LENGTH: Final = 15
"""Characters of the individual ID of an entry (Nacha, "ACH File Details")."""


@record(kw_only=True)
class Originator:
    """Who sends the files: the bank's routing number and name, the origin's number and name, and the company's ID."""

    bank: str
    bank_name: str
    origin: str
    origin_name: str
    company_id: str

    @property
    def identification(self) -> str:
        """The bank's routing number without its check digit, with which trace numbers begin."""
        return self.bank[:8]


SANDBOX: Final = Originator(
    bank="110000000",
    bank_name="SIMULATED BANK",
    origin="110000000",
    origin_name="PAYMENTS SANDBOX",
    company_id="1100000001",
)
"""The sandbox at its simulated bank. Its routing number is that of Stripe's test accounts."""


@record(kw_only=True)
class Credit:
    """A credit that a window has collected: the ID of its disbursement's batch, and its amount in cents."""

    id: str
    amount: int
    destination: Destination


def individual_id(batch_id: str) -> str:
    """Return what an entry has of a disbursement's batch ID: its end."""
    return batch_id[-_ID_LENGTH:]


def trace_numbers(name: FileName, ids: Iterable[str], originator: Originator) -> dict[str, str]:
    """Return the trace numbers of a file by the IDs of its credits, in the order of the file."""
    ordered = enumerate(sorted(ids), start=1)
    return {each: name.trace_number(originator.identification, place) for place, each in ordered}


def credit_file(
    name: FileName, window: Window, collected: Iterable[Credit], originator: Originator, created_at: datetime
) -> NachaFile:
    """Return the file of a window's credits, created at a time (UTC).

    Raises ValueError if there are none, or more than fit into a file.
    """
    ordered = sorted(collected, key=lambda credit: credit.id)
    if not 1 <= len(ordered) <= MAX_ENTRIES:
        raise ValueError(f"a file has 1 to {MAX_ENTRIES} entries, not {len(ordered)}")
    traces = trace_numbers(name, [credit.id for credit in ordered], originator)
    batch = Batch(
        company_name=originator.origin_name,
        company_id=originator.company_id,
        entry_class=PPD,
        description=_DESCRIPTION,
        descriptive_date=f"SD{eastern(window.settles_at):%H%M}" if window.is_same_day else "",
        effective_date=window.day,
        originator=originator.identification,
        entries=tuple(_entry(credit, traces[credit.id]) for credit in ordered),
    )
    return NachaFile(
        destination=originator.bank,
        origin=originator.origin,
        destination_name=originator.bank_name,
        origin_name=originator.origin_name,
        created_at=eastern(created_at).replace(tzinfo=None),
        modifier=name.modifier,
        batches=(batch,),
    )


def _entry(credit: Credit, trace: str) -> EntryDetail:
    return EntryDetail(
        transaction_code=CREDIT_CODES[credit.destination.account_type],
        routing_number=credit.destination.routing_number,
        account_number=credit.destination.account_number,
        amount=credit.amount,
        individual_id=individual_id(credit.id),
        individual_name=credit.destination.holder,
        trace_number=trace,
    )

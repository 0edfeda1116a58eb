"""Disbursements by ACH on moto's tables and bucket, with the simulated bank.

one = scenario.accept("000111111113")
scenario.send(one)
clock.advance(DAY)
scenario.run()                     closes windows, lets the bank answer, reads what it says
scenario.audit()
"""

from collections import Counter
from datetime import timedelta
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.schema import DISBURSEMENTS, DISBURSEMENTS_KEY
from paysandbox.disbursements.ach import bank_day
from paysandbox.disbursements.ach.closing import close_windows
from paysandbox.disbursements.ach.credit_file import SANDBOX
from paysandbox.disbursements.ach.destination import Destination
from paysandbox.disbursements.ach.files import BucketFiles
from paysandbox.disbursements.ach.nacha_file import read_file
from paysandbox.disbursements.ach.rail import ACH, AchRail
from paysandbox.disbursements.ach.window_items import ACH_PARTITION, note_closed
from paysandbox.disbursements.advance import advance
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.steps import held_amount
from paysandbox.disbursements.store import disbursements_table, tables as disbursement_tables
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.disbursements.store.items import disbursement_from
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.funds_table import add_funding
from tests.support.builders import ach, build, disbursements
from tests.support.worlds import table_snapshot, tables

DAY: Final = timedelta(days=1)
FUNDS: Final = 10_000_000_00


class Accounts:
    """Customers' bank accounts, as their feature keeps them. `corrections` counts changes by the bank."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, str], Destination] = {}
        self.corrections = 0

    def find(self, disbursement: Disbursement) -> Destination | None:
        """Return the bank account of a disbursement's customer."""
        return self.of.get((disbursement.merchant, disbursement.customer_id))

    def correct(self, merchant: str, customer_id: str, before: Destination, after: Destination) -> None:
        """Replace a customer's bank account if it is still the same."""
        if self.of.get((merchant, customer_id)) == before:
            self.of[merchant, customer_id] = after
            self.corrections += 1


class AchScenario:
    """The rail, its bank and its books."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.rail = AchRail(
            table=self.table,
            files=BucketFiles(),
            destinations=self.accounts,
            originator=SANDBOX,
            cutoffs=ach.CUTOFFS,
            clock=runtime.now,
        )
        self._numbers = 0
        add_funding(self.table.funds, disbursements.funding(1, amount=FUNDS))
        note_closed(self.table, "2026-11-13.3")  # the Friday before

    @property
    def table(self) -> DisbursementsTable:
        """The table of disbursements."""
        return disbursement_tables.disbursements()

    def accept(self, account: str | None = "000123456789", amount: int = 12_50) -> Disbursement:
        """Accept a disbursement to a new customer, who has this account, or none."""
        self._numbers += 1
        customer = f"customer{self._numbers}"
        if account is not None:
            self.accounts.of[build.MERCHANT, customer] = ach.destination(account_number=account)
        return disbursements_table.accept(
            self.table,
            disbursements.accepted(
                self._numbers, method=ACH, customer_id=customer, amount=amount, fee=25, created_at=runtime.now()
            ),
        )

    def now(self, one: Disbursement) -> Disbursement:
        """Return a disbursement as stored."""
        found = disbursements_table.find(self.table, one.merchant, one.customer_id, one.id)
        assert found is not None
        return found

    def send(self, *ones: Disbursement) -> None:
        """Do what is due on disbursements."""
        for one in ones:
            advance(self.table, self.rail, self.now(one), runtime.now)

    def account(self, one: Disbursement) -> Destination:
        """Return the bank account of a disbursement's customer."""
        return self.accounts.of[one.merchant, one.customer_id]

    # --- the bank -----------------------------------------------------------------------------------------------------

    def close(self) -> int:
        """Close the windows that are over."""
        return close_windows(self.rail, lambda: True)

    def run(self) -> tuple[int, int]:
        """Let the worker run. Return how many of the bank's files were applied, and how many refused."""
        ran = bank_day.run(self.rail, lambda: True)
        return ran.applied, ran.refused

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of files."""
        return self.rail.files.keys(prefix)

    def text(self, key: str) -> str:
        """Return a file."""
        found = self.rail.files.get(key)
        assert found is not None
        return found

    def paid_entries(self, one: Disbursement) -> int:
        """Return how many entries pay a disbursement: in files that were sent, or that will be."""
        return entries(_items())[one.batch_id]

    def sent_ids(self) -> list[str]:
        """Return the individual IDs of all entries of all files that were sent."""
        files = [read_file(self.text(key)) for key in self.keys("out/") if key.endswith(".ach")]
        return [entry.individual_id for file in files for batch in file.batches for entry in batch.entries]

    # --- the books ----------------------------------------------------------------------------------------------------

    def every(self) -> list[Disbursement]:
        """Return all disbursements, in no order."""
        return [disbursement_from(item) for item in _items() if "trail" in item]

    def balance(self) -> int:
        """Return the merchant's balance in dollars."""
        return read_amounts(self.table.funds, build.MERCHANT).get("USD", 0)

    def audit(self) -> None:
        """Check that the funding is the balance and what disbursements hold, and that nothing was sent twice."""
        every = self.every()
        assert self.balance() + sum(held_amount(one) for one in every) == FUNDS
        assert max(entries(_items()).values(), default=0) <= 1
        sent = self.sent_ids()
        assert len(sent) == len(set(sent))
        for one in every:
            assert [change.status for change in one.trail if not change.is_correction].count(Status.PAID) <= 1
            assert [change.status for change in one.trail].count(Status.RETURNED) <= 1


def _items() -> list[dict[str, Any]]:
    return table_snapshot.items_of(tables.DISBURSEMENT_TABLES[DISBURSEMENTS])


def entries(items: list[dict[str, Any]]) -> Counter[str]:
    """Return the number of entries of each disbursement, by its batch ID."""
    files = [item for item in items if item[DISBURSEMENTS_KEY]["S"] == ACH_PARTITION]
    return Counter(name for item in files for name, value in item.items() if "M" in value)


def forget() -> None:
    """Empty the tables of customers, funds and disbursements, and the bucket."""
    for name in tables.DISBURSEMENT_TABLES.values():
        table_snapshot.empty(name)
    files = BucketFiles()
    for prefix in ("out/", "bank/", "in/", "read/", "refused/"):
        for key in files.keys(prefix):
            files.delete(key)

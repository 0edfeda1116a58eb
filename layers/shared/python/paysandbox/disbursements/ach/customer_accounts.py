"""The bank accounts that ACH credits pay: those of customers, with the numbers of the published accounts that they are.

A disbursement has the account of its acceptance. A correction by the bank is for the next ones.
"""

from collections.abc import Callable
from datetime import datetime

from paysandbox.aws import telemetry
from paysandbox.core.errors import Refused
from paysandbox.core.record import record
from paysandbox.customers.bank_account import AccountType, BankAccount, published_account, storable_account
from paysandbox.customers.customers_table import CustomersTable, correct_bank_account, find_customer
from paysandbox.disbursements.ach.destination import Destination, entry_holder
from paysandbox.disbursements.disbursement import Disbursement


@record(kw_only=True)
class CustomerAccounts:
    """Customers' bank accounts. `table` returns their table, `clock` the sandbox's time (UTC)."""

    table: Callable[[], CustomersTable]
    clock: Callable[[], datetime]

    def find(self, disbursement: Disbursement) -> Destination | None:
        """Return the bank account of a disbursement, or None if it was accepted without one."""
        account = disbursement.bank_account
        return destination_of(account) if account is not None else None

    def correct(self, merchant: str, customer_id: str, before: Destination, after: Destination) -> None:
        """Replace a customer's bank account, unless it is another than `before` by now. Raises errors of DynamoDB.

        One that a customer may not have is logged, and the account stays.
        """
        customer = find_customer(self.table(), merchant, customer_id)
        current = customer.bank_account if customer else None
        if current is None or destination_of(current) != before:
            return
        facts = {"merchant": merchant, "customer_id": customer_id}
        try:
            corrected = _storable(after, current)
        except Refused as refused:
            telemetry.disbursement("correction refused", facts | {"error": str(refused.code)}, failed=True)
            return
        if correct_bank_account(self.table(), merchant, customer_id, current, corrected, self.clock()):
            telemetry.disbursement("bank account corrected", facts)


def destination_of(account: BankAccount) -> Destination:
    """Return a bank account with its number."""
    return Destination(
        routing_number=account.routing_number,
        account_number=published_account(account).number,
        account_type="savings" if account.account_type is AccountType.SAVINGS else "checking",
        holder=entry_holder(account.account_holder_name),
    )


def _storable(after: Destination, current: BankAccount) -> BankAccount:
    """Return what is stored of a corrected account. The holder's whole name stays if its short form does."""
    is_same_holder = after.holder == entry_holder(current.account_holder_name)
    return storable_account(
        routing_number=after.routing_number,
        account_number=after.account_number,
        account_type=AccountType(after.account_type),
        account_holder_name=current.account_holder_name if is_same_holder else after.holder,
    )

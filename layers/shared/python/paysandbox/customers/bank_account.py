"""A customer's bank account in the United States: what may be stored of it, which its number is not. Pure.

Only published test accounts are accepted, and no two of one bank have the same last four digits. These say which
account it is, so its number is not stored with the customer, not even encrypted.
"""

from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.customers.test_bank_accounts import PAID, ROUTING_NUMBERS, TEST_BANK_ACCOUNTS, TestBankAccount

ROUTING_NUMBER_DIGITS: Final = 9
MAX_ACCOUNT_NUMBER_DIGITS: Final = 17
"""The length of the field in a file (Nacha Operating Rules, appendix 3, "DFI Account Number")."""
MIN_ACCOUNT_NUMBER_DIGITS: Final = 4

_WEIGHTS: Final = (3, 7, 1) * 3
_LAST: Final = 4
_BANKS: Final = ROUTING_NUMBERS.keys() | {account.routing_number for account in TEST_BANK_ACCOUNTS}
_EXAMPLE: Final = f"Use {PAID} with routing number {next(iter(ROUTING_NUMBERS))}."


class AccountType(StrEnum):
    """The type of a bank account."""

    CHECKING = "checking"
    SAVINGS = "savings"


@record(kw_only=True)
class BankAccount:
    """What is stored of a bank account: its bank, the last four digits of its number, its type and its holder."""

    routing_number: str
    last4: str
    account_type: AccountType
    account_holder_name: str


def storable_account(
    *, routing_number: str, account_number: str, account_type: AccountType, account_holder_name: str
) -> BankAccount:
    """Return what is stored of a test account. `routing_number` has nine ASCII digits, `account_number` 4 to 17.

    Raises Refused: routing_number_incorrect for a wrong check digit, live_bank_account_in_sandbox for an account that
    is not a published test account.
    """
    if not has_check_digit(routing_number):
        raise Refused(
            Code.ROUTING_NUMBER_INCORRECT,
            "The check digit of the routing number is wrong.",
            "bank_account.routing_number",
        )
    if routing_number not in _BANKS:
        raise Refused(
            Code.LIVE_BANK_ACCOUNT_IN_SANDBOX,
            f"The routing number is not one of a published test account. {_EXAMPLE}",
            "bank_account.routing_number",
        )
    if not any(each.number == account_number and each.is_of(routing_number) for each in TEST_BANK_ACCOUNTS):
        raise Refused(
            Code.LIVE_BANK_ACCOUNT_IN_SANDBOX,
            f"The number is not that of a published test account of this bank. {_EXAMPLE}",
            "bank_account.account_number",
        )
    return BankAccount(
        routing_number=routing_number,
        last4=account_number[-_LAST:],
        account_type=account_type,
        account_holder_name=account_holder_name,
    )


def has_check_digit(routing_number: str) -> bool:
    """Whether the last of nine digits is the check digit of the others (ABA, "Routing Number Policy")."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, routing_number, strict=True)) % 10 == 0


def published_account(account: BankAccount) -> TestBankAccount:
    """Return the published test account that an account is, with its number, for the bank that is to be told it."""
    return next(
        each
        for each in TEST_BANK_ACCOUNTS
        if each.number.endswith(account.last4) and each.is_of(account.routing_number)
    )

"""Which bank accounts are accepted, and what is stored of one."""

from pathlib import Path
from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.customers.bank_account import (
    MAX_ACCOUNT_NUMBER_DIGITS,
    MIN_ACCOUNT_NUMBER_DIGITS,
    AccountType,
    BankAccount,
    has_check_digit,
    published_account,
    storable_account,
)
from paysandbox.customers.test_bank_accounts import ROUTING_NUMBERS, TEST_BANK_ACCOUNTS

STRIPES = "110000000"
GOCARDLESS = "026073150"


def storable(**parts: Any) -> BankAccount:
    """Return what is stored of Jane's account, with these parts."""
    given: dict[str, Any] = {
        "routing_number": STRIPES,
        "account_number": "000123456789",
        "account_type": AccountType.CHECKING,
        "account_holder_name": "Jane Doe",
    }
    return storable_account(**(given | parts))


@pytest.mark.parametrize(
    "routing_number, right",
    [
        ("110000000", True),
        ("026073150", True),
        ("011000015", True),  # the Federal Reserve Bank of Boston
        ("000000000", True),
        ("110000001", False),
        ("101000000", False),
        ("011000105", False),  # two digits swapped
        ("123456789", False),
    ],
)
def test_the_check_digit(routing_number: str, *, right: bool) -> None:
    assert has_check_digit(routing_number) is right


def test_each_published_account_is_found_by_what_is_stored_of_it(subtests: pytest.Subtests) -> None:
    for account in TEST_BANK_ACCOUNTS:
        with subtests.test(account.number):
            for routing_number in [account.routing_number] if account.routing_number else ROUTING_NUMBERS:
                stored = storable(routing_number=routing_number, account_number=account.number)
                assert account.number not in repr(stored)
                assert published_account(stored) is account


def test_no_two_accounts_of_a_bank_have_the_same_last_digits() -> None:
    ends = [account.number[-4:] for account in TEST_BANK_ACCOUNTS]
    assert len(set(ends)) == len(ends)


def test_published_numbers_have_the_form_of_one() -> None:
    for account in TEST_BANK_ACCOUNTS:
        assert account.number.isdigit()
        assert MIN_ACCOUNT_NUMBER_DIGITS <= len(account.number) <= MAX_ACCOUNT_NUMBER_DIGITS
    for routing_number in (*ROUTING_NUMBERS, GOCARDLESS):
        assert has_check_digit(routing_number)


@pytest.mark.parametrize(
    "parts, code, param",
    [
        ({"routing_number": "110000001"}, Code.ROUTING_NUMBER_INCORRECT, "bank_account.routing_number"),
        ({"routing_number": "011000015"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.routing_number"),
        ({"account_number": "000123456780"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.account_number"),
        # With other zeros, it is another account.
        ({"account_number": "123456789"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.account_number"),
        ({"account_number": "6789"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.account_number"),
        # Published, and of another bank.
        ({"account_number": "2715500356"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.account_number"),
        ({"routing_number": GOCARDLESS}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "bank_account.account_number"),
    ],
)
def test_refused(parts: dict[str, Any], code: Code, param: str) -> None:
    with pytest.raises(Refused) as caught:
        storable(**parts)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_the_documented_accounts() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "disbursements.md").read_text()
    for account in TEST_BANK_ACCOUNTS:
        bank = f"`{account.routing_number}`" if account.routing_number else "any of the banks below"
        assert f"| `{account.number}` | {bank} | {account.publisher} | {account.says} |" in page
    assert ", ".join(f"`{routing_number}`" for routing_number in ROUTING_NUMBERS) in page

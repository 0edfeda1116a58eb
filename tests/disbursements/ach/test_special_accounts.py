"""The special accounts are ones that customers may have, and the page says what becomes of each."""

from pathlib import Path

import pytest

from paysandbox.customers.bank_account import AccountType, storable_account
from paysandbox.customers.test_bank_accounts import OWN, ROUTING_NUMBERS, TEST_BANK_ACCOUNTS
from paysandbox.disbursements.ach.correction import corrected, correction_to
from paysandbox.disbursements.ach.special_accounts import (
    ACCOUNT_OF_CHANGES,
    HOLDER_OF_CHANGES,
    ROUTING_OF_CHANGES,
    SPECIAL_ACCOUNTS,
    special_account,
)
from paysandbox.disbursements.methods import CHANGE_CODES
from tests.support.builders import ach


def test_each_is_one_that_customers_may_have(subtests: pytest.Subtests) -> None:
    for row in SPECIAL_ACCOUNTS:
        with subtests.test(row.ending):
            [account] = [each for each in TEST_BANK_ACCOUNTS if each.number.endswith(row.ending)]
            assert account.routing_number is None
            for code in (row.returned, row.changed):
                assert code is None or account.publisher != OWN or code in account.says


def test_each_of_this_sandbox_is_special_and_the_page_says_how(subtests: pytest.Subtests) -> None:
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "disbursements.md").read_text()
    for account in TEST_BANK_ACCOUNTS:
        with subtests.test(account.number):
            row = special_account(account.number)
            assert account.publisher != OWN or row.ending
            assert f"| {account.says} | {row.effect} |" in page


@pytest.mark.parametrize("code", CHANGE_CODES)
def test_a_corrected_account_is_one_that_customers_may_have(code: str) -> None:
    wanted = ach.destination(
        routing_number=ROUTING_OF_CHANGES, account_number=ACCOUNT_OF_CHANGES, account_type="savings"
    )
    for bank in ROUTING_NUMBERS:
        before = ach.destination(routing_number=bank, account_number="000123456801", holder=HOLDER_OF_CHANGES)
        after = corrected(before, correction_to(code, wanted))
        assert storable_account(
            routing_number=after.routing_number,
            account_number=after.account_number,
            account_type=AccountType(after.account_type),
            account_holder_name=after.holder,
        )

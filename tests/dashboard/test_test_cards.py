"""What the page puts in place of a masked number is published, and the last four digits are unique."""

import re
from collections import Counter
from pathlib import Path

from paysandbox.customers.test_bank_accounts import TEST_BANK_ACCOUNTS
from paysandbox.payments.bank.test_cards import TEST_CARDS

PAGE = Path(__file__).resolve().parents[2] / "dashboard/src/activity/maskedBody.ts"


def test_numbers_that_four_digits_identify() -> None:
    found = re.findall(r"TEST_CARDS = `([0-9\s]+)`", PAGE.read_text())[0].split()
    published = Counter(number[-4:] for number in TEST_CARDS)
    assert sorted(found) == sorted(number for number in TEST_CARDS if published[number[-4:]] == 1)


def test_bank_accounts() -> None:
    found = re.findall(r"TEST_ACCOUNTS = `([0-9\s]+)`", PAGE.read_text())[0].split()
    assert found == sorted(account.number for account in TEST_BANK_ACCOUNTS)

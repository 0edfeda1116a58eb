"""`paysandbox audit` of donations: the totals compared with the sums of the donations."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cli.donations.audit import audit_donations
from tests.support.worlds.donation_account import TABLE, DonationAccount, donation, donation_account, paid


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[DonationAccount]:
    monkeypatch.setattr("cli.donations.audit.PAUSE_S", 0)
    with donation_account() as account:
        yield account


def give(there: DonationAccount) -> None:
    """Record dollars, partly refunded, a failed donation, a pending one, and yen."""
    there.put(paid(1))
    there.put(paid(2, refunded=20_00))
    there.put(donation(3, failed=True))
    there.put(donation(4))
    there.put(replace(paid(5), currency="jpy", amount=500, paid=500))


def test_totals_equal_to_the_sum_are_consistent(there: DonationAccount) -> None:
    give(there)
    found = audit_donations(there.table)
    assert found.breaks == []
    assert found.facts() == {
        "donations": 5,
        "totals": [
            {"currency": "jpy", "total": 500, "donations_add_up_to": 500},
            {"currency": "usd", "total": 80_00, "donations_add_up_to": 80_00},
        ],
    }


def test_no_donations_are_consistent(there: DonationAccount) -> None:
    assert audit_donations(there.table).facts() == {"donations": 0, "totals": []}


def lacking(there: DonationAccount) -> None:
    there.put(paid(6), total=0)


def counted_twice(there: DonationAccount) -> None:
    there.put(paid(6), total=100_00)


def of_no_donation(there: DonationAccount) -> None:
    there.put(donation(6, currency="eur"), total=7)


def unreadable(there: DonationAccount) -> None:
    made = there.put(donation(6))
    there.table.client.put_item(
        TableName=TABLE, Item={name: value for name, value in there.item(made).items() if name != "amount"}
    )


def of_another_status(there: DonationAccount) -> None:
    made = there.put(donation(6))
    there.table.client.put_item(TableName=TABLE, Item=there.item(made) | {"status": {"S": "SUCCEEDED"}})


@pytest.mark.full
@pytest.mark.parametrize("harm, rule, told", [
    (lacking, "donations", "the total is 80.00 USD, but the donations add up to 130.00 USD"),
    (counted_twice, "donations", "the total is 180.00 USD, but the donations add up to 130.00 USD"),
    (of_no_donation, "donations", "the total is 0.07 EUR, but the donations add up to 0.00 EUR"),
    (unreadable, "layout", "unreadable: KeyError: 'amount'"),
    (of_another_status, "layout", "unexpected attributes: status"),
])  # fmt: skip
def test_differences_are_reported(
    there: DonationAccount, harm: Callable[[DonationAccount], None], rule: str, told: str
) -> None:
    give(there)
    harm(there)
    [found] = audit_donations(there.table).breaks
    assert (found.rule, found.detail) == (rule, told)


def test_concurrent_donations_are_not_breaks(there: DonationAccount, monkeypatch) -> None:
    """The sum was read before the payment and the total after it; the next reading finds them equal."""
    give(there)
    there.put(paid(6), total=0)
    monkeypatch.setattr("cli.donations.audit.time.sleep", lambda _: there.put(donation(7), total=50_00))
    assert audit_donations(there.table).breaks == []

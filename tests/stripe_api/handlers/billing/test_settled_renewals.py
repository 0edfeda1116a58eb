"""A year of renewals in one jump, and its settlement: the jump settles nothing, and each payment has its own day."""

from datetime import UTC, datetime

import pytest

from paysandbox.settlement.business_day import business_date
from paysandbox.stripe_api.routes import LIST_BALANCE_TRANSACTIONS
from tests.stripe_api.handlers.billing.shop import SHOP, Body, invoices, later, ledger_payments, subscribed
from tests.stripe_api.handlers.transfers.test_one_balance import balance, keep_payouts, night
from tests.support.clients.stripe_merchant import done, told
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

PRICE = 10_00


@pytest.fixture
def settling(clock: Clock) -> SettlementScenario:
    return SettlementScenario(clock, every_shard=True)


def charges() -> list[Body]:
    """List the balance transactions of the renewals, the newest first."""
    listed = done(SHOP.get(LIST_BALANCE_TRANSACTIONS, limit=100, type="charge"))
    return listed["data"]


def test_a_jump_of_a_year_settles_nothing_and_its_batches_settle_it_exactly(
    clock: Clock, settling: SettlementScenario
) -> None:
    keep_payouts()
    made = subscribed()
    later(clock, days=366)
    paid = invoices(subscription=made["id"], limit=100)
    assert [each["status"] for each in paid] == ["paid"] * 13
    told()
    listed = charges()
    assert sum(each["amount"] for each in listed) == 13 * PRICE
    available, pending = balance()
    net = sum(each["net"] for each in listed)
    assert (available, pending) == (0, net)
    for each in listed:
        charged = business_date(datetime.fromtimestamp(each["created"], UTC))
        assert datetime.fromtimestamp(each["available_on"], UTC).date() > charged

    statement = night(settling)
    assert (statement.rows, statement.totals["USD"].net) == (13, net)
    assert balance() == (net, 0)
    settled = charges()
    assert {each["status"] for each in settled} == {"available"}
    (available_on,) = {each["available_on"] for each in settled}
    assert available_on >= max(each["available_on"] for each in listed)
    assert len(ledger_payments()) == 13
    audit()

"""`GET /balance`: what is pending and available, by currency, and the settlement that is expected next."""

from datetime import UTC, datetime

import pytest

from paysandbox.balance.routes import GET_MERCHANT_BALANCE
from paysandbox.stripe_api.routes import GET_BALANCE
from tests.stripe_api.handlers.settled_nights import settle_night
from tests.support.builders import build
from tests.support.builders.payment_scenario import refund, run
from tests.support.clients.call import Merchant, send
from tests.support.clients.disbursement_requests import Payer
from tests.support.clients.stripe_merchant import StripeMerchant, done, told
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario


def balance(merchant: str = build.MERCHANT) -> dict[str, tuple[int, int]]:
    """Return what is pending and available, by currency."""
    told()
    reply = send(GET_MERCHANT_BALANCE, api_key=build.api_key(merchant))
    assert reply.status == 200, reply.text
    return {part["currency"]: (part["pending"], part["available"]) for part in reply.json["data"]}


def test_without_a_transaction_there_is_none() -> None:
    assert balance() == {}


def test_what_is_captured_is_pending_less_its_fee_by_currency(demo: Merchant) -> None:
    demo.refund(demo.captured(10_00), amount=1_00)
    demo.captured(20_00, of=demo.authorized(20_00, currency="EUR"))
    demo.authorized(amount=5_00)
    assert balance() == {"EUR": (19_12, 0), "USD": (8_41, 0)}
    assert balance(build.OTHER_MERCHANT) == {}


def test_funds_are_available() -> None:
    Payer().fund(5_00, "USD")
    assert balance() == {"USD": (0, 5_00)}


def test_what_is_not_paid_out_is_available(clock: Clock) -> None:
    house = SettlementScenario(clock)
    paid = house.payment(amount=10_00, automatic=True)
    assert balance() == {"USD": (9_41, 0)}
    assert settle_night(house) != ""
    assert balance() == {"USD": (0, 0)}
    run(paid, refund(4_00))
    assert balance() == {"USD": (-4_00, 0)}
    assert settle_night(house) == ""
    assert balance() == {"USD": (0, -4_00)}


def test_the_other_api_shows_the_same(demo: Merchant) -> None:
    demo.captured(10_00)
    Payer().fund(5_00, "USD")
    (shown,) = balance().items()
    body = done(StripeMerchant().get(GET_BALANCE))
    assert shown == ("USD", (body["pending"][0]["amount"], body["available"][0]["amount"]))


@pytest.mark.parametrize(
    "now, business_date, cutoff",
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20", "2026-11-21T00:00:00.000000Z"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026-12-31", "2027-01-01T00:00:00.000000Z"),
    ],
)
def test_the_next_settlement_is_that_of_the_day(now: datetime, business_date: str, cutoff: str) -> None:
    reply = send(GET_MERCHANT_BALANCE, now=now)
    assert reply.json["next_settlement"] == {"business_date": business_date, "cutoff": cutoff}


def test_it_takes_one_query_however_long_the_history(demo: Merchant, wire: Wire) -> None:
    counts: list[list[str]] = []
    for payments in (4, 60):
        for _ in range(payments):
            demo.captured(10_00)
        told()
        with wire.record() as sent:
            assert send(GET_MERCHANT_BALANCE).status == 200
        counts.append([call.operation for call in sent])
    assert counts[0] == counts[1] == ["Query"]

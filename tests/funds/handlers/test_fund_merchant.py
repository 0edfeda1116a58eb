"""POST /sandbox/fund."""

from typing import Any

import pytest

from paysandbox.core.errors import Code
from paysandbox.funds.routes import FUND_MERCHANT
from tests.support.builders import build
from tests.support.builders.build import DAY
from tests.support.clients.call import send
from tests.support.clients.disbursement_requests import FUNDS, Payer, books
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Clock


def test_a_funding(payer: Payer) -> None:
    reply = payer.fund(100_00)
    assert reply.status == 200
    assert reply.json.keys() == {"funding_id", "amount", "currency", "source", "created_at", "balance"}
    assert (reply.json["amount"], reply.json["currency"], reply.json["balance"]) == (100_00, "USD", 100_00)
    assert (reply.json["source"], reply.json["funding_id"][:4]) == ("api", "fnd_")


def test_fundings_add_up_by_currency(payer: Payer) -> None:
    payer.fund(100_00)
    payer.fund(1_250, "jpy")
    assert payer.fund(50_00).json["balance"] == 150_00
    assert payer.funds() == {"JPY": 1_250, "USD": 150_00}
    assert books() == {"USD": (150_00, 150_00, 0), "JPY": (1_250, 1_250, 0)}


def test_without_a_key_two_requests_are_two_fundings(payer: Payer) -> None:
    first, second = payer.fund(100_00), payer.fund(100_00)
    assert first.json["funding_id"] != second.json["funding_id"]
    assert second.json["balance"] == 200_00


def test_a_repeated_key_is_one_funding_with_the_balance_as_it_is_now(payer: Payer) -> None:
    first = payer.fund(100_00, key="k")
    payer.fund(1_00)
    again = payer.fund(100_00, key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.json == first.json | {"balance": 101_00}
    assert books() == {"USD": (101_00, 101_00, 0)}


def test_a_key_with_another_body(payer: Payer) -> None:
    payer.fund(100_00, key="k")
    reply = payer.fund(100_01, key="k")
    assert (reply.status, reply.code) == (422, Code.IDEMPOTENCY_KEY_REUSED)
    assert payer.funds() == {"USD": 100_00}


def test_a_key_is_free_after_a_day(payer: Payer, clock: Clock) -> None:
    payer.fund(100_00, key="k")
    clock.advance(DAY)
    assert payer.fund(100_00, key="k").json["balance"] == 200_00


def test_keys_and_funds_of_merchants_are_apart(payer: Payer) -> None:
    payer.fund(100_00, key="k")
    other = Payer(build.OTHER_MERCHANT)
    assert other.funds() == {}
    assert other.fund(1_00, key="k").json["balance"] == 1_00
    assert payer.funds() == {"USD": 100_00}


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"amount": 0, "currency": "USD"}, Code.AMOUNT_TOO_SMALL, "amount"),
        ({"amount": -1, "currency": "USD"}, Code.AMOUNT_TOO_SMALL, "amount"),
        ({"amount": 12.5, "currency": "USD"}, Code.AMOUNT_INVALID, "amount"),
        ({"amount": "100", "currency": "USD"}, Code.AMOUNT_INVALID, "amount"),
        ({"amount": 100_000_000, "currency": "USD"}, Code.AMOUNT_TOO_LARGE, "amount"),
        ({"amount": 100, "currency": "XXX"}, Code.CURRENCY_UNSUPPORTED, "currency"),
        ({"amount": 100}, Code.PARAMETER_MISSING, "currency"),
        ({"amount": 100, "currency": "USD", "source": "payout"}, Code.PARAMETER_UNKNOWN, "source"),
    ],
)
def test_refused(payer: Payer, body: dict[str, Any], code: Code, param: str) -> None:
    reply = send(FUND_MERCHANT, body=body, key=None)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert table_snapshot.items_of(FUNDS) == []

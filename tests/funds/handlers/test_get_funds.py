"""`GET /sandbox/fund`: the merchant's balances."""

from tests.support.builders import build
from tests.support.clients.disbursement_requests import Payer


def test_without_a_funding_there_are_none(payer: Payer) -> None:
    assert payer.read_funds().json == {"data": []}


def test_balances_are_listed_by_currency(payer: Payer) -> None:
    payer.fund(5_00, "USD")
    payer.fund(7_00, "EUR")
    payer.fund(1_00, "USD")
    assert payer.read_funds().json["data"] == [
        {"currency": "EUR", "balance": 7_00},
        {"currency": "USD", "balance": 6_00},
    ]


def test_funds_of_other_merchants_are_not_shown(payer: Payer) -> None:
    payer.fund(5_00, "USD")
    assert Payer(build.OTHER_MERCHANT).read_funds().json == {"data": []}

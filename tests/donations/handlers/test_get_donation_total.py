"""GET /donations/total: the total of all donations, net of refunds."""

import pytest

from paysandbox.donations.schemas import render_total
from tests.support.clients.donation_requests import ADA, Account, observe, paid, total


def test_no_donations() -> None:
    assert total().text == '{"total_amount_dollars":0.00,"totals":[]}'


def test_total_is_net_of_refunds(stripe: Account) -> None:
    paid(1_000_50)
    observe(paid(300_00), paid=300_00, refunded=50_00)
    ADA.given(99_00)
    assert total().text == '{"total_amount_dollars":1250.50,"totals":[{"currency":"usd","amount":125050}]}'


def test_dollar_total_counts_only_usd(stripe: Account) -> None:
    paid(5_000, currency="jpy")
    paid(10_00, currency="eur")
    reply = total()
    assert reply.json == {
        "total_amount_dollars": 0.0,
        "totals": [{"currency": "eur", "amount": 10_00}, {"currency": "jpy", "amount": 5_000}],
    }


@pytest.mark.full
def test_total_is_summed_over_its_shards(stripe: Account) -> None:
    amounts = [50_00 + number for number in range(20)]
    for amount in amounts:
        paid(amount)
    assert total().json["totals"] == [{"currency": "usd", "amount": sum(amounts)}]


@pytest.mark.parametrize(
    "cents, text",
    [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (125_050, "1250.50"),
        # Beyond the precision of a float.
        (9_007_199_254_740_993, "90071992547409.93"),
        (-5, "-0.05"),
        (-125_050, "-1250.50"),
    ],
)
def test_dollars_are_exact_to_the_cent(cents: int, text: str) -> None:
    assert render_total({"usd": cents}).startswith(f'{{"total_amount_dollars":{text},')


def test_response_is_cacheable_with_an_etag(stripe: Account) -> None:
    paid(50_00)
    first = total()
    assert first.headers["Cache-Control"] == "public, max-age=5"
    known = total(headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status, known.text) == (304, "")
    assert known.headers["ETag"] == first.headers["ETag"]
    paid(1_00)
    changed = total(headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status, changed.json["total_amount_dollars"]) == (200, 51.0)


@pytest.mark.parametrize("form", ["W/{}", '"other", {}', "*"])
def test_if_none_match_forms(form: str) -> None:
    tag = total().headers["ETag"]
    assert total(headers={"If-None-Match": form.format(tag)}).status == 304


@pytest.mark.parametrize("given", ['"other"', "", "x"])
def test_another_etag_gets_the_body(given: str) -> None:
    assert total(headers={"If-None-Match": given}).status == 200

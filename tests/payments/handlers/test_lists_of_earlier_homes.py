"""Lists of a home that an earlier version began: its entries are in 16 shards, and new ones are in the first."""

from dataclasses import dataclass

import pytest

from paysandbox.aws.index_shards import ON_AWS
from paysandbox.aws.schema import BY_MERCHANT
from paysandbox.http.route import Route
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.routes import LIST_PAYMENTS
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.routes import LIST_PAYMENT_INTENTS, SEARCH_PAYMENT_INTENTS
from paysandbox.webhooks.routes import LIST_EVENTS
from tests.stripe_api.handlers.pages import searched, walked
from tests.support.clients.call import Merchant, send
from tests.support.worlds import table_snapshot, webhook_records
from tests.support.worlds.shards import LOCAL, LOCAL_BEFORE, spread_over

LIMITS = (1, 3, 25)


@dataclass(frozen=True)
class Home:
    """The payments of before and since the new version, oldest first."""

    before: list[str]
    since: list[str]

    @property
    def newest_first(self) -> list[str]:
        return [*self.before, *self.since][::-1]


@pytest.fixture
def home(demo: Merchant, monkeypatch: pytest.MonkeyPatch) -> Home:
    before = [demo.authorized() for _ in range(20)]
    spread_over(LOCAL_BEFORE, monkeypatch)
    since = [demo.authorized() for _ in range(5)]
    keys = {item["merchant_key"]["S"] for item in table_snapshot.items() if BY_MERCHANT.partition_key in item}
    assert len(keys) > 8, "they are in as many shards as on AWS"
    return Home(before, since)


def pages(route: Route, name: str, *, cursor: str | None = None, **query: str) -> list[str]:
    """Return the IDs of all pages, from a cursor on."""
    met: list[str] = []
    while True:
        page = send(route, query=query | {"cursor": cursor}).json
        met += [each[name] for each in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            return met


@pytest.mark.parametrize("limit", LIMITS)
def test_all_payments_are_listed_in_order(limit: int, home: Home) -> None:
    assert pages(LIST_PAYMENTS, "auth_id", limit=str(limit)) == home.newest_first
    assert pages(LIST_PAYMENTS, "auth_id", limit=str(limit), order="asc") == home.newest_first[::-1]


@pytest.mark.parametrize("limit", LIMITS)
def test_so_are_they_in_the_stripe_compatible_api(limit: int, home: Home) -> None:
    intents = [intent_id(name) for name in home.newest_first]
    assert walked(LIST_PAYMENT_INTENTS, limit=limit) == intents
    assert walked(LIST_PAYMENT_INTENTS, limit=limit, backwards_from=intents[-1]) == intents[:-1]
    assert searched(SEARCH_PAYMENT_INTENTS, "-status:null", limit=limit) == intents


def test_so_are_events_and_the_payments_of_a_card(demo: Merchant, monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    spread_over(ON_AWS, monkeypatch)
    for name in home.newest_first[::-1]:
        webhook_records.keep(payment_from(table_snapshot.item(name) or {}))
        if name == home.before[-1]:
            spread_over(LOCAL_BEFORE, monkeypatch)
    assert len(pages(LIST_EVENTS, "id", limit="3")) == 25
    card_id = demo.payment(home.since[0]).json["card"]["card_id"]
    assert pages(LIST_PAYMENTS, "auth_id", limit="3", card_id=card_id) == home.newest_first


def test_a_cursor_of_before_continues(demo: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [demo.authorized() for _ in range(12)][::-1]
    page = demo.payments(limit="3").json
    spread_over(LOCAL_BEFORE, monkeypatch)
    demo.authorized()
    assert pages(LIST_PAYMENTS, "auth_id", limit="3", cursor=page["next_cursor"]) == before[3:]


def test_reading_one_shard_would_lose_most_of_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    spread_over(LOCAL, monkeypatch)
    found = pages(LIST_PAYMENTS, "auth_id", limit="25")
    assert set(home.since) <= set(found)
    assert len(found) < len(home.newest_first) / 2

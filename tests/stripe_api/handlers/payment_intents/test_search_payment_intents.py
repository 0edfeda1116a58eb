"""GET /v1/payment_intents/search, and what it has in common with /v1/charges/search: pages, totals and refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paysandbox.aws.runtime import ledger
from paysandbox.aws.search_time import SEARCH_VARIABLE
from paysandbox.core.headers import SEARCHED_HEADER
from paysandbox.http.route import Route
from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.lists import search_page as searching
from paysandbox.stripe_api.lists.search import search_query
from paysandbox.stripe_api.lists.search_page import SearchPage, SearchSource, search_page
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    SEARCH_CHARGES,
    SEARCH_PAYMENT_INTENTS,
)
from tests.stripe_api.handlers.pages import ids_of, made_apart, searched
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import DECLINED, StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

pytestmark = pytest.mark.usefixtures("either_shards")

INVALID = "invalid_request_error"
EVERY = "-status:null"


def search(route: Route, query: str, **params: Any) -> dict[str, Any]:
    """Return a page of a search."""
    return done(StripeMerchant().get(route, query=query, **params))


def test_an_empty_list() -> None:
    assert search(SEARCH_PAYMENT_INTENTS, EVERY) == {
        "object": "search_result",
        "data": [],
        "has_more": False,
        "next_page": None,
        "url": "/v1/payment_intents/search",
    }


def test_intents_are_found_by_the_filters_that_plugins_send(demo: Merchant) -> None:
    native = demo.authorized(10_00, metadata={"order": "1"}).replace("auth_", "pi_")
    opened = StripeMerchant().opened(metadata={"order": "1"})["id"]
    paid, last = (StripeMerchant().paid(amount=amount, metadata={"order": "2"}) for amount in (5_00, 7_00))
    paid, other = paid["id"], last["id"]
    StripeMerchant(OTHER_MERCHANT).paid(metadata={"order": "1"})
    asked = {
        "metadata['order']:'1'": [opened, native],
        "metadata['order']:'2' AND amount>500": [other],
        "status:'succeeded'": [other, paid],
        "status:'requires_confirmation' OR status:'requires_capture'": [opened, native],
        f"created>{last['created']}": [],
        f"created<={last['created']} AND status:'succeeded'": [other, paid],
        "-metadata['order']:'1' amount<=500": [paid],
    }
    assert {query: ids_of(search(SEARCH_PAYMENT_INTENTS, query)["data"]) for query in asked} == asked


@pytest.mark.parametrize(
    "route, retrieve, expand",
    [
        (SEARCH_PAYMENT_INTENTS, GET_PAYMENT_INTENT, "latest_charge"),
        (SEARCH_CHARGES, GET_CHARGE, "payment_intent"),
    ],
    ids=["intents", "charges"],
)
def test_results_are_shown_as_they_are_retrieved(route: Route, retrieve: Route, expand: str) -> None:
    StripeMerchant().paid(metadata={"order": "1"})
    (one,) = search(route, EVERY)["data"]
    assert one == done(StripeMerchant().get(retrieve, one["id"]))
    (one,) = search(route, EVERY, expand=[f"data.{expand}"])["data"]
    assert one == done(StripeMerchant().get(retrieve, one["id"], expand=[expand]))


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_that_split_an_intent_list_each_item_once(limit: int, clock: Clock) -> None:
    def tried_twice() -> dict[str, Any]:
        intent = StripeMerchant().declined()["id"]
        StripeMerchant().confirm(intent, payment_method=DECLINED)
        done(StripeMerchant().create())
        return {"id": intent}

    made = made_apart(3, clock, tried_twice)
    intents = searched(SEARCH_PAYMENT_INTENTS, "-status:'canceled'", limit=limit)
    assert [one for one in intents if one in ids_of(made)] == ids_of(made)
    assert (len(intents), len(set(intents))) == (6, 6)
    charges = searched(SEARCH_CHARGES, EVERY, limit=limit)
    assert charges == searched(SEARCH_CHARGES, EVERY, limit=100)
    assert (len(charges), len(set(charges))) == (6, 6)


def test_has_more_only_if_another_matches() -> None:
    for order in ("1", "2", "1"):
        StripeMerchant().opened(metadata={"order": order})
    assert search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'1'", limit=2)["has_more"] is False
    assert search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'2'", limit=1)["has_more"] is False
    assert search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'1'", limit=1)["has_more"] is True


def test_the_total_is_that_of_all_pages_and_only_if_it_is_expanded() -> None:
    for order in ("1", "2", "1", "1"):
        StripeMerchant().opened(metadata={"order": order})
    asked: dict[str, Any] = {"limit": 2, "expand": ["total_count"]}
    first = search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'1'", **asked)
    second = search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'1'", page=first["next_page"], **asked)
    assert [(len(page["data"]), page["has_more"], page["total_count"]) for page in (first, second)] == [
        (2, True, 3),
        (1, False, 3),
    ]
    assert "total_count" not in search(SEARCH_PAYMENT_INTENTS, "metadata['order']:'1'")


REFUSED: list[tuple[dict[str, Any], tuple[int, str, str | None, str]]] = [
    ({}, (400, INVALID, "parameter_missing", "query")),
    ({"query": "nonsense"}, (400, INVALID, None, "query")),
    ({"query": "description:'tea'"}, (400, INVALID, None, "query")),
    ({"query": "x" * 5001}, (400, INVALID, None, "query")),
    ({"query": EVERY, "limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
    ({"query": EVERY, "limit": 101}, (400, INVALID, "parameter_invalid_integer", "limit")),
    ({"query": EVERY, "page": "nonsense"}, (400, INVALID, None, "page")),
    ({"query": EVERY, "starting_after": "pi_1"}, (400, INVALID, "parameter_unknown", "starting_after")),
    ({"query": EVERY, "expand": ["latest_charge"]}, (400, INVALID, None, "expand")),
    ({"query": EVERY, "expand": ["data.total_count"]}, (400, INVALID, None, "expand")),
]


@pytest.mark.parametrize(
    "route, params, expected",
    [*((SEARCH_PAYMENT_INTENTS, *one) for one in REFUSED), (SEARCH_CHARGES, *REFUSED[0])],
    ids=lambda value: getattr(value, "name", None),
)
def test_invalid_parameters_are_refused(
    route: Route, params: dict[str, Any], expected: tuple[int, str, str | None, str]
) -> None:
    assert wrong(StripeMerchant().get(route, **params)) == expected


def test_a_page_token_belongs_to_its_search_and_merchant() -> None:
    for merchant in (MERCHANT, OTHER_MERCHANT):
        for _ in range(2):
            StripeMerchant(merchant).paid()
    token = search(SEARCH_PAYMENT_INTENTS, EVERY, limit=1)["next_page"]
    for merchant, route, query in (
        (MERCHANT, SEARCH_PAYMENT_INTENTS, "status:'succeeded'"),
        (MERCHANT, SEARCH_CHARGES, EVERY),
        (OTHER_MERCHANT, SEARCH_PAYMENT_INTENTS, EVERY),
    ):
        assert wrong(StripeMerchant(merchant).get(route, query=query, page=token))[3] == "page"


def test_a_publishable_key_searches_nothing() -> None:
    for route in (SEARCH_PAYMENT_INTENTS, SEARCH_CHARGES):
        assert wrong(StripeMerchant(kind="publishable").get(route, query=EVERY))[2] == "secret_key_required"


# --- how far one request reads ----------------------------------------------------------------------------------------


@dataclass
class Time:
    """Time for so many reads of rows, and then for one in each further request."""

    reads: int = 0

    def left(self) -> bool:
        """Whether there is time for another read."""
        self.reads -= 1
        return self.reads > 0


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read two rows at a time, of ten at most."""
    monkeypatch.setattr(searching, "_AT_ONCE", 2)
    monkeypatch.setattr(searching, "MAX_SEARCHED", 10)


def page_of(query: str, page: str | None = None, *, has_time: Callable[[], bool], **params: Any) -> SearchPage[Payment]:
    """Search the merchant's intents."""
    source = SearchSource(
        index=payments_of(ledger(), MERCHANT, None, None),
        position_of=listed_at,
        objects_of=lambda payment: [(intent_id(payment.id), render_intent(payment, private=None))],
        tied_to=("test", query),
    )
    parts: dict[str, Any] = {"limit": 10, "counted": False, **params}
    return search_page(source, search_query("payment_intents", query), page=page, has_time=has_time, **parts)


@pytest.mark.usefixtures("in_small_steps")
def test_without_time_a_page_ends_early_and_the_next_one_continues(clock: Clock) -> None:
    made = ids_of(made_apart(7, clock, lambda: StripeMerchant().opened(metadata={"order": "1"})))
    pages, token, query = list[list[str]](), None, "metadata['order']:'1'"
    while True:
        page = page_of(query, token, has_time=Time().left)
        pages.append([name for _, name in page.found])
        token = page.next_page
        if token is None:
            break
    assert [name for names in pages for name in names] == made
    assert len(pages) > 3
    assert page_of("amount:1", has_time=Time().left).next_page is not None


@pytest.mark.full
@pytest.mark.usefixtures("in_small_steps")
def test_the_newest_ten_thousand_are_searched_over_all_pages(clock: Clock) -> None:
    made = ids_of(made_apart(12, clock, lambda: StripeMerchant().opened()))
    first = page_of(EVERY, has_time=lambda: True, limit=4)
    second = page_of(EVERY, first.next_page, has_time=lambda: True, limit=4)
    third = page_of(EVERY, second.next_page, has_time=lambda: True, limit=4)
    assert [name for page in (first, second, third) for _, name in page.found] == made[:10]
    assert third.next_page is None
    assert page_of(EVERY, has_time=lambda: True, limit=1, counted=True).total == 10


@pytest.mark.usefixtures("in_small_steps")
def test_a_page_that_ran_out_of_the_engines_time_says_how_many_it_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes an empty page for an empty list. What is counted takes the time that it needs."""
    intent = StripeMerchant().opened(metadata={"order": "1"})["id"]
    for _ in range(4):
        StripeMerchant().opened()
    found = list[tuple[str | None, list[str]]]()
    monkeypatch.setenv(SEARCH_VARIABLE, "0")
    params: dict[str, Any] = {"query": "metadata['order']:'1'"}
    while True:
        reply = StripeMerchant().get(SEARCH_PAYMENT_INTENTS, **params)
        page = done(reply)
        found.append((reply.headers.get(SEARCHED_HEADER), ids_of(page["data"])))
        if not page["has_more"]:
            break
        params["page"] = page["next_page"]
    # Each read begins with the last row that was compared.
    assert found == [("2", []), ("1", []), ("1", []), ("1", [intent])]
    counted = StripeMerchant().get(SEARCH_PAYMENT_INTENTS, query="status:'succeeded'", expand=["total_count"])
    assert (done(counted)["total_count"], counted.headers[SEARCHED_HEADER]) == (0, "5")


@pytest.mark.usefixtures("in_small_steps")
def test_without_time_nothing_is_counted(clock: Clock) -> None:
    made_apart(3, clock, lambda: StripeMerchant().opened())
    with pytest.raises(Exception, match="total_count timed out"):
        page_of(EVERY, has_time=Time().left, counted=True)


def test_search_is_not_an_id() -> None:
    """The route of an action on an intent named search is not the search."""
    assert StripeMerchant().post(CAPTURE_PAYMENT_INTENT, "search").status == 404

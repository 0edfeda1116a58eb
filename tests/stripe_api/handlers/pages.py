"""Pagination helpers for lists of the Stripe-compatible API, modeled on an SDK."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from paysandbox.http.route import Route
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import Clock

Object = dict[str, Any]

_SHOP: Final = StripeMerchant()


def listed(route: Route, *, shop: StripeMerchant = _SHOP, **params: Any) -> list[Object]:
    """Return the objects of the first page."""
    return done(shop.get(route, **params))["data"]


def ids_of(objects: Iterable[Object]) -> list[str]:
    """Return the objects' ids."""
    return [one["id"] for one in objects]


def walked(
    route: Route, *, limit: int, backwards_from: str | None = None, shop: StripeMerchant = _SHOP, **params: Any
) -> list[str]:
    """Return the ids of all pages, newest first. An SDK continues after the last object, so no page may be empty."""
    current: list[str] = []
    beside = backwards_from
    while True:
        name = "ending_before" if backwards_from else "starting_after"
        page = done(shop.get(route, limit=limit, **params, **({name: beside} if beside else {})))
        found = ids_of(page["data"])
        assert len(found) <= limit
        current = found + current if backwards_from else current + found
        if not page["has_more"]:
            return current
        beside = found[0] if backwards_from else found[-1]


def searched(route: Route, query: str, *, limit: int, shop: StripeMerchant = _SHOP) -> list[str]:
    """Return the ids of all pages of a search, each requested with the token of the one before."""
    current: list[str] = []
    params: dict[str, Any] = {}
    while True:
        page = done(shop.get(route, query=query, limit=limit, **params))
        assert len(page["data"]) <= limit
        assert page["has_more"] is (page["next_page"] is not None)
        current += ids_of(page["data"])
        if not page["has_more"]:
            return current
        params = {"page": page["next_page"]}


def made_apart(count: int, clock: Clock, make: Callable[[], Object]) -> list[Object]:
    """Make objects ten seconds apart and return them, newest first."""
    made: list[Object] = []
    for _ in range(count):
        made.insert(0, make())
        clock.advance(timedelta(seconds=10))
    return made

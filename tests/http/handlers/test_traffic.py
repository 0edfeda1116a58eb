"""The limit of a public route is that of its visitors, if it has some: a page, its form, and what a page loads."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest

from api_reference.routes import ROUTES
from paysandbox.http.html import HTML
from paysandbox.http.route import Access, BodyFormat, Route, Traffic
from tests.support.builders.scenarios import first_of
from tests.support.clients.call import Merchant, send
from tests.support.tools.tiers import full_but
from tests.support.worlds.handlers import Clock

PUBLIC: Final = tuple(route for route in ROUTES if route.access is Access.PUBLIC)
READ: Final = tuple(route for route in PUBLIC if route.method == "GET")
OF_VISITORS: Final = {Traffic.PAGES, Traffic.SCRIPTS}
LOADED: Final = re.compile(r'<(?:script|iframe|img)\b[^>]*?\bsrc="([^"]+)|<link\b[^>]*?\bhref="([^"]+)')


def _name(route: Route) -> str:
    return route.name


def _is_page(route: Route) -> bool:
    return route.media_types == (HTML,)


def loaded_by(html: str, address: str) -> Iterator[Route]:
    """Yield the routes of what a page at this path loads from its own origin."""
    for source, linked in LOADED.findall(html):
        url = urlsplit(urljoin(address, source or linked))
        if not url.scheme:
            yield route_at(url.path)


def route_at(path: str) -> Route:
    """Return the route of a path: the one with the fewest parameters, as in API Gateway."""
    matching = [route for route in PUBLIC if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), path)]
    return min(matching, key=lambda route: route.path.count("{"))


@pytest.mark.parametrize("route", full_but(READ, keep=_is_page), ids=_name)
def test_a_page_and_what_it_loads_have_the_limit_of_visitors(route: Route, demo: Merchant, clock: Clock) -> None:
    """Derived from what is answered, so that it holds for the next page too."""
    parts: dict[str, Any] = {**first_of(route).given(demo, clock), "headers": {"Accept": "text/html"}}
    reply = send(route, **parts)
    if reply.headers["Content-Type"] != HTML:
        assert route.media_types != (HTML,)
        return
    assert route.traffic is not Traffic.SELDOM
    values = {**route.path_examples, **parts.get("path", {})}
    for loaded in loaded_by(reply.text, re.sub(r"{(\w+)}", lambda name: values.get(name[1], "x"), route.path)):
        assert loaded.traffic in OF_VISITORS, loaded.path


def test_a_form_has_the_limit_of_its_page() -> None:
    pages = {route.path: route.traffic for route in PUBLIC if HTML in route.media_types}
    forms = [route for route in PUBLIC if route.body_format is BodyFormat.FORM]
    assert forms
    for form in forms:
        assert form.traffic is pages[form.path] is Traffic.PAGES, form.name


def test_only_public_routes_have_traffic_of_their_own() -> None:
    """The limit of all others follows from who may call them."""
    assert {route.traffic for route in ROUTES if route.access is not Access.PUBLIC} == {Traffic.CLIENTS}

"""The lists of Stripe's objects on the dashboard: those that the routes have, with the parameters that limit them."""

import json
from typing import Any

import pytest

from docs.dashboard_facts import stripe_lists_json
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES
from paysandbox.stripe_api.version import OLDEST_RENDERED, STRIPE_VERSION

FACTS = json.loads(stripe_lists_json())
LISTS: dict[str, Any] = {each["path"]: each for each in FACTS["lists"]}
LISTED = [
    each.resource.path[1:] for each in RESOURCE_ROUTES if each.operation == "list" and not each.resource.rules.holder
]


@pytest.mark.parametrize("path", LISTED)
def test_each_declared_resource_with_a_list_has_one(path: str) -> None:
    assert LISTS[path]["declared"]
    assert LISTS[path]["retrieved"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_has_filters_and_names_of_its_declaration(path: str) -> None:
    resource = RESOURCES.get(LISTS[path]["shows"])
    if resource is None or not LISTS[path]["declared"]:
        assert not LISTS[path]["names"] or resource is not None
        return
    filtering = {each.name for each in resource.fields if each.filters}
    assert {*LISTS[path]["names"]} == {*resource.naming}
    plain = {each["name"] for each in LISTS[path]["filters"]}
    own = filtering | {each.name for each in resource.routes.filters} | {"allow_redisplay", "type", "customer"}
    assert plain <= own


def test_what_belongs_to_a_customer_and_others() -> None:
    def of(path: str) -> list[tuple[str, str]]:
        return [(each["path"], each["by"]) for each in FACTS["belongs"][path]]

    customers = of("customers")
    for path in ("payment_intents", "payment_methods", "checkout/sessions", "setup_intents"):
        assert (path, "customer") in customers
    assert ("customers/{id}/tax_ids", "id") in customers
    assert [path for path, _ in customers].count("payment_methods") == 1
    assert ("prices", "product") in of("products")
    assert ("transfers", "destination") in of("accounts")
    assert ("transfers/{id}/reversals", "id") in of("transfers")
    assert ("balance_transactions", "payout") in of("payouts")
    assert ("checkout/sessions/{id}/line_items", "id") in of("checkout/sessions")


@pytest.mark.parametrize("path", FACTS["belongs"])
def test_what_belongs_is_listed_by_a_route_with_that_parameter(path: str) -> None:
    for each in FACTS["belongs"][path]:
        route = next(
            route
            for route in ROUTES
            if route.method == "GET" and route.path.replace("{charge}", "{id}") == f"/{each['path']}"
        )
        shape = route.query_shape
        assert shape is not None
        assert each["by"] == "id" or each["by"] in shape.model_fields


def test_versions_are_those_that_render_differently_newest_first() -> None:
    versions = FACTS["versions"]
    assert versions[-1] == OLDEST_RENDERED
    assert STRIPE_VERSION in versions
    assert versions == sorted(versions, reverse=True)

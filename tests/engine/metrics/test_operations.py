"""The operation of a request, by its method and path."""

import re

import pytest

from api_reference.routes import ROUTES
from engine.metrics.operations import OTHER, Operations
from paysandbox.stripe_api.routes import BASE_PATH, ROUTES as STRIPE_ROUTES

EVERY = {f"{route.method} {route.path}": route.name for route in ROUTES} | {
    f"{route.method} /{BASE_PATH}{route.path}": route.name for route in STRIPE_ROUTES
}
OPERATIONS = Operations(EVERY)


def test_every_route_is_found_by_its_path(subtests):
    for route, name in EVERY.items():
        method, _, path = route.partition(" ")
        with subtests.test(route):
            assert OPERATIONS.of(method, re.sub(r"\{\w+\}", "an-id", path)) == name


@pytest.mark.parametrize("method, path, name", [
    ("HEAD", "/payments", "list_payments"),
    ("GET", "/v1/charges/search", "search_charges"),
    ("GET", "/v1/charges/ch_1", "get_charge"),
    ("POST", "/v1/charges/ch_1", "update_charge"),
    ("POST", "/v1/charges/search", OTHER),                 # no charge has this ID
    ("GET", "/v1/charges/%2F", "get_charge"),
    ("OPTIONS", "/payments", OTHER),
    ("PATCH", "/payments", OTHER),
    ("HEAD", "/payments/authorize", OTHER),
    ("GET", "/payments/", OTHER),
    ("GET", "/v1/charges/", OTHER),
    ("GET", "/payments/auth_1/nothing", OTHER),
    ("GET", "/dashboard/", OTHER),
    ("POST", "/mcp", OTHER),
    ("GET", "", OTHER),
    ("GET", "payments", OTHER),
    ("GET", "*", OTHER),
    ("GET", "/" * 500, OTHER),
    ("GET", "/v1" + "/x" * 500, OTHER),
    ("GET", "/{id}", OTHER),
])  # fmt: skip
def test_operation(method, path, name):
    assert OPERATIONS.of(method, path) == name


def test_no_route_has_the_name_of_all_others():
    assert OTHER not in EVERY.values()


def test_without_routes_every_request_is_another():
    assert Operations({}).of("GET", "/") == OTHER

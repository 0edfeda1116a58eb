"""Routes that share a function: sharing gives none a right to move money, read a secret or start another process."""

from collections.abc import Iterable

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws import resources
from paysandbox.aws.resources import Grant
from paysandbox.http.route import Access, Function, functions_of
from paysandbox.payments import routes as payments
from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

FUNCTIONS = functions_of(ROUTES + V1_ROUTES)
SHARED = [function for function in FUNCTIONS if len(function.routes) > 1]

SECRETS = {
    resources.HASHING_KEYS,
    resources.WEBHOOK_SECRET,
    resources.STRIPE_SECRET_KEY,
    resources.STRIPE_WEBHOOK_SECRET,
    resources.API_KEYS,
    resources.PAYPAL_CREDENTIALS,
}
LEDGER = {
    resources.LEDGER,
    resources.IDEMPOTENCY_RECORDS,
    resources.SHARED_IDEMPOTENCY_RECORDS,
    resources.MERCHANT_FUNDS,
    resources.DISBURSEMENTS,
}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"}
STARTS_SOMETHING = {"SendMessage", "Publish", "SendEmail"}

ALONE = {
    "authorize_payment",
    "capture_payment",
    "void_payment",
    "refund_payment",
    "simulate_action",
    "complete_challenge",
    "create_donation_intent",
    "receive_stripe_event",
    "fund_merchant",
    "create_disbursement",
    "cancel_disbursement",
    "receive_paypal_event",
}
"""Routes that move money, or report that it moved."""


OF_RESOURCES = {"read_stripe_objects", "write_stripe_objects"}
"""Functions of declared resources, of which many are to come: each loads the kit and nothing else."""
TAKE_NO_KEY = {"DELETE"}
"""Deletion shares the function of what creates, which stores idempotency records; it stores none."""


WITH_CAPTURES = {"increment_payment"}
"""Routes that share the function of captures, with exactly its rights: prod has no room for another function."""


WITH_THE_PUBLICS = {"list_donations": "read_donations"}
"""Routes for merchants that share the function of public ones, by which it reads nothing that the public's do not.

A function of its own is three resources, and prod has room for one (test_features.py)."""


def sensitive(grants: Iterable[Grant]) -> set[tuple[str, str]]:
    """Return the rights to write the ledger, read a secret or start something elsewhere: (resource, action)."""
    return {
        (grant.resource.name, action)
        for grant in grants
        for action in grant.actions
        if grant.resource in SECRETS or (grant.resource in LEDGER and action in WRITES) or action in STARTS_SOMETHING
    }


@pytest.mark.parametrize("function", SHARED, ids=lambda function: function.name)
def test_routes_of_a_shared_function_need_the_same_sensitive_rights(function: Function) -> None:
    for route in function.routes:
        if function.name in OF_RESOURCES and route.method in TAKE_NO_KEY:
            assert sensitive(route.grants) == set(), route.name
            continue
        assert sensitive(route.grants) == sensitive(function.grants), route.name


@pytest.mark.parametrize("function", SHARED, ids=lambda function: function.name)
def test_routes_of_a_shared_function_have_the_same_callers(function: Function) -> None:
    routes = [route for route in function.routes if WITH_THE_PUBLICS.get(route.name) != function.name]
    assert len({(route.api, route.access) for route in routes}) == 1


def test_merchants_routes_give_a_public_function_no_rights() -> None:
    for function in (function for function in SHARED if function.name in WITH_THE_PUBLICS.values()):
        public = [route for route in function.routes if route.access is Access.PUBLIC]
        others = [route for route in function.routes if route.access is not Access.PUBLIC]
        assert {(route.name, route.access) for route in others} <= {(name, Access.API_KEY) for name in WITH_THE_PUBLICS}
        grants_of_public = {grant for route in public for grant in route.grants}
        assert {grant for route in others for grant in route.grants} <= grants_of_public


def test_money_routes_are_not_shared() -> None:
    own_routes = {each.name: {route.name for route in each.routes} - WITH_CAPTURES for each in FUNCTIONS}
    alone = {name for name, routes in own_routes.items() if len(routes) == 1}
    assert alone >= ALONE
    (captures,) = (function for function in FUNCTIONS if function.name == "capture_payment")
    assert {route.name for route in captures.routes} == {"capture_payment", *WITH_CAPTURES}
    assert len({route.grants for route in captures.routes}) == 1
    writes = {(resources.LEDGER.name, action) for action in WRITES}
    moving = {route.name for route in payments.ROUTES if writes & sensitive(route.grants)}
    assert moving <= ALONE | WITH_CAPTURES


def test_no_two_functions_could_be_shared() -> None:
    """Routes alike in all of this share a function, so a second one would mean a forgotten group."""
    kinds = [
        (f.group, f.routes[0].api, f.routes[0].access, frozenset(sensitive(f.grants)))
        for f in FUNCTIONS
        if f.name not in ALONE | OF_RESOURCES
    ]
    assert len(kinds) == len(set(kinds))

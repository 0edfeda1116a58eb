"""Capabilities of a connected account, each as an object of its own: all three routes, with a real table."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import GET_CAPABILITY, GET_OWN_ACCOUNT, LIST_CAPABILITIES, UPDATE_CAPABILITY
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

NO_ACCESS = (403, "invalid_request_error", "account_invalid", None)


def account(outcome: str = "", **params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], metadata={"sandbox_outcome": outcome}, **params))["id"]


def capability(of: str, name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_CAPABILITY, (of, name)))


@pytest.mark.parametrize(
    "outcome, status, due, verifying",
    [
        ("", "active", [], []),
        ("transfers=pending", "pending", [], ["transfers"]),
        ("transfers=inactive:company.tax_id", "inactive", ["company.tax_id"], []),
    ],
)
def test_a_capability_has_its_status_and_what_is_due(
    outcome: str, status: str, due: list[str], verifying: list[str]
) -> None:
    name = account(outcome)
    shown = capability(name, "transfers")

    assert (shown["id"], shown["account"], shown["requested"]) == ("transfers", name, True)
    assert (shown["status"], shown["requirements"]["currently_due"]) == (status, due)
    assert shown["requirements"]["pending_verification"] == verifying
    assert shown["requested_at"] > 0
    every = done(StripeMerchant().get(LIST_CAPABILITIES, name))["data"]
    assert [each["id"] for each in every] == ["card_payments", "transfers"]
    assert every[1] == shown


def test_a_capability_is_requested_and_no_longer() -> None:
    name, shop = account(type="express"), StripeMerchant()
    on = done(shop.post(UPDATE_CAPABILITY, (name, "card_payments"), requested=True))
    assert (on["requested"], on["status"]) == (True, "active")
    assert done(shop.get(GET_OWN_ACCOUNT, name))["capabilities"] == {"card_payments": "active"}
    off = done(shop.post(UPDATE_CAPABILITY, (name, "card_payments"), requested=False))
    assert (off["requested"], off["status"], off["requested_at"]) == (False, "unrequested", None)
    assert done(shop.post(UPDATE_CAPABILITY, (name, "card_payments"))) == off


def test_what_is_no_capability_is_not_found() -> None:
    name = account(type="express")
    for route, of in ((GET_CAPABILITY, "card_payments"), (GET_CAPABILITY, "flying"), (UPDATE_CAPABILITY, "flying")):
        assert wrong(StripeMerchant().ask(route, (name, of), {})) == missing("id")


@pytest.mark.parametrize("route", [LIST_CAPABILITIES, GET_CAPABILITY, UPDATE_CAPABILITY], ids=lambda route: route.name)
def test_another_platforms_account_is_refused(route: Route) -> None:
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(route, (account(), "transfers"), {})) == NO_ACCESS

"""GET /v1/accounts/{id}/capabilities/{capability}: the status of a capability, and what is due for it."""

from typing import Any

import pytest

from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def account(outcome: str = "", **params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], metadata={"sandbox_outcome": outcome}, **params))["id"]


def capability(of: str, name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(ROUTE["get_capability"], (of, name)))


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
    every = done(StripeMerchant().get(ROUTE["list_capabilities"], name))["data"]
    assert [each["id"] for each in every] == ["card_payments", "transfers"]
    assert every[1] == shown


def test_what_is_no_capability_is_not_found() -> None:
    name = account(type="express")
    for route, of in (
        (ROUTE["get_capability"], "card_payments"),
        (ROUTE["get_capability"], "flying"),
        (ROUTE["update_capability"], "flying"),
    ):
        assert wrong(StripeMerchant().ask(route, (name, of), {})) == missing("id")

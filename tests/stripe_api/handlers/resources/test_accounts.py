"""Connected accounts: the routes of a declared resource whose objects are merchants of their own, with a real table."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import GET_ACCOUNT, GET_OWN_ACCOUNT
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

INVALID = (400, "invalid_request_error")
NO_ACCESS = (403, "invalid_request_error", "account_invalid", None)


def account(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_account"], **params))


def update(of: str, /, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["update_account"], of, **params))


def shown(of: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_OWN_ACCOUNT, of))


CUSTOM: dict[str, Any] = {"type": "custom", "capabilities": {"transfers": {"requested": True}}}


@pytest.mark.parametrize(
    "sent, has",
    [
        ({}, {"type": "standard", "country": "US", "default_currency": "usd", "email": None, "business_type": None,
              "capabilities": {"card_payments": "active", "transfers": "active"}, "charges_enabled": True,
              "payouts_enabled": True, "details_submitted": True}),
        ({"type": "express", "country": "DE", "email": "jenny@example.com"},
         {"type": "express", "country": "DE", "default_currency": "eur", "email": "jenny@example.com",
          "capabilities": {}, "charges_enabled": False, "payouts_enabled": False}),
        ({**CUSTOM, "default_currency": "EUR"},
         {"type": "custom", "default_currency": "eur", "capabilities": {"transfers": "active"},
          "charges_enabled": False, "payouts_enabled": False}),
        ({"controller": {"stripe_dashboard": {"type": "express"}, "losses": {"payments": "application"}}},
         {"type": "none", "controller": {"fees": {"payer": "account"}, "is_controller": True,
                                         "losses": {"payments": "application"}, "requirement_collection": "stripe",
                                         "stripe_dashboard": {"type": "express"}, "type": "application"}}),
        ({"tos_acceptance": {"date": 1609798905, "ip": "8.8.8.8"}},
         {"tos_acceptance": {"date": 1609798905, "ip": "8.8.8.8"}}),
        ({"business_type": "company", "company": {"name": "Acme", "tax_id": "000000000"}},
         {"business_type": "company", "company": {"name": "Acme", "tax_id_provided": True}}),
    ],
)  # fmt: skip
def test_an_account_has_what_it_was_created_with(sent: Any, has: Any) -> None:
    created = account(**sent)

    assert created.items() >= has.items()
    assert shown(created["id"]) == created
    assert done(StripeMerchant().get(ROUTE["list_accounts"]))["data"] == [created]


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"type": "gold"}, (*INVALID, None, "type")),
        ({"type": "custom"}, (*INVALID, "parameter_missing", "capabilities")),
        ({"type": "express", "controller": {"losses": {"payments": "stripe"}}}, (*INVALID, None, None)),
        ({"country": "XX"}, (*INVALID, None, "country")),
        ({"default_currency": "xyz"}, (*INVALID, None, "default_currency")),
        ({"email": "jenny"}, (*INVALID, "email_invalid", "email")),
        ({"capabilities": {"flying": {"requested": True}}}, (*INVALID, None, "capabilities[flying]")),
        (
            {"capabilities": {"transfers": {"wanted": True}}},
            (*INVALID, "parameter_unknown", "capabilities[transfers][wanted]"),
        ),
        ({"company": {"tax_id": ""}}, (*INVALID, "parameter_invalid_empty", "company[tax_id]")),
        ({"metadata": {"sandbox_outcome": "transfers=never"}}, (*INVALID, None, "metadata[sandbox_outcome]")),
        ({"documents": {"company_license": {"files": ["file_1"]}}}, (*INVALID, "parameter_unknown", "documents")),
    ],
)
def test_an_account_that_is_refused(sent: Any, refused: Any) -> None:
    assert wrong(StripeMerchant().post(ROUTE["create_account"], **sent)) == refused
    assert done(StripeMerchant().get(ROUTE["list_accounts"]))["data"] == []


def test_what_identifies_a_person_is_not_stored() -> None:
    person = {
        "first_name": "Jenny",
        "id_number": "222222222",
        "ssn_last_4": "6789",
        "dob": {"day": 1, "month": 2, "year": 1990},
    }
    created = account(business_type="individual", individual=person)["individual"]

    assert (created["object"], created["first_name"], created["dob"]["year"]) == ("person", "Jenny", 1990)
    assert (created["id_number_provided"], created["ssn_last_4_provided"]) == (True, True)
    assert {"id_number", "ssn_last_4"} & created.keys() == set()


@pytest.mark.parametrize(
    "outcome, capabilities, due, verifying, reason",
    [
        ("", {"card_payments": "active", "transfers": "active"}, [], [], None),
        ("card_payments=pending", {"card_payments": "pending", "transfers": "active"}, [], ["card_payments"],
         "requirements.pending_verification"),
        ("transfers=inactive:company.tax_id", {"card_payments": "active", "transfers": "inactive"},
         ["company.tax_id"], [], "requirements.past_due"),
        ("onboarding", {"card_payments": "inactive", "transfers": "inactive"},
         ["business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip"], [],
         "requirements.past_due"),
    ],
)  # fmt: skip
def test_what_an_account_may_do_follows_from_its_outcome(
    outcome: str, capabilities: Any, due: list[str], verifying: list[str], reason: str | None
) -> None:
    created = account(metadata={"sandbox_outcome": outcome})

    assert created["capabilities"] == capabilities
    assert created["requirements"]["currently_due"] == due
    assert created["requirements"]["pending_verification"] == verifying
    assert created["requirements"]["disabled_reason"] == reason
    assert created["charges_enabled"] is (capabilities["card_payments"] == "active")
    assert created["details_submitted"] is (outcome != "onboarding")


def test_an_update_changes_what_it_names() -> None:
    created = account(type="express", business_profile={"name": "Acme", "mcc": "5734"}, email="a@example.com")
    changed = update(
        created["id"],
        business_profile={"mcc": ""},
        capabilities={"card_payments": {"requested": True}},
        settings={"payouts": {"schedule": {"interval": "manual"}}},
    )

    assert changed["business_profile"] == created["business_profile"] | {"mcc": None}
    assert (changed["capabilities"], changed["charges_enabled"]) == ({"card_payments": "active"}, True)
    assert changed["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert changed["email"] == "a@example.com"
    off = update(created["id"], capabilities={"card_payments": {"requested": False}})
    assert (off["capabilities"], off["charges_enabled"]) == ({"card_payments": "inactive"}, False)


def test_a_repeated_creation_gives_the_same_account() -> None:
    first, again = (
        StripeMerchant().post(ROUTE["create_account"], key="one", type="express", country="FR") for _ in range(2)
    )
    assert done(again) == done(first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(done(StripeMerchant().get(ROUTE["list_accounts"]))["data"]) == 1


def test_a_deleted_account_is_gone() -> None:
    shop, name = StripeMerchant(), account()["id"]
    tombstone = {"id": name, "object": "account", "deleted": True}

    assert done(shop.ask(ROUTE["delete_account"], name)) == tombstone
    assert done(shop.get(ROUTE["list_accounts"]))["data"] == []
    assert wrong(shop.get(GET_OWN_ACCOUNT, name)) == NO_ACCESS
    assert wrong(shop.post(ROUTE["update_account"], name, email="a@b.c")) == NO_ACCESS


@pytest.mark.parametrize("route", [GET_OWN_ACCOUNT, ROUTE["update_account"], ROUTE["delete_account"]])
def test_another_platforms_account_is_refused(route: Route) -> None:
    name = account()["id"]
    own = done(StripeMerchant().get(GET_ACCOUNT))["id"]
    for shop, named in (
        (StripeMerchant(OTHER_MERCHANT), name),
        (StripeMerchant(), "acct_unknown"),
        (StripeMerchant(OTHER_MERCHANT), own),
    ):
        assert wrong(shop.ask(route, named, {})) == NO_ACCESS

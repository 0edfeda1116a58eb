"""Customers: the routes of a declared resource whose deleted objects are shown, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

INVALID = (400, "invalid_request_error")


def customer(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_stripe_customer"], **params))


def update(of: str, /, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["update_stripe_customer"], of, **params))


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({}, {"email": None, "name": None, "address": None, "tax_exempt": "none", "metadata": {}, "balance": 0}),
        ({"email": "Jenny@example.com", "phone": ""}, {"email": "Jenny@example.com", "phone": None}),
        ({"address": {"line1": "510 Townsend St", "line2": ""}},
         {"address": {"city": None, "country": None, "line1": "510 Townsend St", "line2": "", "postal_code": None,
                      "state": None}}),
        ({"business_name": "Acme", "tax_exempt": "reverse"}, {"business_name": "Acme", "tax_exempt": "reverse"}),
        ({"preferred_locales": ["de", "en"]}, {"preferred_locales": ["de", "en"]}),
        ({"invoice_prefix": "ACME", "next_invoice_sequence": 7},
         {"invoice_prefix": "ACME", "next_invoice_sequence": 7}),
        ({"invoice_settings": {"custom_fields": [{"name": "VAT", "value": "1"}], "footer": "Thanks"}},
         {"invoice_settings": {"custom_fields": [{"name": "VAT", "value": "1"}], "default_payment_method": None,
                               "footer": "Thanks", "rendering_options": None}}),
    ],
)  # fmt: skip
def test_a_customer_has_what_it_was_created_with(sent: Any, shown: Any) -> None:
    created = customer(**sent)

    assert created.items() >= shown.items()
    assert done(StripeMerchant().get(ROUTE["get_stripe_customer"], created["id"])) == created


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"email": "jenny"}, (*INVALID, "email_invalid", "email")),
        ({"phone": "1" * 21}, (*INVALID, None, "phone")),
        ({"invoice_prefix": "acme"}, (*INVALID, None, "invoice_prefix")),
        ({"shipping": {"name": "Jenny Rosen"}}, (*INVALID, "parameter_missing", "shipping[address]")),
        ({"balance": 100}, (*INVALID, "parameter_unknown", "balance")),
        ({"tax_id_data": [{"type": "eu_vat", "value": "DE1"}]}, (*INVALID, "parameter_unknown", "tax_id_data")),
        ({"invoice_settings": {"default_payment_method": "pm_1"}},
         (*INVALID, None, "invoice_settings[default_payment_method]")),
    ],
)  # fmt: skip
def test_a_customer_that_is_refused(sent: Any, refused: Any) -> None:
    assert wrong(StripeMerchant().post(ROUTE["create_stripe_customer"], **sent)) == refused


def test_an_update_changes_what_it_names() -> None:
    options = {"rendering_options": {"amount_tax_display": "exclude_tax"}}
    address = {"line1": "510 Townsend St"}
    created = customer(
        name="Jenny", email="jenny@example.com", address=address, invoice_settings={"footer": "Thanks", **options}
    )
    changed = update(created["id"], name="", address="", tax_exempt="exempt", invoice_settings={"footer": ""})

    settings = created["invoice_settings"] | {"footer": None}
    assert settings["rendering_options"] == {"amount_tax_display": "exclude_tax", "template": None}
    cleared = {"name": None, "address": None, "tax_exempt": "exempt", "invoice_settings": settings}
    assert changed == created | cleared
    assert update(created["id"], tax_exempt="")["tax_exempt"] == "none"


def test_a_deleted_customer_is_shown_as_deleted() -> None:
    shop, name = StripeMerchant(), customer()["id"]
    tombstone = {"id": name, "object": "customer", "deleted": True}

    for route in ("delete_stripe_customer", "delete_stripe_customer", "get_stripe_customer"):
        assert done(shop.ask(ROUTE[route], name)) == tombstone
    assert done(shop.get(ROUTE["list_stripe_customers"]))["data"] == []
    assert wrong(shop.post(ROUTE["update_stripe_customer"], name, name="Jenny")) == missing("id")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/customers/{id}"])
def test_another_merchants_customer_does_not_exist(route: Route) -> None:
    name = customer()["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "cus_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("id")


def test_customers_are_found_by_their_email_address(clock: Clock) -> None:
    """The same letters in a list, in any case in a search."""
    shop, names = StripeMerchant(), []
    for email in ("jenny@example.com", "Jenny@example.com", "jenny@example.com"):
        names.append(customer(email=email, metadata={"number": str(len(names))})["id"])
        clock.advance(timedelta(seconds=1))

    def numbers(route: str, **params: Any) -> list[int]:
        return [names.index(each["id"]) for each in done(shop.get(ROUTE[route], **params))["data"]]

    assert numbers("list_stripe_customers", email="jenny@example.com") == [2, 0]
    assert numbers("list_stripe_customers", email="jenny@example.co") == []
    assert numbers("search_stripe_customers", query="email:'jenny@example.com'") == [2, 1, 0]
    assert numbers("search_stripe_customers", query="email~'jenny@' AND metadata['number']:'1'") == [1]

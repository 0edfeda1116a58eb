"""Customers: the routes of a declared resource whose deleted objects are shown, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.payment_methods.refusals import USED_BEFORE
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.saved_cards import listed, saved, sources
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong
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
        ({"source": "src_1"}, (*INVALID, None, "source")),
        ({"default_source": "card_1"}, (*INVALID, "parameter_unknown", "default_source")),
        ({"balance": 100}, (*INVALID, "parameter_unknown", "balance")),
        ({"tax_id_data": [{"type": "eu_fax", "value": "DE1"}]}, (*INVALID, None, "tax_id_data[0][type]")),
        ({"tax_id_data": [{"type": "eu_vat"}]}, (*INVALID, "parameter_missing", "tax_id_data[0][value]")),
        ({"tax_id_data": [{"type": "eu_vat", "value": "DE1"}] * 6}, (*INVALID, None, "tax_id_data")),
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

    for route in ("delete_stripe_customer", "get_stripe_customer"):
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


def test_a_customer_of_a_token_has_its_card_as_default() -> None:
    shop = StripeMerchant()
    token = shop.token()
    sent = {"source": token, "payment_method": VISA, "key": "k", "expand": ["default_source", "sources"]}
    reply = shop.post(ROUTE["create_stripe_customer"], **sent)
    created = done(reply)
    card = "card_" + token.removeprefix("tok_")
    assert (created["default_source"]["id"], created["default_source"]["customer"]) == (card, created["id"])
    assert created["sources"]["data"] == [created["default_source"]]
    assert len(listed(shop, created["id"])) == 2
    assert shop.post(ROUTE["create_stripe_customer"], **sent).text == reply.text


def test_a_new_source_replaces_the_default() -> None:
    shop, jenny = StripeMerchant(), customer(source="tok_visa")
    second = saved(shop, jenny["id"])
    sent = {"source": "tok_mastercard", "key": "k"}
    reply = shop.post(ROUTE["update_stripe_customer"], jenny["id"], **sent)
    third = done(reply)["default_source"]
    assert third not in (second, jenny["default_source"])
    assert sources(shop, jenny["id"]) == [third, second]
    refused = shop.create(payment_method=jenny["default_source"], customer=jenny["id"], confirm=True)
    assert refused.error["message"] == USED_BEFORE
    assert update(jenny["id"], default_source=second)["default_source"] == second
    assert shop.post(ROUTE["update_stripe_customer"], jenny["id"], **sent).text == reply.text
    assert done(shop.get(ROUTE["get_stripe_customer"], jenny["id"]))["default_source"] == second


def test_a_source_that_is_replaced_is_no_default_of_invoices_any_more() -> None:
    jenny = customer(source="tok_visa")
    update(jenny["id"], invoice_settings={"default_payment_method": jenny["default_source"]})
    replaced = update(jenny["id"], source="tok_mastercard")
    assert replaced["invoice_settings"]["default_payment_method"] is None


def test_a_default_source_is_one_of_its_sources() -> None:
    shop, jenny = StripeMerchant(), customer(source="tok_visa", payment_method=VISA)
    method = next(name for name in listed(shop, jenny["id"]) if name != jenny["default_source"])
    theirs = customer(source="tok_visa")["default_source"]
    for name in (method, theirs, "card_1"):
        refused = shop.post(ROUTE["update_stripe_customer"], jenny["id"], default_source=name)
        assert wrong(refused) == (*INVALID, "resource_missing", "default_source")
    both = shop.post(ROUTE["update_stripe_customer"], jenny["id"], default_source=theirs, source="tok_visa")
    assert wrong(both) == (*INVALID, None, None)


def test_a_customer_of_tax_ids_and_a_card() -> None:
    shop = StripeMerchant()
    data = [{"type": "eu_vat", "value": "EL123456789"}, {"type": "us_ein", "value": "12-3456789"}]
    sent = {"source": "tok_visa", "tax_id_data": data, "key": "k", "expand": ["sources", "tax_ids.data.customer"]}
    reply = shop.post(ROUTE["create_stripe_customer"], **sent)
    created = done(reply)
    assert created["tax_ids"]["url"] == f"/v1/customers/{created['id']}/tax_ids"
    shown = [(each["country"], each["value"], each["customer"]["id"]) for each in created["tax_ids"]["data"]]
    assert shown == [("US", "12-3456789", created["id"]), ("GR", "EL123456789", created["id"])]
    assert len(created["sources"]["data"]) == 1
    assert shop.post(ROUTE["create_stripe_customer"], **sent).text == reply.text
    assert "tax_ids" not in update(created["id"], name="Jenny")
    assert done(shop.get(ROUTE["get_stripe_customer"], created["id"], expand=["tax_ids"]))["tax_ids"]["data"]

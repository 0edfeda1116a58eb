"""POST /v1/customers/{id}/tax_ids: a tax ID of a customer, in one transaction with it."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import CUSTOMER, customer, tax_id
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

VAT = {"type": "eu_vat", "value": "DE123456789"}


def test_what_it_shows(shop: StripeMerchant, jenny: str) -> None:
    made = tax_id(shop, jenny, expand=["customer", "owner.customer"])
    assert made.pop("id").startswith("txi_")
    assert made.pop("created") > 0
    assert made.pop("customer")["id"] == made["owner"].pop("customer")["id"] == jenny
    assert made == {
        "object": "tax_id", "country": "DE", "customer_account": None, "livemode": False, **VAT,
        "owner": {"customer_account": None, "type": "customer"},
        "verification": {"status": "pending", "verified_address": None, "verified_name": None},
    }  # fmt: skip


def test_a_replay_is_the_first_answer(shop: StripeMerchant, jenny: str) -> None:
    first = shop.post(RESOURCE["create_customer_tax_id"], jenny, **VAT, key="k")
    assert shop.post(RESOURCE["create_customer_tax_id"], jenny, **VAT, key="k").text == first.text
    done(shop.ask(RESOURCE["delete_customer_tax_id"], (jenny, first.json["id"])))
    done(shop.ask(CUSTOMER["delete_stripe_customer"], jenny))
    assert shop.post(RESOURCE["create_customer_tax_id"], jenny, **VAT, key="k").text == first.text


@pytest.mark.parametrize("sent, refusal", [
    ({"type": "eu_fax"}, (None, "type")), ({"type": "unknown"}, (None, "type")),
    ({"value": ""}, ("parameter_invalid_empty", "value")), ({"value": None}, ("parameter_missing", "value")),
])  # fmt: skip
def test_what_is_refused(shop: StripeMerchant, jenny: str, sent: Any, refusal: Any) -> None:
    params = {name: value for name, value in (VAT | sent).items() if value is not None}
    assert wrong(shop.post(RESOURCE["create_customer_tax_id"], jenny, **params)) == (
        400,
        "invalid_request_error",
        *refusal,
    )


def test_customers_that_are_not_there(shop: StripeMerchant, jenny: str) -> None:
    done(shop.ask(CUSTOMER["delete_stripe_customer"], jenny))
    for name in (jenny, customer(StripeMerchant(OTHER_MERCHANT)), "cus_1"):
        assert wrong(shop.post(RESOURCE["create_customer_tax_id"], name, **VAT)) == missing("id")


def test_the_limit(shop: StripeMerchant, jenny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.stripe_api.tax_ids.of_customers.TAX_IDS_MAX", 1)
    tax_id(shop, jenny)
    assert wrong(shop.post(RESOURCE["create_customer_tax_id"], jenny, **VAT)) == (
        400,
        "invalid_request_error",
        None,
        None,
    )
    assert len(done(shop.get(RESOURCE["list_customer_tax_ids"], jenny))["data"]) == 1

"""What a Stripe integration sees on the dashboard: its customers, payments and other objects, by Stripe's names."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.clients.api import Api
from tests.support.clients.dashboard import Dashboard


def post(program: Api, path: str, form: Mapping[str, str]) -> Any:
    """Return the object that a request to the Stripe-compatible API creates or changes."""
    key = {"Authorization": f"Bearer {program.api_key}"}
    return program.http.post(f"/v1/{path}", data=form, headers=key).raise_for_status().json()


@pytest.mark.full
def test_a_customer_leads_to_what_it_has_paid_and_saved(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-customers")
    page, program = dashboard.page, dashboard.program
    customer = post(program, "customers", {"email": "ada@example.com", "name": "Ada Lovelace"})["id"]
    post(program, "payment_methods/pm_card_mastercard/attach", {"customer": customer})
    card = {"payment_method": "pm_card_visa", "confirm": "true", "return_url": "https://shop.example/"}
    paid = post(program, "payment_intents", {"amount": "2000", "currency": "usd", "customer": customer, **card})["id"]
    post(program, "setup_intents", {"customer": customer})
    product = post(program, "products", {"name": "Gold"})["id"]
    price = post(program, "prices", {"product": product, "currency": "usd", "unit_amount": "500"})["id"]

    dashboard.visit("/customers")
    dashboard.shows("Ada Lovelace ada@example.com 1 $20.00 1")
    page.click(customer)
    dashboard.shows("Name Ada Lovelace", "E-mail ada@example.com", "Payments 1", "Total $20.00", paid)
    page.click("All: Setup intents")
    page.wait(f"location.pathname + location.search === '/dashboard/stripe/setup_intents?customer={customer}'")
    dashboard.shows("requires payment method", customer)
    page.click("Products", within="main nav")
    page.click(product)
    dashboard.shows("Name Gold", "$5.00")
    page.click(price)
    dashboard.shows("Amount $5.00", f"Product {product}")
    assert page.errors == []

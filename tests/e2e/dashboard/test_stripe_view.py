"""What a Stripe integration sees on the dashboard: its customers, payments and other objects, by Stripe's names."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.clients.api import Api
from tests.support.clients.dashboard import Dashboard

CHOOSE = """(([label, value]) => {
  const select = [...document.querySelectorAll('select')].find((it) => it.labels[0]?.textContent === label);
  select.value = value;
  select.dispatchEvent(new Event('change', { bubbles: true }));
})(%s)"""
"""Chooses a value of the select with a label, as a mouse does in the list that the browser draws."""


READ_FILES = """(() => {
  const create = URL.createObjectURL;
  window.files = [];
  URL.createObjectURL = (file) => (window.files.push(file), create.call(URL, file));
})()"""
"""Collects the files that the page downloads from now on."""


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


@pytest.mark.full
def test_a_payment_has_stripes_names_events_and_objects(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-stripe-view")
    page, program = dashboard.page, dashboard.program
    card = {"payment_method": "pm_card_visa", "confirm": "true", "return_url": "https://shop.example/"}
    made = post(program, "payment_intents", {"amount": "2000", "currency": "usd", **card})
    post(program, "refunds", {"payment_intent": made["id"], "amount": "500"})
    direct = post(program, "charges", {"amount": "700", "currency": "usd", "source": "tok_visa"})["id"]

    dashboard.visit("/payments")
    page.click(made["id"])
    dashboard.shows(f"Payment {made['id']}", f"Charge {made['latest_charge']}", "partially refunded")
    dashboard.shows("payment_intent.created", "payment_intent.succeeded", "charge.succeeded", "charge.refunded")
    page.click("Stripe objects", within="[role=tablist]")
    dashboard.shows(f"payment intent {made['id']}", f"charge {made['latest_charge']}", "refund re_")
    whole = dashboard.text_of(f"charge {made['latest_charge']}")
    assert '"refunds"' not in whole, "a list that charges have had until 2022-11-15"
    page.read(CHOOSE % json.dumps(["Version of the API", "2022-08-01"]))
    page.wait("document.querySelector('pre[aria-label^=\"charge ch_\"]')?.textContent.includes('\"refunds\"')")
    page.click("Native record")
    dashboard.shows("The native API calls it auth_", "Timeline")

    dashboard.visit(f"/payments/{direct.replace('ch_', 'auth_')}")
    dashboard.shows(f"Payment {direct}", "charge.succeeded")
    assert page.errors == []


@pytest.mark.full
def test_a_filter_is_counted_saved_and_downloaded(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-list-tools")
    page, program = dashboard.page, dashboard.program
    for amount in (10_00, 2_50):
        program.authorize(amount, currency="USD", reference="=1+2").raise_for_status()
    dashboard.visit("/payments")
    dashboard.shows("2 rows · $12.50")
    page.read(CHOOSE % json.dumps(["Period", "last_7_days"]))
    page.wait("location.search === '?period=last_7_days'")
    dashboard.shows("2 rows · $12.50")
    page.click("Save view")
    page.fill("Name of the view", "This week")
    page.press("Enter")
    page.click("Clear filters")
    page.wait("location.search === ''")
    page.click("This week")
    page.wait("location.search === '?period=last_7_days'")
    page.read(CHOOSE % json.dumps(["Period", "yesterday"]))
    dashboard.shows("No matches")
    page.click("This week")
    page.read(READ_FILES)
    page.click("Download CSV")
    page.wait("window.files.length === 1")
    head, first, *_ = page.read("window.files[0].text()").split("\r\n")
    assert head == "Created,Amount,Currency,Status,Dispute,Reference,Card,Customer,Payment"
    assert ",2.50,USD,approved,,'=1+2,Visa •••• 4242,,auth_" in first
    assert page.errors == []

"""Orders of a Stripe integration on the deployed sandbox are found by whatever its code has called them."""

import json
from typing import Any

import httpx

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk_calls import Sdk, native, paid
from tests.support.tools.waiting import until

FINDABLE_S = 20
"""The promise is 2 s on an idle machine, and tests share theirs with others."""


def found(api: Api, text: str) -> list[tuple[str, str]]:
    answer = api.http.get("/search", params={"q": text}).raise_for_status().json()
    return [(each["id"], each["matched"]) for each in answer["data"]]


def shown(sandbox: Sandbox, api: Api, *words: str) -> Any:
    """Return what a command shows with the merchant's key."""
    return json.loads(sandbox.run(*words, "--json", PAYSANDBOX_API_KEY=api.api_key).stdout)


def is_found(api: Api, text: str, *objects: tuple[str, str]) -> None:
    until(lambda: found(api, text) == [*objects], f"{text} finds {objects}", patience_s=FINDABLE_S)


def test_orders_by_metadata_description_and_client_reference_id(sandbox: Sandbox, sdk: Sdk, api: Api) -> None:
    by_metadata = native(paid(sdk, metadata={"order_id": "Order-10003"}).id)
    is_found(api, "order-10003", (by_metadata, "reference"))
    by_description = native(paid(sdk, description="Order order-10004, two hats").id)
    is_found(api, "order-10004", (by_description, "description"))

    price = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Sun hat"}}
    session: Any = sdk.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "client_reference_id": "cart-77",
            "success_url": "https://shop.example/thanks",
            "line_items": [{"price_data": price, "quantity": 1}],
        }
    )
    assert httpx.post(session.url, data={"card": "pm_card_visa"}).status_code == 303
    payment = native(sdk.v1.checkout.sessions.retrieve(session.id).payment_intent)
    # Its payment first, which was made last.
    is_found(api, "CART-77", (payment, "client_reference_id"), (session.id, "client_reference_id"))

    listed = shown(sandbox, api, "pay", "list", "--reference", "order-10003")
    assert [(each["auth_id"], each["reference"]) for each in listed["data"]] == [(by_metadata, "Order-10003")]
    both = shown(sandbox, api, "find", "cart-77")
    assert [(each["id"], each["text"]) for each in both["data"]] == [(payment, "cart-77"), (session.id, "cart-77")]


def test_customers_by_name_until_they_are_deleted(sdk: Sdk, api: Api) -> None:
    customer = sdk.v1.customers.create({"name": "Ada Lovelace", "metadata": {"reference": "C-815"}}).id
    is_found(api, "love", (customer, "name"))
    is_found(api, "c-815", (customer, "reference"))
    sdk.v1.customers.update(customer, {"name": "Augusta King"})
    is_found(api, "love")
    is_found(api, "king aug", (customer, "name"))
    sdk.v1.customers.delete(customer)
    is_found(api, "king")
    is_found(api, "c-815")


def test_what_a_payment_was_called_before(sdk: Sdk, api: Api) -> None:
    intent = paid(sdk, metadata={"order": "before"})
    is_found(api, "before", (native(intent.id), "reference"))
    sdk.v1.payment_intents.update(intent.id, {"metadata": {"order": "after"}})
    is_found(api, "before")
    is_found(api, "after", (native(intent.id), "reference"))
    assert api.payment(native(intent.id))["reference"] == "after"

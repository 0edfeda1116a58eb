"""GET /c/pay/{merchant}/{session}/{token}: the page of a Checkout session."""

import re
from typing import Any

import pytest

from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    expire,
    item,
    opened,
    page,
    page_of,
    pay,
    saving,
    submit,
    typed,
    within,
)

EVERYTHING: dict[str, Any] = {
    "billing_address_collection": "required",
    "phone_number_collection": {"enabled": True},
    "tax_id_collection": {"enabled": True},
    "shipping_address_collection": {"allowed_countries": ["DE"]},
    "consent_collection": {"terms_of_service": "required"},
    "allow_promotion_codes": True,
    "custom_text": {"submit": {"message": "Soon."}, "terms_of_service_acceptance": {"message": "Our terms"}},
    "custom_fields": [
        {
            "key": "color", "type": "dropdown", "label": {"custom": "Color", "type": "custom"},
            "dropdown": {"options": [{"label": "Red", "value": "red"}], "default_value": "red"},
        }
    ],
}  # fmt: skip


def test_an_open_session_shows_its_form() -> None:
    reply = page(opened(cancel_url="https://shop.example/cart")["url"])
    assert reply.status == 200
    for part in ("Hat", "$20.00", 'id="email"', 'id="cardNumber"', "Test cards", 'href="https://shop.example/cart"'):
        assert part in reply.text
    assert "<script" not in reply.text


@pytest.mark.parametrize(
    "part",
    [
        'id="billingCountry"', 'id="phoneNumber"', 'id="businessName"', 'id="shippingName"', "Our terms", "Soon.",
        'id="promotionCode"', '<option value="red" selected>Red</option>', 'id="termsOfServiceConsentCheckbox"',
    ],
)  # fmt: skip
def test_what_a_session_asks_for(part: str) -> None:
    assert part in page(opened(**EVERYTHING)["url"]).text


@pytest.mark.parametrize(
    "part",
    [
        '<legend data-testid="card-accordion-item">Card</legend>', 'placeholder="CVC"', '<select id="billingCountry"',
        '<option value="US">United States</option>', 'id="billingPostalCode"', 'for="enableStripePass"',
    ],
)  # fmt: skip
def test_what_suites_for_stripes_page_look_for(part: str) -> None:
    assert part in page(opened()["url"]).text


def test_the_box_for_link_is_not_sent() -> None:
    assert '<input type="checkbox" id="enableStripePass">' in page(opened()["url"]).text
    assert "enableStripePass" not in page(saving()["url"]).text


def test_only_allowed_countries_can_be_shipped_to() -> None:
    text = page(opened(**EVERYTHING)["url"]).text.partition('<select id="shippingCountry"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\w+)"', text) == ["DE"]


def test_a_program_gets_the_state() -> None:
    session = opened()
    assert page(session["url"], accept="application/json").json == {
        "session": session["id"],
        "status": "open",
        "payment_status": "unpaid",
        "amount_total": 20_00,
        "currency": "usd",
        "payment_intent": None,
        "setup_intent": None,
    }


def test_nothing_due_asks_for_no_card() -> None:
    text = page(opened(line_items=[item(0)])["url"]).text
    assert ('id="cardNumber"' in text, "Continue" in text) == (False, True)


def test_a_session_that_saves_a_card_has_no_amount() -> None:
    text = page(saving()["url"]).text
    assert ("Save card" in text, "cart" in text) == (True, False)


def test_a_complete_session_leads_on() -> None:
    session = opened()
    pay(session["url"])
    text = page(session["url"]).text
    assert 'http-equiv="refresh"' in text
    assert f"https://shop.example/thanks?session={session['id']}" in text


def test_an_expired_session_leads_back() -> None:
    session = opened(cancel_url="https://shop.example/cart")
    expire(session["id"])
    text = page(session["url"]).text
    assert ("This page has expired" in text, 'href="https://shop.example/cart"' in text) == (True, True)
    assert "<form" not in text


@pytest.mark.parametrize(
    "params, accepted, word",
    [
        ({}, "de", "Kartennummer"),
        ({"locale": "fr"}, "de", "Numéro de carte"),
        ({"locale": "auto"}, "it;q=0.9, ja;q=0.8", "Numero della carta"),
        ({}, "pt", "Card number"),
        ({}, "de", '<option value="US">Vereinigte Staaten</option>'),
    ],
)
def test_the_language(params: Any, accepted: str, word: str) -> None:
    reply = page(opened(**params)["url"], headers={"Accept-Language": accepted})
    assert word in reply.text
    assert "Accept-Language" in reply.headers["Vary"]


def test_the_policy_lets_the_form_lead_to_the_shop_only() -> None:
    policy = page(opened()["url"]).headers["Content-Security-Policy"]
    assert "form-action 'self' https://shop.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_the_page_of_a_session_within_a_shop_can_be_framed() -> None:
    made = within()
    assert made["url"] is None
    headers = page(page_of(made)).headers
    assert "frame-ancestors *" in headers["Content-Security-Policy"]


def test_it_leads_on_by_the_shops_page_alone() -> None:
    made = within()
    paid = submit(page_of(made), typed())
    for reply in (paid, page(page_of(made))):
        assert (reply.status, "http-equiv" in reply.text, "Location" in reply.headers) == (200, False, False)
        assert 'data-status="complete"' in reply.text
        assert 'href="https://shop.example/back" data-testid="leads-on" target="_top"' in reply.text


def test_it_says_where_its_payer_authenticates() -> None:
    made = within()
    reply = submit(page_of(made), typed(CHALLENGED))
    assert (reply.status, 'data-status="requires_action"' in reply.text) == (200, True)
    assert re.search(r'href="[^"]+/authenticate/[^"]+" data-testid="authenticate"', reply.text)
    assert 'data-status="open"' in page(page_of(made)).text


def test_a_program_pays_it_as_any_other() -> None:
    made = within()
    reply = pay(page_of(made))
    assert (reply.status, reply.headers["Location"]) == (303, "https://shop.example/back")


# --- texts that reorder others ----------------------------------------------------------------------------------------

REORDERED = "Hat \u202e00.1$ \u2069\u2066\u200f"
"""Unicode, "Trojan Source" (CVE-2021-42574): an override, and marks that end an element's own order."""

SHOWN = r"Hat \u202e00.1$ \u2069\u2066\u200f"


def named(text: str) -> dict[str, Any]:
    """Return a session in which each text of the merchant's is this one."""
    product = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": text}}
    field = {"key": "color", "label": {"custom": text, "type": "custom"}}
    return {
        "line_items": [
            {"price_data": product, "quantity": 1, "adjustable_quantity": {"enabled": True, "maximum": 3}},
        ],
        "shipping_options": [
            {"shipping_rate_data": {"display_name": text, "fixed_amount": {"amount": 5_00, "currency": "usd"}}}
        ],
        "consent_collection": {"terms_of_service": "required"},
        "custom_text": {"submit": {"message": text}, "terms_of_service_acceptance": {"message": text}},
        "custom_fields": [
            {**field, "type": "dropdown", "dropdown": {"options": [{"label": text, "value": "red"}]}},
            {**field, "key": "size", "type": "text", "optional": True},
        ],
    }


@pytest.mark.parametrize("text, shown", [(REORDERED, SHOWN), ("כובע", "כובע"), ("👩‍🎨 <b>", "👩‍🎨 &lt;b&gt;")])
def test_a_text_of_the_merchants_reorders_nothing_beside_it(text: str, shown: str) -> None:
    html = page(opened(**named(text))["url"]).text
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", html)
    # Of the product, the shipping, both fields, the terms, and the text beside the button.
    assert html.count(f"<bdi>{shown}</bdi>") == 6
    assert f">{shown}</option>" in html
    # Nowhere else, but in the name of the field for the quantity.
    assert html.count(shown) == 8
    assert f'aria-label="Quantity: {shown}"' in html


def test_what_a_payer_has_entered_is_shown_in_its_field_only() -> None:
    reply = submit(opened()["url"], typed(email=REORDERED, cardCvc=""))
    assert reply.text.count("\u202e") == 1
    assert f'value="{REORDERED}"' in reply.text

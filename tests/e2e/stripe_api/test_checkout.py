"""Checkout on the deployed sandbox: by the official SDK, on its page in a real browser, and by a program."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.clients.axe import violations
from tests.support.clients.browser import Page
from tests.support.clients.stripe_sdk_calls import Sdk
from tests.support.fakes.receiver import receiver
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.waiting import until

PHONE, DESKTOP = 390, 1200
AT_SHOP = "document.title === 'shop' && document.readyState === 'complete'"
MOST_BYTES = 60_000


@pytest.fixture
def shop() -> Iterator[str]:
    """Serve a merchant's page, and return its URL."""

    def answer(request: Request) -> Reply:
        return Reply(200, f"<title>shop</title><p id=path>{request.path}</p>", {"Content-Type": "text/html"})

    with served(answer) as wire:
        yield wire.base_url


def opened(sdk: Sdk, shop: str, **params: Any) -> Any:
    """Create a session of a hat at 20.00 USD."""
    price = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat <b>"}}
    return sdk.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": f"{shop}/thanks?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{shop}/cart",
            "line_items": [{"price_data": price, "quantity": 1}],
            **params,
        }
    )


def fill(page: Page, number: str) -> None:
    """Fill the form in, by the IDs that suites for Stripe's page use."""
    for name, text in (
        ("email", "jenny@example.com"), ("cardNumber", number), ("cardExpiry", "12 / 40"), ("cardCvc", "123"),
        ("billingName", "Jenny Rosen"),
    ):  # fmt: skip
        page.read(f"document.querySelector('#{name}').focus()")
        page.read(f"document.querySelector('#{name}').select()")
        page.type(text)


def test_declined_authenticated_and_paid(sdk: Sdk, shop: str, page: Page) -> None:
    """In the browser, with the enter key: the decline is in its place, and the page of the bank leads back."""
    session = opened(sdk, shop)
    page.open(session.url)
    assert page.errors == []
    fill(page, "4000000000000002")
    page.press("Enter")
    page.arrive("document.querySelector('[role=alert]')?.textContent === 'Your card was declined.'")
    assert page.read("document.querySelector('#email').value") == "jenny@example.com"
    assert page.read("document.querySelector('#cardNumber').value") == ""
    fill(page, "4000002500003155")
    page.click("Pay $20.00")
    page.arrive("document.querySelector('h1')?.textContent === 'Confirm your payment'")
    page.click("Complete authentication")
    page.arrive(AT_SHOP)
    assert page.read("location.href") == f"{shop}/thanks?session={session.id}"
    paid = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status, paid.customer_details.name) == ("complete", "paid", "Jenny Rosen")
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 20_00)
    page.open(session.url)
    page.arrive(AT_SHOP)


@pytest.mark.full
def test_a_test_card_of_the_drawer(sdk: Sdk, shop: str, page: Page) -> None:
    session = opened(sdk, shop)
    page.open(session.url)
    page.read("document.querySelector('details').open = true")
    page.click("4242 4242 4242 4242 Visa: succeeds")
    page.arrive(AT_SHOP)
    assert sdk.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.full
def test_the_country_and_the_postal_code_of_a_card(sdk: Sdk, shop: str, page: Page) -> None:
    """As suites for Stripe's page fill it in: they open the card, choose a country, and uncheck Link."""
    session = opened(sdk, shop)
    page.open(session.url)
    page.read("document.querySelector('[data-testid=card-accordion-item]').click()")
    fill(page, "4242424242424242")
    page.read("document.querySelector('#billingCountry').value = 'US'")
    page.read("document.querySelector('#billingPostalCode').focus()")
    page.type("10000")
    page.read("document.querySelector('label[for=enableStripePass]').click()")
    assert page.read("document.querySelector('#enableStripePass').checked")
    page.click("Pay $20.00")
    page.arrive(AT_SHOP)
    address = sdk.v1.checkout.sessions.retrieve(session.id).customer_details.address
    assert (address.country, address.postal_code) == ("US", "10000")


EVERYTHING = {
    "allow_promotion_codes": True,
    "billing_address_collection": "required",
    "phone_number_collection": {"enabled": True},
    "tax_id_collection": {"enabled": True},
    "shipping_address_collection": {"allowed_countries": ["DE"]},
    "consent_collection": {"terms_of_service": "required"},
    "shipping_options": [
        {"shipping_rate_data": {"display_name": name, "fixed_amount": {"amount": 5_00, "currency": "usd"}}}
        for name in ("Post", "Bike")
    ],
    "custom_fields": [
        {"key": "size", "type": "text", "label": {"custom": "Size", "type": "custom"}},
        {
            "key": "color",
            "type": "dropdown",
            "label": {"custom": "Color", "type": "custom"},
            "dropdown": {"options": [{"label": "Red", "value": "red"}]},
        },
    ],
}


@pytest.mark.full
def test_the_page_is_accessible_and_small(sdk: Sdk, shop: str, page: Page) -> None:
    """With everything that it can ask for, and with every fault, on a phone and a desktop, in both themes."""
    session = opened(sdk, shop, **EVERYTHING)
    reply = httpx.get(session.url, headers={"Accept": "text/html"})
    styles = httpx.get(session.url.split("/c/pay/")[0] + "/docs/pages.css")
    assert len(reply.content) + len(styles.content) < MOST_BYTES
    assert session.client_secret is None
    assert "_secret_" not in reply.text
    page.open(session.url)
    for faulty in (False, True):
        if faulty:
            page.click("Pay $25.00")
            page.arrive("document.querySelector('#email-error') !== null")
            assert page.read("document.querySelectorAll('[aria-invalid=true]').length") >= 8
        for width, dark in ((DESKTOP, False), (PHONE, True)):
            page.show(width, dark=dark)
            assert page.read("document.documentElement.scrollWidth") <= width
            assert violations(page) == []
    assert all("status of 400" in error for error in page.errors)


@pytest.mark.parametrize("language, thanks", [("de", "Bezahlen"), ("ja", "支払う")])
def test_the_page_speaks_the_language_of_the_session(language: str, thanks: str, sdk: Sdk, shop: str) -> None:
    text = httpx.get(opened(sdk, shop, locale=language).url, headers={"Accept": "text/html"}).text
    assert f'<html lang="{language}">' in text
    assert thanks in text


HOSTILE = "\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def test_no_text_of_a_merchant_is_code(sdk: Sdk, shop: str, page: Page) -> None:
    """Each text that the page shows, of the merchant and of the payer."""
    item = {"currency": "usd", "unit_amount": 100, "product_data": {"name": HOSTILE}}
    rate = {"display_name": HOSTILE[:100], "fixed_amount": {"amount": 100, "currency": "usd"}}
    label = {"custom": HOSTILE[:50], "type": "custom"}
    session = opened(
        sdk, shop,
        line_items=[{"price_data": item, "quantity": 1}],
        shipping_options=[{"shipping_rate_data": rate}],
        custom_fields=[{"key": "a", "type": "text", "label": label, "text": {"default_value": HOSTILE[:255]}}],
        custom_text={"submit": {"message": HOSTILE}, "terms_of_service_acceptance": {"message": HOSTILE}},
        consent_collection={"terms_of_service": "required"},
        cancel_url=f"{shop}/?a='><script>document.title='owned'</script>",
    )  # fmt: skip
    page.open(session.url)
    fill(page, "4242424242424242")
    page.read(f"document.querySelector('#billingName').value = {HOSTILE!r}")
    page.read("document.querySelector('#email').value = ''")
    page.read("document.querySelector('.SubmitButton').click()")
    page.arrive("document.querySelector('#email-error') !== null")
    assert page.read("document.querySelectorAll('script, img').length") == 0
    assert "owned" not in page.read("document.title")


def test_another_site_cannot_show_or_read_the_page(sdk: Sdk, shop: str, page: Page) -> None:
    session = opened(sdk, shop)
    page.open(shop)
    page.read(
        f"""(() => {{ const frame = document.createElement('iframe'); frame.src = {session.url!r};
        frame.onload = () => {{ document.title = 'loaded'; }}; document.body.append(frame); }})()"""
    )
    page.wait("document.title === 'loaded'")
    assert any("frame-ancestors" in error for error in page.errors)
    read = f"fetch({session.url!r}).then((it) => it.text()).catch(() => 'refused')"
    assert page.read(read) == "refused"


def test_events_follow_from_the_session(sdk: Sdk, shop: str) -> None:
    with receiver() as hooks:
        endpoint = sdk.v1.webhook_endpoints.create({"url": hooks.url, "enabled_events": ["*"]})
        paid, ended = opened(sdk, shop), opened(sdk, shop)
        assert httpx.post(paid.url, data={"card": "4242424242424242"}).status_code == 303
        sdk.v1.checkout.sessions.expire(ended.id)

        def heard() -> dict[str, str] | None:
            events = [json.loads(one.body) for one in list(hooks.received)]
            found = {one["data"]["object"]["id"]: one["type"] for one in events if one["type"].startswith("checkout.")}
            return found if {paid.id, ended.id} <= found.keys() else None

        found = until(heard, "the events of both sessions")
        assert found == {paid.id: "checkout.session.completed", ended.id: "checkout.session.expired"}
        sdk.v1.webhook_endpoints.delete(endpoint.id)

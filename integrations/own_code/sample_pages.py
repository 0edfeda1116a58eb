"""The page of one of Stripe's samples, unmodified, in Chromium: a declined card, 3-D Secure, a payment.

    python sample_pages.py FLOW SHOP_URL SANDBOX_URL CHROMIUM

It runs in an environment with Playwright, with the package of `packages/pytest-paysandbox` on PYTHONPATH. Requests to
Stripe's hosts are fulfilled from the sandbox; those to other hosts than this machine are aborted and listed.
"""

import json
import sys

from playwright.sync_api import Page, Response, Route, ViewportSize, sync_playwright
from pytest_paysandbox.stripe_redirect import redirect_stripe

DECLINED, CHALLENGED, APPROVED = "4000000000000002", "4000002500003155", "4242424242424242"
WITHIN_MS = 30_000
# Nothing is scrolled: right after that, Chromium gives a click to the other site's frame that was at its place before.
WHOLE_PAGE: ViewportSize = {"width": 1280, "height": 2000}


def card_element(page: Page, number: str) -> None:
    """Type into the Card Element."""
    card = page.frame_locator('iframe[title="Secure card payment input frame"]')
    for name, text in (("cardnumber", number), ("exp-date", "12 / 40"), ("cvc", "123"), ("postal", "94107")):
        card.locator(f"[name={name}]").fill(text)


def payment_element(page: Page, number: str) -> None:
    """Type into the Payment Element, and into the one for the e-mail address beside it."""
    page.frame_locator('iframe[title="Secure email input frame"]').locator("[name=email]").fill("jenny@example.com")
    card = page.frame_locator('iframe[title="Secure payment input frame"]')
    card.locator("[data-value=card]").click()
    for name, text in (("number", number), ("expiry", "12 / 40"), ("cvc", "123"), ("postalCode", "94107")):
        card.locator(f"[name={name}]").fill(text)


def authenticate(page: Page) -> None:
    """Succeed in 3-D Secure over the page."""
    bank = page.frame_locator('iframe[src*="three-ds-2-challenge"]').frame_locator("#challengeFrame")
    bank.locator("#test-source-authorize-3ds").click()


def says(page: Page, place: str, words: str) -> None:
    """Wait until a place of the page has the words."""
    found = f"document.querySelector({json.dumps(place)})?.textContent.includes({json.dumps(words)})"
    page.wait_for_function(found)


def in_place(
    page: Page,
    shop: str,
    path: str,
    declined_in: str,
    paid_in: str,
    paid: str,
    submit: str = "#submit",
    approved: str = "paid",
) -> None:
    """Pay on a page with a Card Element, which says in place what became of it."""
    for number, what in ((DECLINED, "declined"), (CHALLENGED, "3-D Secure"), (APPROVED, approved)):
        page.goto(shop + path)
        card_element(page, number)
        page.click(submit)
        if number == DECLINED:
            says(page, declined_in, "Your card was declined.")
        else:
            if number == CHALLENGED:
                authenticate(page)
            says(page, paid_in, paid)
        print(f"worked: {what}", flush=True)


def custom_flow(page: Page, shop: str) -> None:
    """Of accept-a-payment."""
    in_place(page, shop, "/card.html", "#messages", "#messages", "Payment succeeded: pi_")


def react_custom_flow(page: Page, shop: str) -> None:
    """Of accept-a-payment, in React."""
    in_place(page, shop, "/card", "#messages", "#messages", "Payment succeeded: pi_", "#payment-form [type=submit]")


def hold(page: Page, shop: str) -> None:
    """Of placing-a-hold using webhooks: the page shows the intent, which the server may have captured by then."""
    in_place(page, shop, "/", "#card-errors", "pre", '"capture_method": "manual"')


def captured_hold(page: Page, shop: str) -> None:
    """Of placing-a-hold without webhooks: the server has captured it."""
    in_place(page, shop, "/", "#card-errors", "pre", '"status": "succeeded"')


def saved_card(page: Page, shop: str) -> None:
    """Of saving-card-without-payment: the page shows the setup intent."""
    in_place(page, shop, "/", "#card-errors", "pre", '"status": "succeeded"', approved="saved")


def returned(page: Page, shop: str, declined_in: str, back: str) -> None:
    """Pay on a page with a Payment Element, which leads to another page."""
    for number, what in ((DECLINED, "declined"), (CHALLENGED, "3-D Secure"), (APPROVED, "paid")):
        page.goto(shop)
        payment_element(page, number)
        page.click("#submit")
        if number == DECLINED:
            says(page, declined_in, "Your card was declined.")
        else:
            if number == CHALLENGED:
                authenticate(page)
            page.wait_for_url(back)
            says(page, "#messages", "Payment succeeded: pi_")
        print(f"worked: {what}", flush=True)


def returning(page: Page, shop: str) -> None:
    """Of accept-a-payment's payment element."""
    returned(page, shop, "#messages", "**/return.html?*")


def react_returning(page: Page, shop: str) -> None:
    """Of accept-a-payment's payment element, in React."""
    returned(page, shop, "#payment-message", "**/completion?*")


def _is_paid(response: Response) -> bool:
    """Whether Stripe.js has read an intent that is paid."""
    is_read = response.request.method == "GET" and "/v1/payment_intents/pi_" in response.url
    return is_read and response.json()["status"] == "succeeded"


def brand_choice(page: Page, shop: str) -> None:
    """Of card-brand-choice, which shows the intent without waiting for its confirmation."""
    for number, what, status in ((DECLINED, "declined", 402), (CHALLENGED, "3-D Secure", 200), (APPROVED, "paid", 200)):
        page.goto(shop)
        page.fill("#name", "Jenny Rosen")
        card_element(page, number)
        with page.expect_response("https://api.stripe.com/v1/payment_intents/*/confirm") as confirmed:
            page.click("#submit")
        if confirmed.value.status != status:
            raise AssertionError(f"{what}: {confirmed.value.status}")
        if number == CHALLENGED:
            with page.expect_response(_is_paid):
                authenticate(page)
        says(page, "pre", '"id": "pi_')
        print(f"worked: {what}", flush=True)


def address_element(page: Page) -> None:
    """Type into the Address Element of a shop in the United States."""
    address = page.frame_locator('iframe[title="Secure address input frame"]')
    address.locator("[name=country]").select_option("US")
    for name, text in (
        ("name", "Jenny Rosen"),
        ("addressLine1", "510 Townsend St"),
        ("locality", "San Francisco"),
        ("postalCode", "94103"),
    ):
        address.locator(f"[name={name}]").fill(text)
    address.locator("[name=administrativeArea]").select_option("CA")


def session_elements(page: Page, shop: str) -> None:
    """Of accept-a-payment's elements with Checkout sessions: an address, a card and the currency of a session."""
    for number, what in ((CHALLENGED, "3-D Secure"), (APPROVED, "paid")):
        page.goto(shop)
        address_element(page)
        currency = page.frame_locator('iframe[title="Secure currency selector"]').locator("[name=currency]")
        if currency.input_value() != "usd":
            raise ValueError(f"the currency is {currency.input_value()}")
        card = page.frame_locator('iframe[title="Secure payment input frame"]')
        for tried in (DECLINED, number):
            for name, text in (("number", tried), ("expiry", "12 / 40"), ("cvc", "123")):
                card.locator(f"[name={name}]").fill(text)
            page.click("#submit:enabled")
            if tried == DECLINED:
                says(page, "#payment-message", "Your card was declined.")
                if number == CHALLENGED:
                    print("worked: declined", flush=True)
        if number == CHALLENGED:
            authenticate(page)
        page.wait_for_url("**/complete?session_id=cs_test_*")
        says(page, "#status-text", "Payment succeeded")
        says(page, "#session-status", "paid")
        print(f"worked: {what}", flush=True)


def checkout(page: Page, shop: str) -> None:
    """Of those that lead to Checkout's page: all three cards on one page, and back to the shop."""
    for number, what in ((CHALLENGED, "3-D Secure"), (APPROVED, "paid")):
        page.goto(shop)
        page.click("#submit")
        for tried in (DECLINED, number):
            for name, text in (
                ("email", "jenny@example.com"),
                ("cardNumber", tried),
                ("cardExpiry", "12 / 40"),
                ("cardCvc", "123"),
                ("billingName", "Jenny Rosen"),
            ):
                page.fill(f"#{name}", text)
            page.click(".SubmitButton")
            if tried == DECLINED:
                says(page, "[role=alert]", "Your card was declined.")
                if number == CHALLENGED:
                    print("worked: declined", flush=True)
        if number == CHALLENGED:
            page.click("button[value=succeeded]")
        page.wait_for_url("**/success.html?*")
        says(page, "body", "Your payment succeeded")
        says(page, "pre", '"payment_status": "paid"')
        print(f"worked: {what}", flush=True)


FLOWS = {
    flow.__name__: flow
    for flow in (
        custom_flow,
        react_custom_flow,
        hold,
        captured_hold,
        saved_card,
        returning,
        react_returning,
        brand_choice,
        session_elements,
        checkout,
    )
}


def main(flow: str, shop: str, sandbox: str, chromium: str) -> None:
    """Run a flow, and print what worked and the hosts that were aborted."""
    aborted: set[str] = set()

    def is_of_this_machine(route: Route) -> None:
        host = route.request.url.split("/")[2].partition(":")[0]
        if host in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            aborted.add(host)
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        context = browser.new_context(service_workers="block", viewport=WHOLE_PAGE)
        context.set_default_timeout(WITHIN_MS)
        context.route("**/*", is_of_this_machine)
        redirect_stripe(context, sandbox)
        FLOWS[flow](context.new_page(), shop)
        browser.close()
    print(f"aborted: {', '.join(sorted(aborted)) or 'nothing'}", flush=True)


main(*sys.argv[1:])

"""The dashboard in a browser: payments appear as they happen, and are changed by mouse."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from paysandbox.stripe_api.ids import payment_of_intent
from tests.e2e.conftest import Sandbox
from tests.support.clients.dashboard import DESKTOP, SECRET, Dashboard, disputed_payment, with_payments
from tests.support.tools.waiting import until

SCREENSHOTS = "PAYSANDBOX_SCREENSHOTS"
"""Folder in which `test_screenshots_are_small` saves the images of the documents; a temporary one by default."""
MAX_IMAGE_BYTES = 150_000
POINT = "[...document.querySelectorAll('main svg circle')].find((it) => it.getAttribute('r') === '2.5')"
"""A point of a chart that stands alone: without neighbors there is no line."""


@pytest.mark.full
def test_a_payment_appears_and_is_captured_and_refunded(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-walk")
    page = dashboard.page
    page.click("Activity")
    dashboard.shows("Nothing yet")
    paid = dashboard.program.authorize(2000, currency="USD", reference="order-1001").json()["auth_id"]
    page.click("RequestPOST /payments/authorize")
    dashboard.follow(paid)
    dashboard.shows(f"Payment {paid}", "$20.00 approved", "Can still be captured $20.00")

    page.click("Capture")
    page.fill("Amount in USD", "15.00")
    page.click("Capture")
    dashboard.shows("partially captured", "Captured $15.00", "Can still be captured $5.00")
    dashboard.has_focus("Capture")  # the dialog is closed

    page.click("Refund")
    page.fill("Amount in USD", "4.00")
    page.click("Refund")
    dashboard.shows("partially refunded", "Captured $11.00 Refunded $4.00")
    dashboard.has_focus("Refund")

    page.click("Events", within="[role=tablist]")
    dashboard.shows("payment_authorized", "payment_captured", "payment_refunded")
    operations = ["authorize_payment", "capture_payment", "refund_payment"]
    logged = until(lambda: found if len(found := dashboard.logged()) >= len(operations) else None, "requests logged")
    assert logged == operations, "the page's reads are not logged"
    assert page.errors == [], "nothing that the Content-Security-Policy forbids"


@pytest.mark.full
def test_attempts_bursts_and_errors_are_one_row_each(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-rows")
    page, program = dashboard.page, dashboard.program
    inbox = program.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    program.post("/webhooks/endpoints", {"url": inbox, "events": ["payment_captured"]}).raise_for_status()
    dashboard.visit("/")
    page.show(DESKTOP)
    paid = program.authorize(2000, currency="USD", capture_method="automatic").json()["auth_id"]
    dashboard.shows("payment_captured 200 (1 inside")  # no row moves any more
    page.click("payment_captured")
    dashboard.shows("→ http", paid)
    with ThreadPoolExecutor() as threads:  # so that less than a second lies between two
        refused = [*threads.map(lambda _: program.authorize(0, currency="USD").status_code, range(8))]
    assert set(refused) == {400}
    page.click("authorize_payment × 8")
    page.click("Errors")
    dashboard.shows("8 failed requests since", "amount_too_small", "Last seen")
    page.click("authorize_payment")
    page.wait("location.search === '?route=authorize_payment&code=amount_too_small'")
    dashboard.shows("authorize_payment × 8")
    assert page.errors == []


@pytest.mark.full
def test_a_payment_shows_its_customer(signed_in: Callable[[str], Dashboard], sandbox: Sandbox) -> None:
    dashboard = signed_in("page-customer")

    def post(path: str, *words: str) -> str:
        words = (*words, "--base-url", sandbox.base_url, "--key-file", "-")
        return json.loads(sandbox.run("post", path, *words, piped=dashboard.program.api_key).stdout)["id"]

    customer = post("/v1/customers", "-d", "email=jenny@example.com", "-d", "name=Jenny Rosen")
    intent = post("/v1/payment_intents", "amount=2000", "currency=usd", "-d", f"customer={customer}")
    dashboard.visit(f"/payments/{payment_of_intent(intent)}")
    dashboard.shows("pending", f"Customer Jenny Rosen ({customer})")
    assert dashboard.page.errors == []


def create_inbox_endpoint(dashboard: Dashboard) -> str:
    """Create an endpoint for the inbox on the page. Returns the signing secret, which is shown once."""
    page = dashboard.page
    page.click("Webhooks")
    page.click("Send events to the inbox")
    dashboard.shows("Signing secret", "whsec_")
    secret = page.read(SECRET)
    page.click("Close")
    return secret


def signature_of(text: str, secret: str) -> str:
    """Return the signature of a text, as in the header webhook-signature (Standard Webhooks)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()


@pytest.mark.full
def test_a_payment_is_found_and_its_dispute_answered(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-lists")
    payment = disputed_payment(dashboard.program, "order-3003")
    dashboard.program.authorize(10_00, reference="order-3004").raise_for_status()
    dashboard.visit("/payments")
    dashboard.shows("order-3003", "order-3004", "dispute needs response")
    dashboard.page.fill("Reference or ID", "order-3003")
    dashboard.page.press("Enter")
    dashboard.page.wait("location.search === '?reference=order-3003'")
    dashboard.page.wait("document.querySelectorAll('tbody tr').length === 1")
    dashboard.page.click("Clear filters")
    dashboard.page.fill("Card ends in", "4242")
    dashboard.page.press("Enter")
    dashboard.shows("Searched 2.")
    dashboard.page.click("Created")
    dashboard.page.wait("location.search === '?last4=4242&order=asc'")
    dashboard.page.wait("document.querySelector('tbody tr')?.innerText.includes('order-3003')")
    dashboard.page.click("Disputes", within="nav")
    dashboard.page.click(payment["dispute"]["dispute_id"])
    dashboard.page.fill("Text", "It was delivered.")
    dashboard.page.click("Save field")
    dashboard.shows("uncategorized text", "It was delivered.")
    dashboard.page.click("Submit evidence")
    dashboard.shows("under review")
    dashboard.page.click(payment["auth_id"])
    dashboard.page.wait(f"location.pathname === '/dashboard/payments/{payment['auth_id']}'")
    assert dashboard.page.errors == []


@pytest.mark.full
def test_a_payee_leads_to_its_payouts(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-payees")
    page, http = dashboard.page, dashboard.program.http
    payee = {"customer_id": "ada.1", "email": "ada@example.com"}
    http.post("/v1/api/customer", json=payee).raise_for_status()
    http.post("/sandbox/fund", json={"amount": 50_00, "currency": "USD"}).raise_for_status()
    paid = http.post("/v1/api/payment", json={**payee, "amount": 12_50, "currency": "USD"}).json()["payment_id"]
    dashboard.visit("/payees?email=Ada@example.com")
    dashboard.shows("ada@example.com", "Searched 1.")
    page.click("ada.1")
    dashboard.shows("GET /v1/api/customer/ada.1")
    page.click("Payouts", within="main")
    dashboard.shows(paid, "$12.50")
    page.click(paid)
    dashboard.shows(f"GET /v1/api/payment/ada.1/{paid}", '"email": "ada@example.com"')
    account = {"routing_number": "110000000", "account_number": "000123456789", "account_type": "checking"}
    to_bank = {"customer_id": "ada.2", "email": "ada2@example.com"}
    body = {**to_bank, "bank_account": {**account, "account_holder_name": "Ada Lovelace"}}
    http.post("/v1/api/customer", json=body).raise_for_status()
    body = {**to_bank, "amount": 7_50, "currency": "USD", "payment_method": "ach"}
    by_ach = http.post("/v1/api/payment", json=body).raise_for_status().json()["payment_id"]
    dashboard.visit("/payees")
    dashboard.shows("ada2@example.com", "•••• 6789", "110000000")
    dashboard.visit("/payouts?payment_method=ach")
    dashboard.shows(by_ach, "•••• 6789", "$7.50")
    page.wait(f"!document.body.innerText.includes({paid!r})")
    page.click(by_ach)
    dashboard.shows(f"GET /v1/api/payment/ada.2/{by_ach}", "•••• 6789")
    page.click("Donations", within="nav")
    dashboard.shows("No donations yet")
    page.click("All, as donate-now")
    dashboard.shows("The donations of all donors with one status", "None has succeeded")
    assert page.errors == []


@pytest.mark.full
def test_the_search_opens_what_the_api_finds(signed_in: Callable[[str], Dashboard]) -> None:
    """By a reference, and by the ID of an object that only this search has a page for."""
    dashboard = signed_in("page-search")
    page = dashboard.page
    paid = dashboard.program.authorize(10_00, reference="order-3005").json()["auth_id"]
    page.press("/")
    page.fill("ID, order, name, e-mail, card digits, key or page", "order-3005")
    dashboard.shows(f"Payment {paid}", "approved · order-3005 · reference")
    page.press("Enter")
    page.wait(f"location.pathname === '/dashboard/payments/{paid}'")
    event = until(lambda: dashboard.program.http.get("/events").json()["data"] or None, "its event")[0]["id"]
    page.press("/")
    page.fill("ID, order, name, e-mail, card digits, key or page", event)
    dashboard.shows(f"payment_authorized {event}")
    page.press("Enter")
    dashboard.shows(f"GET /events/{event}", "payment_authorized")
    page.click(paid)
    page.wait(f"location.pathname === '/dashboard/payments/{paid}'")
    page.press("/")
    page.fill("ID, order, name, e-mail, card digits, key or page", "trigger charge.refunded")
    page.press("Enter")
    page.wait(f"/payments.auth_/.test(location.pathname) && !location.pathname.includes('{paid}')")
    dashboard.shows("refunded", "Refunded $10.00")
    assert page.errors == []


def test_a_received_webhook_verifies(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-inbox")
    page = dashboard.page
    secret = create_inbox_endpoint(dashboard)
    dashboard.program.authorize(2000, currency="USD")
    page.click("payment_authorized")
    dashboard.shows("verifies The signature of the signed text is the one in the header.")
    signature = signature_of(dashboard.text_of("Signed text"), secret)
    assert f"webhook-signature: {signature}" in dashboard.text_of("Headers")
    assert page.errors == []


@pytest.mark.full
def test_an_endpoint_for_chosen_events_of_stripe_is_created(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-types")
    page, program = dashboard.page, dashboard.program
    inbox = program.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    dashboard.visit("/webhooks")
    page.click("Create endpoint")
    page.fill("URL", inbox)
    page.read("document.querySelector('[role=dialog] select').focus()")
    page.press("ArrowDown")  # the format, whose list is not part of the page
    page.click("Only some")
    page.fill("Search event types", "charge.s")
    page.click("charge.succeeded")
    page.click("Create")
    dashboard.shows("Signing secret", "whsec_")
    [endpoint] = program.http.get("/webhooks/endpoints").raise_for_status().json()["data"]
    assert (endpoint["format"], endpoint["events"]) == ("stripe", ["charge.succeeded"])
    page.click("Close")
    program.authorize(2000, currency="USD", capture_method="automatic").raise_for_status()
    page.click("/inbox/")
    dashboard.shows("100% of 1 succeeded", "delivered")
    assert page.errors == []


@pytest.mark.full
def test_the_signature_of_an_attempt_verifies(signed_in: Callable[[str], Dashboard]) -> None:
    """The page has the event, not the bytes that were sent: it rebuilds them, and the signature proves them equal."""
    dashboard = signed_in("page-signed")
    page = dashboard.page
    secret = create_inbox_endpoint(dashboard)
    dashboard.program.authorize(2000, currency="USD")
    page.click("/inbox/")
    page.click("payment_authorized")
    dashboard.shows("verifies The computed signature is in the header webhook-signature.")
    signature = signature_of(dashboard.text_of("Signed text of attempt 1"), secret)
    dashboard.shows(f"Computed {signature} Sent {signature}")
    page.fill("Signing secret", "whsec_" + base64.b64encode(bytes(32)).decode())
    dashboard.shows("does not verify")
    assert page.errors == []


@pytest.mark.full
def test_a_secret_is_rotated_and_an_event_resent(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-hooks")
    page = dashboard.page
    first = create_inbox_endpoint(dashboard)
    dashboard.program.authorize(2000, currency="USD")
    page.click("/inbox/")
    page.click("Rotate secret")
    dashboard.shows("Rotate the signing secret")
    page.click("Rotate")
    dashboard.shows("whsec_")
    second = page.read(SECRET)
    assert second != first
    page.click("Close")
    page.click("payment_authorized")
    dashboard.shows("Attempt 1")
    page.click("Resend")
    dashboard.shows("The event is sent again.", "Attempt 2")
    # For 24 hours, deliveries are signed with both.
    text = dashboard.text_of("Signed text of attempt 2")
    for secret in (first, second):
        assert signature_of(text, secret) in dashboard.text_of("Request headers of attempt 2")
    assert page.errors == []


@pytest.mark.full
def test_a_payment_is_tried_and_counted(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-try")
    page = dashboard.page
    page.click("Try it")
    page.click("Send payment")
    dashboard.shows("approved", "payment_authorized", "payment_captured")
    page.click("Metrics")
    dashboard.shows("Requests 1", "Approval rate 100%")
    page.click_element(POINT)  # the one minute with a latency
    page.wait("/^[?]from=.*&to=/.test(location.search)")
    dashboard.shows("POST /payments/authorize", "payment_captured")
    assert page.errors == []


@pytest.mark.soak
def test_screenshots_are_small(signed_in: Callable[[str], Dashboard], tmp_path: Path) -> None:
    """Also makes the images of the README and the documents."""
    dashboard = signed_in("shop")
    page = dashboard.page
    folder = Path(os.environ.get(SCREENSHOTS, tmp_path))
    pages = with_payments(dashboard)
    page.hide_scroll_bars()
    page.show(DESKTOP, 560)
    dashboard.visit(pages["request"])
    dashboard.shows("payment_refunded", "The bank declined the payment")
    dashboard.settle()
    page.screenshot(folder / "dashboard-activity.png")
    page.show(DESKTOP, 680)
    dashboard.visit(pages["payment"])
    dashboard.shows("Refunded $25.00", "The sandbox's time is")
    page.screenshot(folder / "dashboard-payment.png")
    for image in folder.glob("dashboard-*.png"):
        assert image.stat().st_size <= MAX_IMAGE_BYTES, image.name

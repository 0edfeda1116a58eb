"""The dashboard by keyboard alone: everything is reached with Tab, and the focus is never lost."""

import json
from collections.abc import Callable

import pytest

from tests.support.clients.browser import control
from tests.support.clients.dashboard import LIST, SECRET, Dashboard
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full


def press(dashboard: Dashboard, name: str, key: str = "Enter") -> None:
    """Move to a control with Tab and press a key there."""
    dashboard.page.tab_to(name)
    dashboard.page.press(key)


def test_a_payment_is_captured_and_refunded(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-pay")
    page = dashboard.page
    dashboard.visit("/")
    paid = dashboard.program.authorize(2000, currency="USD").json()["auth_id"]
    dashboard.shows("POST /payments/authorize")
    page.tab_to(LIST)
    # Downwards until the request is selected: its event may be above or below it.
    while not page.read(f"document.querySelector('a[href$={json.dumps(f'/payments/{paid}')}]') !== null"):
        page.press("ArrowDown")
        page.press("Enter")
        dashboard.settle()
    press(dashboard, paid)
    dashboard.shows(f"Payment {paid}")

    press(dashboard, "Capture")
    page.tab_to("Amount in USD")
    page.type("15.00")
    page.press("Enter")
    dashboard.shows("Captured $15.00")
    dashboard.has_focus("Capture")

    press(dashboard, "Refund", " ")
    page.tab_to("Amount in USD")
    page.type("4.00")
    page.press("Enter")
    dashboard.shows("Refunded $4.00")
    dashboard.has_focus("Refund")

    page.tab_to("Timeline")
    for title in ("Postings", "Events"):
        page.press("ArrowRight")
        dashboard.has_focus(title, within="[role=tablist]")
    dashboard.shows("payment_refunded")


def test_a_dispute_is_simulated(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-bank")
    paid = dashboard.program.authorize(2000, currency="USD", capture_method="automatic").json()["auth_id"]
    dashboard.visit(f"/payments/{paid}")
    press(dashboard, "Simulate")
    press(dashboard, "Simulate dispute")
    dashboard.shows("Done.")
    dashboard.page.press("Escape")
    dashboard.has_focus("Simulate")
    dashboard.shows("Disputed $20.00")


def test_an_endpoint_is_created_and_tested_and_its_event_resent(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-hooks")
    page = dashboard.page
    dashboard.visit("/webhooks")
    press(dashboard, "Send events to the inbox")
    dashboard.shows("Signing secret", "whsec_")
    page.press("Escape")
    page.wait("document.activeElement.id === 'content'")  # the button is gone

    press(dashboard, "/inbox/")
    press(dashboard, "Send a test event")
    dashboard.shows("Sent evt_")
    dashboard.has_focus("Send a test event")

    press(dashboard, "endpoint_ping")
    dashboard.shows("Attempt 1", "verifies")
    press(dashboard, "Resend")
    dashboard.shows("Attempt 2")
    dashboard.has_focus("Resend")
    page.press("Escape")
    dashboard.has_focus("endpoint_ping")


def test_a_secret_is_rotated(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-rotate")
    program = dashboard.program
    inbox = program.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    endpoint = program.post("/webhooks/endpoints", {"url": inbox, "events": ["*"]}).raise_for_status().json()
    dashboard.visit(f"/webhooks/{endpoint['endpoint_id']}")
    press(dashboard, "Rotate secret")
    press(dashboard, "Rotate", " ")
    dashboard.shows("whsec_")
    assert dashboard.page.read(SECRET) != endpoint["secret"]
    press(dashboard, "Close")
    dashboard.has_focus("Rotate secret")


def test_the_inbox_is_set_to_fail(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-inbox")
    dashboard.visit("/webhooks")
    press(dashboard, "The inbox answers", "ArrowDown")
    until(lambda: dashboard.program.http.get("/sandbox/inbox").json()["answer"] == "500", "the answer 500")
    dashboard.has_focus("The inbox answers")


def test_a_card_is_tried(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("keys-try")
    page = dashboard.page
    dashboard.visit("/try")
    page.tab_to("Outcome")
    page.type("lost")
    page.press("Enter")
    page.tab_to("Amount")
    page.type("7.00")
    page.press("Enter")
    dashboard.shows("declined", "lost_card")
    press(dashboard, "Send payment")
    dashboard.has_focus("Send payment")
    press(dashboard, "auth_")
    dashboard.shows("$7.00")


def test_a_time_of_the_metrics_is_shown_in_activity(signed_in: Callable[[str], Dashboard]) -> None:
    """The charts are for the mouse; the table has the same numbers and links."""
    dashboard = signed_in("keys-metrics")
    page = dashboard.page
    dashboard.program.authorize(2000, currency="USD")
    dashboard.visit("/metrics")
    press(dashboard, "15 minutes")
    page.wait(f"{control('15 minutes')}.ariaPressed === 'true'")
    dashboard.settle()  # other ranges have other rows
    dashboard.shows("Requests 1")
    press(dashboard, "Show the numbers as a table")
    row = "[...document.querySelectorAll('details tbody tr')].find((it) => it.cells[1].textContent === '1')"
    page.wait(row)
    press(dashboard, page.read(f"{row}.querySelector('a').textContent"))
    page.wait("['from', 'to'].every((name) => new URLSearchParams(location.search).has(name))")
    dashboard.shows("POST /payments/authorize")

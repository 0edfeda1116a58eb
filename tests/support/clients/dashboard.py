"""The dashboard in a browser: its pages, what they show, and payments to show."""

import json
from dataclasses import dataclass
from typing import Any, Final

from tests.support.clients.api import CARD, Api
from tests.support.clients.browser import Page, control
from tests.support.tools.waiting import until

DESKTOP, PHONE = 1280, 360
SESSION: Final = "JSON.parse(sessionStorage.getItem('paysandbox.session'))"
SECRET: Final = "document.querySelector('[role=dialog] code').textContent"
LIST: Final = "Requests, events and delivery attempts, newest first"


def settle(page: Page) -> None:
    """Wait until a page of the dashboard has its title, and nothing is loading or busy."""
    loading = "[...document.querySelectorAll('main [role=status]')].some((it) => it.textContent === 'Loading')"
    page.wait(f"document.querySelector('h1') && !{loading} && !document.querySelector('main [aria-busy=true]')")


@dataclass(frozen=True)
class Dashboard:
    """A tab in which the dashboard is signed in, with a merchant of its own."""

    page: Page
    origin: str
    """The origin of the dashboard's page."""
    program: Api
    """Client with the merchant's ordinary key, as an application has it."""
    reader: Api
    """Client with the page's key, whose reads are not logged."""

    def visit(self, path: str) -> None:
        """Open a page of the dashboard by its address, and wait until nothing is loading."""
        self.page.open(f"{self.origin}/dashboard{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the page has its title, and nothing is loading."""
        settle(self.page)

    def shows(self, *texts: str) -> None:
        """Wait until the page shows every text."""
        shown = "document.body.innerText.replace(/\\s+/g, ' ')"
        for text in texts:
            if not self.page.waited(f"{shown}.includes({json.dumps(text)})"):
                raise AssertionError(f"not in time: {text!r} in {self.page.read(shown)!r}")

    def follow(self, payment: str) -> None:
        """Click the link to a payment in the details of the selected entry, once they are shown."""
        self.page.wait(f"document.querySelector('a[href$={json.dumps(f'/payments/{payment}')}]')")
        self.page.click(payment)

    def text_of(self, label: str) -> str:
        """Return the whole text of a code block, once it is shown."""
        block = f"document.querySelector('pre[aria-label={json.dumps(label)}]')"
        self.page.wait(block)
        return self.page.read(f"{block}.textContent")

    def has_focus(self, name: str, within: str = "body") -> None:
        """Wait until the control with an accessible name has the focus."""
        self.page.wait(f"document.activeElement === {control(name, within)}")

    def logged(self) -> list[str]:
        """Return the routes of the merchant's logged requests, oldest first."""
        found = self.reader.http.get("/requests", params={"limit": 100}).raise_for_status().json()["data"]
        return [request["route"] for request in reversed(found)]


def disputed_payment(program: Api, reference: str = "order-2002") -> Any:
    """Take a payment whose cardholder disputes it. Returns the payment."""
    paid = program.authorize(80_00, currency="USD", reference=reference).json()["auth_id"]
    program.capture(paid, amount=80_00).raise_for_status()
    program.post(f"/sandbox/simulate/{paid}/dispute", {}).raise_for_status()
    return program.payment(paid)


def with_payments(dashboard: Dashboard) -> dict[str, str]:
    """Take payments of several results, one of them refunded and received by the inbox. Returns addresses of pages."""
    program = dashboard.program
    inbox = program.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    endpoint = program.post("/webhooks/endpoints", {"url": inbox, "events": ["*"]}).raise_for_status().json()
    for number, amount in (("5555555555554444", 4200), ("4000000000009995", 9900), ("378282246310005", 1850)):
        program.authorize(amount, card=CARD | {"number": number}, currency="USD", reference=f"order-{amount}")
    paid = program.authorize(12_000, currency="USD", reference="order-1001").json()["auth_id"]
    captured = program.capture(paid, amount=9000).raise_for_status().json()["transaction_id"]
    program.refund(captured, amount=2500).raise_for_status()

    disputed = disputed_payment(program)
    made = {"amount": "3000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    made |= {"return_url": "https://shop.example/"}
    with_key = {"Authorization": f"Bearer {program.api_key}"}
    intent = program.http.post("/v1/payment_intents", data=made, headers=with_key).raise_for_status().json()["id"]

    def received() -> bool:
        inbox = dashboard.reader.http.get("/sandbox/inbox").json()["data"]
        return "payment_refunded" in [webhook["event_type"] for webhook in inbox]

    until(received, "the refund in the inbox")

    def declined() -> list[Any]:
        logged = dashboard.reader.http.get("/requests", params={"limit": 100}).json()["data"]
        return [request for request in logged if request["outcome"] == "declined"]

    request = until(declined, "the declined request in the log")[0]["request_id"]
    return {
        "activity": "/",
        "request": f"/?id={request}",
        "errors": "/?view=errors",
        "payment": f"/payments/{paid}",
        "Stripe payment": f"/payments/{intent.replace('pi_', 'auth_')}?native=1",
        "payments": "/payments",
        "object": f"/object?path=/payments/{paid}",
        "disputes": "/disputes",
        "dispute": f"/disputes/{disputed['dispute']['dispute_id']}",
        "settlements": "/settlements",
        "payouts": "/payouts",
        "customers": "/customers",
        "payees": "/payees",
        "prices": "/stripe/prices",
        "donations": "/donations",
        "events": "/events",
        "requests": "/requests?failed=true",
        "webhooks": "/webhooks",
        "endpoint": f"/webhooks/{endpoint['endpoint_id']}",
        "try": "/try",
        "metrics": "/metrics",
        "keys": "/keys",
        "unknown": "/no-page",
    }

"""What somebody opens the dashboard for, among 1,500 payments: on a desktop and a phone, in both themes."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from paysandbox.stripe_api.ids import payment_of_intent
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.axe import violations
from tests.support.clients.dashboard import SESSION, Dashboard
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]

PAYMENTS: Final = 1_500
SCREENS: Final = ((1440, False), (1440, True), (390, False), (390, True))
"""Widths in pixels, and whether the theme is dark."""
SEARCH: Final = "ID, order, name, e-mail, card digits, key or page"
DECLINED: Final = 3
OF_ADA: Final = 30
"""Payments of one customer, of 10.00 USD each."""


@dataclass(frozen=True)
class Shop:
    """A Stripe integration of the dashboard's merchant, with a key without a limit."""

    program: Api
    key: str

    def ask(self, path: str, **form: str) -> httpx.Response:
        """Send a request to the Stripe-compatible API."""
        return self.program.http.post(f"/v1/{path}", data=form, headers={"Authorization": f"Bearer {self.key}"})

    def post(self, path: str, **form: str) -> Any:
        """Return the object that a request creates."""
        return self.ask(path, **form).raise_for_status().json()

    def pay(self, number: int, **more: str) -> Any:
        """Pay an order."""
        card = {"payment_method": "pm_card_visa", "confirm": "true", "return_url": "https://shop.example/"}
        order = {"metadata[order]": f"order-{number}"}
        return self.post("payment_intents", amount="1000", currency="usd", **card, **order, **more)


@contextmanager
def broken_shop() -> Iterator[str]:
    """Serve an endpoint whose database lacks a column."""

    def answer(_: Request) -> Reply:
        return Reply(500, json.dumps({"error": "column order_id does not exist"}), {"Content-Type": "application/json"})

    with served(answer) as wire:
        yield f"{wire.base_url}/hooks"


def _faults(dashboard: Dashboard, width: int) -> list[str]:
    """Return errors of the page as it is shown, what is too wide, and what axe finds."""
    page = dashboard.page
    dashboard.settle()
    wide = page.read("document.documentElement.scrollWidth")
    return [*page.errors, *([f"{wide} px wide"] if wide > width else []), *violations(page)]


def test_each_task_among_many_payments(signed_in: Callable[[str], Dashboard], sandbox: Sandbox) -> None:
    dashboard = signed_in("page-tasks")
    page = dashboard.page
    merchant = page.read(f"{SESSION}.selected")
    key = sandbox.json("keys", "create", "--merchant", merchant, "--plan", "load")["api_key"]
    shop = Shop(dashboard.program, key)
    ada = shop.post("customers", name="Ada Lovelace", email="ada@example.com")["id"]
    with ThreadPoolExecutor(4) as threads:
        made = [*threads.map(lambda n: shop.pay(n, **({"customer": ada} if n < OF_ADA else {})), range(PAYMENTS))]
    no_funds = "pm_card_visa_chargeDeclinedInsufficientFunds"
    for _ in range(DECLINED):
        declined = {"payment_method": no_funds, "confirm": "true", "return_url": "https://shop.example/"}
        assert shop.ask("payment_intents", amount="1000", currency="usd", **declined).status_code == 402
    found: dict[tuple[str, int, bool], list[str]] = {}
    with broken_shop() as hooks:
        shop.post("webhook_endpoints", url=hooks, **{"enabled_events[]": "payment_intent.succeeded"})
        shop.pay(PAYMENTS)

        def attempted() -> list[int]:
            deliveries = dashboard.reader.http.get("/webhooks/deliveries", params={"status": "failing"})
            return [each["attempts"] for each in deliveries.raise_for_status().json()["data"]]

        until(lambda: attempted() == [2], "the second attempt, before a pause of minutes")
        for width, dark in SCREENS:
            page.show(width, dark=dark)
            for name, task in {
                "find an order": lambda: _find_an_order(dashboard, made[PAYMENTS // 2]["id"], f"order-{PAYMENTS // 2}"),
                "what did this customer pay": lambda: _what_did_this_customer_pay(dashboard, ada),
                "why did this webhook fail": lambda: _why_did_this_webhook_fail(dashboard, hooks),
                "which errors": lambda: _which_errors(dashboard),
                "how much, as a file": lambda: _how_much(dashboard),
            }.items():
                task()
                if errors := _faults(dashboard, width):
                    found[name, width, dark] = errors
    assert found == {}


def _find_an_order(dashboard: Dashboard, intent: str, order: str) -> None:
    """By the number that the shop has written into its metadata, with the keyboard alone."""
    page, payment = dashboard.page, payment_of_intent(intent)
    dashboard.visit("/")
    page.press("/")
    page.fill(SEARCH, order)
    dashboard.shows(f"{order} · reference")
    page.press("Enter")
    page.wait(f"location.pathname === '/dashboard/payments/{payment}'")
    dashboard.shows(f"Payment {intent}", f"Reference {order}")


def _what_did_this_customer_pay(dashboard: Dashboard, customer: str) -> None:
    page = dashboard.page
    dashboard.visit("/")
    page.press("/")
    page.fill(SEARCH, "Ada Love")
    dashboard.shows("Ada Lovelace · name")
    page.press("Enter")
    page.wait(f"location.href.includes('{customer}')")
    dashboard.shows("Name Ada Lovelace", f"Payments {OF_ADA}", f"Total ${OF_ADA * 10}.00")


def _why_did_this_webhook_fail(dashboard: Dashboard, url: str) -> None:
    page = dashboard.page
    dashboard.visit("/webhooks")
    page.click(url)
    dashboard.shows("failing")
    page.click("payment_intent.succeeded")
    dashboard.shows("column order_id does not exist", "500")


def _how_much(dashboard: Dashboard) -> None:
    """Count and sum of what a filter matches, and all of it as CSV."""
    page = dashboard.page
    dashboard.visit("/payments?period=today")
    page.click("Count and sum")
    paid = PAYMENTS + 1 + DECLINED
    dashboard.shows(f"{paid:,} rows · ${paid * 10:,}.00")
    page.read("URL.createObjectURL = (file) => { window.file = file; return '#' }; 0")
    page.click("Download CSV")
    page.wait("window.file")
    head, *rows = page.read("window.file.text()").splitlines()
    assert "Reference" in head
    assert len(rows) == paid
    assert any(f"order-{PAYMENTS // 2}," in row for row in rows)


def _which_errors(dashboard: Dashboard) -> None:
    dashboard.visit("/?view=errors")
    dashboard.shows("insufficient_funds", str(DECLINED))

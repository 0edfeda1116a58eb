"""The page for donors on the deployed sandbox, in a real browser: an account, a donation, and what everybody sees."""

import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cli.donations.walk import mailbox
from tests.e2e.conftest import Sandbox
from tests.support.clients.axe import violations
from tests.support.clients.browser import Page
from tests.support.clients.dashboard import DESKTOP, PHONE
from tests.support.clients.shop_page import CHALLENGED, DECLINED, PAYMENT, bank, typed
from tests.support.tools.waiting import until

PASSWORD = "Correct-horse-9-battery"


def mail_to(sandbox: Sandbox, email: str, pattern: str) -> str:
    """Wait for an e-mail to an address, and return what a pattern finds in it."""

    def found() -> str | None:
        texts = [each["BodyText"] for each in mailbox(sandbox.target) if email in json.dumps(each["To"])]
        return next((match[0] for text in texts if (match := re.search(pattern, text))), None)

    return until(found, f"the e-mail with {pattern}")


def says(page: Page, text: str) -> None:
    page.wait(f"document.body.innerText.includes({json.dumps(text)})")


def test_a_donor_signs_up_and_gives(sandbox: Sandbox, page: Page) -> None:
    """Declined, authenticated and paid; the thanks, and soon the name in the list, without a reload."""
    email, name = f"jo-{secrets.token_hex(4)}@example.com", f"Jo {secrets.token_hex(4)}"
    page.open(f"{sandbox.base_url}/donate")
    page.fill("Other amount (USD)", "12.5x")
    page.click("Continue")
    says(page, "Enter an amount such as 25 or 12.50.")
    page.fill("Other amount (USD)", "12.50")
    page.fill("Message (optional)", "For the roof")
    page.click("Continue")
    page.click("I have no account yet")
    page.fill("Name", name)
    page.fill("E-mail", email)
    page.fill("Password", PASSWORD)
    page.click("Create account")
    page.fill("Code", mail_to(sandbox, email, r"\b\d{6}\b"))
    page.click("Confirm")
    says(page, "Donate $12.50")
    assert page.errors == []
    assert page.read("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]

    typed(page, PAYMENT, number=DECLINED)
    page.click("Donate $12.50")
    says(page, "Your card was declined.")
    typed(page, PAYMENT, number=CHALLENGED)
    page.click("Donate $12.50")
    bank(page).click("#test-source-authorize-3ds")
    says(page, f"Your donation of $12.50 has arrived. The receipt goes to {email}.")
    page.wait(f"[...document.querySelectorAll('li')].some((each) => each.innerText.includes({json.dumps(name)}))")
    assert mail_to(sandbox, email, "For the roof")


def test_five_visitors_at_once_get_the_page_and_its_files(sandbox: Sandbox) -> None:
    """The files under names that are theirs for ever, and the script of Stripe.js, which a browser asks for again."""

    def visit(_: int) -> list[tuple[int, str]]:
        with httpx.Client(base_url=sandbox.base_url, timeout=120) as browser:
            page = browser.get("/donate")
            loaded = [browser.get(path) for path in re.findall(r'(?:href|src)="(/[^"]+)"', page.text)]
            known = [browser.get(one.url, headers={"If-None-Match": one.headers["ETag"]}) for one in loaded]
        return [(one.status_code, one.headers["Cache-Control"]) for one in (page, *loaded, *known)]

    with ThreadPoolExecutor(5) as visitors:
        visits = [*visitors.map(visit, range(5))]
    kept, asked = "public, max-age=31536000, immutable", "public, max-age=0"
    assert visits == 5 * [
        [(200, "no-store"), (200, kept), (200, asked), (200, kept), (304, kept), (304, asked), (304, kept)]
    ]


@pytest.mark.full
def test_the_page_is_accessible(sandbox: Sandbox, page: Page) -> None:
    """Each form, on a phone and a desktop, in both themes."""
    page.open(f"{sandbox.base_url}/donate")
    for step in ("Choose an amount", "Sign in", "Create an account"):
        if step != "Choose an amount":
            page.click("Continue" if step == "Sign in" else "I have no account yet")
        page.wait(f"document.querySelector('h2').innerText === {json.dumps(step)}")
        for width, dark in ((DESKTOP, False), (PHONE, True)):
            page.show(width, dark=dark)
            assert page.read("document.documentElement.scrollWidth") <= width
            assert violations(page) == []
    assert page.errors == []

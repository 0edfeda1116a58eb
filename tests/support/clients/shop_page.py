"""A shop's page in a browser, with the sandbox's Stripe.js, as suites of shops use it.

with served_shop(base_url, key) as shop:
    page.open(shop.url)
    typed(page, PAYMENT, number="4242424242424242")
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.support.clients.browser import Frame, Page
from tests.support.fakes.wire import Reply, Request, served

PAYMENT: Final = 'iframe[title="Secure payment input frame"]'
CARD: Final = 'iframe[title="Secure card payment input frame"]'
ADDRESS: Final = 'iframe[title="Secure address input frame"]'
FORM: Final = 'iframe[title="Secure checkout form"]'
CURRENCY: Final = 'iframe[title="Secure currency selector"]'
EMAIL: Final = 'iframe[title="Secure email input frame"]'
NUMBER: Final = 'iframe[title="Secure card number input frame"]'
EXPIRY: Final = 'iframe[title="Secure expiration date input frame"]'
CVC: Final = 'iframe[title="Secure CVC input frame"]'

APPROVED: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"
CHALLENGED: Final = "4000002500003155"

_PAGE: Final = """<!doctype html>
<title>shop</title>
<script src="{script}"></script>
<form><div id="one"></div><div id="two"></div><div id="three"></div></form>
<script>
const stripe = Stripe("{key}", {{ locale: new URLSearchParams(location.search).get("locale") ?? "en" }});
let result = null;
const keep = (promise) => {{ promise.then((it) => {{ result = it; }}, (why) => {{ result = String(why); }}); }};
</script>
"""
OVER_THE_PAGE: Final = 'iframe[name^="__privateStripeFrame"][title*="3D Secure"]'
_WITHIN: Final = "#challengeFrame"


@dataclass(frozen=True)
class Shop:
    """The address of the page, and where payments return to."""

    url: str

    @property
    def back(self) -> str:
        """The return_url."""
        return f"{self.url}done?order=7"


@contextmanager
def served_shop(sandbox: str, key: str, script: str = "/v3") -> Iterator[Shop]:
    """Serve the page on a port of its own, which is another origin than the sandbox."""

    def answer(request: Request) -> Reply:
        html = "<title>done</title>" if "done" in request.path else _PAGE.format(script=sandbox + script, key=key)
        return Reply(200, html, {"Content-Type": "text/html"})

    with served(answer) as wire:
        yield Shop(f"{wire.base_url}/")


def typed(page: Page, frame: str, *, number: str, postal: str | None = "94107") -> None:
    """Type a card into a Payment Element or a Card Element."""
    fields = page.frame(frame)
    names = (
        ("number", "expiry", "cvc", "postalCode") if frame == PAYMENT else ("cardnumber", "exp-date", "cvc", "postal")
    )
    for name, text in zip(names, (number, "12 / 40", "123", postal), strict=True):
        if text is not None:
            fields.fill(f"[name={name}]", text)


def typed_apart(page: Page, number: str) -> None:
    """Type a card into the three elements of its parts."""
    for frame, text in {NUMBER: number, EXPIRY: "1240", CVC: "123"}.items():
        page.frame(frame).fill("input", text)


def result_of(page: Page, promise: str) -> Any:
    """Return what a promise of the page resolves to, with the cardholder's help if there is a challenge."""
    page.read(f"(result = null, keep({promise}), 0)")
    page.wait("result !== null")
    return page.read("result")


def bank(page: Page) -> Frame:
    """Return the page of the cardholder's bank, over the shop's."""
    return page.frame(OVER_THE_PAGE).frame(_WITHIN)


def mount(page: Page, kind: str, place: str, options: dict[str, Any] | None = None) -> None:
    """Create an element of the page's group, and wait until it is ready."""
    page.read(
        f"(window.{kind} = elements.create({json.dumps(kind)}, {json.dumps(options or {})}),"
        f"result = null, {kind}.on('ready', () => {{ result = 'ready'; }}),"
        f"{kind}.on('loaderror', ({{error}}) => {{ result = error; }}), {kind}.mount({json.dumps(place)}), 0)"
    )
    page.wait("result !== null")
    assert page.read("result") == "ready"


def group(page: Page, options: dict[str, Any] | None = None) -> None:
    """Create the page's group of elements."""
    page.read(f"(window.elements = stripe.elements({json.dumps(options or {})}), 0)")

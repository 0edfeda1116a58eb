"""What the programs for Python share: the sandbox, and the part of the shop that the packages leave to a browser."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import stripe

API = os.environ["API"]
SECRET_KEY = os.environ["SECRET_KEY"]

stripe.api_base = API
stripe.api_key = SECRET_KEY


def worked(what: str, does: str = "") -> None:
    """Report what works, and the step of the flow (integrations.toml) that is done with it."""
    if does:
        print(f"done: {does}")
    print(f"worked: {what}", flush=True)


def check_out(url: str, card: str = "4242424242424242") -> None:
    """Pay with a card on the page of a Checkout session, as a buyer does. Ends with 1 if that is refused."""
    page = urlsplit(url)
    buyer = HTTPConnection(page.netloc, timeout=30)
    form = urlencode({"card": card, "email": "jenny@example.com"})
    buyer.request("POST", page.path, form, {"Content-Type": "application/x-www-form-urlencoded"})
    expect(buyer.getresponse().status, 303, "the status of the payment on Checkout's page")
    buyer.close()


def expect(found: object, expected: object, what: str) -> None:
    """End with 1 unless the value is the expected one."""
    if found != expected:
        sys.exit(f"{what} is {found!r} and not {expected!r}")

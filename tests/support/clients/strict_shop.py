"""A shop's page as it is in production, for Playwright: over https, with Stripe.js from js.stripe.com, and a policy.

with served_strictly(sandbox.base_url, secret_key, publishable_key) as shop:
    ...  # a browser with shop.flags opens https://shop.example/checkout
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import trustme

from tests.support.clients.stripe_sdk import sdk_on
from tests.support.fakes.wire import Reply, Request, served

# What Stripe.js needs (docs.stripe.com/security/guide, "Content security policy"), and the shop's own script.
POLICY: Final = (
    "default-src 'none'; connect-src https://api.stripe.com; "
    "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; "
    "script-src 'self' https://js.stripe.com https://*.js.stripe.com; img-src 'self'"
)

_PAGE: Final = """<!doctype html>
<title>shop</title>
<script src="https://js.stripe.com{script}"></script>
<body data-key="{key}" data-secret="{secret}">
<div id="payment"></div><button>Pay</button><output></output>
<script src="/shop.js"></script>
"""

_SCRIPT: Final = """
const { key, secret } = document.body.dataset;
const stripe = Stripe(key);
const elements = stripe.elements({ clientSecret: secret });
elements.create("payment").mount("#payment");
document.querySelector("button").addEventListener("click", async () => {
  const confirmParams = { return_url: "https://shop.example/thanks" };
  const { error } = await stripe.confirmPayment({ elements, confirmParams });
  document.querySelector("output").textContent = error.decline_code ?? error.code;
});
"""


@dataclass(frozen=True)
class StrictShop:
    """The port of https://shop.example. Its page `/checkout?script=/endive/stripe.js` loads another train."""

    port: int

    @property
    def flags(self) -> list[str]:
        """Chromium's flags: it finds the shop, and no other host."""
        return [f"--host-resolver-rules=MAP shop.example 127.0.0.1:{self.port}, MAP * ~NOTFOUND"]

    @property
    def variables(self) -> dict[str, str]:
        """The flags, for the environment of the tests that Playwright runs."""
        return {"CHROMIUM_FLAGS_JSON": json.dumps(self.flags)}


@contextmanager
def served_strictly(sandbox: str, secret_key: str, publishable_key: str) -> Iterator[StrictShop]:
    """Serve the shop until the block ends. Each load of its page has a new payment intent of 20 dollars."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("shop.example").configure_cert(tls)

    def checkout(script: str) -> Reply:
        with sdk_on(sandbox, secret_key) as sdk:
            secret = sdk.v1.payment_intents.create(
                {"amount": 20_00, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
            ).client_secret
        html = _PAGE.format(script=script, key=publishable_key, secret=secret)
        return Reply(200, html, {"Content-Type": "text/html", "Content-Security-Policy": POLICY})

    def answer(request: Request) -> Reply:
        match request.path:
            case "/checkout":
                return checkout(request.query.get("script", "/v3/"))
            case "/shop.js":
                return Reply(200, _SCRIPT, {"Content-Type": "text/javascript"})
            case _:
                return Reply(200, "<title>thanks</title>", {"Content-Type": "text/html"})

    with served(answer, tls) as wire:
        yield StrictShop(urlsplit(wire.base_url).port or 0)

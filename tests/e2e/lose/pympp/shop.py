"""A paper for 37.50 USD, sold with pympp's own server code, and a buyer that pays with pympp's own client.

python shop.py buy            asks for the paper with pympp's client as it is, unless the paper is there
python shop.py buy-once       the same, and pays once: with the same credential each time, which it keeps
python shop.py ask            asks for the paper with the credential, although it is there
python shop.py books          prints what the shop believes: one charge by each receipt, and a paper each time

`buy-once` asks again after a failure, and after PATIENCE_S seconds without an answer, while the shop goes on with what
it has begun. pympp's server gets Stripe's own client, as it recommends, which waits STRIPE_S seconds and repeats what
was not answered.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import stripe
from mpp.client import PaymentTransport
from mpp.methods.stripe import ChargeIntent, stripe as stripe_method
from mpp.methods.stripe.client import OnChallengeParameters
from mpp.server import pay

PATIENCE_S, STRIPE_S = 8, 16
AMOUNT, ORDER, URL = 3750, "paper-1042", "http://shop.example/paper"
HERE = Path(os.environ["PAYSANDBOX_TMP"])
CREDENTIAL, GOT, SERVED = HERE / "credential.txt", HERE / "paper.txt", HERE / "served.json"

client = stripe.StripeClient(
    os.environ["STRIPE_API_KEY"],
    base_addresses={"api": os.environ["STRIPE_API_BASE"]},
    http_client=stripe.HTTPXClient(timeout=STRIPE_S),
    max_network_retries=2,
)
CHARGE = ChargeIntent(client=client)


def served() -> list[str]:
    """Return the receipt of each paper that was served: the ID of its payment intent."""
    return json.loads(SERVED.read_text()) if SERVED.exists() else []


@pay(
    intent=CHARGE,
    request={
        "amount": str(AMOUNT),
        "currency": "usd",
        "recipient": "shop",
        "methodDetails": {
            "networkId": "profile_test_shop",
            "paymentMethodTypes": ["card"],
            "metadata": {"order": ORDER},
        },
    },
    realm="shop.example",
    secret_key="not secret",
    method="stripe",
)
async def paper(_request: Any, credential: Any, receipt: Any) -> dict[str, Any]:
    """Serve the paper."""
    SERVED.write_text(json.dumps([*served(), receipt.reference]))
    return {"status": 200, "headers": {}, "body": "The paper"}


async def app(scope: Any, _receive: Any, send: Any) -> None:
    """The shop, as an ASGI application."""
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    answer = await paper(SimpleNamespace(headers=headers))
    sent = [(name.lower().encode(), value.encode()) for name, value in answer["headers"].items()]
    await send({"type": "http.response.start", "status": answer["status"], "headers": sent})
    await send({"type": "http.response.body", "body": answer["body"].encode()})


SHOP = httpx.ASGITransport(app=app, raise_app_exceptions=False)


async def share(challenge: OnChallengeParameters) -> str:
    """Return a shared payment token for a challenge, which an agent would get from the buyer's wallet."""
    token = await client.raw_request_async(
        "post",
        "/v1/test_helpers/shared_payment/granted_tokens",
        payment_method=challenge.payment_method,
        usage_limits={
            "currency": challenge.currency,
            "max_amount": int(challenge.amount),
            "expires_at": challenge.expires_at,
        },
    )
    return json.loads(token.body)["id"]


async def pay_for_it(**options: Any) -> bool:
    """Ask for the paper, and pay. Returns whether it came. `options` are those of pympp's client."""
    method = stripe_method({"charge": CHARGE}, create_token=share, payment_method="pm_card_visa")
    paying = PaymentTransport([method], inner=SHOP, **options)
    paying.on_credential_created(lambda event: CREDENTIAL.write_text(event["credential"].to_authorization()))
    async with httpx.AsyncClient(transport=paying, timeout=None) as agent:  # noqa: S113 - Stripe's client waits
        return came(await agent.get(URL))


async def ask() -> bool:
    """Ask for the paper with the credential. Returns whether it came."""
    async with httpx.AsyncClient(transport=SHOP, timeout=None) as agent:  # noqa: S113 - the shop's own client waits
        return came(await agent.get(URL, headers={"Authorization": CREDENTIAL.read_text()}))


def came(answer: httpx.Response) -> bool:
    """Say what the shop has answered, and return whether that is the paper."""
    sys.stdout.write(f"{answer.status_code}: {answer.text}\n")
    if answer.status_code == 200:
        GOT.touch()
    return answer.status_code == 200


async def buy_once() -> bool:
    """Buy the paper with one credential. Returns whether it came."""
    first = asyncio.ensure_future(ask() if CREDENTIAL.exists() else pay_for_it(max_payment_retries=1))
    await asyncio.wait({first}, timeout=PATIENCE_S)
    answered = first.done() and not first.exception() and first.result()
    again = not answered and CREDENTIAL.exists() and await ask()
    return await first or again


def books() -> None:
    """Print the order."""
    receipts = served()
    paid, fulfilled = len({*receipts}) * AMOUNT, len(receipts) * AMOUNT
    order = {"reference": ORDER, "currency": "usd", "paid": paid, "refunded": 0, "fulfilled": fulfilled}
    sys.stdout.write(json.dumps({"orders": [order]}))


match sys.argv[1]:
    case "books":
        books()
    case "ask" if CREDENTIAL.exists():
        sys.exit(not asyncio.run(ask()))
    case _ if GOT.exists():
        pass
    case "buy":
        sys.exit(not asyncio.run(pay_for_it()))
    case _:
        sys.exit(not asyncio.run(buy_once()))

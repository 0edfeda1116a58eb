"""Events have one order on the deployed sandbox: each flow's in the list, and a poller sees each event once."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import Sdk, held, paid
from tests.support.tools.waiting import until

FLOWS = 7
"""Of each kind: what chance decides is hardly in order seven times."""

AT_ONCE = 8
POLLED_FLOWS = 200
PATIENCE_S = 90

CHECKOUT = [
    "customer.created",
    "payment_method.attached",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]
SAVED = [
    "payment_method.attached",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
]
REFUNDED = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
    "charge.captured",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.created",
]
DISPUTED = [*SAVED[1:], "charge.dispute.created", "charge.dispute.funds_withdrawn"]
PRICED = ["product.created", "price.created"]


def checkout(sdk: Sdk) -> set[str]:
    """Pay a Checkout session that creates a customer and saves the card. Returns the IDs of its objects."""
    price = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}
    session = sdk.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://shop.invalid/thanks",
            "line_items": [{"price_data": price, "quantity": 1}],
            "customer_creation": "always",
            "payment_intent_data": {"setup_future_usage": "off_session"},
        }
    )
    form = {"card": "pm_card_visa", "email": "jenny@example.com"}
    assert httpx.post(session.url, data=form, timeout=60).status_code < 400
    done = sdk.v1.checkout.sessions.retrieve(session.id)
    return {done.id, done.payment_intent, done.customer}


def saved(sdk: Sdk) -> set[str]:
    """Pay an intent of a customer, which saves the card."""
    customer = sdk.v1.customers.create({"email": "jenny@example.com"})
    intent = paid(sdk, customer=customer.id, setup_future_usage="off_session")
    return {intent.id, intent.payment_method}


def refunded(sdk: Sdk) -> set[str]:
    """Hold an amount, capture it and refund it."""
    intent = held(sdk)
    sdk.v1.payment_intents.capture(intent.id)
    sdk.v1.refunds.create({"payment_intent": intent.id})
    return {intent.id}


def priced(sdk: Sdk) -> set[str]:
    """Create a product with its price."""
    price = {"currency": "usd", "unit_amount": 20_00}
    return {sdk.v1.products.create({"name": "Hat", "default_price_data": price}).id}


def is_about(event: Any, ids: set[str]) -> bool:
    it = event.data.object
    return bool(ids & {it.id, *(getattr(it, name, None) for name in ("payment_intent", "customer", "product"))})


def every_event(sdk: Sdk) -> list[Any]:
    """Return all events of the merchant, oldest first."""
    return [*sdk.v1.events.list({"limit": 100}).auto_paging_iter()][::-1]


def assert_in_order(sdk: Sdk, flows: Sequence[set[str]], expected: Sequence[str]) -> None:
    def types() -> list[list[str]] | None:
        events = every_event(sdk)
        found = [[event.type for event in events if is_about(event, ids)] for ids in flows]
        return found if all(len(each) >= len(expected) for each in found) else None

    assert until(types, f"{expected[-1]} of each", patience_s=PATIENCE_S) == [[*expected]] * len(flows)


@pytest.mark.parametrize("expected", [CHECKOUT, SAVED, REFUNDED, PRICED], ids=lambda each: each[-1])
def test_a_list_has_the_order_of_a_flow(sdk: Sdk, expected: list[str]) -> None:
    flow = {CHECKOUT[-1]: checkout, SAVED[-1]: saved, REFUNDED[-1]: refunded, PRICED[-1]: priced}[expected[-1]]
    assert_in_order(sdk, [flow(sdk) for _ in range(FLOWS)], expected)


def test_a_dispute_has_an_order(sdk: Sdk, api: Api) -> None:
    intents = [paid(sdk) for _ in range(FLOWS)]
    for intent in intents:
        assert api.post(f"/sandbox/simulate/{intent.id}/dispute", {}).status_code == 200
    assert_in_order(sdk, [{intent.id} for intent in intents], DISPUTED)


class Poller:
    """Reads the newest events again and again, as Tryton's cron does: each time those before the last one read."""

    def __init__(self, api: Api, base_url: str) -> None:
        self.http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {api.api_key}"}, timeout=PATIENCE_S
        )
        self.read: list[str] = []
        self.types: list[str] = []
        self.stopped = threading.Event()

    def __call__(self) -> None:
        while not self.stopped.wait(0.1):
            self.poll()

    def poll(self) -> None:
        """Read what is new, until nothing is."""
        while page := self.page(ending_before=self.read[-1] if self.read else None)["data"]:
            self.read += [event["id"] for event in reversed(page)]
            self.types += [event["type"] for event in reversed(page)]

    def page(self, **beside: str | None) -> Any:
        """Return a page of the newest events."""
        params = {name: value for name, value in beside.items() if value}
        return self.http.get("/v1/events", params={"limit": 100, **params}).raise_for_status().json()

    def every(self) -> list[str]:
        """Return the IDs of all events, oldest first, from the newest on."""
        ids: list[str] = []
        more = True
        while more:
            page = self.page(starting_after=ids[-1] if ids else None)
            ids += [event["id"] for event in page["data"]]
            more = page["has_more"]
        return ids[::-1]


@contextmanager
def polling(poller: Poller) -> Iterator[None]:
    """Poll meanwhile."""
    thread = threading.Thread(target=poller)
    thread.start()
    try:
        yield
    finally:
        poller.stopped.set()
        thread.join()


@pytest.fixture
def polled(new_merchant: Callable[[str], Api]) -> Iterator[Api]:
    """Provide a merchant without events, of a name that no other test of the same sandbox has."""
    with new_merchant(f"polled-{secrets.token_hex(3)}") as it:
        yield it


def test_a_poller_sees_each_event_of_200_flows_once(sandbox: Sandbox, polled: Api) -> None:
    """It begins at the first event, and its sequence is that of the list at the end."""
    poller = Poller(polled, sandbox.base_url)
    expected = len(PRICED) + POLLED_FLOWS // 2 * (len(PRICED) + len(CHECKOUT) + len(REFUNDED))
    with sdk_on(sandbox.base_url, polled.api_key) as sdk, polling(poller), ThreadPoolExecutor(AT_ONCE) as flows:
        priced(sdk)
        until(lambda: poller.read, "the first event")
        done = [flows.submit(flow, sdk) for flow in [checkout, refunded] * (POLLED_FLOWS // 2)]
        for each in done:
            each.result()
        until(lambda: len(poller.every()) >= expected, f"{expected} events", patience_s=PATIENCE_S)
    until(lambda: poller.poll() or len(poller.read) >= expected, "the last events in the poller")
    assert poller.read == poller.every()
    assert len(poller.read) == len(set(poller.read))
    poller.http.close()
    half = POLLED_FLOWS // 2
    assert Counter(poller.types) == Counter([*PRICED, *(PRICED + CHECKOUT) * half, *REFUNDED * half])

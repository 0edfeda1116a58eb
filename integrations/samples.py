"""What a buyer does at each sample server. Each scenario yields what has worked so far.

The page's part is done here: its own requests to its server, and its confirmation with the publishable key. Where a
page makes a payment method in the browser, a test method's name stands for it. Some pages also run in a browser
(sample_page.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from integrations.flow import FlowStep, Worked
from integrations.sample_server import SampleError, Shop

Scenario = Callable[[Shop], Iterator[Worked]]

_ORDER: Final = {"items": [{"id": "photo-subscription"}], "currency": "usd"}
_DECLINED: Final = "4000000000009995"
_SUCCESS: Final = "/success?payment_intent_client_secret=pi_"


def _expect(answer: Mapping[str, Any], **fields: object) -> None:
    for name, value in fields.items():
        if answer.get(name) != value:
            raise SampleError(f"{name} is {answer.get(name)!r} and not {value!r}: {answer.get('error') or answer}")


def _secret_in(answer: Mapping[str, Any], name: str = "clientSecret") -> str:
    secret = answer.get(name)
    if not isinstance(secret, str):
        raise SampleError(f"no {name}: {answer.get('error') or answer}")
    return secret


def _paid_on_the_page(shop: Shop, client_secret: str, said: str, return_url: str | None = None) -> Iterator[Worked]:
    declined = shop.buyer.pay(client_secret, _DECLINED, return_url=return_url)
    _expect(declined.get("error", declined), code="card_declined", decline_code="insufficient_funds")
    shop.says("❌ Payment failed.")
    yield Worked("a declined card")
    _expect(shop.buyer.pay(client_secret, return_url=return_url), status="succeeded")
    shop.says(said)
    yield Worked("a payment and its webhook", FlowStep.PAY)


def _first(listed: Sequence[Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    if not listed:
        raise SampleError(f"its page has no {what}")
    return listed[0]


def _redirected(shop: Shop, path: str, form: Mapping[str, str]) -> str:
    """Submit a form of the page, and return where the server sends the buyer."""
    answer = shop.submit(path, form)
    if answer.status_code != 303:
        raise SampleError(f"POST {path} of its page: {answer.status_code}")
    return answer.headers["location"]


def _paid_at_checkout(shop: Shop, page: str) -> str:
    """Pay on Checkout's page, and return the session that the buyer brings back."""
    paid = shop.buyer.check_out(page)
    shop.says("🔔  Payment received!")
    return parse_qs(urlsplit(paid.headers.get("location", "")).query).get("session_id", [""])[0]


def custom_payment_flow(shop: Shop) -> Iterator[Worked]:
    """Of the many methods of the sample: cards, and cards beside Link."""
    shop.get("/config")
    for kind in ("card", "link"):
        made = shop.post("/create-payment-intent", {"paymentMethodType": kind, "currency": "usd"})
        secret = _secret_in(made)
        yield from _paid_on_the_page(shop, secret, "💰 Payment captured!")
        shop.follow(
            "/payment/next", "/success?payment_intent_client_secret=", payment_intent=secret.partition("_secret_")[0]
        )
        yield Worked(f"the page after {kind}")


def payment_element(shop: Shop) -> Iterator[Worked]:
    """The intent takes the methods of the account's settings, so the page names an address to return to."""
    shop.get("/config")
    made = shop.get("/create-payment-intent")
    back = "http://localhost:4242/return.html"
    yield from _paid_on_the_page(shop, _secret_in(made), "💰 Payment captured!", back)


def prebuilt_checkout_page(shop: Shop) -> Iterator[Worked]:
    """The buyer is sent to Checkout's page, pays there, and comes back."""
    page = _redirected(shop, "/create-checkout-session", {"quantity": "1"})
    declined = shop.buyer.check_out(page, _DECLINED).json()
    _expect(declined.get("error", declined), code="card_declined", decline_code="insufficient_funds")
    yield Worked("a declined card")
    session = _paid_at_checkout(shop, page)
    yield Worked("a payment on Checkout's page and its webhook", FlowStep.CHECKOUT)
    _expect(shop.get("/checkout-session", sessionId=session), id=session, status="complete", payment_status="paid")
    yield Worked("the page after it")


def card_brand_choice(shop: Shop) -> Iterator[Worked]:
    """A payment in euros. The choice of a brand is Stripe.js's."""
    shop.get("/config")
    made = shop.post("/create-payment-intent", {"items": [{"id": "xl-tshirt"}]})
    _expect(shop.buyer.pay(_secret_in(made)), status="succeeded")
    shop.says("✅ Success: evt_")
    yield Worked("a payment and its webhook", FlowStep.PAY)


def charges_api(shop: Shop) -> Iterator[Worked]:
    """A token of the page is charged."""
    shop.get("/stripe-key")
    _expect(shop.post("/pay", {"token": "tok_visa", "items": []}), object="charge", status="succeeded")
    yield Worked("a charge of a token", FlowStep.PAY)


def charging_a_saved_card(shop: Shop) -> Iterator[Worked]:
    """A customer's stored card is charged without the customer."""
    _expect(shop.post("/charge-card-off-session", {"paymentMethod": "pm_card_visa"}), succeeded=True)
    yield Worked("a payment with a stored card", FlowStep.SAVED_CARD)


def checkout_one_time_payments(shop: Shop) -> Iterator[Worked]:
    """The page shows a price, then sends the buyer to Stripe's page."""
    shop.get("/config")
    yield Worked("a price")
    yield from prebuilt_checkout_page(shop)


def checkout_single_subscription(shop: Shop) -> Iterator[Worked]:
    """The buyer is sent to Checkout's page, subscribes there, and manages the subscription in the portal."""
    price = shop.get("/config")["basicPrice"]
    session = _paid_at_checkout(shop, _redirected(shop, "/create-checkout-session", {"priceId": price}))
    _expect(shop.get("/checkout-session", sessionId=session), id=session, status="complete", payment_status="paid")
    yield Worked("a subscription on Checkout's page and its webhook", FlowStep.SUBSCRIPTION)
    _redirected(shop, "/customer-portal", {"sessionId": session})
    yield Worked("the customer portal", FlowStep.PORTAL)


def connect_destination_charge(shop: Shop) -> Iterator[Worked]:
    """The page lists connected accounts and pays one of them."""
    account = next(iter(shop.get("/recent-accounts")["accounts"]["data"]), {})
    yield Worked("the accounts")
    made = shop.post("/create-payment-intent", _ORDER | {"account": account.get("id", "")})
    secret = _secret_in(made)
    declined = shop.buyer.pay(secret, _DECLINED)
    _expect(declined.get("error", declined), code="card_declined", decline_code="insufficient_funds")
    yield Worked("a declined card")
    _expect(shop.buyer.pay(secret), status="succeeded")
    shop.says("PaymentIntent: ")
    yield Worked("a destination charge and its webhook", FlowStep.CONNECTED_ACCOUNT)


def link(shop: Shop) -> Iterator[Worked]:
    """A card beside Link."""
    shop.get("/config")
    made = shop.post("/create-payment-intent", {})
    secret = _secret_in(made)
    yield from _paid_on_the_page(shop, secret, "💰 Payment captured!")
    shop.follow(
        "/payment/next", "/success?payment_intent_client_secret=", payment_intent=secret.partition("_secret_")[0]
    )
    yield Worked("the page after it")


def placing_a_hold_using_webhooks(shop: Shop) -> Iterator[Worked]:
    """The page confirms; the server captures when the webhook says that there is a hold."""
    made = shop.post("/create-payment-intent", _ORDER)
    declined = shop.buyer.pay(_secret_in(made), _DECLINED)
    _expect(declined.get("error", declined), code="card_declined", decline_code="insufficient_funds")
    shop.says("❌ Payment failed.")
    yield Worked("a declined card")
    _expect(shop.buyer.pay(_secret_in(made)), status="requires_capture")
    yield Worked("a hold", FlowStep.AUTHORIZE)
    shop.says("❗ Charging the card for: 1400")
    shop.says("💰 Payment captured!")
    yield Worked("its capture by the webhook", FlowStep.CAPTURE)


def placing_a_hold_without_webhooks(shop: Shop) -> Iterator[Worked]:
    """The server confirms, and captures the authorization at once; after 3-D Secure it confirms again."""
    shop.get("/stripe-key")
    paid = shop.post("/pay", _ORDER | {"paymentMethodId": "pm_card_visa"})
    _secret_in(paid)
    shop.says("❗ Charging the card for: 1400")
    yield Worked("an authorization", FlowStep.AUTHORIZE)
    shop.says("💰 Payment received!")
    yield Worked("its capture", FlowStep.CAPTURE)
    declined = shop.post("/pay", _ORDER | {"paymentMethodId": "pm_card_chargeDeclined"})
    _expect(declined, error="Your card was declined.")
    yield Worked("a declined card")
    challenged = shop.post("/pay", _ORDER | {"paymentMethodId": "pm_card_authenticationRequired"})
    _expect(challenged, requiresAction=True)
    shop.buyer.authenticate(_secret_in(challenged))
    _secret_in(shop.post("/pay", {"paymentIntentId": challenged["paymentIntentId"]}))
    yield Worked("an authorization and its capture after 3-D Secure")


def saving_card_after_payment_without_webhooks(shop: Shop) -> Iterator[Worked]:
    """A buyer pays without saving the card, then another saves it."""
    shop.get("/stripe-key")
    order = _ORDER | {"paymentMethodId": "pm_card_visa", "isSavingCard": False}
    _secret_in(shop.post("/pay", order))
    shop.says("💰 Payment received!")
    yield Worked("a payment without saving the card", FlowStep.PAY)
    _secret_in(shop.post("/pay", order | {"isSavingCard": True}))
    yield Worked("a payment that saves the card", FlowStep.SAVE_CARD)


def saving_card_after_payment_using_webhooks(shop: Shop) -> Iterator[Worked]:
    """The page confirms and saves the card; the webhooks tell the server of both."""
    made = shop.post("/create-payment-intent", _ORDER)
    yield from _paid_on_the_page(shop, _secret_in(made), "❗ Customer did not want to save the card.")
    made = shop.post("/create-payment-intent", _ORDER)
    _expect(shop.buyer.pay(_secret_in(made), setup_future_usage="off_session"), status="succeeded")
    shop.says("❗ PaymentMethod successfully attached to Customer")
    yield Worked("a payment that saves the card", FlowStep.SAVE_CARD)


def saving_card_without_payment(shop: Shop) -> Iterator[Worked]:
    """A customer's card is stored by a setup intent."""
    shop.get("/public-key")
    _expect(shop.post("/create-setup-intent"), object="setup_intent")
    yield Worked("a setup intent")


def subscription_use_cases(shop: Shop) -> Iterator[Worked]:
    """The page shows the prices, makes a customer, and pays the first invoice of a subscription."""
    price = _first(shop.get("/config")["prices"], "price")
    yield Worked("the prices")
    shop.post("/create-customer", {"email": "jenny@example.com"})
    yield Worked("a customer")
    made = shop.post("/create-subscription", {"priceId": price["id"]})
    _expect(shop.buyer.pay(_secret_in(made)), status="succeeded")
    subscription = _first(shop.get("/subscriptions")["subscriptions"]["data"], "subscription")
    _expect(subscription, id=made["subscriptionId"], status="active")
    yield Worked("a subscription", FlowStep.SUBSCRIPTION)


def terminal(shop: Shop) -> Iterator[Worked]:
    """A reader, driven by the server: it gets an intent, a card is presented, and the server captures."""
    reader = _first(shop.get("/list-readers")["readers"], "reader")["id"]
    yield Worked("the readers")
    intent = shop.post("/create-payment-intent", {"amount": 1000})["payment_intent_id"]
    yield Worked("an intent for a card that is present")
    shop.post("/process-payment-intent", {"payment_intent_id": intent, "reader_id": reader})
    shop.post("/simulate-payment", {"reader_id": reader})
    yield Worked("a payment at the reader", FlowStep.READER)
    captured = shop.post("/capture-payment-intent", {"payment_intent_id": intent})["payment_intent"]
    _expect(captured, status="succeeded")
    yield Worked("its capture", FlowStep.CAPTURE)


def elements_with_checkout_sessions(shop: Shop) -> Iterator[Worked]:
    """The server creates a session for elements. Its page alone can pay it."""
    shop.get("/config")
    secret = _secret_in(shop.post("/create-checkout-session"))
    session = secret.partition("_secret_")[0]
    _expect(shop.get("/session-status", session_id=session), status="open", payment_status="unpaid")
    yield Worked("a session for elements")


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "accept-a-payment: custom payment flow": custom_payment_flow,
    "accept-a-payment: payment element": payment_element,
    "accept-a-payment: prebuilt checkout page": prebuilt_checkout_page,
    "placing-a-hold: using webhooks": placing_a_hold_using_webhooks,
    "placing-a-hold: without webhooks": placing_a_hold_without_webhooks,
    "saving-card-after-payment: without webhooks": saving_card_after_payment_without_webhooks,
    "saving-card-after-payment: using webhooks": saving_card_after_payment_using_webhooks,
    "saving-card-without-payment": saving_card_without_payment,
    "charging-a-saved-card": charging_a_saved_card,
    "card-payment-charges-api": charges_api,
    "checkout-one-time-payments": checkout_one_time_payments,
    "checkout-single-subscription": checkout_single_subscription,
    "subscription-use-cases: fixed price": subscription_use_cases,
    "connect-destination-charge": connect_destination_charge,
    "terminal": terminal,
    "link": link,
    "card-brand-choice": card_brand_choice,
    "accept-a-payment: elements with Checkout sessions": elements_with_checkout_sessions,
}
"""The scenario of each sample in the list."""

OF_A_PLATFORM: Final = frozenset({"connect-destination-charge"})
"""Samples of a platform that has a connected account already."""

PAYMENT: Final = ("payment_intent.succeeded", "payment_intent.payment_failed")

EVENTS: Final[Mapping[str, Sequence[str]]] = {
    "accept-a-payment: prebuilt checkout page": ("checkout.session.completed",),
    "accept-a-payment: elements with Checkout sessions": ("checkout.session.completed",),
    "checkout-one-time-payments": ("checkout.session.completed",),
    "checkout-single-subscription": ("checkout.session.completed",),
    "placing-a-hold: using webhooks": (*PAYMENT, "payment_intent.amount_capturable_updated"),
    "saving-card-after-payment: using webhooks": (*PAYMENT, "payment_method.attached"),
}
"""The events that a sample handles, where they are others than `PAYMENT`. One sample never answers other types."""

"""A shop with subscriptions, for tests: products, prices, customers with a card, and the clock that renews them."""

from datetime import timedelta
from typing import Any, Final

from payments import expire_payments
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing.settling import settle
from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT, RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG

Body = dict[str, Any]

SHOP: Final = StripeMerchant()
VISA: Final = "pm_card_visa"
FAILS_LATER: Final = "pm_card_chargeCustomerFail"
"""A card that can be attached, and that the bank declines (…0341)."""
NEEDS_PAYER: Final = "pm_card_authenticationRequired"
"""A card that requires 3-D Secure (…3184)."""


def price(amount: int = 10_00, *, shop: StripeMerchant = SHOP, **recurring: Any) -> Body:
    """Create a price for each month, or for another period."""
    product = done(shop.post(RESOURCE["create_product"], name="Gold", unit_label="seat"))
    period = {"interval": "month", **recurring}
    return done(
        shop.post(RESOURCE["create_price"], product=product["id"], unit_amount=amount, currency="usd", recurring=period)
    )


def customer(card: str | None = VISA, *, shop: StripeMerchant = SHOP) -> Body:
    """Create a customer whose default payment method is this card."""
    paying: Body = (
        {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card is not None else {}
    )
    return done(shop.post(RESOURCE["create_stripe_customer"], email="jo@example.com", **paying))


def subscribe(card: str | None = VISA, *, key: str | None = None, **params: Any) -> StripeReply:
    """Create a subscription of a new customer with this card to a monthly price, or as in `params`."""
    params = {
        "customer": params.get("customer") or customer(card)["id"],
        "items": params.get("items") or [{"price": price()["id"]}],
        **params,
    }
    return SHOP.post(RESOURCE["create_subscription"], key=key, **params)


def subscribed(card: str | None = VISA, **params: Any) -> Body:
    """Create a subscription."""
    return done(subscribe(card, **params))


def subscription(of: Body, **params: Any) -> Body:
    """Retrieve a subscription."""
    return done(SHOP.get(RESOURCE["get_subscription"], of["id"], **params))


def invoice(name: str, **params: Any) -> Body:
    """Retrieve an invoice."""
    return done(SHOP.get(RESOURCE["get_invoice"], name, **params))


def invoices(**params: Any) -> list[Body]:
    """List invoices, the newest first."""
    return done(SHOP.get(RESOURCE["list_invoices"], **params))["data"]


def intent_of(of: Body, **params: Any) -> Body:
    """Retrieve the payment intent of an invoice."""
    (payment,) = invoice(of["id"], expand=["payments"])["payments"]["data"]
    return done(SHOP.get(GET_PAYMENT_INTENT, payment["payment"]["payment_intent"], **params))


def draft(card: str | None = VISA, *, amount: int = 10_00, **params: Any) -> Body:
    """Create a draft that bills one item of this amount."""
    payer = params.pop("customer", None) or customer(card)["id"]
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=payer, currency="usd", **params))
    done(SHOP.post(RESOURCE["create_invoiceitem"], invoice=made["id"], amount=amount, description="Setup"))
    return made


def act(verb: str, of: Body, **params: Any) -> StripeReply:
    """Do this to an invoice: `finalize`, `pay`, `void` and so on."""
    return SHOP.post(RESOURCE[f"{verb}_invoice"], of["id"], **params)


def finalized(card: str | None = VISA, **params: Any) -> Body:
    """Create an invoice that is finalized."""
    return done(act("finalize", draft(card, **params)))


def ledger_payments() -> list[Payment]:
    """Return the payments of the ledger."""
    return [payment_from(item) for item in table_snapshot.items() if "version" in item]


def from_stream() -> None:
    """Let each invoice follow its payment, as the reader of the ledger's stream does."""
    for payment in ledger_payments():
        settle(payment)


def sweep() -> None:
    """Do what is due, until nothing is."""
    while expire_payments.handler({}, LONG)["more"]:
        pass


def later(clock: Clock, **by: float) -> None:
    """Advance the clock, and do what is due."""
    clock.advance(timedelta(**by))
    sweep()

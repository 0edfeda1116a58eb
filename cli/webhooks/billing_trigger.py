"""The operations behind Stripe's events of subscriptions and invoices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cli.webhooks.object_shop import ObjectShop
from cli.webhooks.stripe_trigger import APPROVED, CHALLENGED, once

FAILS_LATER: Final = "pm_card_chargeCustomerFail"
"""A card that can be saved, and whose payments are declined."""

_UPDATED: Final = {"metadata": {"trigger": "paysandbox"}}


def _create_payer(card: str) -> Callable[[ObjectShop], str]:
    """Create a customer whose invoices this card pays."""

    def create(shop: ObjectShop) -> str:
        paying = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        customer = {"email": "jenny@example.com", "metadata": shop.metadata, **paying}
        return shop.services.customers.create(customer, once()).id

    return create


def _subscribe(**params: Any) -> Callable[[ObjectShop], str]:
    def create(shop: ObjectShop) -> str:
        product = shop.services.products.create({"name": "Membership"}, once()).id
        price = {"currency": "usd", "product": product, "unit_amount": 10_00, "recurring": {"interval": "month"}}
        sent = {"customer": shop.current, "items": [{"price_data": price}], "metadata": shop.metadata, **params}
        return shop.services.subscriptions.create(sent, once()).id

    return create


def _update_subscription(shop: ObjectShop) -> str:
    return shop.services.subscriptions.update(shop.current, _UPDATED, once()).id


def _cancel_subscription(shop: ObjectShop) -> str:
    return shop.services.subscriptions.cancel(shop.current).id


def _create_invoice(shop: ObjectShop) -> str:
    """Create a draft that bills one item."""
    draft = {"customer": shop.current, "currency": "usd", "metadata": shop.metadata}
    invoice = shop.services.invoices.create(draft, once()).id
    item = {"customer": shop.current, "invoice": invoice, "amount": 10_00, "currency": "usd"}
    shop.services.invoice_items.create(item, once())
    return invoice


def _pay_invoice(shop: ObjectShop) -> str:
    return shop.services.invoices.pay(shop.current, {}, once()).id


def _fail_invoice(shop: ObjectShop) -> str:
    import stripe

    try:
        return _pay_invoice(shop)
    except stripe.CardError:
        return shop.current


def _find_invoice_payment(shop: ObjectShop) -> str:
    return shop.services.invoice_payments.list({"invoice": shop.current}).data[0].id


def _create_invoiceitem(shop: ObjectShop) -> str:
    item = {"customer": shop.current, "amount": 10_00, "currency": "usd", "metadata": shop.metadata}
    return shop.services.invoice_items.create(item, once()).id


def _on_invoice(method: str, **params: Any) -> Callable[[ObjectShop], str]:
    return lambda shop: getattr(shop.services.invoices, method)(shop.current, params, once()).id


BILLING_OPERATIONS: Final[Mapping[str, Callable[[ObjectShop], str]]] = {
    "create_payer": _create_payer(APPROVED),
    "create_declined_payer": _create_payer(FAILS_LATER),
    "create_challenged_payer": _create_payer(CHALLENGED),
    "subscribe": _subscribe(),
    "subscribe_on_trial": _subscribe(trial_period_days=1),
    "update_subscription": _update_subscription,
    "cancel_subscription": _cancel_subscription,
    "create_invoice": _create_invoice,
    "update_invoice": _on_invoice("update", **_UPDATED),
    "finalize_invoice": _on_invoice("finalize_invoice"),
    "send_invoice": _on_invoice("send_invoice"),
    "void_invoice": _on_invoice("void_invoice"),
    "mark_uncollectible": _on_invoice("mark_uncollectible"),
    "pay_invoice": _pay_invoice,
    "fail_invoice": _fail_invoice,
    "delete_invoice": lambda shop: shop.services.invoices.delete(shop.current).id,
    "find_invoice_payment": _find_invoice_payment,
    "create_invoiceitem": _create_invoiceitem,
    "delete_invoiceitem": lambda shop: shop.services.invoice_items.delete(shop.current).id,
}

"""The kinds of Stripe's objects that have a command: `customers` of /v1/customers, with its verbs.

tests/cli/stripe_objects compares the table with the routes, whose import takes longer than a local request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of objects: the path of its list, an ID, and what a `create` of an example sends."""

    path: str
    id: str
    example: str
    deletes: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "customers": Kind("/v1/customers", "cus_…", "name='Ada Lovelace' email=ada@example.com", deletes=True),
    "payment-intents": Kind(
        "/v1/payment_intents", "pi_…", "amount=1250 currency=usd payment_method=pm_card_visa confirm=true"
    ),
    "charges": Kind("/v1/charges", "ch_…", "amount=1250 currency=usd source=tok_visa"),
    "refunds": Kind("/v1/refunds", "re_…", "payment_intent=pi_…"),
    "setup-intents": Kind("/v1/setup_intents", "seti_…", "payment_method=pm_card_visa confirm=true"),
    "payment-methods": Kind("/v1/payment_methods", "pm_…", "type=card 'card[token]=tok_visa'"),
    "checkout": Kind(
        "/v1/checkout/sessions",
        "cs_test_…",
        "mode=payment success_url=https://shop.example/paid 'line_items[0][price]=price_…' 'line_items[0][quantity]=1'",
    ),
    "products": Kind("/v1/products", "prod_…", "name=Gold", deletes=True),
    "prices": Kind("/v1/prices", "price_…", "product=prod_… currency=usd unit_amount=500"),
    "coupons": Kind("/v1/coupons", "SUMMER", "id=SUMMER percent_off=25", deletes=True),
    "promotion-codes": Kind(
        "/v1/promotion_codes", "promo_…", "code=SUMMER25 'promotion[type]=coupon' 'promotion[coupon]=SUMMER'"
    ),
    "shipping-rates": Kind(
        "/v1/shipping_rates",
        "shr_…",
        "display_name=Post type=fixed_amount 'fixed_amount[amount]=500' 'fixed_amount[currency]=usd'",
    ),
    "tax-rates": Kind("/v1/tax_rates", "txr_…", "display_name=VAT percentage=19 inclusive=false"),
    "subscriptions": Kind("/v1/subscriptions", "sub_…", "customer=cus_… 'items[0][price]=price_…'", deletes=True),
    "invoices": Kind("/v1/invoices", "in_…", "customer=cus_… pending_invoice_items_behavior=include", deletes=True),
    "invoiceitems": Kind("/v1/invoiceitems", "ii_…", "customer=cus_… amount=1250 currency=usd", deletes=True),
    "accounts": Kind("/v1/accounts", "acct_…", "type=custom country=US", deletes=True),
    "transfers": Kind("/v1/transfers", "tr_…", "amount=500 currency=usd destination=acct_…"),
    "payouts": Kind("/v1/payouts", "po_…", "amount=500 currency=usd"),
    "payment-method-domains": Kind("/v1/payment_method_domains", "pmd_…", "domain_name=shop.example"),
}
"""By the name of the command."""


def plural(name: str) -> str:
    """Return what a command's objects are called, in a sentence."""
    return "Checkout sessions" if name == "checkout" else name.replace("-", " ")


def one_of(name: str) -> str:
    """Return what one of a command's objects is called, with the article."""
    noun = plural(name).removesuffix("s")
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def summary(name: str) -> str:
    """Return the first paragraph of a command's help."""
    verbs = "create, update and delete" if KINDS[name].deletes else "create and update"
    return f"List, show, {verbs} {plural(name)}, with Stripe's parameters."

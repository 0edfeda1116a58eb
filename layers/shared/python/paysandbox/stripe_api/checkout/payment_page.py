# pyright: standard
"""What a web page learns of a Checkout session: where its page is, and where that leads. Pure.

Stripe documents no such object: its browser library reads one under the same path.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.answer import Body
from paysandbox.stripe_api.checkout.discounts import ENTERED_CODE
from paysandbox.stripe_api.checkout.line_item import SHIPPING_OPTIONS, SHIPPING_RATE, items_of, session_totals
from paysandbox.stripe_api.checkout.rules import MODE, status_of
from paysandbox.stripe_api.checkout.shown import CLIENT_SECRET, HOSTED, PAGE, UI_MODE, shown
from paysandbox.stripe_api.objects.stored_object import COLLECTED, StoredObject

OBJECT: Final = "payment_page"


def payment_page(session: StoredObject, rates: Mapping[str, str], *, with_cart: bool) -> Body:
    """Return a session as a publishable key sees it. `rates` are the names of its shipping options.

    `with_cart`: and what its payer pays for, which is for who has the client secret alone.
    """
    attributes, derived = session.attributes, shown(session)
    return {
        "cart": _cart(session.attributes, rates) if with_cart else None,
        "id": session.id,
        "object": OBJECT,
        "mode": attributes[MODE],
        "payment_status": derived["payment_status"],
        "redirect_on_completion": derived.get("redirect_on_completion"),
        "status": status_of(attributes),
        "ui_mode": derived[UI_MODE],
        "url": attributes[PAGE],
    }


def _cart(attributes: Mapping[str, Any], rates: Mapping[str, str]) -> Body:
    """Return what a payer pays for: amounts in Stripe's units, and what they may choose."""
    totals = session_totals(attributes)
    return {
        "currency": attributes.get("currency"),
        "customer_email": attributes.get("customer_email") or attributes.get(COLLECTED, {}).get("email"),
        "discount": totals.discount,
        "line_items": [
            {
                "adjustable_quantity": item.get("adjustable_quantity"),
                "discount": total.discount,
                "id": item["id"],
                "name": item["description"],
                "price": item["price"],
                "quantity": item["quantity"],
                "subtotal": total.subtotal,
                "total": total.total,
                "unit_amount_decimal": item["unit"],
            }
            for item, total in zip(items_of(attributes), totals.items, strict=True)
        ],
        "promotion_code": attributes.get(ENTERED_CODE),
        "shipping": totals.shipping,
        "shipping_options": [
            {
                "amount": option["shipping_amount"],
                "display_name": rates.get(option["shipping_rate"]),
                "id": option["shipping_rate"],
            }
            for option in attributes.get(SHIPPING_OPTIONS, ())
        ],
        "shipping_rate": attributes.get(SHIPPING_RATE),
        "subtotal": totals.subtotal,
        "total": totals.total,
    }


def check_may_find(session: StoredObject, given: str | None, *, publishable: bool) -> None:
    """Refuse a secret that is not the session's, and a publishable key without one, unless the page is hosted.

    With a session's ID, which cannot be guessed, any page may lead its payer to a hosted page (Stripe, "Stripe.js
    reference", redirectToCheckout). Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if publishable and session.attributes.get(UI_MODE, HOSTED) != HOSTED:
            raise Refused(
                Code.PARAMETER_MISSING, "A publishable key requires the session's client_secret.", CLIENT_SECRET
            )
        return
    own = session.attributes.get(CLIENT_SECRET, "")
    if not own or not hmac.compare_digest(given.encode(errors="replace"), own.encode()):
        raise Refused(Code.PARAMETER_INVALID, "The client_secret does not match this session.", CLIENT_SECRET)

# pyright: standard
"""What a web page learns of a Checkout session: where its page is, and where that leads. Pure.

Stripe documents no such object: its browser library reads one under the same path.
"""

import hmac
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.answer import Body
from paysandbox.stripe_api.checkout.rules import MODE, status_of
from paysandbox.stripe_api.checkout.shown import CLIENT_SECRET, HOSTED, PAGE, UI_MODE, shown
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject

OBJECT: Final = "payment_page"


def payment_page(session: StoredObject) -> Body:
    """Return a session as a publishable key sees it."""
    attributes, derived = session.attributes, shown(session)
    return {
        "id": session.id,
        "object": OBJECT,
        "mode": attributes[MODE],
        "payment_status": derived["payment_status"],
        "redirect_on_completion": derived["redirect_on_completion"],
        "status": status_of(attributes),
        "ui_mode": derived[UI_MODE],
        "url": attributes[PAGE],
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

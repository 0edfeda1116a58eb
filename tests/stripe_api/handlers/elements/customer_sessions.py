"""Customer sessions of a shop, and the cards that they show."""

from typing import Any

from paysandbox.stripe_api.routes import UPDATE_PAYMENT_METHOD
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import attached
from tests.support.clients.stripe_merchant import StripeMerchant, done

SHOP = StripeMerchant()
PAGE = StripeMerchant(kind="publishable")


def session(customer: str, **features: Any) -> str:
    """Return the client secret of a new session with the features of the Payment Element."""
    element = {"enabled": True, "features": features} if features else {"enabled": True}
    sent = {"customer": customer, "components": {"payment_element": element}}
    return done(SHOP.post(RESOURCE["create_customer_session"], **sent))["client_secret"]


def card_of(customer: str, allow_redisplay: str = "always") -> str:
    """Save a card for a customer, and return its ID."""
    name = attached(SHOP, customer)
    done(SHOP.post(UPDATE_PAYMENT_METHOD, name, allow_redisplay=allow_redisplay))
    return name

"""Setup intents for tests: created, confirmed, and waiting for their cardholder."""

from typing import Any, Final
from urllib.parse import urlsplit

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import (
    COMPLETE_SETUP_CHALLENGE,
    CONFIRM_SETUP_INTENT,
    GET_SETUP_INTENT,
    SHOW_SETUP_CHALLENGE,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.call import Reply, send
from tests.support.clients.challenges import BROWSER, FORM
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done

CHALLENGED: Final = "pm_card_authenticationRequired"
SETUP_UNEXPECTED_STATE: Final = "setup_intent_unexpected_state"
SHOP: Final = "https://shop.example/saved?order=7"

Setup = dict[str, Any]


def create(shop: StripeMerchant | None = None, /, **params: Any) -> StripeReply:
    """Create a setup intent."""
    return (shop or StripeMerchant()).post(RESOURCE["create_setup_intent"], **params)


def opened(**params: Any) -> Setup:
    """Create a setup intent that can be confirmed."""
    return done(create(**{"payment_method": VISA, **params}))


def saved(**params: Any) -> Setup:
    """Create a setup intent that succeeds at once."""
    return opened(confirm=True, **params)


def challenged(**params: Any) -> Setup:
    """Create a setup intent that waits for its cardholder."""
    setup = saved(**{"payment_method": CHALLENGED, "return_url": SHOP, **params})
    assert setup["status"] == "requires_action"
    return setup


def confirm(of: str, shop: StripeMerchant | None = None, /, **params: Any) -> StripeReply:
    """Confirm a setup intent."""
    return (shop or StripeMerchant()).post(CONFIRM_SETUP_INTENT, of, **params)


def shown(of: str, **params: Any) -> Setup:
    """Retrieve a setup intent."""
    return done(StripeMerchant().get(GET_SETUP_INTENT, of, **params))


def customer(**params: Any) -> str:
    """Create a customer, and return its ID."""
    return done(StripeMerchant().post(RESOURCE["create_stripe_customer"], **params))["id"]


def page_of(setup: Setup) -> str:
    """Return the URL of the page on which the cardholder is to confirm."""
    return setup["next_action"]["redirect_to_url"]["url"]


def place_of(url: str) -> dict[str, str]:
    """Return the path parameters in the URL of a page."""
    _, _, merchant, challenge_id, token = urlsplit(url).path.rsplit("/", 4)
    return {"merchant": merchant, "challenge_id": challenge_id, "token": token}


def show(url: str, *, accept: str = BROWSER, **place: str) -> Reply:
    """Open a page, by default as a browser does."""
    return _send(SHOW_SETUP_CHALLENGE, url, place, headers={"Accept": accept})


def complete(url: str, result: str = "succeeded", *, accept: str = "*/*", **place: str) -> Reply:
    """Answer a challenge, by default as curl does."""
    body = f"result={result}"
    return _send(COMPLETE_SETUP_CHALLENGE, url, place, body=body, content_type=FORM, headers={"Accept": accept})


def _send(route: Route, url: str, place: dict[str, str], **parts: Any) -> Reply:
    return send(route, path=place_of(url) | place, **parts)

"""Checkout sessions for tests: created, paid on their page, and expired."""

from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import GET_PAYMENT_PAGE, PAY_CHECKOUT_SESSION, SHOW_CHECKOUT_PAGE
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.call import Reply, send
from tests.support.clients.challenges import BROWSER, FORM
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done

SUCCESS: Final = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
VISA: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"
CHALLENGED: Final = "4000002500003155"

Session = dict[str, Any]


def item(amount: int = 20_00, quantity: int = 1, **more: Any) -> Session:
    """Return a line item with a price that is created with the session."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Hat"}}
    return {"price_data": price, "quantity": quantity, **more}


def create(shop: StripeMerchant | None = None, /, *, key: str | None = None, **params: Any) -> StripeReply:
    """Create a session of a hat at 20.00 USD, or as in `params`."""
    params = {"mode": "payment", "success_url": SUCCESS, "line_items": [item()], **params}
    params = {name: value for name, value in params.items() if value is not None}
    return (shop or StripeMerchant()).post(RESOURCE["create_checkout_session"], key=key, **params)


def opened(**params: Any) -> Session:
    """Create a session."""
    return done(create(**params))


def saving(**params: Any) -> Session:
    """Create a session that saves a card."""
    return opened(**{"mode": "setup", "line_items": None, "currency": "usd", **params})


def within(**params: Any) -> Session:
    """Create a session that is shown within a page of the shop's."""
    return opened(
        **{"ui_mode": "embedded_page", "success_url": None, "return_url": "https://shop.example/back", **params}
    )


def page_of(session: Session) -> str:
    """Find the page of a session within the shop's, as its page does."""
    shop = StripeMerchant(kind="publishable")
    return done(shop.get(GET_PAYMENT_PAGE, session["id"], client_secret=session["client_secret"]))["url"]


def shown(session: str, **params: Any) -> Session:
    """Retrieve a session."""
    return done(StripeMerchant().get(RESOURCE["get_checkout_session"], session, **params))


def expire(session: str, shop: StripeMerchant | None = None, /, **params: Any) -> StripeReply:
    """Expire a session."""
    return (shop or StripeMerchant()).post(RESOURCE["expire_checkout_session"], session, **params)


def line_items(session: str, **params: Any) -> StripeReply:
    """List the line items of a session."""
    return StripeMerchant().get(RESOURCE["list_checkout_line_items"], session, **params)


def place_of(url: str) -> dict[str, str]:
    """Return the path parameters in the URL of a page."""
    _, _, merchant, session, token = urlsplit(url).path.rsplit("/", 4)
    return {"merchant": merchant, "session": session, "token": token}


def page(url: str, *, accept: str = BROWSER, headers: dict[str, str] | None = None) -> Reply:
    """Open a session's page, by default as a browser does."""
    return _send(SHOW_CHECKOUT_PAGE, url, headers={"Accept": accept, **(headers or {})})


def pay(url: str, number: str = VISA, *, accept: str = "*/*", **fields: str) -> Reply:
    """Pay a session, by default as `curl -d card=…` does."""
    return submit(url, {"card": number, **fields}, accept=accept)


def submit(url: str, fields: dict[str, str], *, accept: str = BROWSER) -> Reply:
    """Send a page's form, by default as a browser does."""
    body = urlencode(fields)
    return _send(PAY_CHECKOUT_SESSION, url, body=body, content_type=FORM, headers={"Accept": accept})


def typed(number: str = VISA, **fields: str) -> dict[str, str]:
    """Return the fields of a form that somebody has filled in."""
    return {
        "email": "jenny@example.com",
        "cardNumber": " ".join(number[place : place + 4] for place in range(0, len(number), 4)),
        "cardExpiry": "12 / 40",
        "cardCvc": "123",
        "billingName": "Jenny Rosen",
        "action": "pay",
        **fields,
    }


def _send(route: Route, url: str, **parts: Any) -> Reply:
    return send(route, path=place_of(url), **parts)

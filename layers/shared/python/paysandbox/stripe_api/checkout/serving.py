# pyright: standard
"""A session's page: find the session by the page's address, and show it, or what its payer's attempt has come to."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text
from paysandbox.core.merchant import is_merchant
from paysandbox.http.html import HTML
from paysandbox.http.native import Page
from paysandbox.http.request import AnyCall
from paysandbox.payments.refusals import not_found
from paysandbox.stripe_api.checkout.ending import get_session
from paysandbox.stripe_api.checkout.line_item import SHIPPING_OPTIONS
from paysandbox.stripe_api.checkout.page import Shown, checkout_headers, checkout_page
from paysandbox.stripe_api.checkout.paying import Paid
from paysandbox.stripe_api.checkout.rules import COMPLETE, OPEN, status_of
from paysandbox.stripe_api.checkout.secrets import is_token_of
from paysandbox.stripe_api.checkout.shown import UI_MODE, WITHIN, shown
from paysandbox.stripe_api.checkout.texts import language_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import get_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table

_SESSION_ID: Final = "{CHECKOUT_SESSION_ID}"
_SHOWN_OF_ERROR: Final = ("type", "code", "decline_code", "message")
_NO_TEXTS: Final[Mapping[str, str]] = {}


def find_session(call: AnyCall) -> StoredObject:
    """Return the session that the address of a page is about. One consistent read.

    Raises Refused(resource_not_found) for a wrong token and for an unknown session alike.
    """
    merchant, name, token = (call.path.get(part, "") for part in ("merchant", "session", "token"))
    if not is_merchant(merchant) or not is_token_of(merchant, name, token):
        raise not_found()
    session = get_session(merchant, name)
    if session is None:
        raise not_found()
    return session


def is_within(attributes: Attributes) -> bool:
    """Whether a session is shown within a page of the merchant's."""
    return attributes.get(UI_MODE) == WITHIN


def return_address(session: StoredObject) -> str | None:
    """Return where the payer goes now: back to the shop before the end, and on after it. None without an address."""
    attributes = session.attributes
    if status_of(attributes) != COMPLETE:
        return attributes.get("cancel_url")
    url = attributes.get("success_url") or attributes.get("return_url")
    return url.replace(_SESSION_ID, session.id) if url else None


def shown_page(
    call: AnyCall,
    paid: Paid,
    *,
    sent: Mapping[str, str] = _NO_TEXTS,
    faults: Mapping[str, str] = _NO_TEXTS,
    status: int = 200,
    challenge: str | None = None,
) -> Page:
    """Return the page as it is now: for a browser as HTML, for a program as JSON.

    `challenge` is the page of 3-D Secure that the payer is sent to.
    """
    session, back = paid.session, return_address(paid.session)
    attributes = session.attributes
    outcome = "declined" if paid.error and status_of(attributes) == OPEN else status_of(attributes)
    if not call.request.prefers_html:
        return _state(paid, back or paid.challenge, status, outcome)
    text = checkout_page(
        Shown(
            attributes=attributes,
            merchant=session.merchant,
            language=language_of(attributes.get("locale"), call.request.headers.get("accept-language", ())),
            prefix=call.request.prefix,
            rates=shipping_names(session),
            sent=sent,
            faults=faults,
            message=paid.error["message"] if paid.error and status_of(attributes) == OPEN else None,
            back=back,
            within=is_within(attributes),
            challenge=challenge,
        )
    )
    headers = checkout_headers(_leads_to(attributes), within=is_within(attributes))
    return Page(text=text, content_type=HTML, status=status, headers=headers, outcome=outcome)


def result_page(call: AnyCall, paid: Paid, sent: Mapping[str, str]) -> Page:
    """Return what a payer's attempt has come to: on to the bank or back to the shop, or the page with the decline.

    Raises Refused(simulation_not_allowed) for a program that pays a session which has expired.
    """
    session = paid.session
    complete = status_of(session.attributes) == COMPLETE
    location = return_address(session) if complete else paid.challenge
    if location is not None and call.request.prefers_html and is_within(session.attributes):
        return shown_page(call, paid, challenge=paid.challenge)
    if location is None:
        is_open, by_browser = status_of(session.attributes) == OPEN, call.request.prefers_html
        if not (is_open or complete or by_browser):
            raise Refused(Code.SIMULATION_NOT_ALLOWED, "This Checkout Session has expired.")
        status = 402 if by_browser and is_open else 200
        return shown_page(call, paid, sent=sent, status=status)
    if call.request.prefers_html:
        headers = checkout_headers(_leads_to(session.attributes), within=False) | {"Location": location}
        return Page(text="", content_type=HTML, status=303, headers=headers, outcome=status_of(session.attributes))
    return _state(paid, location, 303, status_of(session.attributes))


def _state(paid: Paid, location: str | None, status: int, outcome: str) -> Page:
    session = paid.session
    body = shown(session)
    state: dict[str, Any] = {
        "session": session.id,
        "status": body["status"],
        "payment_status": body["payment_status"],
        "amount_total": body["amount_total"],
        "currency": session.attributes.get("currency"),
        "payment_intent": body["payment_intent"],
        "setup_intent": body["setup_intent"],
    }
    if paid.error is not None and body["status"] == OPEN:
        state["error"] = {name: paid.error[name] for name in _SHOWN_OF_ERROR if name in paid.error}
    if location is not None:
        state["location"] = location
    headers = {"Vary": "Accept, Accept-Language"} | ({"Location": location} if location and status == 303 else {})
    return Page(text=json_text(state), content_type="application/json", status=status, headers=headers, outcome=outcome)


def _leads_to(attributes: Attributes) -> str | None:
    return attributes.get("success_url") or attributes.get("return_url")


def shipping_names(session: StoredObject) -> Mapping[str, str]:
    """Return the names of a session's shipping options. One read, if there are some."""
    names = [option["shipping_rate"] for option in session.attributes.get(SHIPPING_OPTIONS, ())]
    rates = get_objects(objects_table(), session.merchant, "shipping_rate", names) if names else {}
    return {name: rate.attributes["display_name"] for name, rate in rates.items()}

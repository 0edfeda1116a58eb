"""Stripe's PaymentIntent. Other objects appear as IDs."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from paysandbox.http.answer import Body
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.void import Void
from paysandbox.payments.terms import ConnectTerms, IntentTerms
from paysandbox.stripe_api.ids import application_id, charge_id, intent_id
from paysandbox.stripe_api.objects.decline import authentication_error, decline_error
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.intent_state import IntentStatus, intent_status, terms_of
from paysandbox.stripe_api.objects.method import method_at, method_now, render_method
from paysandbox.stripe_api.objects.method_types import method_types
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

CANCELLATION_REASONS: Final = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_EXPIRED: Final = "expired"

_NEVER: Final = (
    "customer_account",
    "managed_payments",
    "payment_method_configuration_details",
    "payment_record",
    "review",
    "source",
)
"""Fields of features that are not simulated: always null."""

_ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
_OPTIONS: Final[Mapping[str, Body]] = {
    "card": {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    },
    "link": {"persistent_token": None},
}
"""Options of each type of payment method that are shown although none was sent."""

_FOR_PAGE: Final = (
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "status",
)
"""What Stripe marks as "retrievable with publishable key" ("The PaymentIntent object"). Stripe.js has the same type."""

_SETUP_FOR_PAGE: Final = (
    "id",
    "object",
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "status",
    "usage",
)
"""The same of a setup intent ("The SetupIntent object")."""

_METHOD_FOR_PAGE: Final = (
    "id",
    "object",
    "allow_redisplay",
    "billing_details",
    "card",
    "created",
    "customer",
    "livemode",
    "type",
)
_PREVIEW: Final = "payment_method_preview"
_CONFIRMATION_TOKEN_FOR_PAGE: Final = (
    "id",
    "object",
    "created",
    "expires_at",
    "livemode",
    "mandate_data",
    "payment_intent",
    "return_url",
    "setup_future_usage",
    "setup_intent",
    "shipping",
    "use_stripe_sdk",
)
"""What the type of @stripe/stripe-js has of a confirmation token, beside the preview of its payment method."""

_ERRORS: Final = ("last_payment_error", "last_setup_error")
_NOT_OF_CARD_FOR_PAGE: Final = ("fingerprint",)
"""Of a payment method, Stripe shows a page neither the metadata nor the card's fingerprint."""


def intent_body(snapshot: PaymentSnapshot, private: IntentSecrets | None) -> Body:
    """Return the PaymentIntent of a payment at this point, without a challenge's URL if it has no `private`."""
    payment, state = snapshot.payment, snapshot.state
    terms, method, last = terms_of(payment, state), method_now(snapshot), snapshot.last_attempt
    status = intent_status(payment, state)
    return {
        **dict.fromkeys(_NEVER),
        **shared_fields(snapshot, terms.connect),
        "id": intent_id(payment.id),
        "object": "payment_intent",
        "amount": snapshot.in_stripe_units(terms.amount),
        "amount_capturable": snapshot.in_stripe_units(state.remaining),
        "allowed_payment_method_types": _parsed(terms.allowed_payment_method_types),
        "amount_details": {"tip": {}},
        "amount_received": snapshot.in_stripe_units(state.captured),
        "automatic_payment_methods": _automatic_methods(terms),
        **_canceled(snapshot),
        "capture_method": terms.capture_method or ("automatic" if payment.automatic else "manual"),
        "client_secret": private.client_secret if private else None,
        "confirmation_method": terms.confirmation_method or "automatic",
        "created": int(payment.created_at.timestamp()),
        "currency": payment.currency.lower(),
        "customer": terms.customer,
        "description": terms.description,
        "excluded_payment_method_types": _parsed(terms.excluded_payment_method_types),
        "last_payment_error": _last_error(snapshot),
        "latest_charge": charge_id(last[1].id) if last else None,
        "invoice": terms.invoice,
        "livemode": False,
        "metadata": json.loads(terms.metadata) if terms.metadata else {},
        "next_action": _next_action(snapshot, private),
        "payment_method": method.id if method else None,
        "payment_method_options": _method_options(terms),
        "payment_method_types": method_types(terms),
        "processing": {"type": "card"} if status is IntentStatus.PROCESSING else None,
        "receipt_email": terms.receipt_email,
        "setup_future_usage": terms.setup_future_usage,
        "shipping": shipping_of(terms),
        "statement_descriptor": terms.statement_descriptor,
        "statement_descriptor_suffix": terms.statement_descriptor_suffix,
        "status": str(status),
        "transfer_group": snapshot.transfer_group(terms),
    }


def shared_fields(snapshot: PaymentSnapshot, connect: ConnectTerms | None) -> Body:
    """Return how a payment is shared with a connected account or its platform, as an intent and a charge show it.

    The application is that of the platform whose direct charge it is.
    """
    connect = connect or ConnectTerms()
    fee, transfer = (
        None if minor is None else snapshot.in_stripe_units(minor) for minor in (connect.fee, connect.transfer)
    )
    sent = {"destination": connect.destination} | ({} if transfer is None else {"amount": transfer})
    platform = connect.other if connect.destination is None else None
    return {
        "application": application_id(platform) if platform else None,
        "application_fee_amount": fee,
        "on_behalf_of": connect.on_behalf_of,
        "transfer_data": sent if connect.destination else None,
    }


def shipping_of(terms: IntentTerms) -> Body | None:
    """Return to whom and where to ship, or None."""
    return shown_shipping(json.loads(terms.shipping)) if terms.shipping else None


def shown_shipping(sent: Mapping[str, Any]) -> Body:
    """Return to whom and where to ship, with all fields."""
    address = shown_address(sent.get("address", {}))
    return {"carrier": None, "phone": None, "tracking_number": None, **sent, "address": address}


def shown_address(sent: Mapping[str, Any]) -> Body:
    """Return an address with all fields."""
    return {**dict.fromkeys(_ADDRESS), **sent}


def _automatic_methods(terms: IntentTerms) -> Body | None:
    sent = _parsed(terms.automatic_payment_methods)
    return {"allow_redirects": "always", **sent} if sent else None


def _method_options(terms: IntentTerms) -> Body:
    """Return the options of the types that the intent takes."""
    sent: Mapping[str, Body] = _parsed(terms.payment_method_options) or {}
    types = method_types(terms)
    return {kind: {**defaults, **sent.get(kind, {})} for kind, defaults in _OPTIONS.items() if kind in types}


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def shown_to_page(body: Mapping[str, Any]) -> Body:
    """Return an intent, a setup intent, a payment method, a source or a token of either kind as a publishable key
    sees it.

    The page of a Checkout session is for such keys alone.
    """
    match body["object"]:
        case "payment_page" | "elements_session":
            return dict(body)
        case "payment_method":
            return _method_for_page(body)
        case "token" | "source":
            return _token_for_page(body)
        case "confirmation_token":
            return _only(body, _CONFIRMATION_TOKEN_FOR_PAGE) | {_PREVIEW: _preview_for_page(body[_PREVIEW])}
        case _:
            return intent_for_page(body)


def intent_for_page(intent: Mapping[str, Any]) -> Body:
    """Return an intent as a publishable key sees it: what Stripe shows a page, no metadata and no charge.

    An expanded payment method, and the one in the error, is reduced likewise.
    """
    shown = _only(intent, _SETUP_FOR_PAGE if intent["object"] == "setup_intent" else _FOR_PAGE)
    for error in _ERRORS:
        if shown.get(error):
            shown[error] = _with_method_for_page(shown[error])
    return _with_method_for_page(shown)


def _with_method_for_page(shown: Body) -> Body:
    method = shown.get("payment_method")
    return shown | {"payment_method": _method_for_page(cast("Body", method))} if isinstance(method, dict) else shown


def _token_for_page(token: Mapping[str, Any]) -> Body:
    """The card of a token or a source is shown without its fingerprint, as that of a payment method is."""
    if "card" not in token:
        return dict(token)
    card = {name: value for name, value in token["card"].items() if name not in _NOT_OF_CARD_FOR_PAGE}
    return {**token, "card": card}


def _method_for_page(method: Mapping[str, Any]) -> Body:
    known = _only(method, _METHOD_FOR_PAGE)
    card = {name: value for name, value in known["card"].items() if name not in _NOT_OF_CARD_FOR_PAGE}
    return known | {"card": card}


def _preview_for_page(preview: Mapping[str, Any]) -> Body:
    card = {name: value for name, value in preview["card"].items() if name not in _NOT_OF_CARD_FOR_PAGE}
    return {**preview, "card": card}


def _only(body: Mapping[str, Any], names: Iterable[str]) -> Body:
    return {name: body[name] for name in names if name in body}


def _last_error(snapshot: PaymentSnapshot) -> Body | None:
    """Return why the last attempt failed. Cleared once the intent's terms change, as at Stripe."""
    match snapshot.failure:
        case Authorization() as attempt if attempt.decline:
            error = decline_error(attempt.response, attempt.decline) | {"charge": charge_id(attempt.id)}
        case Authentication() as attempt:
            error = authentication_error()
        case _:
            return None
    return error | {"payment_method": render_method(method_at(snapshot, attempt))}


def _next_action(snapshot: PaymentSnapshot, private: IntentSecrets | None) -> Body | None:
    """Return where the cardholder authenticates, or None if nobody waits for that."""
    challenge = snapshot.challenge
    if challenge is None:
        return None
    url = private.challenge_url(challenge) if private else None
    return {"redirect_to_url": {"return_url": challenge.return_url, "url": url}, "type": "redirect_to_url"}


def _canceled(snapshot: PaymentSnapshot) -> Body:
    if intent_status(snapshot.payment, snapshot.state) is not IntentStatus.CANCELED:
        return {"canceled_at": None, "cancellation_reason": None}
    ended = snapshot.last_of(Void, Expiry, Reversal)
    if ended is None:  # failed and not an intent: it has no other attempt
        failed = snapshot.failure
        at = failed.at if failed else snapshot.payment.created_at
        return {"canceled_at": int(at.timestamp()), "cancellation_reason": None}
    why = ended.operation.reason if isinstance(ended.operation, Void) else _EXPIRED
    return {
        "canceled_at": int(ended.operation.at.timestamp()),
        "cancellation_reason": why if why in (*CANCELLATION_REASONS, _EXPIRED) else None,
    }

"""Checks of the Stripe-compatible API, as Stripe clients use it. Each check makes the PaymentIntent it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cli.verification.client import Client
from cli.verification.response import ABSENT, INDEXED_S, KEY_SPREAD_S, PRESENT, PUBLISHED_S
from cli.verification.suite import Suite
from paysandbox.payments.routes import LIST_PAYMENTS
from paysandbox.simulate import routes as simulate
from paysandbox.stripe_api import routes as v1
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.resources.examples import EXAMPLES, Example

if TYPE_CHECKING:
    from cli.verification.response import Response

_RESOURCES: Final = v1.RESOURCE_ROUTE
_INVALID: Final = "invalid_request_error"
_CART: Final = {"amount": 20_00, "currency": "usd", "capture_method": "manual", "metadata[order]": "6735"}
_SALE: Final = {
    "mode": "payment",
    "success_url": "https://verify.invalid/thanks",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": 20_00,
    "line_items[0][price_data][product_data][name]": "Hat",
    "line_items[0][quantity]": 1,
}
# Never resolves (RFC 6761), so no server is called.
_RECEIVER: Final = {"url": "https://verify.invalid/stripe", "enabled_events[]": "charge.refunded"}


class StripeClient(Client):
    """A new merchant that uses the Stripe-compatible API."""

    def pay(self, cart: str) -> Response:
        """Return a PaymentIntent of 20 USD that is paid."""
        paid = {"amount": 20_00, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
        paid["metadata[cart]"] = cart
        return self.send(v1.CREATE_PAYMENT_INTENT, cart, paid)


def new_key(client: StripeClient) -> None:
    """A new API key works, and its merchant has no PaymentIntents."""
    client.credentials.create_key()
    assert client.key_is_accepted(v1.LIST_PAYMENT_INTENTS), "the merchant has no PaymentIntents"


def new_key_of_customers(client: StripeClient) -> None:
    """A new API key works, and its merchant has no customers."""
    client.credentials.create_key()
    assert client.key_is_accepted(_RESOURCES["list_stripe_customers"]), "the merchant has no customers"


def new_key_of_billing(client: StripeClient) -> None:
    """A new API key works, and its merchant has no subscriptions."""
    client.credentials.create_key()
    assert client.key_is_accepted(_RESOURCES["list_subscriptions"]), "the merchant has no subscriptions"


def new_key_of_accounts(client: StripeClient) -> None:
    """A new API key works, and its merchant has no connected accounts."""
    client.credentials.create_key()
    assert client.key_is_accepted(_RESOURCES["list_accounts"]), "the merchant has no connected accounts"


def payment_intent(client: StripeClient) -> None:
    """A PaymentIntent is created once, updated, and takes no unsupported parameter."""
    intent = client.send(v1.CREATE_PAYMENT_INTENT, "cart 1", _CART)
    shown = {"object": "payment_intent", "amount": 20_00, "currency": "usd", "livemode": False, "id": PRESENT}
    created = {**shown, "status": "requires_payment_method", "metadata.order": "6735"}
    assert intent.has(created, headers={"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT}), (
        "a PaymentIntent is created with metadata"
    )
    again = client.send(v1.CREATE_PAYMENT_INTENT, "cart 1", _CART)
    assert again.has(headers={"Idempotent-Replayed": "true"}, same_as=intent), (
        "the same idempotency key and parameters return the same response"
    )
    other = client.send(v1.CREATE_PAYMENT_INTENT, "cart 1", {**_CART, "amount": 20_01})
    assert other.is_stripe_error(400, "idempotency_error"), "the same idempotency key with other parameters is rejected"
    unknown = client.send(v1.CREATE_PAYMENT_INTENT, "cart 2", {**_CART, "mandate": "mandate_1"})
    assert unknown.is_stripe_error(400, _INVALID, code="parameter_unknown", param="mandate"), (
        "an unsupported parameter is rejected by name"
    )
    updated = client.send(v1.UPDATE_PAYMENT_INTENT, "cart 3", {"amount": 25_00}, of=intent["id"])
    assert updated.has({"amount": 25_00, "status": "requires_payment_method"}), "its amount is updated"
    canceled = client.send(v1.CANCEL_PAYMENT_INTENT, "cancel 1", {}, of=intent["id"])
    assert canceled.has({"object": "payment_intent", "status": "canceled", "amount_capturable": 0}), (
        "the PaymentIntent is canceled"
    )


def payment_method(client: StripeClient) -> None:
    """A PaymentMethod is created and retrieved, and not updated without a customer, to whom it can be attached."""
    created = client.send(v1.CREATE_PAYMENT_METHOD, "card 1", {"type": "card", "card[token]": "tok_visa"})
    assert created.has({"object": "payment_method", "card.last4": "4242", "id": PRESENT}), "it is created"
    method = created["id"]
    assert client.send(v1.GET_PAYMENT_METHOD, of=method).has({"id": method, "card.brand": "visa"}), "it is retrieved"
    updated = client.send(v1.UPDATE_PAYMENT_METHOD, "card 2", {"metadata[cart]": "3"}, of=method)
    assert updated.is_stripe_error(400, _INVALID), "it is not updated without a customer"
    customer = client.send(_RESOURCES["create_stripe_customer"], "customer of card", {"name": "Richard Roe"})["id"]
    attached = client.send(v1.ATTACH_PAYMENT_METHOD, "attach", {"customer": customer}, of=method)
    assert attached.has({"id": method, "customer": customer}), "it is attached to a customer"
    renamed = client.send(v1.UPDATE_PAYMENT_METHOD, "card rename", {"metadata[cart]": "3"}, of=method)
    assert renamed.has({"metadata.cart": "3"}), "it is updated"
    listed = client.send(v1.LIST_PAYMENT_METHODS, query={"customer": customer})
    assert listed.has({"data.0.id": method}), "it is listed"
    by_path = client.send(v1.LIST_CUSTOMER_PAYMENT_METHODS, of=customer)
    assert by_path.has({"data.0.id": method}), "it is listed by the customer's path"
    of_customer = client.send(v1.GET_CUSTOMER_PAYMENT_METHOD, of=(customer, method))
    assert of_customer.has({"id": method}), "it is retrieved by the customer's path"
    paid = {"amount": 20_00, "currency": "usd", "confirm": "true", "off_session": "true", "customer": customer}
    for cart in ("saved 1", "saved 2"):
        again = client.send(v1.CREATE_PAYMENT_INTENT, cart, {**paid, "payment_method": method})
        assert again.has({"status": "succeeded", "payment_method": method}), "it pays its customer's payments"
    detached = client.send(v1.DETACH_PAYMENT_METHOD, "detach", {}, of=method)
    assert detached.has({"customer": None}), "it is detached"
    refused = client.send(v1.CREATE_PAYMENT_INTENT, "saved 3", {**paid, "payment_method": method})
    assert refused.is_stripe_error(400, _INVALID, param="payment_method"), "it never pays again"


def token(client: StripeClient) -> None:
    """A token of a card is created, retrieved, and used once."""
    card = {"card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2040, "card[cvc]": "123"}
    created = client.send(v1.CREATE_TOKEN, "token 1", card)
    assert created.has({"object": "token", "card.last4": "4242", "used": False, "id": PRESENT}), "it is created"
    token = created["id"]
    method = client.send(v1.CREATE_PAYMENT_METHOD, "card 4", {"type": "card", "card[token]": token})
    assert method.has({"object": "payment_method", "card.last4": "4242"}), "a PaymentMethod is created of it"
    assert client.send(_RESOURCES["get_token"], of=token).has({"id": token, "used": True}), (
        "it is retrieved, and was used"
    )
    again = client.send(v1.CREATE_CHARGE, "charge 1", {"amount": 20_00, "currency": "usd", "source": token})
    assert again.is_stripe_error(400, _INVALID, code="token_already_used"), "it is not used twice"


def confirmation_token(client: StripeClient) -> None:
    """A confirmation token is created, and a PaymentIntent is confirmed with it, once."""
    how = {"payment_method": "pm_card_visa", "return_url": "https://example.com/paid"}
    created = client.send(_RESOURCES["create_confirmation_token"], "confirmation token 1", how)
    shown = {"object": "confirmation_token", "payment_method_preview.type": "card", "id": PRESENT}
    assert created.has(shown), "it is created"
    token = created["id"]
    cart = {**_CART, "amount": 26_00, "confirm": "true", "confirmation_token": token}
    paid = client.send(v1.CREATE_PAYMENT_INTENT, "confirmation token 2", cart)
    assert paid.has({"object": "payment_intent", "status": "requires_capture"}), "a PaymentIntent is confirmed with it"
    used = client.send(_RESOURCES["get_confirmation_token"], of=token)
    assert used.has({"id": token, "payment_intent": paid["id"]}), "it names the PaymentIntent that used it"
    again = client.send(v1.CREATE_PAYMENT_INTENT, "confirmation token 3", cart)
    assert again.is_stripe_error(400, _INVALID, param="confirmation_token"), "it is not used twice"
    typed = {"payment_method_data[type]": "card", "payment_method_data[card][token]": "tok_visa"}
    of_page = client.send(v1.CREATE_CONFIRMATION_TOKEN_OF_PAGE, "confirmation token 4", typed)
    assert of_page.has(shown), "a page creates one"


def granted_token(client: StripeClient) -> None:
    """A shared payment token is granted, pays up to its limit, and is revoked."""
    granted = {"payment_method": "pm_card_visa", "usage_limits[currency]": "usd", "usage_limits[max_amount]": 40_00}
    created = client.send(_RESOURCES["create_granted_token"], "granted token 1", granted)
    assert created.has({"object": "shared_payment.granted_token", "deactivated_reason": None, "id": PRESENT}), (
        "it is created"
    )
    token = created["id"]
    cart = {"amount": 27_00, "currency": "usd", "confirm": "true", "shared_payment_granted_token": token}
    paid = client.send(v1.CREATE_PAYMENT_INTENT, "granted token 2", cart)
    assert paid.has({"object": "payment_intent", "status": "succeeded"}), "a PaymentIntent is paid with it"
    over = client.send(v1.CREATE_PAYMENT_INTENT, "granted token 3", cart)
    assert over.is_stripe_error(400, _INVALID, param="shared_payment_granted_token"), "not beyond its limit"
    revoked = client.send(_RESOURCES["revoke_granted_token"], "granted token 4", {}, of=token)
    assert revoked.has({"id": token, "deactivated_reason": "revoked"}), "it is revoked"
    used = client.send(_RESOURCES["get_shared_payment_granted_token"], of=token)
    assert used.has({"id": token, "usage_details.amount_captured.value": 27_00}), "it shows what was captured"


def charge_without_intent(client: StripeClient) -> None:
    """A charge is created by a token, captured in part and refunded, and a decline is a failed charge."""
    cart = {"amount": 20_00, "currency": "usd", "source": "tok_visa"}
    held = client.send(v1.CREATE_CHARGE, "charge 2", {**cart, "capture": "false"})
    shown = {"object": "charge", "captured": False, "payment_intent": None, "source.brand": "Visa", "id": PRESENT}
    assert held.has(shown), "a charge is created that is not captured"
    charge = held["id"]
    captured = client.send(v1.CAPTURE_CHARGE, "charge 3", {"amount": 15_00}, of=charge)
    assert captured.has({"id": charge, "captured": True, "amount_captured": 15_00}), "it is captured in part"
    refunded = client.send(v1.CREATE_REFUND, "charge 4", {"charge": charge, "amount": 5_00})
    assert refunded.has({"charge": charge, "amount": 5_00, "payment_intent": None}), "it is refunded in part"
    declined = client.send(v1.CREATE_CHARGE, "charge 5", {**cart, "source": "tok_chargeDeclined"})
    assert declined.is_stripe_error(402, "card_error", code="card_declined"), "a decline is a card error"


def source(client: StripeClient) -> None:
    """A token's card becomes a customer's source, which is updated, listed, charged and deleted."""
    new = {"name": "Ada Rowe", "source": "tok_visa", "expand[]": "default_source"}
    created = client.send(_RESOURCES["create_stripe_customer"], "source 1", new)
    assert created.has({"default_source.object": "card", "default_source.last4": "4242"}), "a customer has its card"
    customer, first = created["id"], created["default_source.id"]
    second = client.send(v1.CREATE_CUSTOMER_SOURCE, "source 2", {"source": "tok_mastercard"}, of=customer)
    assert second.has({"object": "card", "brand": "MasterCard", "customer": customer, "id": PRESENT}), (
        "another is saved"
    )
    card = (customer, second["id"])
    updated = client.send(v1.UPDATE_CUSTOMER_SOURCE, "source 3", {"address_zip": "10115"}, of=card)
    assert updated.has({"id": card[1], "address_zip": "10115"}), "it is updated"
    assert client.send(v1.GET_CUSTOMER_SOURCE, of=card).has({"address_zip": "10115"}), "it is retrieved"
    assert client.send(v1.LIST_CUSTOMER_SOURCES, of=customer).has({"data.#": 2}), "both are listed"
    charge = {"amount": 20_00, "currency": "usd", "customer": customer}
    paid = client.send(v1.CREATE_CHARGE, "source 4", charge)
    assert paid.has({"paid": True, "source.id": first, "customer": customer}), "its default is charged"
    deleted = client.send(v1.DELETE_CUSTOMER_SOURCE, of=(customer, first))
    assert deleted.has({"id": first, "deleted": True}), "it is deleted"
    refused = client.send(v1.CREATE_CHARGE, "source 5", {**charge, "source": first})
    assert refused.is_stripe_error(400, _INVALID, code="missing", param="source"), "it never pays again"


def source_object(client: StripeClient) -> None:
    """A source of a card is created, updated and charged once, and another becomes a customer's."""
    card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2040}
    created = client.send(v1.CREATE_SOURCE, "source 6", {**card, "owner[email]": "jenny@example.com"})
    shown = {"object": "source", "status": "chargeable", "card.last4": "4242", "client_secret": PRESENT}
    assert created.has({**shown, "id": PRESENT}), "it is created"
    name = created["id"]
    assert client.send(v1.UPDATE_SOURCE, "source 7", {"owner[name]": "Jenny Rosen"}, of=name).has(shown), (
        "it is updated"
    )
    charge = {"amount": 20_00, "currency": "usd", "source": name}
    paid = client.send(v1.CREATE_CHARGE, "source 8", charge)
    assert paid.has({"paid": True, "source.id": name, "billing_details.name": "Jenny Rosen"}), "it is charged"
    assert client.send(v1.GET_SOURCE, of=name).has({"id": name, "status": "consumed"}), "it is consumed"
    again = client.send(v1.CREATE_CHARGE, "source 9", charge)
    assert again.is_stripe_error(400, _INVALID, param="source"), "it is not charged twice"
    other = client.send(v1.CREATE_SOURCE, "source 10", {"type": "card", "token": "tok_visa"})["id"]
    new = {"name": "Ada Rowe", "source": other, "expand[]": "default_source"}
    customer = client.send(_RESOURCES["create_stripe_customer"], "source 11", new)
    assert customer.has({"default_source.object": "source", "default_source.id": other}), "another is a customer's"


def customer_session(client: StripeClient) -> None:
    """A customer session is created, by whose secret a page shows a saved card and removes it."""
    saved = {"name": "Ada Rowe", "payment_method": "pm_card_visa"}
    customer = client.send(_RESOURCES["create_stripe_customer"], "session 1", saved)["id"]
    features = "components[payment_element][features]"
    sent = {
        "customer": customer,
        "components[payment_element][enabled]": "true",
        f"{features}[payment_method_redisplay]": "enabled",
        f"{features}[payment_method_remove]": "enabled",
        f"{features}[payment_method_allow_redisplay_filters][0]": "unspecified",
    }
    session = client.send(_RESOURCES["create_customer_session"], "session 2", sent)
    shown = {"object": "customer_session", "customer": customer, "client_secret": PRESENT}
    assert session.has(shown | {"components.payment_element.enabled": True}), "it is created with a secret"
    secret = {"customer_session_client_secret": session["client_secret"]}
    read = client.send(v1.GET_ELEMENTS_SESSION, query=secret)
    assert read.has({"customer.payment_methods.#": 1}), "a page sees the card"
    removed = client.send(v1.REMOVE_SAVED_METHOD, "session 3", secret, of=read["customer.payment_methods.0.id"])
    assert removed.has({"customer": None}), "the page removes it"


def card_by_number(client: StripeClient) -> None:
    """A card is saved by its number, at the older path of sources."""
    customer = client.send(_RESOURCES["create_stripe_customer"], "number 1", {"name": "Numa Card"})["id"]
    card = {"object": "card", "number": "5555555555554444", "exp_month": 12, "exp_year": 2040, "name": "Numa Card"}
    sent = {f"source[{name}]": value for name, value in card.items()}
    saved = client.send(v1.CREATE_CUSTOMER_CARD, "number 2", sent, of=customer)
    assert saved.has({"object": "card", "last4": "4444", "name": "Numa Card", "customer": customer}), "a card is saved"


def tax_id(client: StripeClient) -> None:
    """A customer's tax IDs are created with it and afterwards, listed and deleted."""
    new = {"tax_id_data[0][type]": "us_ein", "tax_id_data[0][value]": "12-3456789", "expand[]": "tax_ids"}
    created = client.send(_RESOURCES["create_stripe_customer"], "tax 1", {"name": "Tax Payer", **new})
    assert created.has({"tax_ids.data.#": 1, "tax_ids.data.0.country": "US"}), "a customer has its tax ID"
    customer, vat = created["id"], {"type": "eu_vat", "value": "DE000000000"}
    second = client.send(_RESOURCES["create_customer_tax_id"], "tax 2", vat, of=customer)
    assert second.has({"country": "DE", "verification.status": "verified", "customer": customer}), "another is created"
    named = (customer, second["id"])
    assert client.send(_RESOURCES["get_customer_tax_id"], of=named).has({"value": vat["value"]}), "it is retrieved"
    assert client.send(_RESOURCES["list_customer_tax_ids"], of=customer).has({"data.#": 2}), "both are listed"
    assert client.send(_RESOURCES["delete_customer_tax_id"], of=named).has({"deleted": True}), "it is deleted"
    assert client.send(_RESOURCES["list_customer_tax_ids"], of=customer).has({"data.#": 1}), "one is left"


def ephemeral_key(client: StripeClient) -> None:
    """An ephemeral key is created for a version of the API, and deleted."""
    customer = client.send(_RESOURCES["create_stripe_customer"], "ephemeral 1", {"name": "Ada Rowe"})["id"]
    without = client.send(_RESOURCES["create_ephemeral_key"], "ephemeral 2", {"customer": customer})
    assert without.is_stripe_error(400, _INVALID), "none is created for no version"
    unknown = client.send(_RESOURCES["delete_ephemeral_key"], of="ephkey_none")
    assert unknown.is_stripe_error(404, _INVALID), "one that does not exist is not found"


def confirmation(client: StripeClient) -> None:
    """A PaymentIntent stays open after a decline, and is confirmed and captured in part with another card."""
    intent = client.send(v1.CREATE_PAYMENT_INTENT, "cart 4", {**_CART, "amount": 25_00})["id"]
    poor = {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
    declined = client.send(v1.CONFIRM_PAYMENT_INTENT, "pay 1", poor, of=intent)
    error = {"code": "card_declined", "decline_code": "insufficient_funds"}
    still_open = {"payment_intent.status": "requires_payment_method"}
    assert declined.is_stripe_error(402, "card_error", **error, **still_open), (
        "a decline returns a card error and keeps the PaymentIntent open"
    )
    card = {"type": "card", "card[token]": "tok_visa"}
    method = client.send(v1.CREATE_PAYMENT_METHOD, "card 3", card)["id"]
    confirmed = client.send(v1.CONFIRM_PAYMENT_INTENT, "pay 2", {"payment_method": method}, of=intent)
    held = {"status": "requires_capture", "amount_capturable": 25_00, "payment_method": method}
    assert confirmed.has(held), "it is confirmed with a PaymentMethod"
    captured = client.send(v1.CAPTURE_PAYMENT_INTENT, "ship 1", {"amount_to_capture": 10_00}, of=intent)
    released = {"status": "succeeded", "amount_received": 10_00, "amount_capturable": 0}
    assert captured.has(released), "a partial capture releases the rest"
    expanded = client.send(v1.GET_PAYMENT_INTENT, of=intent, query={"expand[]": "latest_charge"})
    charge = {"object": "charge", "amount": 25_00, "amount_captured": 10_00, "captured": True, "payment_intent": intent}
    assert expanded.has({f"latest_charge.{name}": value for name, value in charge.items()}), (
        "the PaymentIntent expands its charge"
    )
    charges = client.send(v1.LIST_CHARGES, query={"payment_intent": intent})
    both = {"data.#": 2, "data.0.id": expanded["latest_charge.id"], "data.1.status": "failed"}
    assert charges.has(both), "the PaymentIntent's charges are listed"


def incremental_authorization(client: StripeClient) -> None:
    """The authorization of a PaymentIntent is incremented, if that was requested and the bank approves."""
    option = {"payment_method_options[card][request_incremental_authorization]": "if_available"}
    held = {"capture_method": "manual", "confirm": "true", "payment_method": "pm_card_visa", **option}
    intent = client.send(v1.CREATE_PAYMENT_INTENT, "hotel 1", {**_CART, **held})["id"]
    decline = {"amount": 25_00, "metadata[sandbox_outcome]": "decline:insufficient_funds"}
    declined = client.send(v1.INCREMENT_AUTHORIZATION, "hotel 2", decline, of=intent)
    still_held = {"payment_intent.amount": 20_00}
    assert declined.is_stripe_error(402, "card_error", decline_code="insufficient_funds", **still_held), (
        "a declined increment leaves the authorization"
    )
    raised = client.send(v1.INCREMENT_AUTHORIZATION, "hotel 3", {"amount": 25_00}, of=intent)
    assert raised.has({"amount": 25_00, "amount_capturable": 25_00}), "the amount is raised"


def charge(client: StripeClient) -> None:
    """A charge is retrieved and updated."""
    intent = client.pay("cart 5")
    charge = intent["latest_charge"]
    shown = {"id": charge, "amount": 20_00, "captured": True, "payment_intent": intent["id"]}
    assert client.send(v1.GET_CHARGE, of=charge).has(shown), "the charge is retrieved"
    updated = client.send(v1.UPDATE_CHARGE, "note 1", {"description": "Order 6735"}, of=charge)
    assert updated.has({"id": charge, "description": "Order 6735"}), "the charge's description is updated"


def refund(client: StripeClient) -> None:
    """A refund is made in part, not above the charged amount, and found with its charge."""
    intent = client.pay("cart 6")
    charge = intent["latest_charge"]
    refunded = client.send(v1.CREATE_REFUND, "return 1", {"payment_intent": intent["id"], "amount": 4_00})
    partial = {"object": "refund", "amount": 4_00, "status": "succeeded", "charge": charge}
    assert refunded.has(partial), "the PaymentIntent is partially refunded"
    refund = refunded["id"]
    for too_much in (
        client.send(v1.CREATE_REFUND, "return 2", {"payment_intent": intent["id"], "amount": 16_01}),
        client.send(v1.CREATE_CHARGE_REFUND, "return 3", {"amount": 16_01}, of=charge),
        client.send(v1.REFUND_CHARGE, "return 4", {"amount": 16_01}, of=charge),
    ):
        assert too_much.is_stripe_error(400, _INVALID), "a refund above the charged amount is rejected"
    shown = {"id": refund, "payment_intent": intent["id"]}
    assert client.send(v1.GET_REFUND, of=refund).has(shown), "the refund is retrieved"
    updated = client.send(v1.UPDATE_REFUND, "return 5", {"metadata[order]": "6735"}, of=refund)
    assert updated.has({"id": refund, "metadata.order": "6735"}), "the refund's metadata is updated"
    canceled = client.send(v1.CANCEL_REFUND, "return 6", {}, of=refund)
    assert canceled.is_stripe_error(400, _INVALID), "a refund of a card cannot be canceled"
    expired = client.send(v1.EXPIRE_REFUND, "return 7", {}, of=refund)
    assert expired.is_stripe_error(400, _INVALID), "a refund that succeeded cannot expire"
    only = {"data.#": 1, "data.0.id": refund}
    of_intent = client.send(v1.LIST_REFUNDS, query={"payment_intent": intent["id"]})
    assert of_intent.has(only), "the PaymentIntent's refunds are listed"
    assert client.send(v1.LIST_CHARGE_REFUNDS, of=charge).has(only), "the charge's refunds are listed"
    assert client.send(v1.GET_CHARGE_REFUND, of=(charge, refund)).has({"id": refund}), (
        "the charge's refund is retrieved"
    )
    partly = "refunded:'false' AND payment_method_details.card.last4:4242 AND metadata['cart']:'cart 6'"
    found = client.send(v1.SEARCH_CHARGES, query={"query": partly})
    assert found.has({"data.#": 1, "data.0.id": charge}, within_s=INDEXED_S), "the charge is found by a search"
    native = client.send(LIST_PAYMENTS, query={"limit": 1})
    assert native.has({"data.0.captured": 20_00, "data.0.refunded": 4_00}, within_s=INDEXED_S), (
        "the native API shows the payment"
    )


def balance(client: StripeClient) -> None:
    """A charge moves the balance: its balance transaction is retrieved and listed, and pending until it is settled."""
    charge = client.send(v1.GET_CHARGE, of=client.pay("cart 13")["latest_charge"])
    moved = {"object": "balance_transaction", "amount": 20_00, "type": "charge", "source": charge["id"]}
    shown = client.send(v1.GET_BALANCE_TRANSACTION, of=charge["balance_transaction"])
    assert shown.has(moved), "the charge's balance transaction is retrieved"
    listed = client.send(v1.LIST_BALANCE_TRANSACTIONS, query={"source": charge["id"]})
    assert listed.has({"data.#": 1, "data.0.id": shown["id"]}), "it is listed by its charge"
    older = client.send(v1.LIST_BALANCE_HISTORY, query={"source": charge["id"]})
    assert older.has({"data.0.id": shown["id"]}), "it is listed at the older path"
    assert client.send(v1.GET_BALANCE_HISTORY, of=shown["id"]).has(moved), "it is retrieved at the older path"
    everything = client.send(v1.GET_BALANCE)
    assert everything.has({"object": "balance", "pending.0.currency": "usd"}), "the balance is retrieved"


def listed_intents(client: StripeClient) -> None:
    """PaymentIntents are listed from the newest, page by page, and searched."""
    older = client.send(v1.CREATE_PAYMENT_INTENT, "cart 7", {"amount": 7_77, "currency": "eur"})["id"]
    newer = client.send(v1.CREATE_PAYMENT_INTENT, "cart 8", {"amount": 8_88, "currency": "eur"})["id"]
    listed = client.send(v1.LIST_PAYMENT_INTENTS, query={"limit": 1})
    newest = {"object": "list", "data.#": 1, "data.0.id": newer, "has_more": True}
    assert listed.has(newest, within_s=INDEXED_S), "the list starts with the newest PaymentIntent"
    next_page = client.send(v1.LIST_PAYMENT_INTENTS, query={"limit": 1, "starting_after": newer})
    assert next_page.has({"data.0.id": older}, within_s=INDEXED_S), "the list continues after an id"
    search = {"query": "amount:777 AND status:'requires_payment_method'"}
    found = client.send(v1.SEARCH_PAYMENT_INTENTS, query=search)
    assert found.has({"object": "search_result", "data.0.id": older}, within_s=INDEXED_S), (
        "a PaymentIntent is found by a search"
    )


def stripe_event(client: StripeClient) -> None:
    """A refund's event is listed and retrieved."""
    refund = client.send(v1.CREATE_REFUND, "return 8", {"payment_intent": client.pay("cart 9")["id"]})["id"]
    listed = client.send(v1.LIST_STRIPE_EVENTS, query={"type": "refund.created", "limit": 1})
    newest = {"data.0.object": "event", "data.0.data.object.id": refund}
    assert listed.has(newest, within_s=PUBLISHED_S), "the refund's Stripe event is listed"
    event = listed["data.0.id"]
    shown = client.send(v1.GET_STRIPE_EVENT, of=event)
    assert shown.has({"id": event, "type": "refund.created"}), "the Stripe event is retrieved"


def fraud_warning(client: StripeClient) -> None:
    """A payment without an early fraud warning lists none."""
    intent = client.pay("cart 10")["id"]
    listed = client.send(v1.LIST_EARLY_FRAUD_WARNINGS, query={"payment_intent": intent})
    assert listed.has({"object": "list", "data.#": 0}), "the PaymentIntent has no early fraud warning"
    unknown = client.send(v1.GET_EARLY_FRAUD_WARNING, of="issfr_none")
    assert unknown.is_stripe_error(404, _INVALID), "an early fraud warning that does not exist is not found"


def dispute(client: StripeClient) -> None:
    """A disputed charge has a dispute, which takes evidence and is closed."""
    charge = client.pay("cart 11")["latest_charge"]
    opened = client.send(simulate.SIMULATE_ACTION, body={"amount": 2_00}, of=(charge, "dispute"))
    assert opened.has({"disputed": 2_00, "dispute.status": "needs_response"}), "the charge is disputed"
    listed = client.send(v1.LIST_STRIPE_DISPUTES, query={"charge": charge})
    only = {"data.#": 1, "data.0.id": PRESENT, "data.0.amount": 2_00}
    assert listed.has(only, within_s=PUBLISHED_S), "the charge's dispute is listed"
    dispute = listed["data.0.id"]
    shown = client.send(v1.GET_STRIPE_DISPUTE, of=dispute)
    assert shown.has({"id": dispute, "status": "needs_response"}), "the dispute is retrieved"
    draft = {"evidence[uncategorized_text]": "It was delivered.", "submit": "false"}
    saved = client.send(v1.UPDATE_STRIPE_DISPUTE, "evidence 1", draft, of=dispute)
    evidence = {"status": "needs_response", "evidence.uncategorized_text": "It was delivered."}
    assert saved.has(evidence), "a draft of evidence is saved"
    closed = client.send(v1.CLOSE_STRIPE_DISPUTE, "evidence 2", {}, of=dispute)
    assert closed.has({"status": "lost"}), "the dispute is closed and lost"


def stripe_endpoint(client: StripeClient) -> None:
    """A Stripe webhook endpoint is created, retrieved, listed, disabled and deleted."""
    created = client.send(v1.CREATE_WEBHOOK_ENDPOINT, "endpoint 1", _RECEIVER)
    enabled = {"object": "webhook_endpoint", "status": "enabled", "id": PRESENT}
    assert created.has(enabled), "the endpoint is created"
    endpoint = created["id"]
    shown = client.send(v1.GET_WEBHOOK_ENDPOINT, of=endpoint)
    assert shown.has({"id": endpoint, "enabled_events.0": "charge.refunded"}), "the endpoint is retrieved"
    listed = client.send(v1.LIST_WEBHOOK_ENDPOINTS)
    assert listed.has({"data.#": 1, "data.0.id": endpoint}), "the endpoint is listed"
    disabled = client.send(v1.UPDATE_WEBHOOK_ENDPOINT, "endpoint 2", {"disabled": "true"}, of=endpoint)
    assert disabled.has({"id": endpoint, "status": "disabled"}), "the endpoint is disabled"
    deleted = client.send(v1.DELETE_WEBHOOK_ENDPOINT, of=endpoint)
    assert deleted.has({"id": endpoint, "deleted": True}), "the endpoint is deleted"


def product(client: StripeClient) -> None:
    """A product is created, retrieved, updated, listed, searched and deleted. It has no features but a tax code."""
    created = client.send(_RESOURCES["create_product"], "product 1", {"name": "A box"})
    assert created.has({"object": "product", "name": "A box", "active": True, "id": PRESENT}), "it is created"
    product = created["id"]
    assert client.send(_RESOURCES["get_product"], of=product).has({"id": product, "name": "A box"}), "it is retrieved"
    updated = client.send(_RESOURCES["update_product"], "product 2", {"name": "A crate"}, of=product)
    assert updated.has({"id": product, "name": "A crate"}), "it is updated"
    listed = client.send(_RESOURCES["list_products"])
    assert listed.has({"data.#": 1, "data.0.id": product}, within_s=INDEXED_S), "it is listed"
    found = client.send(_RESOURCES["search_products"], query={"query": "name:'a crate'"})
    assert found.has({"data.#": 1, "data.0.id": product}, within_s=INDEXED_S), "it is found by a search"
    assert client.send(_RESOURCES["list_product_features"], of=product).has({"data.#": 0}), "it has no features"
    tax_code = client.send(v1.GET_TAX_CODE, of="txcd_99999999")
    assert tax_code.has({"object": "tax_code", "name": "General - Tangible Goods"}), "a tax code is retrieved"
    deleted = client.send(_RESOURCES["delete_product"], of=product)
    assert deleted.has({"id": product, "deleted": True}), "it is deleted"


def price(client: StripeClient) -> None:
    """A price is created with its product, retrieved, updated, listed and searched, and keeps its product."""
    new = {"currency": "usd", "unit_amount": 5_00, "recurring[interval]": "month", "product_data[name]": "A box"}
    created = client.send(_RESOURCES["create_price"], "price 1", {**new, "lookup_key": "box"})
    shown = {"object": "price", "unit_amount": 5_00, "type": "recurring", "lookup_key": "box", "id": PRESENT}
    assert created.has(shown), "it is created"
    price, product = created["id"], created["product"]
    expanded = client.send(_RESOURCES["get_price"], of=price, query={"expand[]": "product"})
    assert expanded.has({"id": price, "product.id": product, "product.name": "A box"}), "it expands its product"
    taken = client.send(_RESOURCES["create_price"], "price 2", {**new, "lookup_key": "box"})
    assert taken.is_stripe_error(400, _INVALID, param="lookup_key"), "its lookup key is unique"
    updated = client.send(_RESOURCES["update_price"], "price 3", {"nickname": "Monthly"}, of=price)
    assert updated.has({"id": price, "nickname": "Monthly"}), "it is updated"
    listed = client.send(_RESOURCES["list_prices"], query={"lookup_keys[]": "box"})
    assert listed.has({"data.#": 1, "data.0.id": price}, within_s=INDEXED_S), "it is listed by its lookup key"
    found = client.send(_RESOURCES["search_prices"], query={"query": f"product:'{product}'"})
    assert found.has({"data.#": 1, "data.0.id": price}, within_s=INDEXED_S), "it is found by a search"
    deleted = client.send(_RESOURCES["delete_product"], of=product)
    assert deleted.is_stripe_error(400, _INVALID), "a product with a price is not deleted"


def discount(client: StripeClient) -> None:
    """A coupon and its promotion code are created, expanded, updated and listed, and end with the coupon's deletion."""
    new = {"amount_off": 5_00, "currency": "usd", "currency_options[eur][amount_off]": 4_00}
    coupon = client.send(_RESOURCES["create_coupon"], "coupon 1", new)
    assert coupon.has({"object": "coupon", "amount_off": 5_00, "valid": True, "id": PRESENT}), "a coupon is created"
    name = coupon["id"]
    percent = client.send(_RESOURCES["create_coupon"], "coupon 2", {**new, "percent_off": 5})
    assert percent.is_stripe_error(400, _INVALID), "a coupon has an amount or a percentage"
    changed = client.send(_RESOURCES["update_coupon"], "coupon 3", {"name": "Five off"}, of=name)
    assert changed.has({"id": name, "name": "Five off"}), "it is updated"
    options = client.send(_RESOURCES["get_coupon"], of=name, query={"expand[]": "currency_options"})
    assert options.has({"currency_options.eur.amount_off": 4_00}), "it expands its currencies"
    of_coupon = {"promotion[type]": "coupon", "promotion[coupon]": name, "code": "SUMMER"}
    code = client.send(_RESOURCES["create_promotion_code"], "code 1", of_coupon)
    assert code.has({"object": "promotion_code", "active": True, "id": PRESENT}), "a promotion code is created"
    taken = client.send(_RESOURCES["create_promotion_code"], "code 2", {**of_coupon, "code": "summer"})
    assert taken.is_stripe_error(400, _INVALID, param="code"), "its code is unique"
    noted = client.send(_RESOURCES["update_promotion_code"], "code 3", {"metadata[a]": "b"}, of=code["id"])
    assert noted.has({"metadata.a": "b"}), "it is updated"
    listed = client.send(_RESOURCES["list_promotion_codes"], query={"coupon": name, "active": "true"})
    assert listed.has({"data.#": 1, "data.0.id": code["id"]}, within_s=INDEXED_S), "it is listed by its coupon"
    coupons = client.send(_RESOURCES["list_coupons"])
    assert coupons.has({"data.#": 1, "data.0.id": name}, within_s=INDEXED_S), "the coupon is listed"
    deleted = client.send(_RESOURCES["delete_coupon"], of=name)
    assert deleted.has({"id": name, "deleted": True}), "the coupon is deleted"
    ended = client.send(_RESOURCES["get_promotion_code"], of=code["id"], query={"expand[]": "promotion.coupon"})
    assert ended.has({"active": False, "promotion.coupon.valid": False}), "its code has ended"


def shipping_rate(client: StripeClient) -> None:
    """A shipping rate is created, retrieved, updated and listed."""
    new = {"display_name": "Ground", "fixed_amount[amount]": 5_00, "fixed_amount[currency]": "usd"}
    created = client.send(_RESOURCES["create_shipping_rate"], "shipping 1", new)
    assert created.has({"object": "shipping_rate", "fixed_amount.amount": 5_00, "id": PRESENT}), "it is created"
    rate, option = created["id"], {"fixed_amount[currency_options][eur][amount]": 4_00, "active": "false"}
    updated = client.send(_RESOURCES["update_shipping_rate"], "shipping 2", option, of=rate)
    assert updated.has({"id": rate, "active": False}), "it is updated"
    expanded = client.send(
        _RESOURCES["get_shipping_rate"], of=rate, query={"expand[]": "fixed_amount.currency_options"}
    )
    assert expanded.has({"fixed_amount.currency_options.eur.amount": 4_00}), "it expands its currencies"
    listed = client.send(_RESOURCES["list_shipping_rates"], query={"currency": "usd", "active": "false"})
    assert listed.has({"data.#": 1, "data.0.id": rate}, within_s=INDEXED_S), "it is listed"


def subscription(client: StripeClient) -> None:
    """A subscription is created and paid, updated, listed and canceled, with its invoice and its item."""
    product = client.send(_RESOURCES["create_product"], "billing 1", {"name": "Membership"})["id"]
    monthly = {"currency": "usd", "unit_amount": 10_00, "product": product, "recurring[interval]": "month"}
    price = client.send(_RESOURCES["create_price"], "billing 2", monthly)["id"]
    payer = _payer(client, "billing 3")
    none = client.send(
        _RESOURCES["create_subscription"], "billing 4", {"customer": payer, "items[0][price]": "price_1"}
    )
    assert none.is_stripe_error(400, _INVALID), "its price must exist"
    sent = {"customer": payer, "items[0][price]": price, "expand[]": "latest_invoice.payments"}
    made = client.send(_RESOURCES["create_subscription"], "billing 5", sent)
    assert made.has({"object": "subscription", "status": "active", "latest_invoice.status": "paid"}), "it is paid"
    name, item = made["id"], made["items.data.0.id"]
    noted = client.send(_RESOURCES["update_subscription"], "billing 6", {"cancel_at_period_end": "true"}, of=name)
    assert noted.has({"cancel_at_period_end": True, "status": "active"}), "it is to be canceled"
    assert client.send(_RESOURCES["get_subscription"], of=name).has({"id": name}), "it is retrieved"
    listed = client.send(_RESOURCES["list_subscriptions"], query={"customer": payer})
    assert listed.has({"data.#": 1, "data.0.id": name}, within_s=INDEXED_S), "it is listed by its customer"
    found = client.send(_RESOURCES["search_subscriptions"], query={"query": "status:'active'"})
    assert found.has({"data.0.id": name}, within_s=INDEXED_S), "it is found by a search"
    items = client.send(_RESOURCES["list_subscription_items"], query={"subscription": name})
    assert items.has({"data.#": 1, "data.0.id": item}), "its item is listed"
    assert client.send(_RESOURCES["get_subscription_item"], of=item).has({"subscription": name}), "it is retrieved"
    ended = client.send(_RESOURCES["cancel_subscription"], of=name)
    assert ended.has({"status": "canceled"}), "it is canceled"


def invoice(client: StripeClient) -> None:
    """An invoice bills an item, is finalized and paid; others are sent, voided, marked as uncollectible and deleted."""
    payer = _payer(client, "invoice 1")
    item = client.send(
        _RESOURCES["create_invoiceitem"], "invoice 2", {"customer": payer, "amount": 12_50, "currency": "usd"}
    )
    assert item.has({"object": "invoiceitem", "invoice": None, "amount": 12_50}), "an item is pending"
    more = client.send(_RESOURCES["update_invoiceitem"], "invoice 3", {"amount": 20_00}, of=item["id"])
    assert more.has({"amount": 20_00}), "it is updated"
    assert client.send(_RESOURCES["get_invoiceitem"], of=item["id"]).has({"amount": 20_00}), "it is retrieved"
    pending = client.send(_RESOURCES["list_invoiceitems"], query={"pending": "true"})
    assert pending.has({"data.0.id": item["id"]}, within_s=INDEXED_S), "it is listed"
    include = {"customer": payer, "pending_invoice_items_behavior": "include"}
    made = client.send(_RESOURCES["create_invoice"], "invoice 4", include)
    assert made.has({"object": "invoice", "status": "draft", "total": 20_00}), "an invoice bills it"
    name = made["id"]
    noted = client.send(_RESOURCES["update_invoice"], "invoice 5", {"description": "Thanks"}, of=name)
    assert noted.has({"description": "Thanks"}), "it is updated"
    lines = client.send(_RESOURCES["list_invoice_lines"], of=name)
    assert lines.has({"data.#": 1, "data.0.amount": 20_00}), "its line is listed"
    final = client.send(_RESOURCES["finalize_invoice"], "invoice 6", {}, of=name)
    assert final.has({"status": "open", "number": PRESENT}), "it is finalized"
    assert client.send(_RESOURCES["pay_invoice"], "invoice 7", {}, of=name).has({"status": "paid"}), "it is paid"
    again = client.send(_RESOURCES["pay_invoice"], "invoice 8", {}, of=name)
    assert again.is_stripe_error(400, _INVALID), "it is paid once"
    assert client.send(_RESOURCES["get_invoice"], of=name).has({"amount_paid": 20_00}), "it is retrieved"
    payments = client.send(_RESOURCES["list_invoice_payments"], query={"invoice": name})
    assert payments.has({"data.#": 1, "data.0.status": "paid"}), "its payment is listed"
    payment = client.send(_RESOURCES["get_invoice_payment"], of=payments["data.0.id"])
    assert payment.has({"invoice": name}), "its payment is retrieved"
    listed = client.send(_RESOURCES["list_invoices"], query={"customer": payer, "status": "paid"})
    assert listed.has({"data.0.id": name}, within_s=INDEXED_S), "it is listed"
    found = client.send(_RESOURCES["search_invoices"], query={"query": "total:2000"})
    assert found.has({"data.0.id": name}, within_s=INDEXED_S), "it is found by a search"
    other = client.send(
        _RESOURCES["create_invoiceitem"], "invoice 9", {"customer": payer, "amount": 1, "currency": "usd"}
    )
    assert client.send(_RESOURCES["delete_invoiceitem"], of=other["id"]).has({"deleted": True}), "an item is deleted"
    for verb, status in (("send", "open"), ("void", "void"), ("mark_uncollectible", "uncollectible")):
        draft = client.send(_RESOURCES["create_invoice"], f"{verb} 1", {"customer": payer, "currency": "usd"})["id"]
        billed = {"invoice": draft, "amount": 5_00, "currency": "usd"}
        client.send(_RESOURCES["create_invoiceitem"], f"{verb} 2", billed)
        if verb != "send":
            client.send(_RESOURCES["finalize_invoice"], f"{verb} 3", {}, of=draft)
        done = client.send(_RESOURCES[f"{verb}_invoice"], f"{verb} 4", {}, of=draft)
        assert done.has({"status": status}), f"an invoice is {status} after {verb}"
    draft = client.send(_RESOURCES["create_invoice"], "invoice 10", {"customer": payer, "currency": "usd"})["id"]
    assert client.send(_RESOURCES["delete_invoice"], of=draft).has({"deleted": True}), "a draft is deleted"


def _payer(client: StripeClient, key: str) -> str:
    """Create a customer whose invoices a card pays."""
    card = "pm_card_visa"
    paying = {"payment_method": card, "invoice_settings[default_payment_method]": card}
    return client.send(_RESOURCES["create_stripe_customer"], key, paying)["id"]


def _of_example(name: str, example: Example) -> Callable[[StripeClient], None]:
    """Return the check of a resource by its example."""
    resource = RESOURCES[name]

    def check(client: StripeClient) -> None:
        create, get, update = (_RESOURCES[f"{verb}_{resource.singular}"] for verb in ("create", "get", "update"))
        refused = client.send(create, f"{name} 1", {**example.created, **example.refused})
        assert refused.is_stripe_error(400, _INVALID, param=example.refused_param), "another one is refused"
        created = client.send(create, f"{name} 2", example.created)
        assert created.has({"object": name, "id": PRESENT, **example.shown}), "it is created"
        named = created["id"]
        again = client.send(create, f"{name} 2", example.created)
        assert again.has(same_as=created), "the same key creates nothing again"
        changed = client.send(update, f"{name} 3", example.updated, of=named)
        assert changed.has({"id": named, **example.shown_updated}), "it is updated"
        assert client.send(get, of=named).has(example.shown_updated), "it is retrieved"
        listed = client.send(_RESOURCES[f"list_{resource.name}"], query=example.listed)
        assert listed.has({"data.#": 1, "data.0.id": named}, within_s=INDEXED_S), "it is listed"

    check.__doc__ = f"{resource.one.capitalize()} is created, updated, retrieved and listed."
    return check


def domains(client: StripeClient) -> None:
    """Domains are registered, validated, disabled, listed and deleted."""
    new = {"domain_name": "shop.example"}
    created = client.send(_RESOURCES["create_payment_method_domain"], "domain 1", new)
    assert created.has({"object": "payment_method_domain", "apple_pay.status": "active"}), "it is registered"
    domain = created["id"]
    validated = client.send(_RESOURCES["validate_payment_method_domain"], "domain 2", {}, of=domain)
    assert validated.has({"id": domain, "enabled": True}), "it is validated"
    disabled = client.send(_RESOURCES["update_payment_method_domain"], "domain 3", {"enabled": "false"}, of=domain)
    assert disabled.has({"apple_pay.status": "inactive"}), "it is disabled"
    assert client.send(_RESOURCES["get_payment_method_domain"], of=domain).has({"enabled": False}), "it is shown"
    listed = client.send(_RESOURCES["list_payment_method_domains"], query=new)
    assert listed.has({"data.#": 1, "data.0.id": domain}, within_s=INDEXED_S), "it is listed"
    apple = client.send(_RESOURCES["create_apple_pay_domain"], "domain 4", new)["id"]
    assert client.send(_RESOURCES["get_apple_pay_domain"], of=apple).has(new), "Apple Pay's is shown"
    of_apple_pay = client.send(_RESOURCES["list_apple_pay_domains"])
    assert of_apple_pay.has({"data.#": 1, "data.0.id": apple}, within_s=INDEXED_S), "Apple Pay's is listed"
    assert client.send(_RESOURCES["delete_apple_pay_domain"], of=apple).has({"deleted": True}), "it is deleted"
    gone = client.send(_RESOURCES["delete_apple_pay_domain"], of=apple)
    assert gone.has({"error.code": "resource_missing"}, status=404), "it is deleted once"


def checkout(client: StripeClient) -> None:
    """A Checkout session is declined and paid on its page less a coupon. Others save a card, expire and are listed."""
    coupon = client.send(_RESOURCES["create_coupon"], "checkout 1", {"percent_off": 25})["id"]
    sale = _SALE | {"discounts[0][coupon]": coupon}
    created = client.send(_RESOURCES["create_checkout_session"], "checkout 2", sale)
    shown = {"object": "checkout.session", "status": "open", "amount_total": 15_00, "url": PRESENT}
    assert created.has(shown), "a session is created less its coupon"
    session, page = created["id"], created["url"].split("/")[-3:]
    found = client.send(v1.GET_PAYMENT_PAGE, of=session)
    assert found.has({"object": "payment_page", "url": created["url"]}), "its page is found by its ID"
    noted = client.send(_RESOURCES["update_checkout_session"], "checkout 3", {"metadata[a]": "b"}, of=session)
    assert noted.has({"metadata.a": "b"}), "it is updated"
    assert client.send(v1.SHOW_CHECKOUT_PAGE, of=page).has({"session": session, "status": "open"}), "its page is served"
    declined = client.send(v1.PAY_CHECKOUT_SESSION, body={"card": "4000000000000002"}, of=page)
    assert declined.has({"status": "open", "error.code": "card_declined"}), "a decline keeps it open"
    paid = client.send(v1.PAY_CHECKOUT_SESSION, body={"card": "4242424242424242"}, of=page)
    assert paid.has({"status": "complete", "payment_status": "paid"}, status=303), "it is paid"
    expanded = client.send(_RESOURCES["get_checkout_session"], of=session, query={"expand[]": "payment_intent"})
    assert expanded.has({"status": "complete", "payment_intent.amount_received": 15_00}), "its payment intent succeeded"
    items = client.send(_RESOURCES["list_checkout_line_items"], of=session)
    assert items.has({"data.#": 1, "data.0.amount_total": 15_00, "data.0.price.unit_amount": 20_00}), (
        "its items are listed"
    )
    late = client.send(_RESOURCES["expire_checkout_session"], "checkout 4", {}, of=session)
    assert late.is_stripe_error(400, _INVALID), "it does not expire any more"
    saving = {"mode": "setup", "currency": "usd", "success_url": "https://verify.invalid/saved"}
    other = client.send(_RESOURCES["create_checkout_session"], "checkout 5", saving)
    assert other.has({"mode": "setup", "setup_intent": PRESENT}), "another one saves a card"
    ended = client.send(_RESOURCES["expire_checkout_session"], "checkout 6", {}, of=other["id"])
    assert ended.has({"status": "expired", "url": None}), "it expires"
    listed = client.send(_RESOURCES["list_checkout_sessions"], query={"status": "complete"})
    assert listed.has({"data.#": 1, "data.0.id": session}, within_s=INDEXED_S), "they are listed by status"


def stripe_customer(client: StripeClient) -> None:
    """A customer is created, retrieved, updated, listed by e-mail address, searched, named by a PaymentIntent and
    deleted.
    """
    new = {"email": "jenny@verify.invalid", "address[city]": "Berlin"}
    created = client.send(_RESOURCES["create_stripe_customer"], "customer 1", new)
    shown = {"object": "customer", "email": new["email"], "address.city": "Berlin", "balance": 0, "id": PRESENT}
    assert created.has(shown), "it is created"
    customer = created["id"]
    retrieved = client.send(_RESOURCES["get_stripe_customer"], of=customer)
    assert retrieved.has({"id": customer, "email": new["email"]}), "it is retrieved"
    updated = client.send(_RESOURCES["update_stripe_customer"], "customer 2", {"name": "Jenny Rosen"}, of=customer)
    assert updated.has({"id": customer, "name": "Jenny Rosen", "email": new["email"]}), "it is updated"
    listed = client.send(_RESOURCES["list_stripe_customers"], query={"email": new["email"]})
    assert listed.has({"data.#": 1, "data.0.id": customer}, within_s=INDEXED_S), "it is listed by its e-mail address"
    found = client.send(_RESOURCES["search_stripe_customers"], query={"query": "name~'rosen'"})
    assert found.has({"data.#": 1, "data.0.id": customer}, within_s=INDEXED_S), "it is found by a search"
    cart = {"amount": 20_00, "currency": "usd", "customer": customer, "expand[]": "customer"}
    intent = client.send(v1.CREATE_PAYMENT_INTENT, "cart 12", cart)
    assert intent.has({"customer.id": customer, "customer.name": "Jenny Rosen"}), "a PaymentIntent expands it"
    intents = client.send(v1.LIST_PAYMENT_INTENTS, query={"customer": customer})
    assert intents.has({"data.#": 1, "data.0.id": intent["id"]}, within_s=INDEXED_S), "its PaymentIntents are listed"
    deleted = client.send(_RESOURCES["delete_stripe_customer"], of=customer)
    assert deleted.has({"id": customer, "deleted": True}), "it is deleted"
    gone = client.send(_RESOURCES["get_stripe_customer"], of=customer)
    assert gone.has(same_as=deleted), "a deleted customer is shown as deleted"


def setup_intent(client: StripeClient) -> None:
    """A SetupIntent is created, updated, declined, confirmed with 3-D Secure, retrieved, listed and canceled."""
    created = client.send(_RESOURCES["create_setup_intent"], "setup 1", {"usage": "off_session"})
    shown = {"object": "setup_intent", "status": "requires_payment_method", "id": PRESENT, "client_secret": PRESENT}
    assert created.has(shown), "it is created"
    setup = created["id"]
    updated = client.send(_RESOURCES["update_setup_intent"], "setup 2", {"metadata[cart]": "3"}, of=setup)
    assert updated.has({"id": setup, "metadata.cart": "3"}), "it is updated"
    declining = {"payment_method": "pm_card_chargeDeclined"}
    declined = client.send(v1.CONFIRM_SETUP_INTENT, "setup 3", declining, of=setup)
    still_open = {"setup_intent.status": "requires_payment_method"}
    assert declined.is_stripe_error(402, "card_error", code="card_declined", **still_open), "a decline keeps it open"
    challenging = {"payment_method": "pm_card_authenticationRequired"}
    challenged = client.send(v1.CONFIRM_SETUP_INTENT, "setup 4", challenging, of=setup)
    required = {"status": "requires_action", "next_action.redirect_to_url.url": PRESENT}
    assert challenged.has(required), "it waits for its cardholder"
    page = challenged["next_action.redirect_to_url.url"].split("/")[-3:]
    assert client.send(v1.SHOW_SETUP_CHALLENGE, of=page).has(contains=["Confirm your card"]), "the page is served"
    completed = client.send(v1.COMPLETE_SETUP_CHALLENGE, body={"result": "succeeded"}, of=page)
    assert completed.has({"setup_intent": setup, "status": "succeeded"}), "the cardholder authenticates"
    assert client.send(v1.GET_SETUP_INTENT, of=setup).has({"id": setup, "status": "succeeded"}), "it is retrieved"
    listed = client.send(_RESOURCES["list_setup_intents"])
    assert listed.has({"data.#": 1, "data.0.id": setup}, within_s=INDEXED_S), "it is listed"
    attempts = client.send(_RESOURCES["list_setup_attempts"], query={"setup_intent": setup})
    each = {"data.#": 2, "data.0.status": "succeeded", "data.1.status": "failed", "data.1.setup_error.code": PRESENT}
    assert attempts.has(each), "its attempts are listed"
    again = client.send(_RESOURCES["cancel_setup_intent"], "setup 5", {}, of=setup)
    assert again.is_stripe_error(400, _INVALID, code="setup_intent_unexpected_state"), "it is not canceled any more"


def account(client: StripeClient) -> None:
    """The key's account is retrieved."""
    account = client.send(v1.GET_ACCOUNT)
    assert account.has({"object": "account", "charges_enabled": True, "id": PRESENT}), "the account is retrieved"
    by_id = client.send(v1.GET_OWN_ACCOUNT, of=account["id"])
    assert by_id.has(same_as=account), "the account is retrieved by its id"


def connected_account(client: StripeClient) -> None:
    """A connected account is created, gets an external account and a capability, and is rejected and deleted."""
    new = {"type": "express", "country": "US", "default_currency": "eur"}
    created = client.send(_RESOURCES["create_account"], "account 1", new)
    assert created.has({"object": "account", "charges_enabled": False, "id": PRESENT}), "it is created"
    name = created["id"]
    updated = client.send(_RESOURCES["update_account"], "account 2", {"email": "seller@example.com"}, of=name)
    assert updated.has({"email": "seller@example.com"}), "it is updated"
    requested = client.send(
        _RESOURCES["update_capability"], "account 3", {"requested": "true"}, of=(name, "card_payments")
    )
    assert requested.has({"object": "capability", "status": "active", "account": name}), "a capability is requested"
    assert client.send(_RESOURCES["get_capability"], of=(name, "card_payments")).has(same_as=requested), (
        "it is retrieved"
    )
    assert client.send(_RESOURCES["list_capabilities"], of=name).has({"data.#": 1}), "it is listed"
    onboarding = {"account": name, "type": "account_onboarding", "return_url": "https://example.com/connected"}
    link = client.send(_RESOURCES["create_account_link"], "account 6", onboarding)
    assert link.has({"object": "account_link", "url": onboarding["return_url"]}), "it is linked to its onboarding"
    login = client.send(_RESOURCES["create_login_link"], "account 7", {}, of=name)
    assert login.has({"object": "login_link", "url": PRESENT}), "it is linked to its dashboard"
    bank = client.send(
        _RESOURCES["create_external_account"], "account 4", {"external_account": "btok_us_verified"}, of=name
    )
    assert bank.has({"object": "bank_account", "last4": "6789", "default_for_currency": True}), (
        "a bank account is added"
    )
    of_bank = (name, bank["id"])
    holder = {"account_holder_name": "Jenny Rosen"}
    named = client.send(_RESOURCES["update_external_account"], "account 5", holder, of=of_bank)
    assert named.has(holder), "the bank account is updated"
    assert client.send(_RESOURCES["get_external_account"], of=of_bank).has(same_as=named), (
        "the bank account is retrieved"
    )
    assert client.send(_RESOURCES["list_external_accounts"], of=name).has({"data.#": 1}), "the bank account is listed"
    assert client.send(_RESOURCES["delete_external_account"], of=of_bank).has({"deleted": True}), (
        "the bank account is deleted"
    )
    assert client.send(v1.GET_OWN_ACCOUNT, of=name).has({"id": name, "charges_enabled": True}), "it can be paid"
    listed = client.send(_RESOURCES["list_accounts"])
    assert listed.has({"data.#": 1, "data.0.id": name}, within_s=INDEXED_S), "it is listed"
    rejected = client.send(_RESOURCES["reject_account"], "account 8", {"reason": "other"}, of=name)
    assert rejected.has({"id": name, "charges_enabled": False}), "it is rejected"
    assert client.send(_RESOURCES["delete_account"], of=name).has({"id": name, "deleted": True}), "it is deleted"
    gone = client.send(v1.GET_OWN_ACCOUNT, of=name)
    assert gone.is_stripe_error(403, _INVALID, code="account_invalid"), "a deleted one is refused"


def account_by_oauth(client: StripeClient) -> None:
    """The page of OAuth is served, a wrong code is refused, and an account is disconnected once."""
    client_id = application_id(client.credentials.merchant)
    page = client.send(v1.SHOW_OAUTH_PAGE, query={"client_id": client_id, "redirect_uri": _SALE["success_url"]})
    assert page.has(contains=[client_id, "code=ac_", "Deny access"]), "the page is served"
    exchange = {"grant_type": "authorization_code", "code": "ac_verify"}
    refused = client.send(v1.CREATE_OAUTH_TOKEN, "oauth 1", exchange)
    assert refused.has({"error": "invalid_grant"}, status=400), "a wrong code is refused"
    created = client.send(_RESOURCES["create_account"], "oauth 2", {"type": "standard"})
    account = {"stripe_user_id": created["id"], "client_id": client_id}
    gone = client.send(v1.DEAUTHORIZE_ACCOUNT, "oauth 3", account)
    assert gone.has({"stripe_user_id": account["stripe_user_id"]}), "an account is disconnected"
    again = client.send(v1.DEAUTHORIZE_ACCOUNT, "oauth 4", account)
    assert again.has({"error": "invalid_client"}, status=401), "it is disconnected once"


def unsupported_resource(client: StripeClient) -> None:
    """An unsupported resource links to the coverage page, or has an empty list that says so."""
    schedules = client.send(replace(v1.LIST_PAYMENT_INTENTS, path="/subscription_schedules"))
    assert schedules.has(status=404, contains=["/docs/reference/stripe-coverage"]), "the refusal links to the page"
    plans = client.send(replace(v1.LIST_PAYMENT_INTENTS, path="/plans"))
    empty = {"object": "list", "data.#": 0, "has_more": False}
    assert plans.has(empty, headers={"Sandbox-Not-Simulated": "true"}), "the list of plans is empty"


def missing_key(client: StripeClient) -> None:
    """A /v1 request without an API key is rejected."""
    keyless = client.send(v1.LIST_PAYMENT_INTENTS, anonymous=True)
    assert keyless.is_stripe_error(401, _INVALID), "a request without an API key is rejected"


def revoked_key(client: StripeClient) -> None:
    """A revoked API key is rejected by the Stripe-compatible API."""
    client.credentials.revoke_key()
    listed = client.send(v1.LIST_PAYMENT_INTENTS)
    assert listed.has({"error.type": _INVALID}, status=401, within_s=KEY_SPREAD_S), "the revoked API key is rejected"


STRIPE_SUITE: Final = Suite("stripe", StripeClient, (
    new_key, payment_intent, payment_method, token, charge_without_intent, confirmation, incremental_authorization,
    charge, refund, balance, listed_intents, stripe_event, fraud_warning, dispute, stripe_endpoint, account,
    account_by_oauth,
    unsupported_resource, missing_key, revoked_key,
))  # fmt: skip
CUSTOMERS_SUITE: Final = Suite("customers", StripeClient, (
    new_key_of_customers, product, price, stripe_customer, source, source_object, setup_intent, confirmation_token,
    granted_token, customer_session, card_by_number, tax_id, ephemeral_key, discount, shipping_rate, domains,
    checkout, *(_of_example(name, example) for name, example in EXAMPLES.items()),
))  # fmt: skip
"""What a merchant keeps for its customers, as another one: a key sends a hundred requests at once, and then waits."""
BILLING_SUITE: Final = Suite("billing", StripeClient, (new_key_of_billing, subscription, invoice))
"""What renews and is collected, as another merchant for the same reason."""
ACCOUNTS_SUITE: Final = Suite("accounts", StripeClient, (new_key_of_accounts, connected_account))
"""What a platform does for its connected accounts, as a third one for the same reason."""

"""Checks of the Stripe-compatible API: the life cycle of a PaymentIntent, as Stripe clients use it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cli.verification.checks import ABSENT, INDEXED_S, PRESENT, PUBLISHED_S, SPREAD_S, Kept, Suite, Visit
from paysandbox.payments.routes import LIST_PAYMENTS
from paysandbox.simulate import routes as simulate
from paysandbox.stripe_api import routes as v1

if TYPE_CHECKING:
    import httpx

_CART: Final = {"amount": 20_00, "currency": "usd", "capture_method": "manual", "metadata[order]": "6735"}
# Never resolves (RFC 6761), so no server is called.
_RECEIVER: Final = {"url": "https://verify.invalid/stripe", "enabled_events[]": "charge.refunded"}


class Client(Visit):
    """A new merchant that uses the Stripe-compatible API."""

    intent_to_give_up, intent, method, captured_intent = Kept(), Kept(), Kept(), Kept()
    money_back, dispute, stripe_events, stripe_endpoint, account = Kept(), Kept(), Kept(), Kept(), Kept()

    def fails(self, request: httpx.Request, status: int, kind: str, **error: Any) -> None:
        """Send the request, which must be rejected with this Stripe error."""
        self.expect(
            request, {"error.type": kind, **{f"error.{name}": value for name, value in error.items()}}, status=status
        )


def _clients(client: Client) -> None:
    ask, expect = client.request, client.expect
    with client.check("an API key is created for a Stripe client"):
        client.makes_a_key()
    with client.check("the API key works and its merchant has no PaymentIntents"):
        client.has_nothing_in(v1.LIST_PAYMENT_INTENTS)
    with client.check("a PaymentIntent is created"):
        made = ask(v1.CREATE_PAYMENT_INTENT, "cart 0", {"amount": 5_00, "currency": "eur"})
        client.intent_to_give_up = expect(made, {"status": "requires_payment_method", "id": PRESENT})
    with client.check("the PaymentIntent is canceled"):
        given_up = ask(v1.CANCEL_PAYMENT_INTENT, "give up 0", {}, of=client.intent_to_give_up["id"])
        expect(given_up, {"object": "payment_intent", "status": "canceled", "amount_capturable": 0})
    with client.check("a PaymentIntent is created with metadata"):
        shown = {"object": "payment_intent", "amount": 20_00, "currency": "usd", "livemode": False}
        client.intent = expect(
            ask(v1.CREATE_PAYMENT_INTENT, "cart 1", _CART),
            {**shown, "status": "requires_payment_method", "metadata.order": "6735", "id": PRESENT},
            headers={"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT},
        )
    with client.check("the same idempotency key and parameters return the same response"):
        again = ask(v1.CREATE_PAYMENT_INTENT, "cart 1", _CART)
        expect(again, headers={"Idempotent-Replayed": "true"}, same_as=client.intent)
    with client.check("the same idempotency key with other parameters is rejected"):
        client.fails(ask(v1.CREATE_PAYMENT_INTENT, "cart 1", {**_CART, "amount": 20_01}), 400, "idempotency_error")
    with client.check("an unsupported parameter is rejected by name"):
        unknown = ask(v1.CREATE_PAYMENT_INTENT, "cart 2", {**_CART, "radar_options[session]": "rse_1"})
        client.fails(unknown, 400, "invalid_request_error", code="parameter_unknown", param="radar_options")
    with client.check("the PaymentIntent's amount is updated"):
        changed = ask(v1.UPDATE_PAYMENT_INTENT, "cart 3", {"amount": 25_00}, of=client.intent["id"])
        expect(changed, {"amount": 25_00, "status": "requires_payment_method"})
    with client.check("a decline returns a card error and keeps the PaymentIntent open"):
        poor = {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
        still_open = {"payment_intent.status": "requires_payment_method"}
        declined = ask(v1.CONFIRM_PAYMENT_INTENT, "pay 1", poor, of=client.intent["id"])
        why = {"code": "card_declined", "decline_code": "insufficient_funds"}
        client.fails(declined, 402, "card_error", **why, **still_open)
    with client.check("a PaymentMethod is created"):
        made = ask(v1.CREATE_PAYMENT_METHOD, "card 1", {"type": "card", "card[token]": "tok_visa"})
        client.method = expect(made, {"object": "payment_method", "card.last4": "4242", "id": PRESENT})
    with client.check("the PaymentMethod is retrieved"):
        method = client.method["id"]
        expect(ask(v1.GET_PAYMENT_METHOD, of=method), {"id": method, "card.brand": "visa"})
    with client.check("the PaymentMethod is not updated without a customer"):
        updated = ask(v1.UPDATE_PAYMENT_METHOD, "card 2", {"metadata[cart]": "3"}, of=client.method["id"])
        client.fails(updated, 400, "invalid_request_error")
    with client.check("the PaymentIntent is confirmed with the PaymentMethod"):
        method = client.method["id"]
        confirmed = ask(v1.CONFIRM_PAYMENT_INTENT, "pay 2", {"payment_method": method}, of=client.intent["id"])
        expect(confirmed, {"status": "requires_capture", "amount_capturable": 25_00, "payment_method": method})
    with client.check("a partial capture releases the rest"):
        captured = ask(v1.CAPTURE_PAYMENT_INTENT, "ship 1", {"amount_to_capture": 10_00}, of=client.intent["id"])
        expect(captured, {"status": "succeeded", "amount_received": 10_00, "amount_capturable": 0})
    with client.check("the PaymentIntent expands its charge"):
        intent = client.intent["id"]
        client.captured_intent = expect(
            ask(v1.GET_PAYMENT_INTENT, of=intent, query={"expand[]": "latest_charge"}),
            {
                "latest_charge.object": "charge",
                "latest_charge.amount_captured": 10_00,
                "latest_charge.payment_intent": intent,
            },
        )
    with client.check("the charge is retrieved"):
        charge, intent = client.captured_intent["latest_charge.id"], client.intent["id"]
        shown = ask(v1.GET_CHARGE, of=charge)
        expect(shown, {"id": charge, "amount": 25_00, "captured": True, "payment_intent": intent})
    with client.check("the PaymentIntent is partially refunded"):
        refunded = ask(v1.CREATE_REFUND, "return 1", {"payment_intent": client.intent["id"], "amount": 4_00})
        charge = client.captured_intent["latest_charge.id"]
        client.money_back = expect(
            refunded, {"object": "refund", "amount": 4_00, "status": "succeeded", "charge": charge}
        )
    with client.check("a refund above the charged amount is rejected"):
        too_much = ask(v1.CREATE_REFUND, "return 2", {"payment_intent": client.intent["id"], "amount": 6_01})
        client.fails(too_much, 400, "invalid_request_error")
    with client.check("a refund above the charged amount is rejected on the charge's path"):
        charge = client.captured_intent["latest_charge.id"]
        too_much = ask(v1.CREATE_CHARGE_REFUND, "return 5", {"amount": 6_01}, of=charge)
        client.fails(too_much, 400, "invalid_request_error")
    with client.check("a refund above the charged amount is rejected on the charge's older path"):
        charge = client.captured_intent["latest_charge.id"]
        client.fails(ask(v1.REFUND_CHARGE, "return 6", {"amount": 6_01}, of=charge), 400, "invalid_request_error")
    with client.check("the refund is retrieved"):
        refund = client.money_back["id"]
        expect(ask(v1.GET_REFUND, of=refund), {"id": refund, "payment_intent": client.intent["id"]})
    with client.check("the refund's metadata is updated"):
        noted = ask(v1.UPDATE_REFUND, "return 3", {"metadata[order]": "6735"}, of=client.money_back["id"])
        expect(noted, {"id": client.money_back["id"], "metadata.order": "6735"})
    with client.check("the charge's description is updated"):
        charge = client.captured_intent["latest_charge.id"]
        noted = ask(v1.UPDATE_CHARGE, "note 1", {"description": "Order 6735"}, of=charge)
        expect(noted, {"id": charge, "description": "Order 6735"})
    with client.check("a refund of a card cannot be canceled"):
        client.fails(ask(v1.CANCEL_REFUND, "return 4", {}, of=client.money_back["id"]), 400, "invalid_request_error")
    with client.check("a refund that succeeded cannot expire"):
        client.fails(ask(v1.EXPIRE_REFUND, "return 7", {}, of=client.money_back["id"]), 400, "invalid_request_error")
    with client.check("the PaymentIntent has no early fraud warning"):
        listed = ask(v1.LIST_EARLY_FRAUD_WARNINGS, query={"payment_intent": client.intent["id"]})
        expect(listed, {"object": "list", "data.#": 0})
    with client.check("an early fraud warning that does not exist is not found"):
        client.fails(ask(v1.GET_EARLY_FRAUD_WARNING, of="issfr_none"), 404, "invalid_request_error")
    with client.check("the list starts with the newest PaymentIntent"):
        newest = {"object": "list", "data.#": 1, "data.0.id": client.intent["id"], "has_more": True}
        expect(ask(v1.LIST_PAYMENT_INTENTS, query={"limit": 1}), newest, within_s=INDEXED_S)
    with client.check("the list continues after an id"):
        listed = ask(v1.LIST_PAYMENT_INTENTS, query={"limit": 1, "starting_after": client.intent["id"]})
        expect(listed, {"data.0.id": client.intent_to_give_up["id"]}, within_s=INDEXED_S)
    with client.check("the PaymentIntent's charges are listed"):
        listed = ask(v1.LIST_CHARGES, query={"payment_intent": client.intent["id"]})
        charge = client.captured_intent["latest_charge.id"]
        expect(listed, {"data.#": 2, "data.0.id": charge, "data.1.status": "failed"})
    with client.check("the PaymentIntent is found by a search"):
        found = ask(v1.SEARCH_PAYMENT_INTENTS, query={"query": "amount:2500 AND status:'succeeded'"})
        expect(found, {"object": "search_result", "data.0.id": client.intent["id"]}, within_s=INDEXED_S)
    with client.check("the charge is found by a search"):
        found = ask(v1.SEARCH_CHARGES, query={"query": "refunded:'false' AND payment_method_details.card.last4:4242"})
        expect(found, {"data.#": 1, "data.0.id": client.captured_intent["latest_charge.id"]}, within_s=INDEXED_S)
    with client.check("the PaymentIntent's refunds are listed"):
        listed = ask(v1.LIST_REFUNDS, query={"payment_intent": client.intent["id"]})
        expect(listed, {"data.#": 1, "data.0.id": client.money_back["id"]})
    with client.check("the charge's refunds are listed"):
        listed = ask(v1.LIST_CHARGE_REFUNDS, of=client.captured_intent["latest_charge.id"])
        expect(listed, {"data.#": 1, "data.0.id": client.money_back["id"]})
    with client.check("the charge's refund is retrieved"):
        refund = client.money_back["id"]
        expect(ask(v1.GET_CHARGE_REFUND, of=(client.captured_intent["latest_charge.id"], refund)), {"id": refund})
    with client.check("the refund's Stripe event is listed"):
        told = {"data.0.object": "event", "data.0.data.object.id": client.money_back["id"]}
        listed = ask(v1.LIST_STRIPE_EVENTS, query={"type": "refund.created", "limit": 1})
        client.stripe_events = expect(listed, told, within_s=PUBLISHED_S)
    with client.check("the Stripe event is retrieved"):
        event = client.stripe_events["data.0.id"]
        expect(ask(v1.GET_STRIPE_EVENT, of=event), {"id": event, "type": "refund.created"})
    with client.check("the native API shows the payment"):
        expect(ask(LIST_PAYMENTS, query={"limit": 1}), {"data.0.captured": 10_00, "data.0.refunded": 4_00})
    with client.check("the charge is disputed"):
        charge = client.captured_intent["latest_charge.id"]
        opened = ask(simulate.SIMULATE_ACTION, body={"amount": 2_00}, of=(charge, "dispute"))
        expect(opened, {"disputed": 2_00, "dispute.status": "needs_response"})
    with client.check("the charge's dispute is listed"):
        listed = ask(v1.LIST_STRIPE_DISPUTES, query={"charge": client.captured_intent["latest_charge.id"]})
        client.dispute = expect(
            listed, {"data.#": 1, "data.0.id": PRESENT, "data.0.amount": 2_00}, within_s=PUBLISHED_S
        )
    with client.check("the dispute is retrieved"):
        dispute = client.dispute["data.0.id"]
        expect(ask(v1.GET_STRIPE_DISPUTE, of=dispute), {"id": dispute, "status": "needs_response"})
    with client.check("a draft of evidence is saved"):
        draft = {"evidence[uncategorized_text]": "It was delivered.", "submit": "false"}
        saved = ask(v1.UPDATE_STRIPE_DISPUTE, "evidence 1", draft, of=client.dispute["data.0.id"])
        expect(saved, {"status": "needs_response", "evidence.uncategorized_text": "It was delivered."})
    with client.check("the dispute is closed and lost"):
        closed = ask(v1.CLOSE_STRIPE_DISPUTE, "evidence 2", {}, of=client.dispute["data.0.id"])
        expect(closed, {"status": "lost"})
    with client.check("a Stripe webhook endpoint is created"):
        made = ask(v1.CREATE_WEBHOOK_ENDPOINT, "endpoint 1", _RECEIVER)
        enabled = {"object": "webhook_endpoint", "status": "enabled", "id": PRESENT}
        client.stripe_endpoint = expect(made, enabled)
    with client.check("the Stripe webhook endpoint is retrieved"):
        endpoint = client.stripe_endpoint["id"]
        expect(ask(v1.GET_WEBHOOK_ENDPOINT, of=endpoint), {"id": endpoint, "enabled_events.0": "charge.refunded"})
    with client.check("the Stripe webhook endpoint is listed"):
        expect(ask(v1.LIST_WEBHOOK_ENDPOINTS), {"data.#": 1, "data.0.id": client.stripe_endpoint["id"]})
    with client.check("the Stripe webhook endpoint is disabled"):
        endpoint = client.stripe_endpoint["id"]
        changed = ask(v1.UPDATE_WEBHOOK_ENDPOINT, "endpoint 2", {"disabled": "true"}, of=endpoint)
        expect(changed, {"id": endpoint, "status": "disabled"})
    with client.check("the Stripe webhook endpoint is deleted"):
        endpoint = client.stripe_endpoint["id"]
        expect(ask(v1.DELETE_WEBHOOK_ENDPOINT, of=endpoint), {"id": endpoint, "deleted": True})
    with client.check("the key's account is retrieved"):
        client.account = expect(ask(v1.GET_ACCOUNT), {"object": "account", "charges_enabled": True, "id": PRESENT})
    with client.check("the account is retrieved by its id"):
        expect(ask(v1.GET_OWN_ACCOUNT, of=client.account["id"]), same_as=client.account)
    with client.check("an unsupported resource links to the coverage page"):
        customers = replace(v1.LIST_PAYMENT_INTENTS, path="/customers")
        expect(ask(customers), status=404, contains=["/docs/reference/stripe-coverage"])
    with client.check("a /v1 request without an API key is rejected"):
        client.fails(ask(v1.LIST_PAYMENT_INTENTS, as_nobody=True), 401, "invalid_request_error")
    with client.check("the Stripe client's API key is revoked"):
        client.revokes_its_key()
    with client.check("the Stripe client's revoked API key is rejected"):
        ended = {"error.type": "invalid_request_error"}
        expect(ask(v1.LIST_PAYMENT_INTENTS), ended, status=401, within_s=SPREAD_S)


STRIPE_SUITE: Final = Suite("stripe", Client, {"Stripe API": _clients})

"""The operations behind Stripe's events of objects that are no payments: what is sold, discounts, customers, setups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cli.webhooks.billing_trigger import BILLING_OPERATIONS
from cli.webhooks.event_types import OBJECT_EVENTS
from cli.webhooks.object_shop import ObjectShop
from cli.webhooks.stripe_trigger import APPROVED, CHALLENGED, DECLINED, once

_PRICE: Final = {"currency": "usd", "unit_amount": 10_00, "product_data": {"name": "Ticket"}}
_UPDATED: Final = {"metadata": {"trigger": "paysandbox"}}
_TAX_ID: Final = {"type": "eu_vat", "value": "DE123456789"}
_TIMEOUT_S: Final = 30
_RETURN_URL: Final = "https://example.com/saved"

UNLISTED: Final = frozenset({"account.application.deauthorized"})
"""Events of accounts that are deleted then, so that nobody can list them."""


def perform(shop: ObjectShop, event: str) -> str:
    """Perform the operations behind an event of an object, and return its ID."""
    for name in OBJECT_EVENTS[event]:
        operation = _OPERATIONS.get(name) or _operation_of_example(name)
        shop.done.append((name, operation(shop)))
    return shop.current


def account_of(shop: ObjectShop, event: str) -> str | None:
    """Return the connected account that has an event, or None if the merchant itself has it."""
    return shop.done[0][1] if OBJECT_EVENTS[event][0] == "create_account" else None


def _create(service: str, **params: Any) -> Callable[[ObjectShop], str]:
    return lambda shop: getattr(shop.services, service).create({"metadata": shop.metadata, **params}, once()).id


def _update(service: str) -> Callable[[ObjectShop], str]:
    return lambda shop: getattr(shop.services, service).update(shop.current, _UPDATED, once()).id


def _delete(service: str) -> Callable[[ObjectShop], str]:
    return lambda shop: getattr(shop.services, service).delete(shop.current).id


def _operation_of_example(name: str) -> Callable[[ObjectShop], str]:
    """Return the operation `create_…` or `update_…` of a resource that has an example."""
    from paysandbox.stripe_api.declared import RESOURCES
    from paysandbox.stripe_api.resources.examples import EXAMPLES

    verb, _, kind = name.partition("_")
    path, example = f"/v1{RESOURCES[kind].path}", EXAMPLES[kind]

    def operate(shop: ObjectShop) -> str:
        metadata = {f"metadata[{key}]": value for key, value in shop.metadata.items()}
        if verb == "create":
            return shop.raw("post", path, **example.created, **metadata).data["id"]
        return shop.raw("post", f"{path}/{shop.current}", **example.updated).data["id"]

    return operate


def _create_promotion_code(shop: ObjectShop) -> str:
    return _create("promotion_codes", promotion={"type": "coupon", "coupon": shop.current})(shop)


def _attach_card(shop: ObjectShop) -> str:
    return shop.services.payment_methods.attach(APPROVED, {"customer": shop.current}, once()).id


def _detach_card(shop: ObjectShop) -> str:
    return shop.services.payment_methods.detach(shop.current, {}, once()).id


def _save_source(shop: ObjectShop) -> str:
    source = {"source": "tok_visa", "metadata": shop.metadata}
    return shop.services.customers.payment_sources.create(shop.current, source, once()).id


def _update_source(shop: ObjectShop) -> str:
    customer = shop.done[0][1]
    return shop.services.customers.payment_sources.update(customer, shop.current, _UPDATED, once()).id


def _delete_source(shop: ObjectShop) -> str:
    customer = shop.done[0][1]
    return shop.services.customers.payment_sources.delete(customer, shop.current).id


def _create_tax_id(shop: ObjectShop) -> str:
    return shop.services.customers.tax_ids.create(shop.current, _TAX_ID, once()).id


def _delete_tax_id(shop: ObjectShop) -> str:
    return shop.services.customers.tax_ids.delete(shop.done[0][1], shop.current).id


def _add_bank_account(shop: ObjectShop) -> str:
    bank = {"external_account": "btok_us_verified", "metadata": shop.metadata}
    return shop.services.accounts.external_accounts.create(shop.current, bank, once()).id


def _update_bank_account(shop: ObjectShop) -> str:
    account = shop.done[0][1]
    return shop.services.accounts.external_accounts.update(account, shop.current, _UPDATED, once()).id


def _delete_bank_account(shop: ObjectShop) -> str:
    return shop.services.accounts.external_accounts.delete(shop.done[0][1], shop.current).id


def _request_capability(shop: ObjectShop) -> str:
    return shop.services.accounts.capabilities.update(shop.current, "transfers", {"requested": True}, once()).id


def _fund(shop: ObjectShop) -> str:
    return shop.fund()


def _create_transfer(shop: ObjectShop) -> str:
    account = shop.done[0][1]
    transfer = {"amount": 10_00, "currency": "usd", "destination": account, "metadata": shop.metadata}
    return shop.services.transfers.create(transfer, once()).id


def _reverse_transfer(shop: ObjectShop) -> str:
    shop.services.transfers.reversals.create(shop.current, {"amount": 4_00}, once())
    return shop.current


def _charge_destination(shop: ObjectShop) -> str:
    """Pay a destination charge, and return its application fee."""
    params = {
        "amount": 10_00,
        "currency": "usd",
        "payment_method": APPROVED,
        "confirm": True,
        "capture_method": "automatic",
        "application_fee_amount": 1_00,
        "transfer_data": {"destination": shop.done[0][1]},
        "metadata": shop.metadata,
        "return_url": _RETURN_URL,
        "expand": ["latest_charge"],
    }
    return shop.services.payment_intents.create(params, once()).latest_charge.application_fee


def _refund_fee(shop: ObjectShop) -> str:
    shop.services.application_fees.refunds.create(shop.current, {"amount": 40}, once())
    return shop.current


def _create_payout(outcome: str | None = None) -> Callable[[ObjectShop], str]:
    """Create a payout with an outcome, if that is given."""

    def create(shop: ObjectShop) -> str:
        entries = {**shop.metadata, **({"sandbox_outcome": outcome} if outcome else {})}
        return shop.services.payouts.create({"amount": 10_00, "currency": "usd", "metadata": entries}, once()).id

    return create


def _cancel_payout(shop: ObjectShop) -> str:
    return shop.services.payouts.cancel(shop.current, {}, once()).id


def _set_up(card: str) -> Callable[[ObjectShop], str]:
    return _create("setup_intents", payment_method=card, confirm=True, return_url=_RETURN_URL)


def _decline_setup_intent(shop: ObjectShop) -> str:
    import stripe

    try:
        return _set_up(DECLINED)(shop)
    except stripe.CardError as declined:
        intent = declined.error.setup_intent if declined.error else None
        if intent is None:
            raise
        return intent.id


def _cancel_setup_intent(shop: ObjectShop) -> str:
    return shop.services.setup_intents.cancel(shop.current, {}, once()).id


def _create_session(outcome: str | None = None) -> Callable[[ObjectShop], str]:
    """Create a Checkout session, whose bank answers as in `outcome`, if that is given."""

    def create(shop: ObjectShop) -> str:
        item = {"price_data": _PRICE, "quantity": 1}
        entries = {**shop.metadata, **({"sandbox_outcome": outcome} if outcome else {})}
        session = {"mode": "payment", "success_url": _RETURN_URL, "line_items": [item], "metadata": shop.metadata}
        return shop.services.checkout.sessions.create(
            session | {"payment_intent_data": {"metadata": entries}}, once()
        ).id

    return create


def _pay_session(shop: ObjectShop) -> str:
    """Pay a session on its page, as a program does."""
    import httpx

    session = shop.services.checkout.sessions.retrieve(shop.current)
    httpx.post(session.url, data={"card": APPROVED}, timeout=_TIMEOUT_S)
    return shop.current


def _expire_session(shop: ObjectShop) -> str:
    return shop.services.checkout.sessions.expire(shop.current, {}, once()).id


def _grant_token(shop: ObjectShop) -> str:
    limits = {"currency": "usd", "max_amount": 25_00}
    granted = shop.raw(
        "post",
        "/v1/test_helpers/shared_payment/granted_tokens",
        payment_method=APPROVED,
        usage_limits=limits,
        shared_metadata=shop.metadata,
    )
    return granted.data["id"]


def _pay_by_token(shop: ObjectShop) -> str:
    params = {"amount": 10_00, "currency": "usd", "confirm": True, "metadata": shop.metadata}
    shop.services.payment_intents.create(params | {"shared_payment_granted_token": shop.current}, once())
    return shop.current


def _revoke_token(shop: ObjectShop) -> str:
    shop.raw("post", f"/v1/test_helpers/shared_payment/granted_tokens/{shop.current}/revoke")
    return shop.current


_OPERATIONS: Final[Mapping[str, Callable[[ObjectShop], str]]] = {
    **BILLING_OPERATIONS,
    "create_product": _create("products", name="Ticket"),
    "update_product": _update("products"),
    "delete_product": _delete("products"),
    "create_price": _create("prices", **_PRICE),
    "update_price": _update("prices"),
    "create_account": _create("accounts", type="express", country="US", default_currency="eur"),
    "update_account": _update("accounts"),
    "delete_account": _delete("accounts"),
    "add_bank_account": _add_bank_account,
    "update_bank_account": _update_bank_account,
    "delete_bank_account": _delete_bank_account,
    "request_capability": _request_capability,
    "create_coupon": _create("coupons", percent_off=25, name="Ticket"),
    "update_coupon": _update("coupons"),
    "delete_coupon": _delete("coupons"),
    "create_promotion_code": _create_promotion_code,
    "update_promotion_code": _update("promotion_codes"),
    "create_customer": _create("customers", email="jenny@example.com"),
    "update_customer": _update("customers"),
    "delete_customer": _delete("customers"),
    "attach_card": _attach_card,
    "detach_card": _detach_card,
    "update_card": _update("payment_methods"),
    "save_source": _save_source,
    "update_source": _update_source,
    "delete_source": _delete_source,
    "create_source": _create("sources", type="card", token="tok_visa"),  # noqa: S106 - a published name
    "create_tax_id": _create_tax_id,
    "delete_tax_id": _delete_tax_id,
    "create_session": _create_session(),
    "create_late": _create_session("pending:1:approve"),
    "create_declined": _create_session("pending:1:decline:generic_decline"),
    "pay_session": _pay_session,
    "expire_session": _expire_session,
    "create_destination": _create("accounts", capabilities={"transfers": {"requested": True}}),
    "fund": _fund,
    "create_transfer": _create_transfer,
    "update_transfer": _update("transfers"),
    "reverse_transfer": _reverse_transfer,
    "charge_destination": _charge_destination,
    "refund_fee": _refund_fee,
    "create_payout": _create_payout(),
    "create_paid_payout": _create_payout("payout=paid"),
    "create_failed_payout": _create_payout("payout=account_closed"),
    "update_payout": _update("payouts"),
    "cancel_payout": _cancel_payout,
    "create_setup_intent": _create("setup_intents"),
    "challenge_setup_intent": _set_up(CHALLENGED),
    "decline_setup_intent": _decline_setup_intent,
    "set_up": _set_up(APPROVED),
    "cancel_setup_intent": _cancel_setup_intent,
    "grant_token": _grant_token,
    "pay_by_token": _pay_by_token,
    "revoke_token": _revoke_token,
}

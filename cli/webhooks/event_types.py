"""The event types on the command line: the sandbox's and Stripe's, with the same validation and completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import typer

from paysandbox.core.event_type import EventType
from paysandbox.core.suggestion import did_you_mean
from paysandbox.stripe_api.resources.examples import EXAMPLES

EVERY: Final = "*"

STRIPE_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "payment_intent.created": ("create",),
    "charge.succeeded": ("pay",),
    "payment_intent.amount_capturable_updated": ("hold",),
    "charge.failed": ("decline",),
    "payment_intent.payment_failed": ("decline",),
    "charge.captured": ("hold", "capture"),
    "payment_intent.succeeded": ("pay",),
    "payment_intent.canceled": ("create", "cancel"),
    "charge.expired": ("hold", "expire"),
    "charge.refunded": ("pay", "refund"),
    "refund.created": ("pay", "refund"),
    "charge.updated": ("pay", "update_charge"),
    "refund.updated": ("pay", "refund", "update_refund"),
    "charge.refund.updated": ("pay", "refund", "update_refund"),
    "payment_intent.requires_action": ("challenge",),
    "payment_intent.processing": ("pend",),
    "refund.failed": ("pay", "refund", "fail_refund"),
    "radar.early_fraud_warning.created": ("pay", "warn"),
    "charge.dispute.created": ("pay", "dispute"),
    "charge.dispute.updated": ("pay", "dispute", "submit_evidence"),
    "charge.dispute.closed": ("pay", "dispute", "close_dispute"),
    "charge.dispute.funds_withdrawn": ("pay", "dispute"),
    "charge.dispute.funds_reinstated": ("pay", "dispute", "submit_evidence", "win_dispute"),
}
"""Stripe's types that the sandbox sends, with the operations that cause each (cli/webhooks/stripe_trigger.py). The
shared layer's table takes too long to import."""


def _of_examples() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, example in EXAMPLES.items():
        create, update = f"create_{name}", f"update_{name}"
        for event in example.events:
            yield f"{name}.{event}", (create,) if event == "created" else (create, update)


OBJECT_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "product.created": ("create_product",),
    "product.updated": ("create_product", "update_product"),
    "product.deleted": ("create_product", "delete_product"),
    "price.created": ("create_price",),
    "price.updated": ("create_price", "update_price"),
    "account.updated": ("create_account", "update_account"),
    "account.application.deauthorized": ("create_account", "delete_account"),
    "account.external_account.created": ("create_account", "add_bank_account"),
    "account.external_account.updated": ("create_account", "add_bank_account", "update_bank_account"),
    "account.external_account.deleted": ("create_account", "add_bank_account", "delete_bank_account"),
    "capability.updated": ("create_account", "request_capability"),
    "coupon.created": ("create_coupon",),
    "coupon.updated": ("create_coupon", "update_coupon"),
    "coupon.deleted": ("create_coupon", "delete_coupon"),
    "promotion_code.created": ("create_coupon", "create_promotion_code"),
    "promotion_code.updated": ("create_coupon", "create_promotion_code", "update_promotion_code"),
    "customer.created": ("create_customer",),
    "customer.updated": ("create_customer", "update_customer"),
    "customer.deleted": ("create_customer", "delete_customer"),
    "payment_method.attached": ("create_customer", "attach_card"),
    "payment_method.detached": ("create_customer", "attach_card", "detach_card"),
    "payment_method.updated": ("create_customer", "attach_card", "update_card"),
    "customer.source.created": ("create_customer", "save_source"),
    "customer.source.updated": ("create_customer", "save_source", "update_source"),
    "customer.source.deleted": ("create_customer", "save_source", "delete_source"),
    "source.chargeable": ("create_source",),
    "customer.tax_id.created": ("create_customer", "create_tax_id"),
    "customer.tax_id.deleted": ("create_customer", "create_tax_id", "delete_tax_id"),
    "transfer.created": ("create_destination", "fund", "create_transfer"),
    "transfer.updated": ("create_destination", "fund", "create_transfer", "update_transfer"),
    "transfer.reversed": ("create_destination", "fund", "create_transfer", "reverse_transfer"),
    "application_fee.created": ("create_destination", "charge_destination"),
    "application_fee.refunded": ("create_destination", "charge_destination", "refund_fee"),
    "payout.created": ("fund", "create_payout"),
    "payout.updated": ("fund", "create_payout", "update_payout"),
    "payout.paid": ("fund", "create_paid_payout"),
    "payout.failed": ("fund", "create_failed_payout"),
    "payout.canceled": ("fund", "create_payout", "cancel_payout"),
    "customer.subscription.created": ("create_payer", "subscribe"),
    "customer.subscription.deleted": ("create_payer", "subscribe", "cancel_subscription"),
    "customer.subscription.trial_will_end": ("create_payer", "subscribe_on_trial"),
    "customer.subscription.updated": ("create_payer", "subscribe", "update_subscription"),
    "invoice.created": ("create_payer", "create_invoice"),
    "invoice.deleted": ("create_payer", "create_invoice", "delete_invoice"),
    "invoice.finalized": ("create_payer", "create_invoice", "finalize_invoice"),
    "invoice.marked_uncollectible": ("create_payer", "create_invoice", "finalize_invoice", "mark_uncollectible"),
    "invoice.paid": ("create_payer", "create_invoice", "pay_invoice"),
    "invoice.payment_action_required": ("create_challenged_payer", "create_invoice", "fail_invoice"),
    "invoice.payment_failed": ("create_declined_payer", "create_invoice", "fail_invoice"),
    "invoice.payment_succeeded": ("create_payer", "create_invoice", "pay_invoice"),
    "invoice.sent": ("create_payer", "create_invoice", "send_invoice"),
    "invoice.updated": ("create_payer", "create_invoice", "update_invoice"),
    "invoice.voided": ("create_payer", "create_invoice", "finalize_invoice", "void_invoice"),
    "invoice_payment.paid": ("create_payer", "create_invoice", "pay_invoice", "find_invoice_payment"),
    "invoiceitem.created": ("create_payer", "create_invoiceitem"),
    "invoiceitem.deleted": ("create_payer", "create_invoiceitem", "delete_invoiceitem"),
    "checkout.session.completed": ("create_session", "pay_session"),
    "checkout.session.expired": ("create_session", "expire_session"),
    "checkout.session.async_payment_succeeded": ("create_late", "pay_session"),
    "checkout.session.async_payment_failed": ("create_declined", "pay_session"),
    "setup_intent.created": ("create_setup_intent",),
    "setup_intent.requires_action": ("challenge_setup_intent",),
    "setup_intent.setup_failed": ("decline_setup_intent",),
    "setup_intent.succeeded": ("set_up",),
    "setup_intent.canceled": ("create_setup_intent", "cancel_setup_intent"),
    "shared_payment.granted_token.used": ("grant_token", "pay_by_token"),
    "shared_payment.granted_token.deactivated": ("grant_token", "revoke_token"),
    **dict(_of_examples()),
}
"""Stripe's types that the sandbox sends for objects of declared resources, with the operations that cause each
(cli/webhooks/object_trigger.py)."""


def parse_event_types(text: str | None, known: Iterable[str] = EventType) -> list[str]:
    """Return the types in `a,b`. An empty list means all of them."""
    types = [*known]
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in {*types, EVERY}]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is not an event type. {did_you_mean(unknown[0], types)}Choose from: {', '.join(types)}.",
            param_hint="--events",
        )
    return list(dict.fromkeys(names))


def complete_event_type(incomplete: str) -> list[str]:
    """Return the sandbox's event types that start with the text."""
    return beginning(incomplete, EventType)


def complete_event_list(context: typer.Context, incomplete: str) -> list[str]:
    """Return completions of the last name in `a,b`. With `--format stripe` the names are Stripe's."""
    types = (*STRIPE_EVENTS, *OBJECT_EVENTS) if context.params.get("format_") == "stripe" else EventType
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in beginning(last, [*types, EVERY]) if name not in before.split(",")]


def beginning(incomplete: str, words: Iterable[str]) -> list[str]:
    """Return the words that start with the text."""
    return [str(word) for word in words if word.startswith(incomplete)]

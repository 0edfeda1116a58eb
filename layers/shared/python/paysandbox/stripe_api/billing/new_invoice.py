# pyright: standard
"""Make invoices and what they bill: drafts, their lines, and their numbers when they are finalized.

Numbers are gapless per customer: the customer, who counts them, is stored in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import BillingSettings
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.stripe_api.billing import invoice as rules
from paysandbox.stripe_api.billing.collecting import intent_of
from paysandbox.stripe_api.billing.dunning import read_retry_days
from paysandbox.stripe_api.billing.groups import in_group, subscription_of
from paysandbox.stripe_api.billing.invoice import INVOICE, LINES, PERIOD, RETRY_DAYS
from paysandbox.stripe_api.billing.invoice_shown import BILLED_TO, OF_SUBSCRIPTION, PRICES
from paysandbox.stripe_api.billing.lines import line_name, line_of_item
from paysandbox.stripe_api.billing.methods import check_is_theirs
from paysandbox.stripe_api.billing.prices import Snapshot
from paysandbox.stripe_api.billing.subscription import ITEMS, SUBSCRIPTION, lines_of, period_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
    touched,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused
from paysandbox.stripe_api.resource_kit.objects_table import get_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.customers import NEXT_SEQUENCE, invoice_prefix

INVOICE_ITEM: Final = "invoiceitem"
PENDING_ITEMS: Final = "pending_invoice_items"
"""Of a customer, beside its fields: the IDs of the invoice items that no invoice has taken yet, the oldest first."""

_AFTER_DRAFT: Final = {
    *("auto_advance", "collection_method", "days_until_due", "default_payment_method", "default_source", "due_date"),
    *("metadata", "rendering"),
}
"""What can still be changed once it is finalized."""
_FINALIZED: Final = "Finalized invoices can't be updated in this way"
"""Stripe's words (lago#1180)."""

MAX_PENDING: Final = 90
"""Of a customer: an invoice takes all of them at once, and a transaction has 100 writes."""


def retry_days() -> list[int]:
    """Return on which days after the first attempt a payment that failed is attempted again."""
    return [*read_retry_days(settings_of(BillingSettings).billing_retry_days)]


def new_draft(customer: StoredObject, name: str, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return a new draft for a customer."""
    every = {**attributes, rules.CUSTOMER: customer.id, BILLED_TO: billed_to(customer)}
    return new_object(customer.merchant, INVOICE, name, without_defaults(every), cause)


def draft_for_period(
    subscription: StoredObject, customer: StoredObject, number: int, cause: Cause, pending: Sequence[StoredObject]
) -> tuple[StoredObject, tuple[StoredObject, ...]]:
    """Return the draft of a subscription for its period with this number, and the pending items that it takes.

    Its own period is the one before, which has ended; that of the first is the moment of its creation.
    """
    attributes, name = subscription.attributes, period_invoice(subscription, number)
    lines = lines_of(attributes, number, subscription.id, lambda item: line_name(name, item))
    is_first = subscription.changed_by.operation_id == cause.operation_id and subscription.version == 1
    at = int(cause.at.timestamp())
    before = [int(each.timestamp()) for each in period_of(attributes, number - 1)]
    taken = [each for each in pending if each.attributes["currency"] == attributes["currency"]]
    draft = new_draft(
        customer,
        name,
        {
            "automatic_tax": attributes.get("automatic_tax"),
            rules.AUTO_ADVANCE: True,
            rules.COLLECTION: attributes.get(rules.COLLECTION),
            rules.DAYS_UNTIL_DUE: attributes.get(rules.DAYS_UNTIL_DUE),
            "currency": attributes["currency"],
            LINES: [*lines, *(line_of_item(each, name) for each in taken)],
            OF_SUBSCRIPTION: attributes.get("metadata") or None,
            PERIOD: [at, at] if is_first else before,
            PRICES: {
                **{item["price"]["id"]: _without_id(item["price"]) for item in attributes[ITEMS]},
                **prices_of_items(taken),
            },
            rules.REASON: rules.FIRST if is_first else rules.CYCLE,
            RETRY_DAYS: attributes.get(RETRY_DAYS),
            rules.SUBSCRIPTION: subscription.id,
        },
        cause,
    )
    return draft, tuple(billed_item(each, draft.id, cause) for each in taken)


def period_invoice(subscription: StoredObject, number: int) -> str:
    """Return the ID of the one invoice of a subscription for its period with this number."""
    return invoice_of_period(subscription.merchant, subscription.id, number)


def invoice_of_period(merchant: str, subscription: str, number: int) -> str:
    """Return the ID of the one invoice for a period of a subscription, by the ID of that."""
    return f"in_{ids.derive('in', merchant, subscription, str(number))}"


def billed_item(item: StoredObject, invoice: str, cause: Cause) -> StoredObject:
    """Return an invoice item that an invoice has taken."""
    return changed(item, {**item.attributes, "invoice": invoice}, cause)


def prices_of_items(items: Iterable[StoredObject]) -> dict[str, Mapping[str, Any]]:
    """Return the prices of invoice items, as an invoice stores them."""
    prices: Iterable[Snapshot | None] = (each.attributes.get("price") for each in items)
    return {price["id"]: _without_id(price) for price in prices if price is not None}


def pending_items(customer: StoredObject) -> list[StoredObject]:
    """Return the invoice items of a customer that no invoice has taken yet, the oldest first. A read, if there are any.

    The customer has their IDs: so one that was just created is never missed.
    """
    names: list[str] = customer.attributes.get(PENDING_ITEMS, [])
    if not names:
        return []
    found = get_objects(objects_table(), customer.merchant, INVOICE_ITEM, names)
    return [found[name] for name in names if name in found and not found[name].deleted]


def with_pending(customer: StoredObject, names: Sequence[str]) -> StoredObject:
    """Return a customer whose pending invoice items these are. It is no change of what is shown."""
    attributes = without_defaults({**customer.attributes, PENDING_ITEMS: [*names] or None})
    return touched(replace(customer, attributes=attributes))


def without_pending(customer: StoredObject, taken: Iterable[StoredObject]) -> StoredObject:
    """Return a customer whose invoice items these are no longer pending."""
    gone = {each.id for each in taken}
    return with_pending(customer, [name for name in customer.attributes.get(PENDING_ITEMS, ()) if name not in gone])


def finalizing(
    invoice: StoredObject, customer: StoredObject | None, at: datetime, cause: Cause
) -> tuple[StoredObject, tuple[StoredObject, ...]]:
    """Return a draft that is finalized, and its customer, who counts the numbers of invoices.

    A customer who was deleted counts none any more: the number of the invoice is its own.
    """
    attributes = dict(invoice.attributes)
    if customer is None or customer.deleted:
        number = attributes.get(rules.NUMBER) or invoice.id.removeprefix("in_")[:12].upper()
        counted: tuple[StoredObject, ...] = ()
    else:
        sequence = customer.attributes.get(NEXT_SEQUENCE, 1)
        number = attributes.get(rules.NUMBER) or f"{invoice_prefix(customer)}-{sequence:04}"
        attributes[BILLED_TO] = billed_to(customer)
        counted = (changed(customer, {**customer.attributes, NEXT_SEQUENCE: sequence + 1}, cause),)
    after = rules.finalized(attributes, number, intent_of(invoice.merchant, invoice.id), at)
    return changed(invoice, after, cause), counted


def billed_to(customer: StoredObject) -> Attributes:
    """Return what an invoice shows of its customer."""
    names = ("address", "email", "name", "phone", "shipping", "tax_exempt")
    return without_defaults({name: customer.attributes.get(name) for name in names})


def _without_id(price: Snapshot) -> Mapping[str, Any]:
    return {name: price[name] for name in ("created", "attributes")}


def invoice_and_others(draft: Draft) -> Stored:
    """Return an invoice that is created or updated by a request, with what is stored with it."""
    return _updated(draft, draft.before) if draft.before is not None else _created(draft)


def _created(draft: Draft) -> Stored:
    """Return a new draft, with the pending items that it takes, and its subscription."""
    body, cause = draft.body, draft.cause
    customer = draft.read(rules.CUSTOMER, body.customer)
    if customer is None or customer.deleted:
        raise no_such("customer", body.customer, "customer")
    check_is_theirs(customer, body.default_payment_method, "default_payment_method")
    _check_due(body)
    subscription = _named_subscription(draft, customer.id)
    pending = _pending(draft, customer) if body.pending_invoice_items_behavior == "include" else []
    currency = _currency(body.currency, pending, subscription, customer)
    taken = [each for each in pending if each.attributes["currency"] == currency]
    name = draft.stored.id
    attributes = {
        **draft.stored.attributes,
        "automatic_tax": body.automatic_tax.enabled or None if body.automatic_tax else None,
        BILLED_TO: billed_to(customer),
        "currency": currency,
        rules.DAYS_UNTIL_DUE: body.days_until_due,
        LINES: [line_of_item(each, name) for each in taken],
        OF_SUBSCRIPTION: (subscription.attributes.get("metadata") or None) if subscription else None,
        PRICES: prices_of_items(taken) or None,
        RETRY_DAYS: retry_days(),
        rules.SUBSCRIPTION: body.subscription,
    }
    invoice = replace(draft.stored, attributes=without_defaults(attributes))
    items = [billed_item(each, name, cause) for each in taken]
    owner = (without_pending(customer, taken),) if taken else ()
    return *in_group(invoice, subscription, cause), *items, *owner


def _updated(draft: Draft, before: StoredObject) -> Stored:
    """Return an invoice as a request has changed it. One that is no draft keeps what it bills."""
    sent = draft.body.model_fields_set - {"expand"}
    status = rules.status_of(before.attributes)
    if status != rules.DRAFT and sent - _AFTER_DRAFT:
        raise refused(_FINALIZED, min(sent - _AFTER_DRAFT))
    body, attributes = draft.body, dict(draft.stored.attributes)
    _check_due(body)
    if body.default_payment_method:
        customer = draft.read(rules.CUSTOMER, before.attributes[rules.CUSTOMER])
        if customer is not None:
            check_is_theirs(customer, body.default_payment_method, "default_payment_method")
    if body.days_until_due is not None:
        attributes[rules.DAYS_UNTIL_DUE] = body.days_until_due
    if body.automatic_tax is not None:
        attributes["automatic_tax"] = body.automatic_tax.enabled or None
    invoice = replace(draft.stored, attributes=without_defaults(attributes))
    return in_group(invoice, subscription_of(before, draft.read), draft.cause)


def _pending(draft: Draft, customer: StoredObject) -> list[StoredObject]:
    names: list[str] = customer.attributes.get(PENDING_ITEMS, [])
    found = draft.read_many(INVOICE_ITEM, names) if names else {}
    return [found[name] for name in names if name in found and not found[name].deleted]


def _named_subscription(draft: Draft, customer: str) -> StoredObject | None:
    name = draft.body.subscription
    if name is None:
        return None
    subscription = draft.read(SUBSCRIPTION, name)
    if subscription is None or subscription.attributes["customer"] != customer:
        raise no_such("subscription", name, "subscription")
    return subscription


def _currency(
    sent: str | None, pending: Sequence[StoredObject], subscription: StoredObject | None, customer: StoredObject
) -> str:
    """Return the currency of a new invoice: as sent, of what it bills, or the customer's; otherwise US dollars."""
    of_items: list[str] = [each.attributes["currency"] for each in pending]
    of_subscription: str | None = subscription.attributes["currency"] if subscription else None
    return sent or next(iter(of_items), None) or of_subscription or customer.attributes.get("currency") or "usd"


def _check_due(body: Any) -> None:
    if body.days_until_due is not None and body.due_date is not None:
        detail = "You may only specify one of these parameters: days_until_due, due_date."
        raise refused(detail, "due_date")
    sent = next((name for name in ("days_until_due", "due_date") if getattr(body, name) is not None), None)
    if sent is not None and body.collection_method == rules.CHARGED:
        detail = f"You can only pass `{sent}` if the invoice's collection_method is 'send_invoice'."
        raise refused(detail, sent)

# pyright: standard
"""A new subscription: its items, its first period, and its first invoice, which are stored in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import BillingSettings
from paysandbox.core.record import record, replace
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as rules
from paysandbox.stripe_api.billing.groups import with_due
from paysandbox.stripe_api.billing.invoice_items.new_invoice_item import new_price
from paysandbox.stripe_api.billing.methods import check_is_theirs, method_name, no_method
from paysandbox.stripe_api.billing.new_invoice import (
    INVOICE_ITEM,
    draft_for_period,
    finalizing,
    pending_items,
    retry_days,
    without_pending,
)
from paysandbox.stripe_api.billing.prices import snapshot_of
from paysandbox.stripe_api.billing.subscription import is_announced_at_once
from paysandbox.stripe_api.billing.subscription_shown import item_name
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.errors import missing, no_such
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, new_object, without_defaults
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused

MAX_TRIAL: Final = timedelta(days=730)
DEFAULT_INCOMPLETE: Final = "default_incomplete"
ERROR_IF_INCOMPLETE: Final = "error_if_incomplete"

_ONE_TIME: Final = (
    "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
)
"""Stripe's words (stripe-php#1107)."""
_INACTIVE: Final = "The price specified is inactive. This field only accepts active prices."
_OTHER_CURRENCY: Final = (
    "The currency of each price of a subscription must be the same. Some prices are in {} and some in {}."
)
_OTHER_INTERVAL: Final = (
    "All prices of a subscription must have the same `recurring.interval` and `interval_count` here."
)


@record(kw_only=True)
class NewSubscription:
    """A new subscription with its first invoice, and all that is stored with them, the subscription first."""

    stored: Stored
    subscription: StoredObject
    invoice: StoredObject
    customer: StoredObject


def new_subscription(draft: Draft) -> NewSubscription:
    """Return the subscription that a request describes. Raises Refused: resource_not_found, parameter_invalid."""
    body, cause = draft.body, draft.cause
    customer = draft.read("customer", body.customer)
    if customer is None or customer.deleted:
        raise no_such("customer", body.customer, "customer")
    check_is_theirs(customer, body.default_payment_method, "default_payment_method")
    items, prices = _items(draft)
    start = int(cause.at.timestamp())
    trial_end = _trial_end(draft, items, start)
    anchor = trial_end or start
    currency: str = items[0]["price"]["attributes"]["currency"]
    is_collected = (body.collection_method or of_invoice.CHARGED) == of_invoice.CHARGED
    _check_collection(body, is_collected=is_collected)
    attributes: Attributes = {
        **draft.stored.attributes,
        "automatic_tax": body.automatic_tax.enabled or None if body.automatic_tax else None,
        "currency": currency,
        "billing_mode": body.billing_mode.model_dump(include={"type"}) if body.billing_mode else None,
        rules.ITEMS: items,
        rules.START: start,
        rules.ANCHOR: anchor,
        rules.NUMBER: 0 if trial_end or anchor > start else 1,
        rules.STATUS: rules.TRIALING if trial_end else None if is_collected else rules.ACTIVE,
        rules.TRIAL_START: start if trial_end else None,
        rules.TRIAL_END: trial_end,
        rules.WILL_END: is_announced_at_once(start, trial_end),
        of_invoice.RETRY_DAYS: retry_days(),
        rules.AFTER_RETRIES: settings_of(BillingSettings).billing_after_retries,
    }
    subscription = replace(draft.stored, attributes=without_defaults(attributes))
    subscription = replace(subscription, attributes=with_cancellation(subscription.attributes, body, start))
    return _with_first_invoice(draft, subscription, customer, prices)


def with_cancellation(attributes: Attributes, body: Any, now: int) -> Attributes:
    """Return a subscription that is to be canceled at a time or at the end of its period, or no longer.

    One that is canceled at the end of its period shows both that and the time (as recorded).
    """
    at_end, at = body.cancel_at_period_end, body.cancel_at
    if at_end is None and at is None:
        return attributes
    if at_end and at:
        raise refused("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", "cancel_at")
    if at and at <= now:
        raise refused("`cancel_at` must be a timestamp in the future.", "cancel_at")
    when = int(rules.period_of(attributes)[1].timestamp()) if at_end else at or None
    is_set, details = when is not None, attributes.get(rules.DETAILS, {})
    return without_defaults(
        {
            **attributes,
            rules.CANCEL_AT: when,
            rules.CANCEL_AT_END: bool(at_end) or None,
            rules.CANCELED_AT: now if is_set else None,
            rules.DETAILS: {**details, "reason": "cancellation_requested"} if is_set else None,
        }
    )


def _with_first_invoice(
    draft: Draft, subscription: StoredObject, customer: StoredObject, prices: Sequence[StoredObject]
) -> NewSubscription:
    """Return a subscription with its first invoice: finalized at once, or a draft that is sent."""
    body, cause = draft.body, draft.cause
    number: int = subscription.attributes[rules.NUMBER]
    pending = pending_items(customer)
    added, more_prices = _added(draft, customer)
    invoice, taken = draft_for_period(subscription, customer, number, cause, [*pending, *added])
    pending_taken = [each for each in taken if each.id in {item.id for item in pending}]
    new_items = [replace(each, version=1, changes=()) for each in taken if each.id in {item.id for item in added}]
    attributes = {**subscription.attributes, rules.LATEST: invoice.id}
    if of_invoice.is_collected(subscription.attributes):
        waits = body.payment_behavior == DEFAULT_INCOMPLETE
        has_method = method_name(customer, subscription.attributes) is not None
        total = of_invoice.total_of(invoice.attributes)
        if total and not waits and not has_method:
            raise no_method()
        invoice = replace(
            invoice,
            attributes=without_defaults({**invoice.attributes, of_invoice.AWAITS_PAYER: (waits and total > 0) or None}),
        )
        invoice, owner = _finalized_new(invoice, customer, draft)
        if rules.STATUS not in attributes:
            attributes[rules.CREATING] = True if total and not waits else None
    else:
        owner = customer
    if pending_taken:
        owner = without_pending(owner, pending_taken)
        owner = replace(owner, version=customer.version + 1)
    subscription = replace(subscription, attributes=without_defaults(attributes))
    subscription = with_due(replace(subscription, attributes=rules.with_invoice(subscription.attributes, invoice)))
    owner = _having(owner, customer, subscription.id)
    stored = (subscription, invoice, owner, *pending_taken, *new_items, *prices, *more_prices)
    return NewSubscription(stored=stored, subscription=subscription, invoice=invoice, customer=customer)


def _finalized_new(invoice: StoredObject, customer: StoredObject, draft: Draft) -> tuple[StoredObject, StoredObject]:
    """Return a new invoice that is finalized in the write that creates it, and the customer, who counts its number."""
    finalized, (counted,) = finalizing(invoice, customer, draft.cause.at, draft.cause)
    return replace(finalized, version=1, changes=()), counted


def _having(owner: StoredObject, customer: StoredObject, subscription: str) -> StoredObject:
    """Return a customer who has a new subscription. It is no change of what is shown."""
    return replace(owner, attributes=having(owner.attributes, subscription), version=customer.version + 1)


def having(customer: Attributes, subscription: str) -> Attributes:
    """Return a customer who has a new subscription."""
    names = [subscription, *customer.get(rules.OF_CUSTOMER, ())][: rules.OF_CUSTOMER_MAX]
    return {**customer, rules.OF_CUSTOMER: names}


def _items(draft: Draft) -> tuple[list[Attributes], list[StoredObject]]:
    """Return the items of a new subscription, with their prices as of now, and the prices that are new."""
    sent = draft.body.items
    if not sent:
        raise missing("items")
    items: list[Attributes] = []
    new: list[StoredObject] = []
    for place, item in enumerate(sent):
        within = f"items[{place}]"
        price = _price(draft, item, within)
        if item.price_data is not None:
            new.append(price)
        product = draft.read("product", price.attributes["product"])
        label = product.attributes if product else {}
        items.append(
            without_defaults(
                {
                    "id": item_name(draft.stored.id, place),
                    "created": int(draft.cause.at.timestamp()),
                    "metadata": item.metadata or None,
                    "name": label.get("name", ""),
                    "price": snapshot_of(price),
                    "quantity": 1 if item.quantity is None else item.quantity,
                    "unit_label": label.get("unit_label"),
                }
            )
        )
    check_alike({f"items[{place}]": item["price"]["attributes"] for place, item in enumerate(items)})
    return items, new


def _price(draft: Draft, item: Any, within: str) -> StoredObject:
    named = [name for name in ("plan", "price", "price_data") if getattr(item, name) is not None]
    if len(named) != 1:
        raise (
            missing(f"{within}[price]")
            if not named
            else refused(f"You may only specify one of these parameters: {', '.join(named)}.", f"{within}[{named[-1]}]")
        )
    if item.price_data is not None:
        return new_price(draft, item.price_data, f"{draft.id_of('price')}{within[6:-1]}", f"{within}[price_data]")
    name = item.price or item.plan
    price = draft.read("price", name)
    if price is None:
        raise no_such("price" if item.price else "plan", name, f"{within}[{named[0]}]")
    if not price.attributes.get("recurring"):
        raise refused(_ONE_TIME, f"{within}[price]")
    if price.attributes.get("active") is False:
        raise refused(_INACTIVE, f"{within}[price]")
    return price


def check_alike(prices: Mapping[str, Attributes]) -> None:
    """Refuse prices, by what has them, of several currencies, and of several periods, which are not simulated."""
    first = next(iter(prices.values()))
    for within, price in prices.items():
        if price["currency"] != first["currency"]:
            raise refused(_OTHER_CURRENCY.format(first["currency"], price["currency"]), f"{within}[price]")
        if _interval(price) != _interval(first):
            raise refused(_OTHER_INTERVAL, f"{within}[price]")


def _interval(price: Attributes) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"].get("interval_count", 1)


def _trial_end(draft: Draft, items: Sequence[Attributes], start: int) -> int | None:
    """Return when the trial of a new subscription ends (Unix seconds), or None: it has none."""
    body = draft.body
    sent = [name for name in ("trial_end", "trial_period_days") if getattr(body, name) not in (None, "")]
    if len(sent) > 1:
        raise refused("You may only specify one of these parameters: trial_end, trial_period_days.", "trial_end")
    if body.trial_end == "now":
        return None
    days = body.trial_period_days
    if days is None and body.trial_from_plan:
        days = items[0]["price"]["attributes"]["recurring"].get("trial_period_days")
    end = body.trial_end or (start + days * 86_400 if days else None)
    if end is None:
        return None
    if end <= start:
        raise refused("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    if end > start + MAX_TRIAL.total_seconds():
        detail = "Invalid timestamp: can be no more than two years in the future."
        raise refused(detail, "trial_end" if body.trial_end else "trial_period_days")
    return end


def _check_collection(body: Any, *, is_collected: bool) -> None:
    if is_collected and body.days_until_due is not None:
        detail = "You can only pass `days_until_due` if the subscription's collection_method is 'send_invoice'."
        raise refused(detail, "days_until_due")
    if not is_collected and body.days_until_due is None:
        raise missing("days_until_due")


def _added(draft: Draft, customer: StoredObject) -> tuple[list[StoredObject], list[StoredObject]]:
    """Return the invoice items that are added to the first invoice, and their prices that are new."""
    added: list[StoredObject] = []
    new: list[StoredObject] = []
    at = int(draft.cause.at.timestamp())
    for place, sent in enumerate(draft.body.add_invoice_items or ()):
        within = f"add_invoice_items[{place}]"
        if sent.price_data is not None:
            price = new_price(draft, sent.price_data, f"{draft.id_of('price')}a{place}", f"{within}[price_data]")
            new.append(price)
        else:
            found = draft.read("price", sent.price or "")
            if found is None:
                raise no_such("price", sent.price or "", f"{within}[price]")
            price = found
        product = draft.read("product", price.attributes["product"])
        unit = rules.unit_of(price.attributes)
        quantity = 1 if sent.quantity is None else sent.quantity
        facts = {
            "amount": price_amount(unit, quantity),
            "currency": price.attributes["currency"],
            "customer": customer.id,
            "description": product.attributes["name"] if product else None,
            "period": {"start": at, "end": at},
            "price": snapshot_of(price),
            "quantity": quantity if quantity != 1 else None,
            "subscription": draft.stored.id,
            "unit": unit,
        }
        name = f"{draft.id_of('ii')}{place}"
        added.append(new_object(customer.merchant, INVOICE_ITEM, name, without_defaults(facts), draft.cause))
    return added, new

"""An example of each event of subscriptions, invoices and what is in them, made by the rules of the product."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.reference.error_docs import EXAMPLE_REQUEST_ID
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as of_subscription
from paysandbox.stripe_api.billing.invoice import DECLINED, NEEDS_ACTION, Outcome
from paysandbox.stripe_api.billing.lines import line_of_item
from paysandbox.stripe_api.billing.subscription_shown import item_name
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, changed, deleted, new_object
from paysandbox.stripe_api.resource_kit.events import written_messages

_MERCHANT: Final = "demo"
_AT: Final = parse_timestamp("2026-11-16T09:30:00.000000Z")
_START: Final = int(_AT.timestamp())
_SUFFIX: Final = "lq3ixxwqhhv4esbl5ohtdhmqau"
_CAUSE: Final = Cause(operation_id="1", request_id=EXAMPLE_REQUEST_ID, at=_AT)
_INVOICE: Final = f"in_{_SUFFIX}"
_PRICE: Final[Attributes] = {
    "id": f"price_{_SUFFIX}",
    "created": _START,
    "attributes": {
        "currency": "usd", "product": f"prod_{_SUFFIX}", "unit_amount": 10_00,
        "recurring": {"interval": "month", "interval_count": 1, "trial_period_days": None, "usage_type": "licensed"},
    },
}  # fmt: skip
_SUBSCRIPTION: Final[Attributes] = {
    "customer": f"cus_{_SUFFIX}",
    "currency": "usd",
    "items": [
        {"id": item_name(f"sub_{_SUFFIX}", 0), "created": _START, "name": "Gold", "price": _PRICE, "quantity": 1},
    ],
    "start_date": _START,
    "billing_cycle_anchor": _START,
    "period": 1,
    "status": "active",
    "latest_invoice": _INVOICE,
}
_ITEM: Final = new_object(
    _MERCHANT,
    "invoiceitem",
    f"ii_{_SUFFIX}",
    {
        "amount": 10_00, "currency": "usd", "customer": f"cus_{_SUFFIX}", "description": "Setup", "unit": "1000",
        "period": {"start": _START, "end": _START},
    },
    _CAUSE,
)  # fmt: skip
_DRAFT: Final[Attributes] = {
    "customer": f"cus_{_SUFFIX}",
    "currency": "usd",
    "auto_advance": True,
    "lines": [line_of_item(_ITEM, _INVOICE)],
    "billed_to": {"email": "jenny@example.com", "name": "Jenny Rosen"},
}


def billing_events() -> Iterator[dict[str, Any]]:
    """Yield the events as the sandbox publishes them."""
    for before, after in (
        *_subscriptions(),
        *_invoices(),
        (None, _ITEM),
        (_ITEM, deleted(_ITEM, _ITEM.attributes, _CAUSE)),
    ):
        for message in written_messages(before, after, RESOURCES):
            yield json.loads(message.body)


def _subscriptions() -> Iterator[tuple[StoredObject | None, StoredObject]]:
    trial: Attributes = {**_SUBSCRIPTION, "status": "trialing", "trial_start": _START, "trial_end": _START + 864_000}
    new = new_object(_MERCHANT, "subscription", f"sub_{_SUFFIX}", _SUBSCRIPTION, _CAUSE)
    trying = new_object(_MERCHANT, "subscription", f"sub_{_SUFFIX}", trial, _CAUSE)
    yield None, new
    yield new, changed(new, {**_SUBSCRIPTION, "metadata": {"order_id": "6735"}}, _CAUSE)
    yield (
        new,
        changed(new, of_subscription.canceled(_SUBSCRIPTION, _START, {"reason": "cancellation_requested"}), _CAUSE),
    )
    yield trying, changed(trying, {**trial, of_subscription.WILL_END: True}, _CAUSE)


def _invoices() -> Iterator[tuple[StoredObject | None, StoredObject]]:
    draft = new_object(_MERCHANT, "invoice", _INVOICE, _DRAFT, _CAUSE)
    finalized = of_invoice.finalized(_DRAFT, "6D2E34F1-0001", f"pi_{_SUFFIX}", _AT)
    opened = changed(draft, finalized, _CAUSE)
    yield None, draft
    yield draft, opened
    yield draft, deleted(draft, _DRAFT, _CAUSE)
    yield opened, changed(opened, {**finalized, of_invoice.SENT_AT: _START}, _CAUSE)
    yield opened, changed(opened, {**finalized, "metadata": {"order_id": "6735"}}, _CAUSE)
    for status in (of_invoice.VOID, of_invoice.UNCOLLECTIBLE):
        yield opened, changed(opened, of_invoice.ended(finalized, status, _AT), _CAUSE)
    for kind in (DECLINED, NEEDS_ACTION):
        outcome = Outcome(id="att_1", at=_later(), request_id=EXAMPLE_REQUEST_ID, kind=kind, code="generic_decline")
        yield opened, changed(opened, of_invoice.with_outcome(finalized, outcome, is_retry=True), _CAUSE)
    yield opened, changed(opened, of_invoice.paid(finalized, 10_00, _AT), _CAUSE)


def _later() -> datetime:
    return _AT + timedelta(hours=1)

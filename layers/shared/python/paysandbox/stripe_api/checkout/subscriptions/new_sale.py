"""The subscription that a new Checkout session is to sell: its prices, its own fields, and its trial."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import BillingSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.billing.invoice import RETRY_DAYS
from paysandbox.stripe_api.billing.new_invoice import retry_days
from paysandbox.stripe_api.billing.new_subscription import MAX_TRIAL, check_alike
from paysandbox.stripe_api.billing.parameters import MAX_ITEMS
from paysandbox.stripe_api.billing.subscription import AFTER_RETRIES
from paysandbox.stripe_api.checkout.line_item import LINE_ITEMS, SNAPSHOT, Item, recurs
from paysandbox.stripe_api.checkout.parameters import LineItem
from paysandbox.stripe_api.checkout.rules import MODE, SUBSCRIPTION, SUBSCRIPTION_DATA
from paysandbox.stripe_api.objects.stored_object import Attributes, without_defaults
from paysandbox.stripe_api.resource_kit.declaration import Draft, refused

_MODE_REQUIRED_SINCE: Final = "2022-08-01"
_NOT_STORED: Final = {"items", "proration_behavior", "trial_from_plan"}
_TRIALS: Final = {"trial_end", "trial_period_days"}
_ONE_OF_BOTH: Final = f"You may only specify one of these parameters: {LINE_ITEMS}, {SUBSCRIPTION_DATA}[items]."
SHORTEST_TRIAL: Final = timedelta(days=2)

_NONE_RECURS: Final = "You must provide at least one recurring price in `subscription` mode when using prices."
"""Stripe's words (invertase/stripe-firebase-extensions#98)."""
_TOO_MANY: Final = f"A session takes at most {MAX_ITEMS} line items with recurring prices, and {MAX_ITEMS} with others."
_ONE_TRIAL: Final = "You may only specify one of these parameters: trial_end, trial_period_days."
_TOO_SOON: Final = "The `trial_end` date has to be at least 2 days in the future."
"""Stripe's words (stripe-python#679)."""
_TOO_LATE: Final = "The maximum number of trial period days is 730 (2 years)."
"""Stripe's words (async-stripe#445)."""
_TRIAL_END: Final = f"{SUBSCRIPTION_DATA}[trial_end]"


def as_since_2022(draft: Draft) -> Draft:
    """Return a request for a session as versions since 2022-08-01 send it: with its mode, and its plans as line items.

    Raises Refused(parameter_unknown) for plans in those.
    """
    body = draft.body
    plans = body.subscription_data.items if body.subscription_data is not None else None
    if plans is None:
        return draft
    if draft.version[:10] >= _MODE_REQUIRED_SINCE:
        raise refused(f"Received unknown parameter: {SUBSCRIPTION_DATA}[items]", f"{SUBSCRIPTION_DATA}[items]")
    if body.line_items:
        raise refused(_ONE_OF_BOTH, LINE_ITEMS)
    sold = [
        LineItem.model_construct(price=each.plan, quantity=1 if each.quantity is None else each.quantity)
        for each in plans
    ]
    body = body.model_copy(update={MODE: body.mode or SUBSCRIPTION, LINE_ITEMS: sold})
    stored = replace(draft.stored, attributes={**draft.stored.attributes, MODE: body.mode})
    return replace(draft, body=body, stored=stored)


def check_recurs(items: Sequence[Item]) -> None:
    """Refuse (parameter_invalid) items of which no subscription can be made: none recurs, or not all of these alike."""
    recurring = {f"{LINE_ITEMS}[{place}]": item for place, item in enumerate(items) if recurs(item)}
    if not recurring:
        raise refused(_NONE_RECURS, LINE_ITEMS)
    if max(len(recurring), len(items) - len(recurring)) > MAX_ITEMS:
        raise refused(_TOO_MANY, LINE_ITEMS)
    check_alike({within: item[SNAPSHOT]["attributes"] for within, item in recurring.items()})


def subscription_data(sent: Any, items: Sequence[Item], now: datetime) -> Attributes:
    """Return what a session stores of its subscription: its fields, its trial, and what the settings say as of now.

    Raises Refused(parameter_invalid) for a trial that ends too early or too late.
    """
    data: dict[str, Any] = sent.model_dump(exclude_none=True, exclude=_NOT_STORED) if sent else {}
    if sent is not None and sent.trial_from_plan and not _TRIALS & data.keys():
        first = next(item for item in items if recurs(item))
        data["trial_period_days"] = first[SNAPSHOT]["attributes"]["recurring"].get("trial_period_days") or None
    end = data.get("trial_end")
    if end is not None and "trial_period_days" in data:
        raise refused(_ONE_TRIAL, _TRIAL_END)
    if end is not None and end < (now + SHORTEST_TRIAL).timestamp():
        raise refused(_TOO_SOON, _TRIAL_END)
    if end is not None and end > (now + MAX_TRIAL).timestamp():
        raise refused(_TOO_LATE, _TRIAL_END)
    settings = {RETRY_DAYS: retry_days(), AFTER_RETRIES: settings_of(BillingSettings).billing_after_retries}
    return without_defaults({**data, "metadata": data.get("metadata") or None, **settings})

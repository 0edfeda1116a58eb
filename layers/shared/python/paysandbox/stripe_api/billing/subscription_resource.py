# pyright: standard
"""Subscriptions and their items. Source: Stripe, "Subscriptions" (API reference), and the types of its SDKs.

A change of items or prices, which is prorated, is not simulated yet; nor are pauses, discounts and schedules.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.settings import AcceptanceSettings, BillingSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing import parameters
from paysandbox.stripe_api.billing.invoice_resource import COLLECT, OPEN
from paysandbox.stripe_api.billing.subscription import CANCELED, ENDED, STATUSES, SUBSCRIPTION, events_of
from paysandbox.stripe_api.billing.subscription_shown import (
    SUBSCRIPTION_ITEM,
    earlier,
    item_fields,
    items_of,
    shown,
    subscription_of_item,
)
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.requests import (
    CLEARED,
    WITHOUT_EFFECT,
    CustomerId,
    MethodId,
    ObjectId,
    Retrieve,
    Span,
    Whole,
    Yes,
)
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter
from paysandbox.stripe_api.resources.price_data import LowerCurrency

_ACTIONS: Final = f"{__package__}.subscription_actions"
_CREATE: Final = kit.Answering("create_stripe_subscriptions", "create_stripe_subscriptions")
"""What creates subscriptions: it makes payments, and changes none."""
_ITEM_ACTIONS: Final = f"{__package__}.subscription_item_actions"
_ONE: Final = "/subscriptions/{id}"
_NOT_CANCELED: Final = "not_canceled"
"""The filter of a list without one: a canceled subscription is only listed on request."""
_PAYMENT_CODES: Final = (
    Code.RESOURCE_NOT_FOUND,
    Code.TOO_MANY_CHANGES,
    Code.PAYMENT_DECLINED,
    Code.AMOUNT_INVALID,
    Code.AMOUNT_NOT_WHOLE,
)


def _has_status(subscription: Body, status: str) -> bool:
    if status == "all":
        return True
    if status == _NOT_CANCELED:
        return subscription["status"] != CANCELED
    return subscription["status"] in (ENDED if status == "ended" else (status,))


def _has_price(subscription: Body, price: str) -> bool:
    return any(item["price"]["id"] == price for item in subscription["items"]["data"])


def _period(name: str) -> Any:
    return lambda subscription, span: any(span.has(item[name]) for item in subscription["items"]["data"])


SUBSCRIPTIONS: Final = kit.Resource(
    object=SUBSCRIPTION,
    prefix="sub",
    path="/subscriptions",
    noun="subscription",
    fields=(
        Field(
            name="add_invoice_items",
            type=Annotated[list[parameters.AddedItem], Limits(max_length=parameters.MAX_ITEMS)],
            update=False,
            shown=False,
        ),
        Field(name="automatic_tax", type=parameters.AutomaticTax, shown=False),
        kit.given("billing_cycle_anchor"),
        Field(name="billing_mode", type=parameters.BillingMode, update=False, shown=False),
        Field(name="cancel_at", type=Annotated[parameters.Time | None, CLEARED]),
        Field(name="cancel_at_period_end", type=Yes, shown=False),
        kit.given("canceled_at"),
        Field(name="cancellation_details", type=parameters.CancellationDetails, create=False, shown=False),
        Field(name="collection_method", type=parameters.CollectionMethod, default="charge_automatically", filters=True),
        Field(name="currency", type=LowerCurrency, update=False),
        Field(name="customer", type=CustomerId, update=False, filters=True, required=True, names="customer"),
        Field(name="days_until_due", type=parameters.DaysUntilDue),
        Field(name="default_payment_method", type=MethodId, clearable=True),
        Field(name="default_source", type=MethodId, clearable=True),
        Field(name="description", type=kit.text(500), clearable=True),
        kit.given("ended_at"),
        Field(
            name="items",
            type=Annotated[
                list[parameters.SubscriptionItemData], Limits(min_length=1, max_length=parameters.MAX_ITEMS)
            ],
            update=False,
            shown=False,
        ),
        kit.given("latest_invoice", names="invoice"),
        kit.METADATA,
        Field(name="off_session", type=Yes, shown=False),
        Field(
            name="payment_behavior",
            type=Literal["allow_incomplete", "default_incomplete", "error_if_incomplete"],
            shown=False,
        ),
        Field(name="payment_settings", type=parameters.PaymentSettings, merges=True),
        Field(
            name="proration_behavior",
            type=Annotated[Literal["always_invoice", "create_prorations", "none"], WITHOUT_EFFECT],
            shown=False,
        ),
        kit.given("start_date"),
        Field(name="trial_end", type=parameters.TrialEnd),
        Field(name="trial_from_plan", type=Yes, update=False, shown=False),
        Field(
            name="trial_period_days",
            type=Annotated[Whole, Limits(ge=0, le=730)],
            update=False,
            shown=False,
        ),
        Field(name="trial_settings", type=parameters.TrialSettings),
        kit.given("trial_start"),
    ),
    shown=kit.Shown(derived=shown, earlier=earlier),
    rules=kit.Rules(time=kit.Time(due=kit.Due(name="advance_due", module=f"{__package__}.advancing", by_steps=True))),
    routes=kit.Routes(
        operations=("get", "list", "search"),
        searched={
            "created": FieldType.NUMERIC,
            **dict.fromkeys(("metadata", "status"), FieldType.TOKEN),
        },
        filters=(
            Filter("current_period_end", Span, _period("current_period_end")),
            Filter("current_period_start", Span, _period("current_period_start")),
            Filter("plan", ObjectId, _has_price),
            Filter("price", ObjectId, _has_price),
            Filter("status", Literal[(*STATUSES, "all", "ended")], _has_status, _NOT_CANCELED),
        ),
        customer_of=lambda query, _: query.customer,
        rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS),
        actions=(
            kit.Action(
                name="create",
                module=_ACTIONS,
                path="/subscriptions",
                summary="Create a subscription",
                of="create",
                by=_CREATE,
                grants=OPEN,
                needs=(AcceptanceSettings, BillingSettings),
                refusals=_PAYMENT_CODES,
            ),
            kit.Action(
                name="update",
                module=_ACTIONS,
                path=_ONE,
                summary="Update a subscription",
                of="update",
                by=kit.CHANGE_WITH_PAYMENTS,
                grants=COLLECT,
                needs=(AcceptanceSettings,),
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
            kit.Action(
                name="cancel",
                module=_ACTIONS,
                method="DELETE",
                path=_ONE,
                summary="Cancel a subscription",
                query=parameters.CancelSubscription,
                by=kit.CHANGE_WITH_PAYMENTS,
                grants=COLLECT,
                needs=(AcceptanceSettings,),
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
    events=kit.Events(
        object="customer.subscription", ends=("created", "deleted", "trial_will_end", "updated"), of=events_of
    ),
)

SUBSCRIPTION_ITEMS: Final = kit.Resource(
    object=SUBSCRIPTION_ITEM,
    prefix="si",
    path="/subscription_items",
    noun="subscription item",
    fields=(),
    shown=kit.Shown(derived=item_fields, lacks=("livemode",)),
    rules=kit.Rules(holder=kit.Holder(SUBSCRIPTION, subscription_of_item, items_of)),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list",
                route="list_subscription_items",
                module=_ITEM_ACTIONS,
                method="GET",
                path="/subscription_items",
                summary="List subscription items",
                query=parameters.ListSubscriptionItems,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="get",
                module=_ITEM_ACTIONS,
                method="GET",
                path="/subscription_items/{id}",
                summary="Get a subscription item",
                query=Retrieve,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
)

# pyright: standard
"""Invoices and their payments. Source: Stripe, "Invoices" and "Invoice payments" (API reference), and its SDKs' types.

Tax, discounts, the customer's balance and the hosted page are not simulated: their parameters are refused, and what an
invoice shows of them is empty.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import LEDGER, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.aws.schema import STRIPE_OBJECTS_BY_MERCHANT
from paysandbox.aws.settings import AcceptanceSettings, BillingSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing import parameters
from paysandbox.stripe_api.billing.invoice import (
    AUTO_ADVANCE,
    COLLECTION,
    CUSTOMER,
    DAYS_UNTIL_DUE,
    DUE_DATE,
    FINALIZES_AT,
    INVOICE,
    NUMBER,
    STATUSES,
    SUBSCRIPTION,
    events_of,
)
from paysandbox.stripe_api.billing.invoice_shown import (
    INVOICE_PAYMENT,
    LINE_ITEM,
    earlier,
    invoice_of_payment,
    payments_list,
    payments_of,
    shown,
)
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.objects.stored_object import Read, StoredObject
from paysandbox.stripe_api.requests import CLEARED, CustomerId, MethodId, ObjectId, Retrieve, Span, Suffix, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter, Included
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.price_data import LowerCurrency

_ACTIONS: Final = f"{__package__}.invoice_actions"
_ONE: Final = "/invoices/{id}"
_WRITE: Final = (Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")), READ_HASHING_KEYS)
COLLECT: Final = (Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), *_WRITE)
"""What collecting an invoice needs."""
OPEN: Final = (Grant(LEDGER, ("PutItem",)), *_WRITE)
"""What making an invoice needs, and its payment."""

_CHANGES: Final = (Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES)


def _payment_events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    was = before.attributes["status"] if before else "open"
    return ("paid",) if after.attributes["status"] == "paid" != was else ()


INVOICE_PAYMENTS: Final = kit.Resource(
    object=INVOICE_PAYMENT,
    prefix="inpay",
    path="/invoice_payments",
    noun="invoice payment",
    fields=(
        kit.given("amount_paid"),
        kit.given("amount_requested"),
        kit.given("currency"),
        kit.given("invoice", names=INVOICE),
        kit.given("payment"),
        kit.given("status"),
        kit.given("status_transitions"),
    ),
    shown=kit.Shown(derived=lambda _: {"is_default": True}),
    rules=kit.Rules(holder=kit.Holder(INVOICE, invoice_of_payment, payments_of)),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list",
                route="list_invoice_payments",
                module=f"{__package__}.invoice_payment_actions",
                method="GET",
                path="/invoice_payments",
                summary="List invoice payments",
                query=parameters.ListInvoicePayments,
                by=kit.READ_WITH_PAYMENTS,
                grants=(
                    Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),
                    Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_MERCHANT),
                    Grant(LEDGER, ("GetItem",)),
                ),
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="get",
                module=f"{__package__}.invoice_payment_actions",
                method="GET",
                path="/invoice_payments/{id}",
                summary="Get an invoice payment",
                query=Retrieve,
                by=kit.READ_WITH_PAYMENTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
    events=kit.Events(ends=("paid",), of=_payment_events),
)


def _shown_payments(invoice: StoredObject, _: Mapping[str, StoredObject]) -> Body:
    return payments_list([render(INVOICE_PAYMENTS, each) for each in payments_of(invoice)])


def _no_ids(_: StoredObject) -> tuple[str, ...]:
    return ()


def _customer_of(query: Any, read: Read) -> str | None:
    if query.customer or not query.subscription:
        return query.customer
    subscription = read(SUBSCRIPTION, query.subscription)
    return subscription.attributes["customer"] if subscription else None


def _of_subscription(invoice: Body, name: str) -> bool:
    parent = invoice["parent"]
    return parent is not None and parent["subscription_details"]["subscription"] == name


def _changes(
    name: str,
    summary: str,
    body: Any = parameters.ChangeInvoice,
    **also: Any,
) -> kit.Action:
    return kit.Action(
        name=name,
        module=_ACTIONS,
        path=f"{_ONE}/{name}",
        summary=summary,
        body=body,
        by=kit.CHANGE_WITH_PAYMENTS,
        grants=COLLECT,
        needs=(AcceptanceSettings,),
        **{"refusals": _CHANGES, **also},
    )


INVOICES: Final = kit.Resource(
    object=INVOICE,
    prefix="in",
    path="/invoices",
    noun="invoice",
    fields=(
        Field(name=AUTO_ADVANCE, type=Yes, default=False),
        Field(name="automatic_tax", type=parameters.AutomaticTax, shown=False),
        Field(name=FINALIZES_AT, type=parameters.Time),
        Field(name=COLLECTION, type=parameters.CollectionMethod, default="charge_automatically", filters=True),
        Field(name="currency", type=LowerCurrency, update=False),
        Field(
            name="custom_fields",
            type=Annotated[Annotated[list[parameters.CustomField], Limits(max_length=4)] | None, CLEARED],
            stored_only=True,
        ),
        Field(name=CUSTOMER, type=CustomerId, update=False, filters=True, required=True, names=CUSTOMER),
        Field(name=DAYS_UNTIL_DUE, type=parameters.DaysUntilDue, shown=False),
        Field(name="default_payment_method", type=MethodId, clearable=True),
        Field(name="default_source", type=MethodId, clearable=True),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name=DUE_DATE, type=parameters.Time),
        Field(name="footer", type=kit.Text5000, clearable=True, stored_only=True),
        kit.METADATA,
        Field(name=NUMBER, type=kit.text(26)),
        Field(name="pending_invoice_items_behavior", type=Literal["exclude", "include"], update=False, shown=False),
        Field(name="rendering", type=Any, create=False, update=False),
        Field(name="statement_descriptor", type=Suffix, clearable=True),
        Field(name=SUBSCRIPTION, type=ObjectId, update=False, shown=False),
    ),
    shown=kit.Shown(
        derived=shown,
        earlier=earlier,
        includable=("confirmation_secret",),
        included={
            "payments": Included(kind=INVOICE, ids=_no_ids, shown=_shown_payments),
        },
    ),
    rules=kit.Rules(
        time=kit.Time(due=kit.Due(name="advance_due", module=f"{__package__}.advancing", by_steps=True)),
    ),
    routes=kit.Routes(
        operations=("create", "get", "list", "search", "update"),
        searched={
            "created": FieldType.NUMERIC,
            "total": FieldType.NUMERIC,
            **dict.fromkeys(("currency", "customer", "metadata", NUMBER, "status", SUBSCRIPTION), FieldType.TOKEN),
        },
        filters=(
            Filter(DUE_DATE, Span, lambda invoice, span: span.has(invoice[DUE_DATE])),
            Filter("status", Literal[STATUSES], lambda invoice, status: invoice["status"] == status),
            Filter(SUBSCRIPTION, ObjectId, _of_subscription),
        ),
        customer_of=_customer_of,
        id_param=INVOICE,
        rights=kit.Rights(
            create=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
            update=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
            needs=(BillingSettings,),
            read_by=kit.READ_WITH_PAYMENTS,
        ),
        actions=(
            kit.Action(
                name="delete",
                module=_ACTIONS,
                method="DELETE",
                path=_ONE,
                summary="Delete a draft invoice",
                grants=(*kit.DELETE_OBJECT, Grant(STRIPE_OBJECTS, ("BatchGetItem",))),
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="list_lines",
                route="list_invoice_lines",
                module=_ACTIONS,
                method="GET",
                path=f"{_ONE}/lines",
                summary="List the lines of an invoice",
                query=parameters.ListInvoiceLines,
                shows=LINE_ITEM,
                by=kit.READ_WITH_PAYMENTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            _changes("finalize", "Finalize a draft invoice", parameters.FinalizeInvoice),
            _changes(
                "pay",
                "Pay an invoice",
                parameters.PayInvoice,
                refusals=(*_CHANGES, Code.OUTCOME_INVALID, Code.LIVE_CARD_IN_SANDBOX),
            ),
            _changes("void", "Void an invoice"),
            _changes("mark_uncollectible", "Mark an invoice as uncollectible"),
            _changes("send", "Send an invoice"),
        ),
    ),
    events=kit.Events(
        ends=(
            "created",
            "deleted",
            "finalized",
            "marked_uncollectible",
            "paid",
            "payment_action_required",
            "payment_failed",
            "payment_succeeded",
            "sent",
            "updated",
            "voided",
        ),
        of=events_of,
    ),
)

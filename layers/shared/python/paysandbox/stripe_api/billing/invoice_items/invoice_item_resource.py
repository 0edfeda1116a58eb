# pyright: standard
"""Invoice items: what an invoice bills besides a subscription. Pending ones wait for the customer's next invoice.

Source: Stripe, "Invoice Items" (API reference), and the types of its SDKs. Negative amounts, which give credit, are not
simulated.
"""

from typing import Annotated, Final

from pydantic import Field as Limits

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing import parameters
from paysandbox.stripe_api.billing.invoice import INVOICE
from paysandbox.stripe_api.billing.prices import price_body
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import CustomerId, ObjectId, Whole, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter
from paysandbox.stripe_api.resources.price_data import LowerCurrency, UnitAmount, UnitAmountDecimal

_ACTIONS: Final = f"{__package__}.new_invoice_item"
_AMOUNT: Final = Annotated[Whole, Limits(ge=0, le=MAX_STRIPE_AMOUNT)]


def _derived(item: StoredObject) -> Attributes:
    """Return what follows from others, and what is not simulated, with what earlier versions have besides."""
    attributes, quantity = item.attributes, item.attributes.get("quantity", 1)
    price: Attributes | None = attributes.get("price")
    of_price = {"price": price["id"], "product": price["attributes"]["product"]} if price else None
    subscription = attributes.get("subscription")
    return {
        **earlier(item),
        "amount": attributes["amount"],
        "currency": attributes["currency"],
        "customer_account": None,
        "date": int(item.created_at.timestamp()),
        "discounts": [],
        "net_amount": attributes["amount"],
        "parent": {"subscription_details": {"subscription": subscription}, "type": "subscription_details"}
        if subscription
        else None,
        "pricing": {
            "type": "price_details",
            "unit_amount_decimal": attributes["unit"],
            **({"price_details": of_price} if of_price else {}),
        },
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": None,
    }


def earlier(item: StoredObject) -> Attributes:
    """Return what an invoice item has besides before 2025-03-31."""
    attributes = item.attributes
    price: Attributes | None = attributes.get("price")
    unit: str = attributes["unit"]
    return {
        "plan": None,
        "price": price_body(price) if price else None,
        "subscription": attributes.get("subscription"),
        "unit_amount": int(unit) if unit.isdigit() else None,
        "unit_amount_decimal": unit,
    }


def _is_pending(item: Body, pending: bool) -> bool:
    return (item["invoice"] is None) == pending


INVOICE_ITEMS: Final = kit.Resource(
    object="invoiceitem",
    prefix="ii",
    path="/invoiceitems",
    noun="invoiceitem",
    fields=(
        Field(name="amount", type=_AMOUNT),
        Field(name="currency", type=LowerCurrency, update=False),
        Field(name="customer", type=CustomerId, update=False, filters=True, names="customer"),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name="discountable", type=Yes, default=True, stored_only=True),
        Field(name="invoice", type=ObjectId, update=False, filters=True, names=INVOICE),
        kit.METADATA,
        Field(name="period", type=parameters.Period),
        Field(name="price", type=ObjectId, shown=False),
        Field(name="price_data", type=parameters.PriceDataOfItem, shown=False),
        Field(name="pricing", type=parameters.Pricing, shown=False),
        Field(name="quantity", type=parameters.Quantity, default=1),
        Field(name="subscription", type=ObjectId, update=False, shown=False),
        Field(name="unit_amount", type=UnitAmount, shown=False),
        Field(name="unit_amount_decimal", type=UnitAmountDecimal, shown=False),
    ),
    shown=kit.Shown(derived=_derived, earlier=earlier, lacks=("created",)),
    routes=kit.Routes(
        operations=("create", "get", "list", "update"),
        filters=(Filter("pending", Yes, _is_pending),),
        rights=kit.Rights(
            create=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
            update=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
            read_by=kit.READ_WITH_PAYMENTS,
        ),
        actions=(
            kit.Action(
                name="delete",
                module=_ACTIONS,
                method="DELETE",
                path="/invoiceitems/{id}",
                summary="Delete an invoice item",
                grants=kit.DELETE_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
    events=kit.Events(ends=("created", "deleted")),
)

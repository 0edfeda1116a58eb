# pyright: standard
"""Prices: what a product costs, once or for each period. Source: Stripe, "Prices" (API reference), and its SDKs' types.

A price is never deleted, and its amount never changes. A product that has one cannot be deleted.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.objects.stored_object import IN_USE, Attributes, StoredObject, mark_in_use
from paysandbox.stripe_api.requests import Metadata, Nested, ObjectId, Suffix, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Filter, Stored, refused, text
from paysandbox.stripe_api.resource_kit.unique_names import take_name
from paysandbox.stripe_api.resources.price_data import (
    Interval,
    LowerCurrency,
    Recurring,
    TaxBehavior,
    UnitAmount,
    UnitAmountDecimal,
    check_amount,
)

LOOKUP_KEY: Final = "lookup_key"
_UNSPECIFIED: Final = "unspecified"


class ProductData(Nested):
    """The product of a new price."""

    name: kit.Text5000
    active: Yes | None = None
    id: kit.ChosenId | None = None
    metadata: Metadata | None = None
    statement_descriptor: Suffix | None = None
    tax_code: kit.Text64 | None = None
    unit_label: kit.Text12 | None = None


class RecurringFilter(Nested):
    """Of a list: prices that are due with this period."""

    interval: Interval | None = None
    usage_type: Literal["licensed", "metered"] | None = None


def _check(body: Any) -> None:
    check_amount(body)
    if body.product is None and body.product_data is None:
        raise refused("You must specify either `product` or `product_data` when creating a price.", "product")
    if None not in (body.product, body.product_data):
        raise refused("You may only specify one of these parameters: product, product_data.", "product")


def _together(price: Draft) -> Stored:
    """Return a price with its product, its lookup key, and the price that had the key."""
    if price.before is None:
        stored = _with_product(price)
    else:
        stored = (price.stored,)
        _check_change(price, price.before)
    taken = "A price (`{}`) already uses that lookup key."
    return (*stored, *take_name(price, LOOKUP_KEY, transfer=price.body.transfer_lookup_key, taken=taken))


def _with_product(price: Draft) -> Stored:
    """Return a new price, and its product if that is written: its first price marks it as in use, for ever."""
    data = price.body.product_data
    if data is None:
        product = price.read("product", price.body.product)
        if product is None or product.deleted:
            raise no_such("product", price.body.product, "product")
        return (price.stored,) if product.attributes.get(IN_USE) else (price.stored, mark_in_use(product))
    if data.id and price.read("product", data.id):
        raise kit.already_exists("product", "product_data.id")
    made = price.make("product", data.id or price.id_of("prod"), data)
    stored = replace(price.stored, attributes={**price.stored.attributes, "product": made.id})
    return stored, replace(made, attributes={**made.attributes, IN_USE: True})


def _check_change(price: Draft, before: StoredObject) -> None:
    behavior, default = before.attributes.get("tax_behavior"), _UNSPECIFIED
    if behavior and price.stored.attributes.get("tax_behavior", default) != behavior:
        raise refused("Once specified as inclusive or exclusive, a tax behavior cannot be changed.", "tax_behavior")
    if price.body.active is False:
        product = price.read("product", before.attributes["product"])
        if product and product.attributes.get("default_price") == before.id:
            raise refused("This price cannot be archived because it is the default price of its product.", "active")


def _derived(price: StoredObject) -> Attributes:
    """Return the amount in both forms, and what is not simulated: tiers, and amounts that customers choose."""
    written: str = price.attributes.get("unit_amount_decimal") or str(price.attributes["unit_amount"])
    whole, _, fraction = written.partition(".")
    fraction, recurring = fraction.rstrip("0"), price.attributes.get("recurring")
    return {
        "custom_unit_amount": None,
        "recurring": {**recurring, "meter": None} if recurring else None,
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": None if fraction else int(whole),
        "unit_amount_decimal": f"{int(whole)}.{fraction}" if fraction else str(int(whole)),
    }


def _is_due(price: Body, sent: RecurringFilter) -> bool:
    wanted = sent.model_dump(exclude_none=True)
    return price["recurring"] is not None and wanted.items() <= price["recurring"].items()


PRICE: Final = kit.Resource(
    object="price",
    prefix="price",
    path="/prices",
    noun="price",
    fields=(
        Field(name="active", type=Yes, default=True, filters=True),
        Field(name="billing_scheme", type=Literal["per_unit"], default="per_unit", update=False, stored_only=True),
        Field(name="currency", type=LowerCurrency, required=True, update=False, filters=True),
        Field(name=LOOKUP_KEY, type=text(200), clearable=True),
        kit.METADATA,
        Field(name="nickname", type=kit.Text5000, clearable=True, stored_only=True),
        Field(name="product", type=ObjectId, update=False, filters=True, names="product"),
        Field(name="product_data", type=ProductData, update=False, shown=False),
        Field(name="recurring", type=Recurring, update=False),
        Field(name="tax_behavior", type=TaxBehavior, default=_UNSPECIFIED, stored_only=True),
        Field(name="transfer_lookup_key", type=Yes, shown=False),
        Field(name="unit_amount", type=UnitAmount, update=False),
        Field(name="unit_amount_decimal", type=UnitAmountDecimal, update=False),
    ),
    shown=kit.Shown(derived=_derived),
    rules=kit.Rules(check=_check, together=_together),
    routes=kit.Routes(
        id_param="price",
        filters=(
            Filter("lookup_keys", Annotated[list[text(200)], Limits(max_length=10)], lambda p, v: p[LOOKUP_KEY] in v),
            Filter("recurring", RecurringFilter, _is_due),
            Filter("type", Literal["one_time", "recurring"], lambda price, kind: price["type"] == kind),
        ),
        searched=dict.fromkeys(("active", "currency", LOOKUP_KEY, "metadata", "product", "type"), FieldType.TOKEN),
    ),
    events=kit.Events(ends=("created", "updated")),
)

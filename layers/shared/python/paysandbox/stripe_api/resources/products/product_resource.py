# pyright: standard
"""Products: what a merchant sells. Source: Stripe, "Products" (API reference), and the types of its SDKs."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.core.errors import Code
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import ListProductFeatures, Nested, ObjectId, Suffix, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter, text
from paysandbox.stripe_api.resources.price_data import PriceData, check_amount

DEFAULT_PRICE: Final = "default_price"


class MarketingFeature(Nested):
    """A feature that a pricing table names."""

    name: kit.Text80


def _check(body: Any) -> None:
    if body.default_price_data:
        check_amount(body.default_price_data, "default_price_data.")


def _derived(product: StoredObject) -> Attributes:
    """Return what follows. Dimensions (fractions of inches) and taxes are not simulated."""
    return {
        "package_dimensions": None,
        "tax_details": None,
        "updated": int(product.updated_at.timestamp()),
    }


def _list_of(kind: Any, most: int) -> Any:
    return Annotated[list[kind], Limits(max_length=most)]


PRODUCT: Final = kit.Resource(
    object="product",
    prefix="prod",
    path="/products",
    noun="product",
    fields=(
        Field(name="name", type=kit.Text5000, required=True),
        Field(name="active", type=Yes, default=True, filters=True),
        Field(name=DEFAULT_PRICE, type=ObjectId, create=False, clearable=True, names="price"),
        Field(name="default_price_data", type=PriceData, update=False, shown=False),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name="images", type=_list_of(text(2048), 8), default=[], clearable=True, stored_only=True),
        Field(
            name="marketing_features",
            type=_list_of(MarketingFeature, 15),
            default=[],
            clearable=True,
            stored_only=True,
        ),
        kit.METADATA,
        Field(name="shippable", type=Yes, filters=True),
        Field(name="statement_descriptor", type=Suffix),
        Field(name="tax_code", type=kit.Text64, clearable=True, stored_only=True),
        Field(name="type", type=Literal["good", "service"], default="service", update=False, filters=True),
        Field(name="unit_label", type=kit.Text12, clearable=True, stored_only=True),
        Field(name="url", type=text(2048), clearable=True, filters=True),
    ),
    shown=kit.Shown(derived=_derived),
    rules=kit.Rules(check=_check, id_chosen=True),
    routes=kit.Routes(
        filters=(Filter("ids", _list_of(kit.ChosenId, 100), lambda product, ids: product["id"] in ids),),
        searched={
            **dict.fromkeys(("active", "metadata", "shippable"), FieldType.TOKEN),
            **dict.fromkeys(("description", "name", "url"), FieldType.STRING),
        },
        actions=(
            kit.Action(
                name="list_features",
                route="list_product_features",
                module=f"{__package__}.feature_actions",
                method="GET",
                path="/products/{id}/features",
                summary="List the features of a product, which has none",
                query=ListProductFeatures,
                shows="product_feature",
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
        deletion=kit.Deletion(
            in_use="This product cannot be deleted because it has one or more user-created prices.",
            attributes={"active": False},
        ),
    ),
    events=kit.Events(ends=("created", "updated", "deleted")),
)
"""What is stored with one is in `default_price_actions.py`."""

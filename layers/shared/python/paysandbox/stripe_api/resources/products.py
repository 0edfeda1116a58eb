# pyright: standard
"""Products: what a merchant sells. Source: Stripe, "Products" (API reference), and the types of its SDKs."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.requests import Nested, ObjectId, Suffix, Yes
from paysandbox.stripe_api.resource_kit.declaration import METADATA, Field, Resource, text
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, StoredObject

_MAX_IMAGES: Final = 8
_MAX_FEATURES: Final = 15


class MarketingFeature(Nested):
    """A feature that a pricing table names."""

    name: Annotated[str, Limits(min_length=1, max_length=80)]


def _derived(product: StoredObject) -> Attributes:
    """Return what follows. Dimensions (fractions of inches) and taxes are not simulated."""
    return {
        "package_dimensions": None,
        "tax_details": None,
        "updated": int(product.updated_at.timestamp()),
    }


def _list_of(kind: Any, most: int) -> Any:
    return Annotated[list[kind], Limits(max_length=most)]


PRODUCT: Final = Resource(
    object="product",
    prefix="prod",
    path="/products",
    noun="product",
    fields=(
        Field(name="name", type=text(5000), required=True),
        Field(name="active", type=Yes, default=True, filters=True),
        Field(name="default_price", type=ObjectId, create=False, update=False, expands="price"),
        Field(name="description", type=text(5000), clearable=True),
        Field(name="images", type=_list_of(text(2048), _MAX_IMAGES), default=[], clearable=True),
        Field(name="marketing_features", type=_list_of(MarketingFeature, _MAX_FEATURES), default=[], clearable=True),
        METADATA,
        Field(name="shippable", type=Yes, filters=True),
        Field(name="statement_descriptor", type=Suffix),
        Field(name="tax_code", type=text(64), clearable=True),
        Field(name="type", type=Literal["good", "service"], default="service", update=False),
        Field(name="unit_label", type=text(12), clearable=True),
        Field(name="url", type=text(2048), clearable=True, filters=True),
    ),
    derived=_derived,
    deletable=True,
)

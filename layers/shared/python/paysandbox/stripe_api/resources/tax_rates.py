# pyright: standard
"""Tax rates: a percentage that is added to a price, or that a price includes.

Source: Stripe, "Tax Rates" (API reference), and `TaxRates.d.ts` of stripe-node 23.1.0. Tax is not simulated: a rate is
stored, shown and listed, and nothing takes one yet. `jurisdiction_level` and `flat_amount` are of rates that Stripe Tax
creates, and `effective_percentage` is of its calculations: null for a rate that a merchant defines.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.discounts.rules import PERCENT
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, refused, text
from paysandbox.stripe_api.resources.percents import Rate

_PERCENTAGE: Final = "percentage"

TaxType = Literal[
    "admissions_tax", "amusement_tax", "attendance_tax", "communications_tax", "digital_excise_tax",
    "entertainment_tax", "get_fund", "gross_receipts_tax", "gst", "hospitality_tax", "hst", "igst", "jct", "lease_tax",
    "luxury_tax", "mass_transit_parking_tax", "nhil", "parking_tax", "pst", "qst", "resort_tax", "retail_delivery_fee",
    "rst", "sales_tax", "service_tax", "tourism_tax", "utility_users_tax", "vat",
]  # fmt: skip
"""Those of stripe-python."""
Country = Annotated[str, Limits(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
State = Annotated[str, Limits(pattern=r"^[A-Z0-9]{1,3}$")]
"""ISO 3166-2, without the country."""


def _check(body: Any) -> None:
    if not 0 <= body.percentage <= 100 * PERCENT:
        raise refused("A percentage is from 0 to 100.", _PERCENTAGE)


def _derived(rate: StoredObject) -> Attributes:
    """Return the percentage as a decimal, and what only Stripe Tax sets."""
    return {
        **dict.fromkeys(("effective_percentage", "flat_amount", "jurisdiction_level")),
        _PERCENTAGE: rate.attributes.get(_PERCENTAGE, 0) / PERCENT,
        "rate_type": _PERCENTAGE,
    }


TAX_RATE: Final = kit.Resource(
    object="tax_rate",
    prefix="txr",
    path="/tax_rates",
    noun="tax rate",
    fields=(
        Field(name="active", type=Yes, default=True, filters=True),
        Field(name="country", type=Country, stored_only=True),
        Field(name="description", type=kit.Text5000, stored_only=True),
        Field(name="display_name", type=text(50), required=True, stored_only=True),
        Field(name="inclusive", type=Yes, required=True, update=False, filters=True, stored_only=True),
        Field(name="jurisdiction", type=text(50), stored_only=True),
        kit.METADATA,
        Field(name=_PERCENTAGE, type=Rate, required=True, update=False, stored_only=True),
        Field(name="state", type=State, stored_only=True),
        Field(name="tax_type", type=TaxType, stored_only=True),
    ),
    shown=kit.Shown(derived=_derived),
    rules=kit.Rules(check=_check),
    routes=kit.Routes(id_param="tax_rate"),
    events=kit.Events(ends=("created", "updated")),
)

# pyright: standard
"""What a price costs, and how often: as a new price has it, and what is created with one of its own."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field as Limits

from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT
from paysandbox.payments.requests import Currency
from paysandbox.stripe_api.requests import Metadata, Nested, Whole
from paysandbox.stripe_api.resource_kit.declaration import refused

_THREE_YEARS: Final = {"day": 1095, "week": 156, "month": 36, "year": 3}

Interval = Literal["day", "month", "week", "year"]
LowerCurrency = Annotated[Currency, AfterValidator(str.lower)]
UnitAmount = Annotated[Whole, Limits(ge=0, le=MAX_STRIPE_AMOUNT)]
UnitAmountDecimal = Annotated[str, Limits(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$")]
TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]


class Recurring(Nested):
    """How often a price is due.

    Metered billing is not simulated: /docs/reference/stripe-coverage#no-billing
    """

    interval: Interval
    interval_count: Annotated[Whole, Limits(ge=1)] = 1
    trial_period_days: Annotated[Whole, Limits(ge=0, le=730)] | None = None
    usage_type: Literal["licensed"] = "licensed"


class PriceData(Nested):
    """The price of a new product."""

    currency: LowerCurrency
    metadata: Metadata | None = None
    recurring: Recurring | None = None
    tax_behavior: TaxBehavior | None = None
    unit_amount: UnitAmount | None = None
    unit_amount_decimal: UnitAmountDecimal | None = None


def check_amount(price: Any, within: str = "") -> None:
    """Refuse a price without one amount, and one that is due less often than every three years."""
    amounts = {price.unit_amount, price.unit_amount_decimal} - {None}
    if not amounts:
        detail = "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."
        raise refused(detail, f"{within}unit_amount")
    if None not in (price.unit_amount, price.unit_amount_decimal):
        detail = "You may only specify one of these parameters: unit_amount, unit_amount_decimal."
        raise refused(detail, f"{within}unit_amount")
    recurring = getattr(price, "recurring", None)
    if recurring and recurring.interval_count > _THREE_YEARS[recurring.interval]:
        raise refused("A price is due at least every three years.", f"{within}recurring.interval_count")

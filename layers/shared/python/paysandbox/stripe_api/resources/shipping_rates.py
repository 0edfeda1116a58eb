# pyright: standard
"""Shipping rates: what the delivery of a purchase costs. Source: Stripe, "Shipping Rates" (API reference), and the
types of its SDKs. Taxes are not simulated. Stripe has no events of them.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.errors import missing
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import Nested, Whole, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Filter, Stored, text
from paysandbox.stripe_api.resources.currency_options import CURRENCY_OPTIONS, CurrencyKey, check_currencies
from paysandbox.stripe_api.resources.price_data import LowerCurrency, TaxBehavior, UnitAmount

_FIXED_AMOUNT: Final = "fixed_amount"
_UNSPECIFIED: Final = "unspecified"


class DeliveryTime(Nested):
    """A bound of the time that a delivery takes."""

    unit: Literal["business_day", "day", "hour", "month", "week"]
    value: Annotated[Whole, Limits(ge=1)]


class DeliveryEstimate(Nested):
    """How long a delivery takes. A bound that is not set is open."""

    maximum: DeliveryTime | None = None
    minimum: DeliveryTime | None = None


class ShippingOption(Nested):
    """What a delivery costs in another currency."""

    amount: UnitAmount
    tax_behavior: TaxBehavior | None = None


class ShippingOptionUpdated(Nested):
    """A change of what a delivery costs in another currency. A new currency needs its amount."""

    amount: UnitAmount | None = None
    tax_behavior: TaxBehavior | None = None


class FixedAmount(Nested):
    """What a delivery costs."""

    amount: UnitAmount
    currency: LowerCurrency
    currency_options: dict[CurrencyKey, ShippingOption] | None = None


class FixedAmountUpdated(Nested):
    """What can be changed of what a delivery costs: other currencies."""

    currency_options: dict[CurrencyKey, ShippingOptionUpdated] | None = None


def _together(rate: Draft) -> Stored:
    """Return a shipping rate. Refuses currencies that it cannot have."""
    amount, sent = rate.stored.attributes[_FIXED_AMOUNT], rate.body.fixed_amount
    if sent is not None and sent.currency_options is not None:
        param = f"{_FIXED_AMOUNT}[{CURRENCY_OPTIONS}]"
        check_currencies(sent.currency_options, amount["currency"], param)
        for name, option in amount[CURRENCY_OPTIONS].items():
            if option.get("amount") is None:
                raise missing(f"{param}[{name}][amount]")
    return (rate.stored,)


def _derived(rate: StoredObject) -> Attributes:
    stored: dict[str, Any] = rate.attributes[_FIXED_AMOUNT]
    behavior = rate.attributes.get("tax_behavior", _UNSPECIFIED)
    own = {stored["currency"]: {"amount": stored["amount"], "tax_behavior": behavior}}
    others = {
        name: {"amount": option["amount"], "tax_behavior": option.get("tax_behavior") or _UNSPECIFIED}
        for name, option in (stored.get(CURRENCY_OPTIONS) or {}).items()
    }
    shown = {"amount": stored["amount"], "currency": stored["currency"], CURRENCY_OPTIONS: {**others, **own}}
    return {_FIXED_AMOUNT: shown}


def _is_in(rate: Any, currency: str) -> bool:
    return rate[_FIXED_AMOUNT]["currency"] == currency


SHIPPING_RATE: Final = kit.Resource(
    object="shipping_rate",
    prefix="shr",
    path="/shipping_rates",
    noun="shipping rate",
    fields=(
        Field(name="active", type=Yes, default=True, create=False, filters=True),
        Field(name="delivery_estimate", type=DeliveryEstimate, update=False, stored_only=True),
        Field(name="display_name", type=text(100), required=True, update=False),
        Field(
            name=_FIXED_AMOUNT,
            type=FixedAmount,
            required=True,
            update_type=FixedAmountUpdated,
            merges_deeply=True,
        ),
        kit.METADATA,
        Field(name="tax_behavior", type=TaxBehavior, default=_UNSPECIFIED, stored_only=True),
        Field(name="tax_code", type=kit.Text64, update=False, stored_only=True),
        Field(name="type", type=Literal["fixed_amount"], default="fixed_amount", update=False),
    ),
    shown=kit.Shown(derived=_derived, includable=(f"{_FIXED_AMOUNT}.{CURRENCY_OPTIONS}",)),
    rules=kit.Rules(together=_together),
    routes=kit.Routes(id_param="shipping_rate_token", filters=(Filter("currency", LowerCurrency, _is_in),)),
)

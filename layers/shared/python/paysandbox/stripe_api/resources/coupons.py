# pyright: standard
"""Coupons: an amount or a percentage off a purchase. Source: Stripe, "Coupons" (API reference), and its SDKs' types.

The sentences are those that public programs have recorded from Stripe's test mode (version 2026-08-26.dahlia).
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core import ids
from paysandbox.core.errors import Code
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT
from paysandbox.stripe_api.discounts.future_times import UnixTime, check_future
from paysandbox.stripe_api.discounts.redemption import COUPON as OBJECT
from paysandbox.stripe_api.discounts.rules import MAX_REDEMPTIONS, PERCENT, TIMES_REDEEMED, coupon_ended, is_used_up
from paysandbox.stripe_api.errors import StripeRefused, no_such
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import Nested, ObjectId, Whole
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Stored, refused, text
from paysandbox.stripe_api.resources.currency_options import CURRENCY_OPTIONS, CurrencyKey, check_currencies
from paysandbox.stripe_api.resources.percents import Percent
from paysandbox.stripe_api.resources.price_data import LowerCurrency

_APPLIES_TO: Final = "applies_to"
_ID_LENGTH: Final = 8


AmountOff = Annotated[Whole, Limits(ge=1, le=MAX_STRIPE_AMOUNT)]
Redemptions = Annotated[Whole, Limits(ge=1)]


class AppliesTo(Nested):
    """What a coupon takes something off: these products."""

    products: Annotated[list[ObjectId], Limits(min_length=1, max_length=50)]


class CouponOption(Nested):
    """A coupon in another currency."""

    amount_off: AmountOff


def _check(body: Any) -> None:
    has_percent, has_amount = body.percent_off is not None, body.amount_off is not None
    if not has_percent and not has_amount:
        raise StripeRefused(Code.PARAMETER_MISSING, "Must provide percent_off or amount_off.")
    if has_percent and has_amount:
        raise refused("Received both percent_off and amount_off parameters. Please pass in only one.")
    if has_amount and body.currency is None:
        raise refused("You must pass currency when passing amount_off", "currency")
    if has_percent:
        _check_percent(body)
    if body.duration == "repeating" and body.duration_in_months is None:
        detail = "The duration_in_months param must be set when creating a coupon with a repeating duration"
        raise refused(detail, "duration")
    if body.duration != "repeating" and body.duration_in_months is not None:
        raise refused("Only a coupon with a repeating duration has duration_in_months.", "duration_in_months")


def _check_percent(body: Any) -> None:
    sent = body.percent_off / PERCENT
    if 100 * sent < 1:
        raise refused(f"This value must be greater than or equal to 0.01 (it currently is '{sent}').", "percent_off")
    if sent > 100:
        raise refused(f"This value must be less than or equal to 100 (it currently is '{sent}').", "percent_off")
    for name in (CURRENCY_OPTIONS, "currency"):
        if getattr(body, name) is not None:
            raise refused(f"You may only specify one of these parameters: {name}, percent_off.", name)


def _together(coupon: Draft) -> Stored:
    """Return a coupon. Refuses currencies, times and products that it cannot have."""
    attributes = coupon.stored.attributes
    if coupon.body.currency_options is not None:
        if "amount_off" not in attributes:
            detail = f"You may only specify one of these parameters: {CURRENCY_OPTIONS}, percent_off."
            raise refused(detail, CURRENCY_OPTIONS)
        check_currencies(coupon.body.currency_options, attributes["currency"], CURRENCY_OPTIONS)
    if coupon.before is None:
        check_future("redeem_by", coupon.body.redeem_by, coupon.cause.at)
        for place, name in enumerate(coupon.body.applies_to.products if coupon.body.applies_to else ()):
            product = coupon.read("product", name)
            if product is None or product.deleted:
                raise no_such("product", name, f"{_APPLIES_TO}[products][{place}]")
    return (coupon.stored,)


def _derived(coupon: StoredObject) -> Attributes:
    attributes = coupon.attributes
    options: dict[str, Any] = {}
    if "amount_off" in attributes:
        own = {attributes["currency"]: {"amount_off": attributes["amount_off"]}}
        options = {CURRENCY_OPTIONS: {**attributes.get(CURRENCY_OPTIONS, {}), **own}}
    percent = attributes.get("percent_off")
    return {
        **options,
        "percent_off": None if percent is None else percent / PERCENT,
        TIMES_REDEEMED: attributes.get(TIMES_REDEEMED, 0),
        "valid": not coupon.ended and not is_used_up(attributes),
    }


def _at_time(coupon: StoredObject, now: datetime) -> StoredObject:
    ended = coupon_ended(coupon.attributes, int(now.timestamp())) is not None
    # Not what it was at its last change: a redemption that is given back lets it be redeemed again.
    return replace(coupon, ended=coupon.deleted or ended)


def _id_of(operation_id: str) -> str:
    """Return the ID of a coupon for which the caller chose none, without a prefix as Stripe's."""
    return ids.derive("coupon", operation_id, length=_ID_LENGTH)


COUPON: Final = kit.Resource(
    object=OBJECT,
    prefix="coupon",
    path="/coupons",
    noun="coupon",
    fields=(
        Field(name="amount_off", type=AmountOff, update=False),
        Field(name=_APPLIES_TO, type=AppliesTo, update=False, optional=True),
        Field(name="currency", type=LowerCurrency, update=False),
        Field(name=CURRENCY_OPTIONS, type=dict[CurrencyKey, CouponOption], merges=True, optional=True),
        Field(name="duration", type=Literal["forever", "once", "repeating"], default="once", update=False),
        Field(name="duration_in_months", type=Annotated[Whole, Limits(ge=1)], update=False, stored_only=True),
        Field(name=MAX_REDEMPTIONS, type=Redemptions, update=False),
        kit.METADATA,
        Field(name="name", type=text(40), clearable=True),
        Field(name="percent_off", type=Percent, update=False),
        Field(name="redeem_by", type=UnixTime, update=False),
    ),
    shown=kit.Shown(derived=_derived, includable=(_APPLIES_TO, CURRENCY_OPTIONS), whole_within=True),
    rules=kit.Rules(check=_check, together=_together, id_chosen=True, id_of=_id_of, time=kit.Time(changes=_at_time)),
    routes=kit.Routes(
        id_param="coupon",
        deletion=kit.Deletion(),
        rights=kit.Rights(create=(Grant(STRIPE_OBJECTS, ("GetItem",)),)),
    ),
    events=kit.Events(ends=("created", "updated", "deleted")),
)

# pyright: standard
"""Promotion codes: what customers enter to redeem a coupon. Source: Stripe, "Promotion Codes" (API reference), and the
types of its SDKs.

The sentences are those that public programs have recorded from Stripe's test mode (version 2026-08-26.dahlia), where it
has any. A promotion code ends with its coupon, which is read with it.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.discounts.future_times import UnixTime, check_future
from paysandbox.stripe_api.discounts.redemption import COUPON as _COUPON, PROMOTION_CODE
from paysandbox.stripe_api.discounts.refusals import not_redeemable
from paysandbox.stripe_api.discounts.rules import (
    MAX_REDEMPTIONS,
    TIMES_REDEEMED,
    Reason,
    code_ended,
    is_used_up,
)
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import CustomerId, Nested, ObjectId, Whole, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Filter, Followed, Stored, refused, text
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.unique_names import exchange_names, owner_of
from paysandbox.stripe_api.resources.coupons import COUPON, Redemptions
from paysandbox.stripe_api.resources.currency_options import CURRENCY_OPTIONS, CurrencyKey, check_currencies
from paysandbox.stripe_api.resources.price_data import LowerCurrency

CODE_NAME: Final = "promotion_code.code"
"""The type of the names of active codes: `name_of_code` returns one."""

_COUPON_SHOWN: Final = "coupon_shown"
"""Beside the fields of a promotion code: its coupon as it was at the last write, for events in earlier versions."""

_PROMOTION: Final = "promotion"
_RESTRICTIONS: Final = "restrictions"
_MINIMUM: Final = "minimum_amount"
_MINIMUM_CURRENCY: Final = "minimum_amount_currency"
_CODE_LENGTH: Final = 8
_CODE: Final = re.compile(r"[A-Za-z0-9_-]+")
_MAX_SHOWN: Final = 40

MinimumAmount = Annotated[Whole, Limits(ge=1, le=MAX_STRIPE_AMOUNT)]


class Promotion(Nested):
    """What a code is for: a coupon."""

    type: Literal["coupon"]
    coupon: ObjectId | None = None


class RestrictionOption(Nested):
    """The minimum in another currency."""

    minimum_amount: MinimumAmount


class RestrictionOptions(Nested):
    """The restrictions that can be updated."""

    currency_options: dict[CurrencyKey, RestrictionOption] | None = None


class Restrictions(RestrictionOptions):
    """Which purchases a code can be redeemed for."""

    first_time_transaction: Yes | None = None
    minimum_amount: MinimumAmount | None = None
    minimum_amount_currency: LowerCurrency | None = None


def name_of_code(code: str, customer: str | None) -> str:
    """Return what an active code is unique by: its text in any case, among those of a customer or those of all."""
    return f"{code.lower()} {customer}" if customer else code.lower()


def active_code(
    read: Callable[[str, str], StoredObject | None], text_of: str, customer: str | None
) -> StoredObject | None:
    """Return the active promotion code with a text in any case: of the customer who enters it, or else of all.

    `read(object, id)` reads an object of the merchant as of now.
    """
    for owner in dict.fromkeys((customer, None)):
        name = read(CODE_NAME, name_of_code(text_of, owner))
        code = read(PROMOTION_CODE, owner_of(name)) if name and not name.deleted else None
        if code and _is_active(code) and not code.ended:
            return code
    return None


def _check(body: Any) -> None:
    if body.code is not None and not _CODE.fullmatch(body.code):
        shown = parameter_name(body.code)[:_MAX_SHOWN]
        pattern = r"/\A[a-zA-Z0-9\-_]+\z/"
        raise refused(
            f"This value must match the regex pattern. ({pattern} does not match for the value {shown}).", "code"
        )
    if body.promotion is not None and body.promotion.coupon is None:
        raise refused("You must pass promotion.coupon when passing promotion", f"{_PROMOTION}.{_COUPON}")
    sent = body.restrictions
    if sent is None:
        return
    if (sent.minimum_amount is None) != (sent.minimum_amount_currency is None):
        missing = _MINIMUM if sent.minimum_amount is None else _MINIMUM_CURRENCY
        given = _MINIMUM_CURRENCY if sent.minimum_amount is None else _MINIMUM
        raise refused(f"You must pass {missing} when passing {given}", f"{_RESTRICTIONS}.{missing}")


def _together(code: Draft) -> Stored:
    """Return a promotion code, and the name that it takes or gives up."""
    stored = _new(code) if code.before is None else code.stored
    if code.before is not None and code.body.active and code.before.ended:
        raise refused("This promotion code cannot be activated, because it can no longer be redeemed.", "active")
    _check_options(code.body.restrictions, stored.attributes)

    def left_by(owner: StoredObject | None) -> Stored:
        if owner is None or owner.ended or not _is_active(owner):
            return ()
        shown = stored.attributes["code"]
        raise refused(f"An active promotion code with `code: {shown}` already exists.", "code")

    before = _name_of(code.before) if code.before else None
    names = exchange_names(replace(code, stored=stored), CODE_NAME, before, _name_of(stored), left_by=left_by)
    return stored, *names


def _new(code: Draft) -> StoredObject:
    """Return a new promotion code with its text and its coupon. Refuses what the coupon does not allow."""
    body = code.body
    name, param = (body.coupon, _COUPON) if body.promotion is None else (body.promotion.coupon, "promotion[coupon]")
    coupon = code.read(_COUPON, name)
    if coupon is None or coupon.deleted:
        raise no_such(_COUPON, name, param)
    if coupon.ended:
        used_up = is_used_up(coupon.attributes)
        raise not_redeemable(Reason.COUPON_USED_UP if used_up else Reason.COUPON_EXPIRED, name, param)
    customer = body.customer and code.read("customer", body.customer)
    if body.customer and (customer is None or customer.deleted):
        raise no_such("customer", body.customer, "customer")
    check_future("expires_at", body.expires_at, code.cause.at)
    for own, limit in (("expires_at", "redeem_by"), (MAX_REDEMPTIONS, MAX_REDEMPTIONS)):
        sent, most = getattr(body, own), coupon.attributes.get(limit)
        if sent is not None and most is not None and sent > most:
            raise refused(f"`{own}` cannot be greater than the coupon's `{limit}` ({most}).", own)
    text_of = body.code or ids.derive("code", code.cause.operation_id, length=_CODE_LENGTH).upper()
    attributes = {**code.stored.attributes, "code": text_of, _COUPON: name}
    return _after(replace(code.stored, attributes=attributes), coupon)


def _check_options(sent: RestrictionOptions | None, attributes: Attributes) -> None:
    if sent is None or sent.currency_options is None:
        return
    param, restrictions = f"{_RESTRICTIONS}[{CURRENCY_OPTIONS}]", attributes[_RESTRICTIONS]
    if _MINIMUM not in restrictions:
        raise refused(f"You must pass {_MINIMUM} when passing {CURRENCY_OPTIONS}", f"{_RESTRICTIONS}[{_MINIMUM}]")
    check_currencies(sent.currency_options, restrictions[_MINIMUM_CURRENCY], param)


def _is_active(code: StoredObject) -> bool:
    return code.attributes.get("active", True)


def _name_of(code: StoredObject) -> str | None:
    return name_of_code(code.attributes["code"], code.attributes.get("customer")) if _is_active(code) else None


def _after(code: StoredObject, coupon: StoredObject | None) -> StoredObject:
    """Return a promotion code as it is with its coupon."""
    if coupon is None:
        return replace(code, ended=True)
    shown = render(COUPON, replace(coupon, deleted=False))
    return replace(code, attributes={**code.attributes, _COUPON_SHOWN: shown}, ended=code.ended or coupon.ended)


def _at_time(code: StoredObject, now: datetime) -> StoredObject:
    ended = code_ended(code.attributes, int(now.timestamp())) is not None
    # Not what it was at its last change: a redemption that is given back lets it be redeemed again.
    return replace(code, ended=code.deleted or ended)


def _derived(code: StoredObject) -> Attributes:
    attributes = code.attributes
    sent: Attributes = attributes.get(_RESTRICTIONS, {})
    restrictions: dict[str, Any] = {
        "first_time_transaction": sent.get("first_time_transaction", False),
        _MINIMUM: sent.get(_MINIMUM),
        _MINIMUM_CURRENCY: sent.get(_MINIMUM_CURRENCY),
    }
    if _MINIMUM in sent:
        own = {sent[_MINIMUM_CURRENCY]: {_MINIMUM: sent[_MINIMUM]}}
        restrictions[CURRENCY_OPTIONS] = {**sent.get(CURRENCY_OPTIONS, {}), **own}
    return {
        "active": _is_active(code) and not code.ended and not is_used_up(attributes),
        "customer_account": None,
        _PROMOTION: {_COUPON: attributes[_COUPON], "type": _COUPON},
        _RESTRICTIONS: restrictions,
        TIMES_REDEEMED: attributes.get(TIMES_REDEEMED, 0),
    }


def _earlier(code: StoredObject) -> Attributes:
    return {_COUPON: code.attributes[_COUPON_SHOWN]}


def _has_code(code: Any, sent: str) -> bool:
    return code["code"].lower() == sent.lower()


def _is_of(code: Any, coupon: str) -> bool:
    return code[_PROMOTION][_COUPON] == coupon


PROMOTION_CODES: Final = kit.Resource(
    object=PROMOTION_CODE,
    prefix="promo",
    path="/promotion_codes",
    noun="promotion code",
    fields=(
        Field(name="active", type=Yes, default=True, filters=True),
        Field(name="code", type=text(500), update=False),
        Field(name=_COUPON, type=ObjectId, update=False, names=_COUPON),
        Field(name="customer", type=CustomerId, update=False, filters=True, names="customer"),
        Field(name="expires_at", type=UnixTime, update=False),
        Field(name=MAX_REDEMPTIONS, type=Redemptions, update=False),
        kit.METADATA,
        Field(name=_PROMOTION, type=Promotion, update=False, shown=False),
        Field(
            name=_RESTRICTIONS,
            type=Restrictions,
            update_type=RestrictionOptions,
            default={},
            merges_deeply=True,
        ),
    ),
    shown=kit.Shown(derived=_derived, includable=(f"{_RESTRICTIONS}.{CURRENCY_OPTIONS}",), earlier=_earlier),
    rules=kit.Rules(
        check=_check,
        together=_together,
        time=kit.Time(changes=_at_time),
        follows=Followed(kind=_COUPON, id_of=lambda code: code.attributes[_COUPON], after=_after),
    ),
    routes=kit.Routes(
        id_param=PROMOTION_CODE,
        filters=(Filter("code", text(500), _has_code), Filter(_COUPON, ObjectId, _is_of)),
        rights=kit.Rights(create=(Grant(STRIPE_OBJECTS, ("GetItem",)),)),
    ),
    events=kit.Events(ends=("created", "updated")),
)

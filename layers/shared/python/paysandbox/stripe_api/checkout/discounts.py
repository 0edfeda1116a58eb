# pyright: standard
"""The discount of a Checkout session: a coupon, or a promotion code that its payer enters, and its redemption.

It applies as it was when it was added. It is redeemed when its payer pays, before the bank is asked, in the write that
claims the session: so no more of it is given than its maximum. What is redeemed is given back if the bank declines, if
the payer takes another discount or none, and when the session expires. Which of it Stripe does is not published.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.checkout.line_item import DISCOUNT, REDEEMED, items_of
from paysandbox.stripe_api.checkout.rules import MODE, SUBSCRIPTION
from paysandbox.stripe_api.checkout.totals import purchase_of
from paysandbox.stripe_api.discounts.redemption import COUPON, PROMOTION_CODE, Redeemed, recounted
from paysandbox.stripe_api.discounts.refusals import not_redeemable
from paysandbox.stripe_api.discounts.rules import (
    Purchase,
    Reason,
    is_used_up,
    why_code_does_not_apply,
    why_coupon_does_not_apply,
)
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, Read, StoredObject, without_defaults
from paysandbox.stripe_api.resource_kit.declaration import Resources, Stored
from paysandbox.stripe_api.resources.coupons import COUPON as COUPONS
from paysandbox.stripe_api.resources.promotion_codes import PROMOTION_CODES, active_code

RESOURCES: Final[Resources] = {each.object: each for each in (COUPONS, PROMOTION_CODES)}
"""The resources of what a session's discount is read from."""

ENTERED_CODE: Final = "entered_code"
"""Beside the fields of a session: the promotion code as its payer has entered it, for the page."""

OF_SUBSCRIPTIONS: Final = "Discounts of subscriptions are not simulated yet: /docs/reference/stripe-coverage#checkout"

_TERMS: Final = ("amount_off", "applies_to", "currency", "currency_options", "percent_off")
_RESTRICTIONS: Final = "restrictions"


def with_discount(
    read: Read, attributes: Attributes, *, coupon: str | None, code: str | None, param: str
) -> Attributes:
    """Return a session to which a coupon or a promotion code applies, by its ID.

    Raises Refused: resource_not_found, and parameter_invalid for one that does not apply.
    """
    purchase = _purchase(attributes)
    if code is not None:
        promotion = read(PROMOTION_CODE, code)
        if promotion is None or promotion.deleted:
            raise no_such("promotion code", code, param)
        coupon = _coupon_of(promotion, purchase, param)
    found = read(COUPON, coupon or "")
    if found is None or found.deleted:
        raise no_such("coupon", coupon or "", param)
    if found.ended:
        reason = Reason.COUPON_USED_UP if is_used_up(found.attributes) else Reason.COUPON_EXPIRED
        raise not_redeemable(reason, found.id, param)
    why = why_coupon_does_not_apply(found.attributes, purchase)
    if why is not None:
        raise not_redeemable(why, found.id, param)
    terms = {name: found.attributes[name] for name in _TERMS if name in found.attributes}
    return {**attributes, DISCOUNT: {COUPON: found.id, PROMOTION_CODE: code, "terms": terms}}


def with_entered_code(read: Read, attributes: Attributes, text: str, param: str) -> Attributes:
    """Return a session to which the promotion code applies that its payer has entered. An empty one removes it.

    Raises Refused(parameter_invalid) for none, and as `with_discount` does.
    """
    if not attributes.get("allow_promotion_codes"):
        raise Refused(Code.PARAMETER_INVALID, "This session takes no promotion codes.", param)
    if not text.strip():
        return without_discount(attributes)
    if attributes[MODE] == SUBSCRIPTION:
        raise Refused(Code.NOT_YET_SIMULATED, OF_SUBSCRIPTIONS, param)
    promotion = active_code(read, text.strip(), attributes.get("customer"))
    if promotion is None:
        raise Refused(Code.PARAMETER_INVALID, "This code is invalid.", param)
    after = with_discount(read, attributes, coupon=None, code=promotion.id, param=param)
    return {**after, ENTERED_CODE: text}


def without_discount(attributes: Attributes) -> Attributes:
    """Return a session without its discount, and without the code that its payer has entered."""
    return {name: value for name, value in attributes.items() if name not in (DISCOUNT, ENTERED_CODE)}


def discount_of(attributes: Attributes) -> Attributes | None:
    """Return the coupon, and the promotion code that led to it, of a session's discount. None without one."""
    discount: Attributes | None = attributes.get(DISCOUNT)
    return {name: discount[name] for name in (COUPON, PROMOTION_CODE)} if discount else None


def having_redeemed(read: Read, session: StoredObject, redeemed: Attributes | None, cause: Cause) -> Stored:
    """Return a session that is stored next as one that has redeemed this (`discount_of`), with all whose counts change.

    Reads these. Raises Refused(parameter_invalid) for what is used up.
    """
    before = session.attributes.get(REDEEMED)
    if before == redeemed:
        return (session,)
    counted = recounted(read, _redeemed(before), _redeemed(redeemed), cause, param="discounts")
    return replace(session, attributes=without_defaults({**session.attributes, REDEEMED: redeemed})), *counted


def _redeemed(redeemed: Attributes | None) -> Redeemed:
    return {(kind, name) for kind, name in (redeemed or {}).items() if name is not None}


def _coupon_of(promotion: StoredObject, purchase: Purchase, param: str) -> str:
    """Return the coupon of a promotion code that applies to a purchase."""
    attributes = promotion.attributes
    if attributes.get("active") is False:
        raise not_redeemable(Reason.CODE_INACTIVE, promotion.id, param)
    if promotion.ended:
        reason = Reason.CODE_USED_UP if is_used_up(attributes) else Reason.CODE_EXPIRED
        raise not_redeemable(reason, promotion.id, param)
    if (attributes.get(_RESTRICTIONS) or {}).get("first_time_transaction") and purchase.customer is not None:
        detail = "Whether a purchase is the first of a customer is not simulated in Checkout yet."
        raise Refused(Code.NOT_YET_SIMULATED, detail, param)
    why = why_code_does_not_apply(attributes, purchase)
    if why is not None:
        raise not_redeemable(why, promotion.id, param)
    return attributes[COUPON]


def _purchase(attributes: Attributes) -> Purchase:
    return purchase_of(items_of(attributes), attributes["currency"], attributes.get("customer"))

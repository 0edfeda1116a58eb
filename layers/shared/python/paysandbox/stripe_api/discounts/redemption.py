"""Redemptions: a coupon, and the promotion code that led to it, are counted once for each object that redeems them.

A redemption is an object of its own, with an ID that is derived from the object that redeems and from the coupon. It is
stored in one transaction with the coupon and the promotion code, each in place of the version that was read. So of
writes at once, one is stored and the others are made again of what it left: a count never exceeds its maximum, and a
redemption that is there is not counted again.
"""

from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.stripe_api.discounts.refusals import not_redeemable
from paysandbox.stripe_api.discounts.rules import TIMES_REDEEMED, Reason, is_used_up
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.stored_object import Cause, Read, StoredObject, changed, new_object

COUPON: Final = "coupon"
PROMOTION_CODE: Final = "promotion_code"
REDEMPTION: Final = "redemption"
"""The type of a redemption, which is of no resource."""

_PREFIX: Final = "rdm"


def redeemed(
    read: Read, by: StoredObject, cause: Cause, coupon: str, promotion_code: str | None = None, *, param: str
) -> Stored:
    """Return what is stored with an object that redeems a coupon, and a promotion code if that led to it.

    Nothing if the object has redeemed it before. `read` reads the merchant's objects as of now. Refuses, for the
    parameter `param`, what can no longer be redeemed.
    """
    if read(REDEMPTION, redemption_id(by.id, coupon)) is not None:
        return ()
    stored = _counted(_redeemable(read, COUPON, coupon, param), cause)
    attributes = {"by": by.id, COUPON: coupon, PROMOTION_CODE: promotion_code}
    new = new_object(by.merchant, REDEMPTION, redemption_id(by.id, coupon), attributes, cause)
    redemption = replace(new, listed=False)
    if promotion_code is None:
        return redemption, stored
    code = _redeemable(read, PROMOTION_CODE, promotion_code, param)
    return redemption, stored, _counted(replace(code, ended=is_used_up(stored.attributes)), cause)


def redemption_id(by: str, coupon: str) -> str:
    """Return the ID of the redemption of a coupon by an object."""
    return f"{_PREFIX}_{ids.derive(by, coupon)}"


def _redeemable(read: Read, kind: str, name: str, param: str) -> StoredObject:
    current = read(kind, name)
    if current is None or current.deleted:
        raise no_such(kind.replace("_", " "), name, param)
    is_coupon = kind == COUPON
    if is_used_up(current.attributes):
        raise not_redeemable(Reason.COUPON_USED_UP if is_coupon else Reason.CODE_USED_UP, name, param)
    if current.ended:
        raise not_redeemable(Reason.COUPON_EXPIRED if is_coupon else Reason.CODE_EXPIRED, name, param)
    if current.attributes.get("active") is False:
        raise not_redeemable(Reason.CODE_INACTIVE, name, param)
    return current


def _counted(current: StoredObject, cause: Cause) -> StoredObject:
    """Return a coupon or a promotion code that was redeemed once more.

    Redemptions in a row are one change of its history, since no request asks for its state between them: otherwise a
    coupon could only be redeemed as often as its changes fit into its item.
    """
    count = current.attributes.get(TIMES_REDEEMED, 0) + 1
    after = changed(current, {**current.attributes, TIMES_REDEEMED: count}, cause)
    *earlier, last = after.changes
    if not earlier or set(earlier[-1].before) != {TIMES_REDEEMED}:
        return after
    return replace(after, changes=(*earlier[:-1], replace(last, before=earlier[-1].before)))

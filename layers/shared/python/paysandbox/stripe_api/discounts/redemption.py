"""Redemptions: coupons and promotion codes count the objects that have redeemed them.

An object that redeems has in its own item what it has redeemed. It is stored in one transaction with the counts, each
in place of the version that was read. So of writes at once, one is stored and the others are made again of what it
left: a count never exceeds its maximum, and nothing is counted, or given back, twice.
"""

from collections.abc import Set
from typing import Final

from paysandbox.core.record import replace
from paysandbox.stripe_api.discounts.refusals import not_redeemable
from paysandbox.stripe_api.discounts.rules import TIMES_REDEEMED, Reason, code_ended, coupon_ended, is_used_up
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import Cause, Read, StoredObject, changed, without_defaults
from paysandbox.stripe_api.resource_kit.declaration import Stored

COUPON: Final = "coupon"
PROMOTION_CODE: Final = "promotion_code"

Redeemed = Set[tuple[str, str]]
"""Coupons and promotion codes, by their type and ID."""

_USED_UP: Final = {COUPON: Reason.COUPON_USED_UP, PROMOTION_CODE: Reason.CODE_USED_UP}
_ENDED: Final = {COUPON: coupon_ended, PROMOTION_CODE: code_ended}


def recounted(read: Read, before: Redeemed, after: Redeemed, cause: Cause, *, param: str) -> Stored:
    """Return what is stored with an object that had redeemed what was `before`, and has redeemed what comes `after`.

    What was redeemed before is not counted again. `read` reads the merchant's objects as of now. Raises Refused, for
    the parameter `param`: parameter_invalid for what is used up, and resource_not_found. Whether it has expired or was
    deleted is a question of when it is added.
    """
    stored: list[StoredObject] = []
    for kind, name in sorted(before ^ after):
        current = read(kind, name)
        if current is None:
            raise no_such(kind.replace("_", " "), name, param)
        by = 1 if (kind, name) in after else -1
        if by > 0 and is_used_up(current.attributes):
            raise not_redeemable(_USED_UP[kind], name, param)
        # A promotion code ends with its coupon, which comes first, and can be redeemed again with it.
        stored.append(_counted(current, by, cause, ended=current.deleted or any(each.ended for each in stored)))
    return tuple(stored)


def _counted(current: StoredObject, by: int, cause: Cause, *, ended: bool) -> StoredObject:
    """Return a coupon or a promotion code that was redeemed once more, or once less.

    Redemptions in a row are one change of its history, since no request asks for its state between them: otherwise a
    coupon could only be redeemed as often as its changes fit into its item.
    """
    count = current.attributes.get(TIMES_REDEEMED, 0) + by
    attributes = without_defaults({**current.attributes, TIMES_REDEEMED: count or None})
    ended = ended or _ENDED[current.object](attributes, int(cause.at.timestamp())) is not None
    after = changed(replace(current, ended=ended), attributes, cause)
    *earlier, last = after.changes
    if not earlier or set(earlier[-1].before) != {TIMES_REDEEMED}:
        return after
    return replace(after, changes=(*earlier[:-1], replace(last, before=earlier[-1].before)))

"""Recipients and amounts for which the PayPal simulator does something special. Pure.

The local part of the address decides, before a `+`: `unclaimed@example.com`. A `+` adds PayPal's code to those that
have one: `failed+RECEIVER_ACCOUNT_LOCKED@example.com`. With any other address, the last two digits of the amount in
minor units decide: 12.61 USD is unclaimed. All others are paid.
"""

import re
from datetime import timedelta
from typing import Final

from paysandbox.core.record import record

MOMENT: Final = timedelta(0)
DAY: Final = timedelta(days=1)


@record(kw_only=True)
class ItemStatus:
    """A status that an item gets so long after the batch was processed. `code` is the name of its error, if any."""

    after: timedelta
    status: str
    code: str | None = None


@record(kw_only=True)
class Trouble:
    """How the simulator answers a request that creates a batch.

    `status` and `name` are those of the error. `pays` says whether the batch is created nevertheless. `times` is how
    often the request is answered like this before it is answered properly (0: always). A `cut` answer ends in the
    middle of its body.
    """

    status: int
    name: str = ""
    pays: bool = False
    times: int = 0
    cut: bool = False
    retry_after_s: int | None = None


@record(kw_only=True)
class SpecialRecipient:
    """A row of the table: the address's local part, the amount's last two digits, and what happens."""

    name: str
    cents: int
    effect: str
    statuses: tuple[ItemStatus, ...] = ()
    trouble: Trouble | None = None

    @property
    def takes_code(self) -> bool:
        """Whether an address can set the code, as in `failed+RECEIVER_ACCOUNT_LOCKED@example.com`."""
        return bool(self.statuses) and self.statuses[0].code is not None


_UNREGISTERED: Final = ItemStatus(after=MOMENT, status="UNCLAIMED", code="RECEIVER_UNREGISTERED")
_SUCCESS: Final = ItemStatus(after=MOMENT, status="SUCCESS")

SPECIAL_RECIPIENTS: Final = (
    SpecialRecipient(
        name="unclaimed",
        cents=61,
        effect="Stays unclaimed. After 30 days the money is returned.",
        statuses=(_UNREGISTERED, ItemStatus(after=30 * DAY, status="RETURNED", code="RECEIVER_UNREGISTERED")),
    ),
    SpecialRecipient(
        name="claimed",
        cents=62,
        effect="Unclaimed for a day, then claimed.",
        statuses=(_UNREGISTERED, ItemStatus(after=DAY, status="SUCCESS")),
    ),
    SpecialRecipient(
        name="held",
        cents=63,
        effect="Held for review for a day, then paid.",
        statuses=(ItemStatus(after=MOMENT, status="ONHOLD"), ItemStatus(after=DAY, status="SUCCESS")),
    ),
    SpecialRecipient(
        name="blocked",
        cents=64,
        effect="PayPal blocks it. After a day the money is returned.",
        statuses=(
            ItemStatus(after=MOMENT, status="BLOCKED", code="RECEIVER_ACCOUNT_LOCKED"),
            ItemStatus(after=DAY, status="RETURNED", code="RECEIVER_ACCOUNT_LOCKED"),
        ),
    ),
    SpecialRecipient(
        name="failed",
        cents=65,
        effect="PayPal refuses the item. The code can be set.",
        statuses=(ItemStatus(after=MOMENT, status="FAILED", code="RECEIVER_ACCOUNT_LOCKED"),),
    ),
    SpecialRecipient(
        name="refunded",
        cents=66,
        effect="Paid. After a day, the recipient refunds it.",
        statuses=(_SUCCESS, ItemStatus(after=DAY, status="REFUNDED")),
    ),
    SpecialRecipient(
        name="reversed",
        cents=67,
        effect="Paid. After a day, PayPal reverses it.",
        statuses=(_SUCCESS, ItemStatus(after=DAY, status="REVERSED")),
    ),
    SpecialRecipient(
        name="pending",
        cents=68,
        effect="Stays pending at PayPal.",
        statuses=(ItemStatus(after=MOMENT, status="PENDING"),),
    ),
    SpecialRecipient(
        name="poor",
        cents=71,
        effect="PayPal refuses the batch: the account has insufficient funds.",
        trouble=Trouble(status=422, name="INSUFFICIENT_FUNDS"),
    ),
    SpecialRecipient(
        name="timeout",
        cents=72,
        effect="The first request pays, but its response is lost. The retry finds the payment.",
        trouble=Trouble(status=201, pays=True, times=1, cut=True),
    ),
    SpecialRecipient(
        name="lost",
        cents=73,
        effect="The first request is lost before it pays. The retry pays.",
        trouble=Trouble(status=504, name="REQUEST_TIMEOUT_EXCEEDED", times=1),
    ),
    SpecialRecipient(
        name="error",
        cents=74,
        effect="The first request pays but returns an error.",
        trouble=Trouble(status=500, name="INTERNAL_ERROR", pays=True, times=1),
    ),
    SpecialRecipient(
        name="busy",
        cents=77,
        effect="The first request is rejected with too many requests. The retry pays.",
        trouble=Trouble(status=429, name="RATE_LIMIT_VALIDATION_FAILURES", times=1, retry_after_s=60),
    ),
    SpecialRecipient(
        name="never",
        cents=78,
        effect="PayPal never responds and never pays. After 29 days the disbursement requires attention.",
        trouble=Trouble(status=503, name="INTERNAL_SERVICE_ERROR"),
    ),
)

PAID: Final = (_SUCCESS,)
"""The statuses of an item of any other recipient."""

_BY_NAME: Final = {row.name: row for row in SPECIAL_RECIPIENTS}
_BY_CENTS: Final = {row.cents: row for row in SPECIAL_RECIPIENTS}
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


def special_recipient(email: str, amount: int) -> SpecialRecipient | None:
    """Return the row for an address and an amount in minor units, or None. The address comes first."""
    local = email.partition("@")[0].partition("+")[0].lower()
    return _BY_NAME.get(local) or _BY_CENTS.get(amount % 100)


def item_statuses(email: str, amount: int) -> tuple[ItemStatus, ...]:
    """Return the statuses that an item gets one after another, with the code that the address sets."""
    row = special_recipient(email, amount)
    if row is None or not row.statuses:
        return PAID
    code = email.partition("@")[0].partition("+")[2]
    if not row.takes_code or not _CODE.fullmatch(code):
        return row.statuses
    return tuple(
        ItemStatus(after=item_status.after, status=item_status.status, code=code if item_status.code else None)
        for item_status in row.statuses
    )

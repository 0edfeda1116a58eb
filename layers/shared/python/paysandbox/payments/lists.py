"""Lists of payments: a merchant's, or those of one of its cards; newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paysandbox.aws.conditional_write import Ledger
from paysandbox.aws.schema import BY_CARD, BY_MERCHANT, PARTITION_KEY
from paysandbox.aws.sharded_index import ShardedIndex, newest
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.items import payment_in
from paysandbox.payments.payment import Payment, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which payments are wanted; what is None does not matter.

    `created_from` is included and `created_to` is not, so that adjoining spans neither overlap nor leave a gap.
    """

    card_id: str | None = None
    status: str | None = None
    reference: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


EVERY: Final = Filter()


def list_payments(
    ledger: Ledger, merchant: str, wanted: Filter = EVERY, *, limit: int, cursor: str | None
) -> tuple[list[Payment], str | None]:
    """A page of a merchant's payments, newest first, and the cursor of the next page.

    Card and times are looked up in an index. Status and reference are held against the payments as they are, a bounded
    number of them, so that such a page may be short and have a next one. Raises Refused(cursor_invalid) for a cursor
    that this list did not make under these filters.
    """
    since = format_timestamp(wanted.created_from) if wanted.created_from else None
    until = format_timestamp(wanted.created_to) if wanted.created_to else None
    shelf = ShardedIndex(
        client=ledger.client,
        table=ledger.table,
        id_attribute=PARTITION_KEY,
        index=BY_CARD if wanted.card_id else BY_MERCHANT,
        of=wanted.card_id or merchant,
        tied_to=("list_payments", merchant, wanted.card_id, wanted.status, wanted.reference, since, until),
        read=payment_in,
        id_of=lambda payment: payment.id,
        # A card's id is a hash over the merchant too: one of another merchant's is a card that this one does not have.
        mine=lambda payment: payment.merchant == merchant,
        since=since,
        until=until,
    )
    return newest(shelf, limit=limit, cursor=cursor, wanted=_held_against(wanted))


def _held_against(wanted: Filter) -> Callable[[Payment], bool] | None:
    """What no index knows of a filter."""
    if wanted.status is None and wanted.reference is None:
        return None

    def is_wanted(payment: Payment) -> bool:
        if wanted.reference is not None and payment.annotations.reference != wanted.reference:
            return False
        return wanted.status is None or state_of(payment).status == wanted.status

    return is_wanted

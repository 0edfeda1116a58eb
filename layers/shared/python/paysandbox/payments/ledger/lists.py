"""List a merchant's payments, or those of one card, newest first."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.sharded_index import ListPage, ShardedIndex, index_page
from paysandbox.aws.schema import BY_CARD, BY_MERCHANT, BY_REFERENCE, PARTITION_KEY, Index
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.ledger.items import payment_in, reference_partition
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Payment, state_of


@record(kw_only=True)
class Filter:
    """Filters for a list of payments; None means any.

    `created_from` is inclusive and `created_to` exclusive, so that adjacent ranges neither overlap nor leave a gap.
    """

    card_id: str | None = None
    status: str | None = None
    reference: str | None = None
    disputed: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


EVERY: Final = Filter()


def list_payments(
    ledger: Ledger, merchant: str, filters: Filter = EVERY, *, limit: int, cursor: str | None
) -> ListPage[Payment]:
    """Return a page of a merchant's payments, newest first.

    Reference, card and creation time use an index. Status and whether there is a dispute are compared with the current
    payments, as is the card of those with a reference (see `index_page`). Raises Refused(cursor_invalid) for a cursor
    that this list did not issue with these filters.
    """
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    tied_to = ("list_payments", merchant, filters.card_id, filters.status, filters.reference, since, until)
    if filters.disputed is not None:
        tied_to = (*tied_to, str(filters.disputed))
    index, of = _partition(merchant, filters)
    source = ShardedIndex(
        client=ledger.client,
        table=ledger.table,
        id_attribute=PARTITION_KEY,
        index=index,
        of=of,
        tied_to=tied_to,
        read=partial(_read, filters),
        id_of=lambda payment: payment.id,
        # A card ID is specific to its merchant, so this merchant has no payments with another merchant's card ID.
        mine=lambda payment: payment.merchant == merchant,
        since=since,
        until=until,
    )
    return index_page(source, limit=limit, cursor=cursor, wanted=_predicate(filters))


def _read(filters: Filter, item: Item) -> Payment | None:
    """Return the payment in an item, unless its reference is another one, which the index does not tell apart."""
    payment = payment_in(item)
    if payment is None or filters.reference in (None, payment.annotations.reference):
        return payment
    return None


def _partition(merchant: str, filters: Filter) -> tuple[Index, str]:
    """Return the index with the fewest entries to read, and the partition in it."""
    if filters.reference is not None:
        return BY_REFERENCE, reference_partition(merchant, filters.reference)
    if filters.card_id is not None:
        return BY_CARD, filters.card_id
    return BY_MERCHANT, merchant


def _predicate(filters: Filter) -> Callable[[Payment], bool] | None:
    """Return a predicate for the filters that the index does not cover, or None if there are none."""
    card_id = filters.card_id if filters.reference is not None else None
    if filters.status is None and card_id is None and filters.disputed is None:
        return None

    def matches(payment: Payment) -> bool:
        if card_id is not None and (payment.last_card is None or payment.last_card.card_id != card_id):
            return False
        if filters.disputed is not None and filters.disputed is not is_disputed(payment):
            return False
        return filters.status is None or state_of(payment).status == filters.status

    return matches


def is_disputed(payment: Payment) -> bool:
    """Whether a payment has a dispute, open or ended."""
    return any(isinstance(operation, DisputeStep) for operation in payment.operations)

"""List a merchant's payments, or those of one card, newest or oldest first."""

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
from paysandbox.payments.ledger.search_terms import terms_of_payment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.search_index.index_table import SearchIndex, named_exactly
from paysandbox.search_index.terms import folded


@record(kw_only=True)
class Filter:
    """Filters for a list of payments, and its order; None means any.

    `reference` is a payment's own, or with `Names` whatever else names it. `created_from` is inclusive and
    `created_to` exclusive, so that adjacent ranges neither overlap nor leave a gap.
    """

    card_id: str | None = None
    last4: str | None = None
    customer: str | None = None
    status: str | None = None
    reference: str | None = None
    disputed: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


EVERY: Final = Filter()


@record
class Names:
    """The index of what names payments, and the keys of metadata whose value is a reference."""

    index: SearchIndex
    reference_keys: tuple[str, ...]


def list_payments(
    ledger: Ledger,
    merchant: str,
    filters: Filter = EVERY,
    *,
    limit: int,
    cursor: str | None,
    names: Names | None = None,
) -> ListPage[Payment]:
    """Return a page of a merchant's payments, newest first, or `oldest_first`.

    Reference, card and creation time use an index, a reference with `names` two. Status, customer, the card's last
    digits and whether there is a dispute are compared with the current payments, as is the card of those with a
    reference (see `index_page`). Raises Refused(cursor_invalid) for a cursor that this list did not issue with these
    filters.
    """
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    tied_to = ("list_payments", merchant, filters.card_id, filters.status, filters.reference, since, until)
    later = (filters.disputed, filters.customer, filters.last4)
    if later != (None, None, None):
        tied_to = (*tied_to, *(None if value is None else str(value) for value in later))
    index, of = _partition(merchant, filters)
    mine = partial(_is_of, merchant)
    source = ShardedIndex(
        client=ledger.client,
        table=ledger.table,
        id_attribute=PARTITION_KEY,
        index=index,
        of=of,
        tied_to=tied_to,
        read=partial(_read, filters, names),
        # A card ID is specific to its merchant, so this merchant has no payments with another merchant's card ID.
        mine=mine,
        since=since,
        until=until,
        oldest_first=filters.oldest_first,
        beside=_named(merchant, filters.reference, names, mine),
    )
    return index_page(source, limit=limit, cursor=cursor, wanted=_predicate(filters))


def _is_of(merchant: str, payment: Payment) -> bool:
    return payment.merchant == merchant


def _named(
    merchant: str, reference: str | None, names: Names | None, mine: Callable[[Payment], bool]
) -> ShardedIndex[Payment] | None:
    """Return the payments that something else than a reference of their own names so."""
    term = folded(reference)
    return None if names is None or term is None else named_exactly(names.index, merchant, term, tied_to=(), mine=mine)


def _read(filters: Filter, names: Names | None, item: Item) -> Payment | None:
    """Return the payment in an item, unless it has another name by now, or its reference only the same digest."""
    payment = payment_in(item)
    if payment is None or filters.reference in (None, payment.annotations.reference):
        return payment
    if names is None:
        return None
    terms = terms_of_payment(payment, state_of(payment), names.reference_keys)
    return payment if folded(filters.reference) in terms.whole else None


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
    if (filters.status, card_id, filters.disputed, filters.customer, filters.last4) == (None,) * 5:
        return None

    def matches(payment: Payment) -> bool:
        card = payment.last_card
        if card_id is not None and (card is None or card.card_id != card_id):
            return False
        if filters.last4 is not None and (card is None or card.last4 != filters.last4):
            return False
        if filters.customer is not None and customer_of(payment) != filters.customer:
            return False
        if filters.disputed is not None and filters.disputed is not is_disputed(payment):
            return False
        return filters.status is None or state_of(payment).status == filters.status

    return matches


def customer_of(payment: Payment) -> str | None:
    """Return whose payment it is (`cus_…`), None if it names nobody."""
    terms = state_of(payment).terms
    return terms.customer if terms is not None else None


def is_disputed(payment: Payment) -> bool:
    """Whether a payment has a dispute, open or ended."""
    return any(isinstance(operation, DisputeStep) for operation in payment.operations)

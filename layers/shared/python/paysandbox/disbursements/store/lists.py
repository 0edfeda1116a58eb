"""List a merchant's disbursements, in either order. The index says which there are; each is then read consistently."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_key
from paysandbox.aws.dynamodb.sharded_index import (
    ListPage,
    ShardedIndex,
    id_of_key,
    index_page,
    key_of_id,
)
from paysandbox.aws.schema import DISBURSEMENTS_BY_MERCHANT, DISBURSEMENTS_KEY, DISBURSEMENTS_SORT
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.customers.customers_table import scoped_id
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, find_by_id
from paysandbox.disbursements.store.items import disbursement_from, listed_at


@record(kw_only=True)
class Filter:
    """Filters for a list of disbursements, and its order; None means any.

    `created_from` is inclusive and `created_to` exclusive.
    """

    payment_id: str | None = None
    customer_id: str | None = None
    status: str | None = None
    method: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


EVERY: Final = Filter()


def list_of_merchant(
    table: DisbursementsTable, merchant: str, filters: Filter = EVERY, *, limit: int, cursor: str | None
) -> ListPage[Disbursement]:
    """Return a page of a merchant's disbursements, newest first, or `oldest_first`.

    A new disbursement is in the index after a moment. Times use the index. Status, customer and method are compared
    with the current disbursements, up to the bound of `index_page`. Raises Refused(cursor_invalid) for a cursor that
    this list did not issue with these filters.
    """
    index = disbursements_of(table, merchant, filters)
    if filters.payment_id is not None:
        return _only(table, merchant, filters.payment_id, index, _predicate(filters), cursor)
    compared = (filters.status, filters.customer_id, filters.method)
    wanted = _predicate(filters) if any(value is not None for value in compared) else None
    return index_page(index, limit=limit, cursor=cursor, wanted=wanted)


def disbursements_of(table: DisbursementsTable, merchant: str, filters: Filter = EVERY) -> ShardedIndex[Disbursement]:
    """Return the list of a merchant's disbursements within the times of the filters, to which cursors are bound."""
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    # Without a method, a cursor is that of a version without this filter.
    of = (filters.payment_id, filters.customer_id, filters.status, *filter(None, (filters.method,)))
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=DISBURSEMENTS_SORT,
        owner_attribute=DISBURSEMENTS_KEY,
        index=DISBURSEMENTS_BY_MERCHANT,
        of=merchant,
        tied_to=("disbursements_of_merchant", merchant, *of, since, until),
        fetch=lambda item_ids: _current(table, item_ids),
        mine=lambda disbursement: disbursement.merchant == merchant,
        since=since,
        until=until,
        oldest_first=filters.oldest_first,
    )


def _only(
    table: DisbursementsTable,
    merchant: str,
    payment_id: str,
    index: ShardedIndex[Disbursement],
    wanted: Callable[[Disbursement], bool],
    cursor: str | None,
) -> ListPage[Disbursement]:
    """Return the disbursement with this ID as the part of the list that it is. Another index has it by its ID."""
    first, last = index.left_after(cursor)
    found = find_by_id(table, merchant, payment_id)
    if found is None or not wanted(found) or not first <= listed_at(found) <= last:
        return ListPage([], [], None, index.bound_to)
    return ListPage([found], [listed_at(found)], None, index.bound_to)


def _predicate(filters: Filter) -> Callable[[Disbursement], bool]:
    def matches(disbursement: Disbursement) -> bool:
        if filters.customer_id is not None and disbursement.customer_id != filters.customer_id:
            return False
        if filters.method is not None and disbursement.method != filters.method:
            return False
        return filters.status is None or disbursement.status == filters.status

    return matches


def _id_of(disbursement: Disbursement) -> str:
    return id_of_key(scoped_id(disbursement.merchant, disbursement.customer_id), disbursement.id)


def _current(table: DisbursementsTable, item_ids: Sequence[str]) -> Mapping[str, Disbursement]:
    keys = [
        {DISBURSEMENTS_KEY: {"S": customer}, DISBURSEMENTS_SORT: {"S": payment_id}}
        for customer, payment_id in map(key_of_id, item_ids)
    ]
    found = map(disbursement_from, items_by_key(table.client, table.table, keys))
    return {_id_of(disbursement): disbursement for disbursement in found}

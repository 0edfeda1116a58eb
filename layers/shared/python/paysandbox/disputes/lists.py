"""List a merchant's disputes, in either order. The index says which there are, and the payments how they are."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from paysandbox.aws.cursor import cursor_of
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.sharded_index import ListPage, ShardedIndex, index_page
from paysandbox.aws.schema import DISPUTES_BY_MERCHANT, DISPUTES_KEY, PARTITION_KEY
from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.disputes.disputes_table import DisputesTable, listed_at
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment, state_of


@record
class ListedDispute:
    """A dispute, and the payment that it is of. Both are current."""

    payment: Payment
    dispute: Dispute


@record(kw_only=True)
class Filter:
    """Filters for a list of disputes, and its order; None means any.

    `created_from` is inclusive and `created_to` exclusive.
    """

    auth_id: str | None = None
    status: str | None = None
    reason: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


EVERY: Final = Filter()


def disputes_of(
    ledger: Ledger,
    table: DisputesTable,
    merchant: str,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    tied_to: tuple[str | None, ...] = (),
    oldest_first: bool = False,
) -> ShardedIndex[ListedDispute]:
    """Return the index of the merchant's disputes opened at or after `since` and before `until`.

    `tied_to` binds cursors to further filters.
    """

    def current(dispute_ids: Sequence[str]) -> Mapping[str, ListedDispute]:
        return _current(ledger, dispute_ids)

    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=DISPUTES_KEY,
        index=DISPUTES_BY_MERCHANT,
        of=merchant,
        tied_to=("disputes_of", merchant, *tied_to),
        fetch=current,
        mine=lambda listed: listed.payment.merchant == merchant,
        since=format_timestamp(since) if since else None,
        until=format_timestamp(until) if until else None,
        oldest_first=oldest_first,
    )


def disputes_of_payment(payment: Payment) -> list[ListedDispute]:
    """Return the disputes of a payment, newest first."""
    return [ListedDispute(payment, dispute) for dispute in [*state_of(payment).disputes.values()][::-1]]


def list_disputes(
    ledger: Ledger, table: DisputesTable, merchant: str, filters: Filter = EVERY, *, limit: int, cursor: str | None
) -> ListPage[ListedDispute]:
    """Return a page of a merchant's disputes, newest first, or `oldest_first`.

    Creation time uses an index. Status and reason are compared with the current disputes, up to the bound of
    `index_page`.
    Those of one payment are read from it, without the index.
    Raises Refused(cursor_invalid) for a cursor that this list did not issue with these filters.
    """
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    tied_to = (filters.auth_id, filters.status, filters.reason, since, until)
    index = disputes_of(
        ledger,
        table,
        merchant,
        filters.created_from,
        filters.created_to,
        tied_to=tied_to,
        oldest_first=filters.oldest_first,
    )
    if filters.auth_id is not None:
        return _page_of_payment(ledger, filters.auth_id, index, _predicate(filters), limit=limit, cursor=cursor)
    wanted = _predicate(filters) if filters.status is not None or filters.reason is not None else None
    return index_page(index, limit=limit, cursor=cursor, wanted=wanted)


def _page_of_payment(
    ledger: Ledger,
    auth_id: str,
    index: ShardedIndex[ListedDispute],
    wanted: Callable[[ListedDispute], bool],
    *,
    limit: int,
    cursor: str | None,
) -> ListPage[ListedDispute]:
    """Return a page of one payment's disputes: the part of the index that this one payment has."""
    first, last = index.left_after(cursor)
    payment = get_payment(ledger, auth_id) if ids.is_payment_id(auth_id) else None
    if payment is None:
        return ListPage([], [], None, index.bound_to)
    every = disputes_of_payment(payment)
    left = [
        listed
        for listed in (reversed(every) if index.oldest_first else every)
        if index.mine(listed) and wanted(listed) and first <= _position(listed) <= last
    ]
    following = cursor_of(_position(left[limit - 1]), index.bound_to) if len(left) > limit else None
    shown = left[:limit]
    return ListPage(shown, [_position(listed) for listed in shown], following, index.bound_to)


def _position(listed: ListedDispute) -> str:
    return listed_at(listed.payment, listed.dispute.id)


def _predicate(filters: Filter) -> Callable[[ListedDispute], bool]:
    def matches(listed: ListedDispute) -> bool:
        if filters.reason is not None and listed.dispute.reason != filters.reason:
            return False
        return filters.status is None or listed.dispute.status == filters.status

    return matches


def _current(ledger: Ledger, dispute_ids: Sequence[str]) -> dict[str, ListedDispute]:
    """Return these disputes by ID as their payments have them now, except those whose payment was purged."""
    payment_ids = {
        dispute_id: payment_id for dispute_id in dispute_ids if (payment_id := ids.payment_of(dispute_id)) is not None
    }
    items = items_by_id(ledger.client, ledger.table, PARTITION_KEY, payment_ids.values())
    payments = {payment_id: payment_in(item) for payment_id, item in items.items()}
    listed = dict[str, ListedDispute]()
    for dispute_id, payment_id in payment_ids.items():
        payment = payments.get(payment_id)
        dispute = state_of(payment).disputes.get(dispute_id) if payment is not None else None
        if payment is not None and dispute is not None:
            listed[dispute_id] = ListedDispute(payment, dispute)
    return listed

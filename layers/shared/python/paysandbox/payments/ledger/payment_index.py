"""A merchant's payments as an index source, for lists that have their own cursors."""

from datetime import datetime

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex
from paysandbox.aws.schema import BY_MERCHANT, PARTITION_KEY
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.payment import Payment


def payments_of(ledger: Ledger, merchant: str, since: datetime | None, until: datetime | None) -> ShardedIndex[Payment]:
    """Return the index of the merchant's payments created at or after `since` and before `until`."""
    return ShardedIndex(
        client=ledger.client,
        table=ledger.table,
        id_attribute=PARTITION_KEY,
        index=BY_MERCHANT,
        of=merchant,
        tied_to=("payments_of", merchant),
        read=payment_in,
        mine=lambda payment: payment.merchant == merchant,
        since=format_timestamp(since) if since else None,
        until=format_timestamp(until) if until else None,
    )

"""A merchant's payments as a list goes through them, with no cursor of its own."""

from datetime import datetime

from paysandbox.aws.conditional_write import Ledger
from paysandbox.aws.newest import Shelf
from paysandbox.aws.schema import BY_MERCHANT, PARTITION_KEY
from paysandbox.core.instant import to_text
from paysandbox.payments.items import payment_in
from paysandbox.payments.payment import Payment


def payments_of(ledger: Ledger, merchant: str, since: datetime | None, until: datetime | None) -> Shelf[Payment]:
    """Payments created from `since` on and before `until`."""
    return Shelf(
        client=ledger.client,
        table=ledger.table,
        id_attribute=PARTITION_KEY,
        index=BY_MERCHANT,
        of=merchant,
        tied_to=("payments_of", merchant),
        read=payment_in,
        id_of=lambda payment: payment.id,
        mine=lambda payment: payment.merchant == merchant,
        since=to_text(since) if since else None,
        until=to_text(until) if until else None,
    )

# pyright: standard
"""The payments that move a merchant's balance: its own, and those of others that are shared with it."""

from collections.abc import Iterator
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.sharded_index import newest
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.ids import payment_of
from paysandbox.core.merchant import is_connected
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.connect.accounts import platform_of
from paysandbox.stripe_api.moved_funds.application_fee import APPLICATION_FEE, DIRECT
from paysandbox.stripe_api.moved_funds.transfer import SHARED_BY
from paysandbox.stripe_api.payment_intents.intent_rules import terms_of
from paysandbox.stripe_api.resource_kit.objects_table import objects_of
from paysandbox.stripe_api.resource_kit.tables import objects_table

_AT_ONCE: Final = 100


def payments_moving(merchant: str) -> Iterator[Payment]:
    """Yield the payments that a merchant has, and those that are shared with it, or may be.

    For a connected account, these are all of its platform's. For a platform, they are the direct charges of its
    accounts of which it has taken a fee.
    """
    yield from _payments_of(merchant)
    platform = platform_of(merchant) if is_connected(merchant) else None
    if platform is not None:
        yield from _payments_of(platform)
    else:
        yield from _direct_charges(merchant)


def merchants_of(payment: Payment) -> tuple[str, ...]:
    """Return the merchants that can see a payment: its own, and those that it is shared with."""
    state = state_of(payment)
    connect = terms_of(payment, state).connect
    others = (connect.other if connect else None, *(share.other for share in state.shares.values()))
    return tuple(dict.fromkeys(filter(None, (payment.merchant, *others))))


def _payments_of(merchant: str) -> Iterator[Payment]:
    cursor = None
    while True:
        payments, cursor = newest(payments_of(ledger(), merchant, None, None), limit=_AT_ONCE, cursor=cursor)
        yield from payments
        if cursor is None:
            return


def _direct_charges(platform: str) -> Iterator[Payment]:
    cursor = None
    while True:
        index = objects_of(objects_table(), APPLICATION_FEE, platform, None, None)
        fees, cursor = newest(index, limit=_AT_ONCE, cursor=cursor)
        captures = (fee.attributes[SHARED_BY] for fee in fees if fee.attributes.get(DIRECT))
        payments = {payment for capture in captures if (payment := payment_of(capture))}
        items = items_by_id(ledger().client, ledger().table, PARTITION_KEY, payments) if payments else {}
        yield from (payment for item in items.values() if (payment := payment_in(item)) is not None)
        if cursor is None:
            return

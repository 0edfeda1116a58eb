"""Balance transactions as two paths show and list them: newest first, all, of one source, or of one payout."""

import json
from collections.abc import Iterable
from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.balance.journal import fee_schedule
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import MOVES_OF_SHARES, completed_event_id, event_id, kind_of, payment_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.settlement.lists import get_settled
from paysandbox.settlement.tables import batches
from paysandbox.stripe_api.balance_transactions import (
    Moved,
    find_moved,
    moved_by,
    moved_by_payouts,
    moved_from,
    moved_with_payout,
)
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payout_of_transaction
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, span_of
from paysandbox.stripe_api.objects.balance_transaction import balance_transaction_body
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import ListBalanceTransactions, Retrieve
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent, get_event, listed_at, operation_of_event
from paysandbox.webhooks.events.lists import events_of

_MOVES: Final = (
    EventType.PAYMENT_CAPTURED,
    EventType.PAYMENT_CAPTURE_FAILED,
    EventType.PAYMENT_REFUNDED,
    EventType.PAYMENT_REVISED,
    EventType.REFUND_CREATED,
    EventType.REFUND_FAILED,
    EventType.REFUND_CANCELED,
    EventType.DISPUTE_OPENED,
    EventType.DISPUTE_ESCALATED,
    EventType.DISPUTE_WON,
)
"""The events of what moves a merchant's balance, besides that of a settled batch. Of revisions, only those that move a
share do."""
_KIND: Final = "balance transaction"


def list_transactions(call: StripeCall[None, ListBalanceTransactions], url: str) -> StripeAnswer:
    """Answer with a page of balance transactions; `url` is the path of the list.

    For one source, one read. For a payout, what its batch settled. For all, the events of what moved the balance,
    which appear within seconds of it, and a read of the payment or batch of each. Raises Refused(resource_not_found).
    """
    query = call.query
    store, fees = webhook_tables.event_store(), fee_schedule()

    def of_event(event: StoredEvent) -> Objects:
        if event.type == str(EventType.SETTLEMENT_COMPLETED):
            settled = get_settled(batches(), call.merchant, _batch_of(event))
            return _entries(moved_by_payouts(settled) if settled else ())
        operation = operation_of_event(event) if event.type in _MOVES else None
        if event.type == EventType.PAYMENT_REVISED and kind_of(operation or "") not in MOVES_OF_SHARES:
            return []
        payment_id = payment_of(operation) if operation else None
        payment = get_payment(ledger(), payment_id) if payment_id else None
        every = moved_by(payment, fees, call.merchant) if payment else ()
        return _entries(moved for moved in every if event_id(moved.transaction.moved_by or "") == event.id)

    def position_of(name: str) -> str | None:
        moved = find_moved(call, name)
        event = get_event(store, call.merchant, _event_of(moved, call.merchant)) if moved else None
        return listed_at(event) if event else None

    def matching(objects: Objects) -> Objects:
        return [(name, entry) for name, entry in created_in(query.created, objects) if _is_in(entry["moved"], query)]

    if query.source is None and query.payout is None:
        index = events_of(store, call.merchant, *span_of(query.created))
        position = around(query, _KIND, position_of)
        found, more = page(index, of_event, limit=query.limit, around=position, matching=matching)
    else:
        every = _entries(_named(call, query))
        position = around_in(query, _KIND, every)
        found, more = page_of_row(every, limit=query.limit, around=position, matching=matching)
    data = [balance_transaction_body(entry["moved"].transaction) for entry in found]
    return list_answer(url, query, data, more=more)


def show_transaction(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Answer with the balance transaction that the path names. Raises Refused(resource_not_found)."""
    name = call.path.get("balance_transaction", "")
    moved = find_moved(call, name)
    if moved is None:
        raise no_such("balance transaction", name, "id")
    return StripeAnswer(body=balance_transaction_body(moved.transaction), outcome="shown")


def _entries(every: Iterable[Moved]) -> Objects:
    """Return balance transactions before they are rendered, which those on the page are."""
    return [
        (moved.transaction.id, {"created": int(moved.transaction.at.timestamp()), "moved": moved}) for moved in every
    ]


def _is_in(moved: Moved, query: ListBalanceTransactions) -> bool:
    transaction = moved.transaction
    return (
        query.source in (None, transaction.source)
        and query.type in (None, transaction.type)
        and (query.currency is None or query.currency.upper() == transaction.currency)
    )


def _named(call: StripeCall[None, ListBalanceTransactions], query: ListBalanceTransactions) -> list[Moved]:
    """Return those of the requested payout or source. Refuses (resource_not_found) an unknown payout."""
    if query.payout is None:
        return moved_from(call, query.source or "")
    paid_out = moved_with_payout(call, query.payout)
    if paid_out is None:
        raise no_such("payout", query.payout, "payout")
    return paid_out


def _event_of(moved: Moved, merchant: str) -> str:
    """Return the event that a balance transaction is listed by."""
    if moved.transaction.moved_by is not None:
        return event_id(moved.transaction.moved_by)
    of_payout = payout_of_transaction(moved.transaction.id)
    return completed_event_id(of_payout[0] if of_payout else "", merchant)


def _batch_of(event: StoredEvent) -> str:
    return json.loads(event.body)["data"]["batch"]

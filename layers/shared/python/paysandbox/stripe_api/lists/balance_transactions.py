"""Balance transactions as two paths show and list them: newest first, all, of one source, or of one payout."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from paysandbox.funds.journal_entry import position_of
from paysandbox.funds.journal_table import journal_index
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.balance_transactions import (
    find_transaction,
    moved_from,
    moved_with_payout,
    transactions_at,
)
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, span_of
from paysandbox.stripe_api.objects.balance_transaction import BalanceTransaction, balance_transaction_body
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import ListBalanceTransactions, Retrieve

_KIND: Final = "balance transaction"


def list_transactions(call: StripeCall[None, ListBalanceTransactions], url: str) -> StripeAnswer:
    """Answer with a page of balance transactions; `url` is the path of the list.

    For one source, one read. For a payout, what its batch settled. For all, a query of each shard of the merchant's
    journal, and what `transactions_at` reads. Raises Refused(resource_not_found).
    """
    query = call.query

    def entry_position(name: str) -> str | None:
        transaction = find_transaction(call, name)
        return position_of(transaction.entry_id, transaction.at) if transaction else None

    def matching(objects: Objects) -> Objects:
        return [(name, entry) for name, entry in created_in(query.created, objects) if _is_in(entry["moved"], query)]

    if query.source is None and query.payout is None:
        since, until = span_of(query.created)
        fetch = partial(transactions_at, call.merchant)
        tied_to = ("list_balance_transactions", call.merchant)
        index = journal_index(funds(), call.merchant, fetch, tied_to=tied_to, since=since, until=until)
        position = around(query, _KIND, entry_position)
        found, more = page(
            index, lambda moved: _entries((moved,)), limit=query.limit, around=position, matching=matching
        )
    else:
        every = _entries(_named(call, query))
        position = around_in(query, _KIND, every)
        found, more = page_of_row(every, limit=query.limit, around=position, matching=matching)
    data = [balance_transaction_body(entry["moved"]) for entry in found]
    return list_answer(url, query, data, more=more)


def show_transaction(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Answer with the balance transaction that the path names. Raises Refused(resource_not_found)."""
    name = call.path.get("balance_transaction", "")
    transaction = find_transaction(call, name)
    if transaction is None:
        raise no_such(_KIND, name, "id")
    return StripeAnswer(body=balance_transaction_body(transaction), outcome="shown")


def _entries(every: Iterable[BalanceTransaction]) -> Objects:
    """Return balance transactions before they are rendered, which those on the page are."""
    return [(moved.id, {"created": int(moved.at.timestamp()), "moved": moved}) for moved in every]


def _is_in(moved: BalanceTransaction, query: ListBalanceTransactions) -> bool:
    return (
        query.source in (None, moved.source)
        and query.type in (None, moved.type)
        and (query.currency is None or query.currency.upper() == moved.currency)
    )


def _named(call: StripeCall[None, ListBalanceTransactions], query: ListBalanceTransactions) -> list[BalanceTransaction]:
    """Return those of the requested payout or source. Refuses (resource_not_found) an unknown payout."""
    if query.payout is None:
        return moved_from(call, query.source or "")
    paid_out = moved_with_payout(call, query.payout)
    if paid_out is None:
        raise no_such("payout", query.payout, "payout")
    return paid_out

"""Bodies of the answers of the balance's routes, as `schemas` has their shapes."""

from collections.abc import Mapping
from datetime import datetime

from paysandbox.balance.listed_transaction import ListedTransaction
from paysandbox.core.ids import payment_of
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.available import Sums
from paysandbox.funds.journal_entry import changer_of_funds, is_opening, payout_of_entry
from paysandbox.http.answer import Body
from paysandbox.settlement.business_day import business_date, cutoff_of


def render_balance(balances: Mapping[str, Sums], now: datetime) -> Body:
    """Render what is pending and available by currency, and the settlement that is expected next."""
    today = business_date(now)
    return {
        "data": [
            {"currency": currency, "pending": of.pending, "available": of.available.amount}
            for currency, of in balances.items()
        ],
        "next_settlement": {"business_date": today.isoformat(), "cutoff": format_timestamp(cutoff_of(today))},
    }


def render_transaction(listed: ListedTransaction) -> Body:
    """Render a balance transaction."""
    entry = listed.entry
    status = None if listed.is_available is None else "available" if listed.is_available else "pending"
    body: Body = {
        "id": entry.id,
        "type": entry.kind,
        "status": status,
        "available_on": format_timestamp(listed.available_on) if listed.available_on else None,
        "currency": entry.currency,
        "amount": entry.amount,
        "fee": entry.fee,
        "net": entry.net,
        "created_at": format_timestamp(entry.at),
    }
    if (payment_id := payment_of(entry.id)) is not None:
        body["payment_id"] = payment_id
    elif (of_payout := payout_of_entry(entry.id)) is not None:
        body["batch"] = of_payout[0]
    elif (changer := changer_of_funds(entry.id)) is not None and not is_opening(entry):
        body["source_id"] = changer[1]
    return body

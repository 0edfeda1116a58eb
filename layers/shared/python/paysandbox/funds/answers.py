"""Bodies of the answers of the routes of funds, as `schemas` has their shapes."""

from collections.abc import Mapping

from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.funding import Funding
from paysandbox.http.answer import Body


def render_funding(funding: Funding, balance: int) -> Body:
    """Render a funding, with the balance in its currency now, in minor units."""
    return {
        "funding_id": funding.id,
        "amount": funding.amount,
        "currency": funding.currency,
        "source": "api",
        "created_at": format_timestamp(funding.at),
        "balance": balance,
    }


def render_funds(balances: Mapping[str, int]) -> Body:
    """Render balances in minor units by currency, in the order of the currencies' codes."""
    return {"data": [{"currency": currency, "balance": balances[currency]} for currency in sorted(balances)]}

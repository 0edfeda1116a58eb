"""Settlement events, and their rendering."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.http.event_envelope import EventEnvelope, rendered
from paysandbox.settlement.close import Balance, Totals
from paysandbox.settlement.settlement import Batch
from paysandbox.settlement.totals import SettlementTotals, render_totals

MAX_CURRENCIES_TOLD: Final = 50
"""Maximum number of currencies in an event. A merchant may have totals in 160; this many fit even with the largest
amounts."""


class SettlementCompletedData(Answer):
    """A batch settled for the merchant. Get its contents and reports from `GET /settlements/{batch}`."""

    status: Literal["settled"]
    batch: str
    business_date: str
    cutoff: Annotated[
        str, Field(description="The batch includes unsettled operations recorded at or before this time.")
    ]
    totals: Annotated[
        list[SettlementTotals],
        Field(description=f"Totals of the first {MAX_CURRENCIES_TOLD} currencies, sorted by code."),
    ]
    currencies: Annotated[int, Field(description="Total number of currencies.")]
    set_aside: Annotated[int, Field(description="Number of payments excluded because their records are inconsistent.")]


class SettlementCompletedEvent(EventEnvelope):
    """A batch was settled for the merchant. Contains its totals, payouts and closing balances."""

    type: Literal["settlement_completed"]
    data: SettlementCompletedData


def render_settlement_event(
    batch: Batch,
    merchant: str,
    totals: Iterable[Totals],
    balances: Iterable[Balance],
    *,
    set_aside: int,
    at: datetime,
) -> str:
    """That a batch is settled for a merchant (`settlement_completed`), as it is sent, byte for byte.

    `totals` and `balances` are the merchant's, in any order; `at` is the batch's own instant, the same in every run, so
    that a run which comes again tells the same. Its id is `identity.completed_event_id(str(batch.name), merchant)`.
    """
    rows = render_totals(totals, balances)
    data: Body = {
        "status": "settled",
        "batch": str(batch.name),
        "business_date": batch.name.day.isoformat(),
        "cutoff": format_timestamp(batch.cutoff),
        "totals": rows[:MAX_CURRENCIES_TOLD],
        "currencies": len(rows),
        "set_aside": set_aside,
    }
    event_id = ids.completed_event_id(str(batch.name), merchant)
    return rendered(EventType.SETTLEMENT_COMPLETED, data, event_id, at, batch.name.number)

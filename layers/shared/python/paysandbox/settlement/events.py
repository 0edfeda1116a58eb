"""Events of batches: their shape, and how they are rendered."""

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
"""A merchant may have totals in 160 currencies; so many of them fit into an event, with the largest amounts too."""


class SettlementCompletedData(Answer):
    """A batch that is settled for the merchant. What is in it and its reports: `GET /settlements/{batch}`."""

    status: Literal["settled"]
    batch: str
    business_date: str
    cutoff: Annotated[str, Field(description="What was recorded then or before is in it.")]
    totals: Annotated[
        list[SettlementTotals],
        Field(description=f"By currency, the first {MAX_CURRENCIES_TOLD} in the order of their codes."),
    ]
    currencies: Annotated[int, Field(description="How many there are.")]
    set_aside: Annotated[int, Field(description="Payments that were left out, because they contradict themselves.")]


class SettlementCompletedEvent(EventEnvelope):
    """A batch is settled for the merchant: its totals, what was paid out, and the balance that is left."""

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

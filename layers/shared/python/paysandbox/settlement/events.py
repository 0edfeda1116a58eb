"""Settlement events and their rendering."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered
from paysandbox.settlement.close import Balance, Totals
from paysandbox.settlement.settlement import Batch
from paysandbox.settlement.totals import SettlementTotals, render_totals

MAX_CURRENCIES_IN_EVENT: Final = 50
"""Maximum number of currencies in an event. A merchant may have totals in 160; this many fit even with the largest
amounts."""


class SettlementCompletedData(Answer):
    """The merchant's part of a settled batch. Get its reports from `GET /settlements/{batch}`."""

    status: Annotated[Literal["settled"], Field(description="Always `settled`.")]
    batch: Annotated[str, Field(description="The batch.")]
    business_date: Annotated[str, Field(description="The settled business date.")]
    cutoff: Annotated[str, Field(description="Operations recorded up to this time are included.")]
    totals: Annotated[
        list[SettlementTotals],
        Field(description=f"Totals by currency: the first {MAX_CURRENCIES_IN_EVENT}, ordered by code."),
    ]
    currencies: Annotated[int, Field(description="Number of currencies in the batch.")]
    set_aside: Annotated[int, Field(description="Number of excluded payments.")]


def render_settlement_event(
    batch: Batch,
    merchant: str,
    totals: Iterable[Totals],
    balances: Iterable[Balance],
    *,
    set_aside: int,
    at: datetime,
) -> str:
    """Render a merchant's `settlement_completed` event, byte for byte as it is sent.

    `totals` and `balances` are the merchant's, in any order. `at` is the time at which the batch was opened, so that a
    repeated run renders the same event. The event's id is `ids.completed_event_id(str(batch.name), merchant)`.
    """
    rows = render_totals(totals, balances)
    data: Body = {
        "status": "settled",
        "batch": str(batch.name),
        "business_date": batch.name.day.isoformat(),
        "cutoff": format_timestamp(batch.cutoff),
        "totals": rows[:MAX_CURRENCIES_IN_EVENT],
        "currencies": len(rows),
        "set_aside": set_aside,
    }
    event_id = ids.completed_event_id(str(batch.name), merchant)
    return rendered(EventType.SETTLEMENT_COMPLETED, data, event_id, at, batch.name.number)

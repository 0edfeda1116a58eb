"""Settlements: the query of their list, their shapes, and how they are rendered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.http.queries import Query
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.settlement import Exclusion
from paysandbox.settlement.totals import SettlementTotals, render_totals

FORMATS: Final = ("csv", "json")

SettlementStatus = Literal["open", "closing", "closed", "failed"]

_DATE_PATTERN: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _date(text: object) -> date:
    try:
        # fromisoformat reads 20261120 and 2026-W47-5 too.
        if isinstance(text, str) and len(text) == 10 and "W" not in text:
            return date.fromisoformat(text)
    except ValueError:
        pass  # 30 February
    raise PydanticCustomError("date_invalid", "Write dates like 2026-11-20.")


Day = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _DATE_PATTERN, "examples": ["2026-11-20"]}),
]


class ListSettlements(Query):
    """Which settlements, and which page of them."""

    since: Annotated[Day | None, Field(alias="from", description="Of that business date or a later one.")] = None
    until: Annotated[Day | None, Field(alias="to", description="Of a business date before that one.")] = None

    @field_validator("until")
    @classmethod
    def _later(cls, until: date | None, info: ValidationInfo) -> date | None:
        since = info.data.get("since")
        if since and until and until <= since:
            raise PydanticCustomError("span_empty", "to must be later than from.")
        return until


class SettlementSummary(Answer):
    """A batch, as far as the merchant is in it. It is there once its totals are; from `closed` on it never changes."""

    batch: Annotated[str, Field(description="The business date; of a second one of that date `2026-11-20.2`.")]
    status: SettlementStatus
    cutoff: Annotated[str, Field(description="What was recorded then or before is in it, if no batch had it before.")]
    business_date: str
    totals: list[SettlementTotals]


class ExcludedPayment(Answer):
    """A payment that the batch left out, because it contradicts itself, and why. Its money is settled by no batch."""

    payment_id: str
    reason: str


class SettlementReport(Answer):
    """A report of the batch. The link needs no API key: whoever has it can read the report until it expires."""

    format: Literal["csv", "json"]
    url: str
    expires_at: Annotated[str, Field(description="Wall time, also where the sandbox's clock was moved.")]
    rows: Annotated[int, Field(description="Captures and refunds in it.")]
    sha256: Annotated[str, Field(description="Of its bytes, in hexadecimal.")]


class SettlementBody(SettlementSummary):
    """A batch, as far as the merchant is in it, what it left out, and its reports once they are written."""

    set_aside: list[ExcludedPayment]
    reports: list[SettlementReport]


class SettlementList(Answer):
    """A page of settlements, newest first. `next_cursor` is null on the last page."""

    data: list[SettlementSummary]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a report can be read, and until when (UTC, wall time)."""

    url: str
    expires_at: datetime


def render_settlement_listed(kept: StoredBatch, statement: Statement) -> Body:
    """A batch and what it says of the merchant."""
    return {
        "batch": kept.name,
        "status": str(kept.status),
        "cutoff": format_timestamp(kept.batch.cutoff),
        "business_date": kept.batch.name.day.isoformat(),
        "totals": render_totals(statement.totals.values(), statement.balances.values()),
    }


def render_settlement(
    kept: StoredBatch, statement: Statement, set_aside: Iterable[Exclusion], links: dict[str, Link]
) -> Body:
    """A batch with what it left out and its reports. `links` are by format, for each report that there is."""
    left_out = sorted(set_aside, key=lambda one: one.payment_id)
    return render_settlement_listed(kept, statement) | {
        "set_aside": [{"payment_id": one.payment_id, "reason": one.reason} for one in left_out],
        "reports": [
            {
                "format": form,
                "url": links[form].url,
                "expires_at": format_timestamp(links[form].expires_at),
                "rows": statement.rows,
                "sha256": statement.reports[form].sha256,
            }
            for form in FORMATS
            if form in links
        ],
    }

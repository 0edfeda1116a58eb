"""Query parameters and response bodies of settlements, and their rendering."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.queries import OrderedQuery, Query, later_than
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.reports.reading import ReportLine
from paysandbox.settlement.settlement import Exclusion
from paysandbox.settlement.totals import SettlementTotals, render_totals

FORMATS: Final = ("csv", "json", "breaks")

SettlementStatus = Literal["open", "closing", "closed", "failed"]

_DATE_PATTERN: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _date(text: object) -> date:
    try:
        # fromisoformat also accepts 20261120 and 2026-W47-5.
        if isinstance(text, str) and len(text) == 10 and "W" not in text:
            return date.fromisoformat(text)
    except ValueError:
        pass  # 30 February
    raise PydanticCustomError("date_invalid", "Use a date such as 2026-11-20.")


Day = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _DATE_PATTERN, "examples": ["2026-11-20"]}),
]


class ListSettlements(OrderedQuery):
    """Filters and page."""

    since: Annotated[Day | None, Field(alias="from", description="Settlements of this business date or later.")] = None
    until: Annotated[Day | None, Field(alias="to", description="Settlements of business dates before this one.")] = None

    _later = field_validator("until")(later_than("since", "to must be later than from."))


class SettlementSummary(Answer):
    """The merchant's part of a settlement batch. Once `closed`, it never changes."""

    batch: Annotated[str, Field(description="The business date. A second batch of the same date is `2026-11-20.2`.")]
    status: Annotated[
        SettlementStatus,
        Field(description="`open` and `closing` while the run is in progress; `failed` if its last run stopped early."),
    ]
    cutoff: Annotated[
        str, Field(description="Operations recorded up to this time are included, unless an earlier batch has them.")
    ]
    business_date: Annotated[str, Field(description="The settled business date.")]
    totals: Annotated[list[SettlementTotals], Field(description="Totals by currency.")]


class ExcludedPayment(Answer):
    """A payment that was excluded from the batch. It is not settled."""

    payment_id: Annotated[str, Field(description="Id of the payment.")]
    reason: Annotated[str, Field(description="Which records contradict each other.")]


class SettlementReport(Answer):
    """A report file. The link works without an API key until it expires, so treat it as a secret."""

    format: Annotated[
        Literal["csv", "json", "breaks"],
        Field(description="File format. `breaks` is the answer key of a report with planted breaks, in JSON."),
    ]
    url: Annotated[str, Field(description="Download link, valid until `expires_at`.")]
    expires_at: Annotated[str, Field(description="When the link expires, by wall-clock time.")]
    rows: Annotated[int, Field(description="Number of lines, or of breaks.")]
    sha256: Annotated[str, Field(description="SHA-256 of the file, hexadecimal.")]


class SettlementBody(SettlementSummary):
    """The merchant's part of a settlement batch, with excluded payments and reports."""

    set_aside: Annotated[
        list[ExcludedPayment],
        Field(description="Payments that were excluded because their records contradict each other."),
    ]
    reports: Annotated[list[SettlementReport], Field(description="Reports, once they are written.")]


class ListSettlementLines(Query):
    """Page."""


class SettlementLine(Answer):
    """A line of a settlement: what a capture, a refund or a dispute added to or took from the merchant's balance.

    Amounts are minor units. Credits are positive, debits negative.
    """

    line_no: Annotated[int, Field(description="Number of the line in the settlement and in its reports, from 1.")]
    item_id: Annotated[
        str,
        Field(description="Id of the capture or refund, or of the line itself for what a dispute took or returned."),
    ]
    type: Annotated[
        Literal[
            "capture",
            "refund",
            "refund_reversal",
            "chargeback",
            "chargeback_reversal",
            "dispute_fee",
            "dispute_fee_reversal",
            "transfer",
            "transfer_reversal",
            "application_fee",
            "application_fee_refund",
        ],
        Field(description="What the line is of."),
    ]
    payment_id: Annotated[str, Field(description="Id of the payment.")]
    reference: Annotated[str | None, Field(description="The merchant's reference of the payment.")]
    occurred_at: Annotated[str, Field(description="When it happened.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]
    gross: Annotated[int, Field(description="Amount of the line.")]
    fee: Annotated[int, Field(description="Fee of the line.")]
    net: Annotated[int, Field(description="`gross` minus `fee`.")]
    late: Annotated[
        bool,
        Field(description="Whether it belongs to an earlier batch by its time, and was recorded after that closed."),
    ]


class SettlementLineList(Answer):
    """A page of a settlement's lines, by time. `next_cursor` is null on the last page."""

    data: Annotated[
        list[SettlementLine], Field(description="Lines, oldest first. None until the settlement's reports are written.")
    ]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class SettlementList(Answer):
    """A page of settlements, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[SettlementSummary], Field(description="Settlements, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


@record
class Link:
    """Link to a report and its expiry (UTC, wall-clock time)."""

    url: str
    expires_at: datetime


def render_settlement_listed(stored: StoredBatch, statement: Statement) -> Body:
    """Render a merchant's part of a batch for a list."""
    return {
        "batch": stored.name,
        "status": str(stored.status),
        "cutoff": format_timestamp(stored.batch.cutoff),
        "business_date": stored.batch.name.day.isoformat(),
        "totals": render_totals(statement.totals.values(), statement.balances.values()),
    }


def render_line(line: ReportLine) -> Body:
    """Render a line of a settlement."""
    return {
        "line_no": line.line_no,
        "item_id": line.item_id,
        "type": line.kind,
        "payment_id": line.payment_id,
        "reference": line.reference or None,
        "occurred_at": format_timestamp(line.occurred_at),
        "currency": line.currency,
        "gross": line.gross,
        "fee": line.fee,
        "net": line.net,
        "late": line.late,
    }


def render_settlement(
    stored: StoredBatch, statement: Statement, set_aside: Iterable[Exclusion], links: dict[str, Link]
) -> Body:
    """Render a merchant's part of a batch. `links` are by format, one for each report."""
    left_out = sorted(set_aside, key=lambda exclusion: exclusion.payment_id)
    return render_settlement_listed(stored, statement) | {
        "set_aside": [{"payment_id": exclusion.payment_id, "reason": exclusion.reason} for exclusion in left_out],
        "reports": [
            {
                "format": form,
                "url": links[form].url,
                "expires_at": format_timestamp(links[form].expires_at),
                "rows": statement.rows if file.rows is None else file.rows,
                "sha256": file.sha256,
            }
            for form, file in ((form, statement.reports[form]) for form in FORMATS if form in links)
        ],
    }

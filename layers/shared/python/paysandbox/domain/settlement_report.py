"""Reports: what a merchant gets of a batch, as CSV and as JSON, and the manifest of both. The same bytes every time.

CSV: RFC 4180 with LF, UTF-8. A line of column names, then records by `record_type`:

    H   the batch and merchant; `occurred_at` is the cut-off, `business_date` the batch's
    D   a capture or refund, by time and then by id. Credits are positive, debits negative; `net = gross - fee`
    Q   a payment that was left out, and why (`reason`)
    T   control totals of a currency: `line_no` is its number of D records; gross and net are sums with their signs
    T   the last record, without currency: how many D and Q records there are, and the SHA-256 of all bytes before it

All amounts are minor units. Texts that the merchant chose (`reference`) and reasons are defused (`csv_text.defused`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from paysandbox.domain.business_day import business_date, value_date
from paysandbox.domain.csv_text import defused, row
from paysandbox.domain.instant import to_text
from paysandbox.domain.settlement import Batch, Entry, SetAside, in_order
from paysandbox.domain.settlement_close import Totals, totals_of

COLUMNS: Final = (
    "record_type",
    "batch_id",
    "merchant_id",
    "line_no",
    "item_id",
    "type",
    "payment_id",
    "reference",
    "occurred_at",
    "business_date",
    "value_date",
    "brand",
    "last4",
    "gross_currency",
    "gross",
    "fee",
    "net",
    "payout_id",
    "late",
    "reason",
    "quarantined",
    "sha256",
)

HEADER: Final = "H"
DETAIL: Final = "D"
QUARANTINED: Final = "Q"
TRAILER: Final = "T"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a report says: entries of one merchant in one batch, the payouts by currency, and what was left out."""

    batch: Batch
    merchant: str
    entries: Sequence[Entry]
    payouts: Mapping[str, str]
    set_aside: Sequence[SetAside] = ()

    def totals(self) -> list[Totals]:
        """Control totals, by currency; also of one in which something older is paid out."""
        nothing = {(self.merchant, currency): Totals(self.merchant, currency) for currency in self.payouts}
        return [total for _, total in sorted((nothing | totals_of(self.entries)).items())]


def csv_report(contents: Contents) -> bytes:
    """The report as CSV."""
    text = row(COLUMNS) + "".join(row(record.get(name, "") for name in COLUMNS) for record in _records(contents))
    body = text.encode()
    return body + row(_last(contents, body).get(name, "") for name in COLUMNS).encode()


def json_report(contents: Contents) -> bytes:
    """The report as JSON: the same facts, texts as they are. Compact, sorted keys, one LF at the end."""
    return _json({
        "batch": str(contents.batch.name),
        "merchant": contents.merchant,
        "cutoff": to_text(contents.batch.cutoff),
        "lines": [_line(entry) for entry in in_order(contents.entries)],
        "quarantined": [{"payment_id": one.payment_id, "reason": one.reason} for one in _set_aside(contents)],
        "totals": [
            _sums(total) | {"payout_id": contents.payouts.get(total.currency)}
            for total in contents.totals()
        ],
    })  # fmt: skip


def manifest(contents: Contents, files: Mapping[str, bytes]) -> bytes:
    """The manifest of a report's files (by name): rows (captures and refunds), control totals, SHA-256 of each."""
    return _json({
        "batch": str(contents.batch.name),
        "merchant": contents.merchant,
        "rows": len(contents.entries),
        "quarantined": len(contents.set_aside),
        "sums": [_sums(total) for total in contents.totals()],
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
        },
    })  # fmt: skip


def _records(contents: Contents) -> Iterator[dict[str, str]]:
    batch = contents.batch
    whose = {"batch_id": str(batch.name), "merchant_id": contents.merchant}
    day = {"business_date": batch.name.day.isoformat()}
    yield {"record_type": HEADER, **whose, "occurred_at": to_text(batch.cutoff), **day}
    for number, entry in enumerate(in_order(contents.entries), start=1):
        texts = {name: _text(value) for name, value in _line(entry).items()}
        texts["reference"] = defused(entry.reference or "")
        valued = value_date(batch.name.day, entry.currency).isoformat()
        yield {"record_type": DETAIL, **whose, "line_no": str(number), **texts, "value_date": valued}
    for number, one in enumerate(_set_aside(contents), start=1):
        yield {
            "record_type": QUARANTINED,
            **whose,
            "line_no": str(number),
            "payment_id": one.payment_id,
            "reason": defused(one.reason),
        }
    for total in contents.totals():
        yield {
            "record_type": TRAILER,
            **whose,
            "line_no": str(total.count),
            "gross_currency": total.currency,
            "gross": str(total.gross - total.refunds),
            "fee": str(total.fees),
            "net": str(total.net),
            "payout_id": contents.payouts.get(total.currency, ""),
        }


def _last(contents: Contents, body: bytes) -> dict[str, str]:
    return {
        "record_type": TRAILER,
        "batch_id": str(contents.batch.name),
        "merchant_id": contents.merchant,
        "line_no": str(len(contents.entries)),
        "quarantined": str(len(contents.set_aside)),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def _line(entry: Entry) -> dict[str, str | int | bool | None]:
    """An entry by the columns that both forms have."""
    return {
        "item_id": entry.operation_id,
        "type": str(entry.kind),
        "payment_id": entry.payment_id,
        "reference": entry.reference,
        "occurred_at": to_text(entry.occurred_at),
        "business_date": business_date(entry.occurred_at).isoformat(),
        "brand": str(entry.brand),
        "last4": entry.last4,
        "gross_currency": entry.currency,
        "gross": entry.gross,
        "fee": entry.fee,
        "net": entry.net,
        "late": entry.late,
    }


def _sums(total: Totals) -> dict[str, str | int]:
    return {
        "currency": total.currency,
        "count": total.count,
        "gross": total.gross,
        "refunds": total.refunds,
        "fees": total.fees,
        "net": total.net,
    }


def _set_aside(contents: Contents) -> list[SetAside]:
    return sorted(contents.set_aside, key=lambda one: one.payment_id)


def _text(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _json(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()

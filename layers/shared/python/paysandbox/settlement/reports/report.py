"""A merchant's settlement report as CSV and JSON, and a manifest of both files. The output is deterministic.

CSV: RFC 4180 with LF, UTF-8. A header line with column names, then records by `record_type`:

    H   batch and merchant; `occurred_at` is the cut-off, `business_date` the batch's
    D   a capture, a refund, what a dispute took, its fee, or a reversal (`type`), by time, then by id. Credits are
        positive, debits negative; `net = gross - fee`
    Q   an excluded payment, with the `reason`. With an `item_id`, a capture that was declined at settlement: a break,
        which only a run that plants breaks writes
    T   control totals of a currency: `line_no` is its number of D records; gross and net are signed sums. `type` is
        `balance` if its payout stays available, and empty if it went to the merchant's bank account
    T   the last record, without currency: the number of D and Q records, and the SHA-256 of all preceding bytes

All amounts are minor units. `reference`, which the merchant chooses, and `reason` are quoted, and protected against
formula evaluation (`csv_text.defused`).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import Any, Final

from paysandbox.core.csv_text import defused, row
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.settlement.batch import ReportFile
from paysandbox.settlement.business_day import business_date, value_date
from paysandbox.settlement.close import Totals
from paysandbox.settlement.settlement import Batch, Entry, Exclusion

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

_QUOTED: Final = (COLUMNS.index("reference"), COLUMNS.index("reason"))

HEADER: Final = "H"
DETAIL: Final = "D"
QUARANTINED: Final = "Q"
TRAILER: Final = "T"

SETTLEMENT_DECLINED: Final = "settlement_declined"
"""The reason of a capture that was declined at settlement."""


@record
class Contents:
    """Contents of a merchant's report: settled entries and their totals, payouts by currency, and excluded payments.

    `entries` are in report order (`settlement.in_order`) and iterated once per format, without keeping them in memory.
    `totals` are the totals of `entries` by currency. `to_funds` has the IDs of the payouts that become funds.
    `declined` are entries that the report says were declined at settlement. `draws` are what the merchant has moved by
    currency, in minor units.
    """

    batch: Batch
    merchant: str
    entries: Iterable[Entry]
    totals: Mapping[str, Totals]
    payouts: Mapping[str, str]
    set_aside: Sequence[Exclusion] = ()
    to_funds: Collection[str] = ()
    declined: Sequence[Entry] = ()
    draws: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def quarantined(self) -> list[dict[str, str]]:
        """The excluded payments, by ID, then the declined entries, by the column names that CSV and JSON share."""
        excluded = sorted(self.set_aside, key=lambda exclusion: exclusion.payment_id)
        return [
            *({"payment_id": exclusion.payment_id, "reason": exclusion.reason} for exclusion in excluded),
            *(
                {"item_id": entry.operation_id, "payment_id": entry.payment_id, "reason": SETTLEMENT_DECLINED}
                for entry in self.declined
            ),
        ]

    @property
    def rows(self) -> int:
        """Number of entries."""
        return sum(total.count for total in self.totals.values())

    def destination(self, currency: str) -> str | None:
        """Return `balance` if the currency's payout becomes funds. None: it goes to the bank, or there is none."""
        return str(PayoutDestination.BALANCE) if self.payouts.get(currency) in self.to_funds else None

    def control_totals(self) -> list[Totals]:
        """Return totals by currency, including currencies in which only an older balance is paid out."""
        nothing = {currency: Totals(merchant=self.merchant, currency=currency) for currency in self.payouts}
        return [total for _, total in sorted((nothing | dict(self.totals)).items())]


def csv_report(contents: Contents) -> Iterator[bytes]:
    """Generate the CSV report, record by record."""
    digest = hashlib.sha256()
    for line in chain([row(COLUMNS)], map(_record, _records(contents))):
        chunk = line.encode()
        digest.update(chunk)
        yield chunk
    yield _record(_last(contents, digest.hexdigest())).encode()


def json_report(contents: Contents) -> Iterator[bytes]:
    """Generate the JSON report, line by line. It has the CSV's data, with original texts.

    The format is compact JSON with sorted keys and one LF at the end.
    """
    whole = _json({
        "batch": str(contents.batch.name),
        "merchant": contents.merchant,
        "cutoff": format_timestamp(contents.batch.cutoff),
        "lines": [],
        "quarantined": contents.quarantined,
        "totals": [
            _sums(total)
            | {"payout_id": contents.payouts.get(total.currency)}
            | _destination(contents, total.currency)
            | _draws(contents, total.currency)
            for total in contents.control_totals()
        ],
    })  # fmt: skip
    # Only "batch" and "cutoff" sort before "lines", and their values cannot contain this text.
    before, lines, after = whole.partition('"lines":[')
    yield (before + lines).encode()
    for place, entry in enumerate(contents.entries):
        yield (("," if place else "") + _json(_line(entry))).encode()
    yield (after + "\n").encode()


def manifest(contents: Contents, files: Mapping[str, ReportFile]) -> bytes:
    """Return the manifest of a report's files (by name), with the number of rows and the control totals.

    Each file has its size in bytes and SHA-256. Rows are entries.
    """
    whole = _json({
        "batch": str(contents.batch.name),
        "merchant": contents.merchant,
        "rows": contents.rows,
        "quarantined": len(contents.quarantined),
        "sums": [_sums(total) for total in contents.control_totals()],
        "files": {name: {"bytes": file.size, "sha256": file.sha256} for name, file in files.items()},
    })  # fmt: skip
    return (whole + "\n").encode()


def _records(contents: Contents) -> Iterator[dict[str, str]]:
    batch = contents.batch
    whose = {"batch_id": str(batch.name), "merchant_id": contents.merchant}
    day = {"business_date": batch.name.day.isoformat()}
    yield {"record_type": HEADER, **whose, "occurred_at": format_timestamp(batch.cutoff), **day}
    for number, entry in enumerate(contents.entries, start=1):
        texts = {name: _text(value) for name, value in _line(entry).items()}
        texts["reference"] = defused(entry.reference or "")
        valued = value_date(batch.name.day, entry.currency).isoformat()
        yield {"record_type": DETAIL, **whose, "line_no": str(number), **texts, "value_date": valued}
    for number, left_out in enumerate(contents.quarantined, start=1):
        reason = {"reason": defused(left_out["reason"])}
        yield {"record_type": QUARANTINED, **whose, "line_no": str(number), **left_out, **reason}
    for total in contents.control_totals():
        yield {
            "record_type": TRAILER,
            **whose,
            "line_no": str(total.count),
            "type": contents.destination(total.currency) or "",
            "gross_currency": total.currency,
            "gross": str(total.settled),
            "fee": str(total.fees),
            "net": str(total.net),
            "payout_id": contents.payouts.get(total.currency, ""),
        }


def _record(values: Mapping[str, str]) -> str:
    return row((values.get(name, "") for name in COLUMNS), _QUOTED)


def _last(contents: Contents, sha256: str) -> dict[str, str]:
    return {
        "record_type": TRAILER,
        "batch_id": str(contents.batch.name),
        "merchant_id": contents.merchant,
        "line_no": str(contents.rows),
        "quarantined": str(len(contents.quarantined)),
        "sha256": sha256,
    }


def _line(entry: Entry) -> dict[str, str | int | bool | None]:
    """Return an entry's values by the column names that CSV and JSON share."""
    return {
        "item_id": entry.operation_id,
        "type": str(entry.kind),
        "payment_id": entry.payment_id,
        "reference": entry.reference,
        "occurred_at": format_timestamp(entry.occurred_at),
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
        **total.by_name,
        "net": total.net,
    }


def _destination(contents: Contents, currency: str) -> dict[str, str]:
    destination = contents.destination(currency)
    return {"payout_destination": destination} if destination else {}


def _draws(contents: Contents, currency: str) -> dict[str, int]:
    draws = contents.draws.get(currency)
    return {"draws": draws} if draws else {}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

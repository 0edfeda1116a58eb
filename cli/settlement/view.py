"""Settlements, formatted for a terminal. Amounts are decimal with their currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line
from cli.terminal.text import counted

Body = Mapping[str, Any]

_STYLES: Final = {"closed": "bold green", "failed": "bold red"}
_RARE: Final = ("chargebacks", "dispute_fees", "transfers")


def page(body: Body) -> Text:
    """A page of batches, newest first, one row per currency."""
    of_disputes = disputed(total for each in body["data"] for total in each["totals"])
    amounts = ("gross", "refunds", *of_disputes, "fees", "net", "payout")
    rows = [
        (each["batch"], _status(each["status"]), *_row(total, amounts))
        for each in body["data"]
        for total in each["totals"]
    ]
    return columns(
        ("BATCH", "STATUS", "COUNT", *headers(amounts)), rows, drop=("FEES", "REFUNDS", "COUNT", *headers(of_disputes))
    )


def settlement(body: Body) -> Text:
    """A batch: totals and balances by currency, excluded payments, and reports."""
    facts = [line("cutoff", _second(body["cutoff"])), line("business date", body["business_date"])]
    balances = ("opening_balance", "draws", "payout", "closing_balance")
    of_disputes = disputed(body["totals"])
    amounts = ("gross", "refunds", *of_disputes, "fees", "net", *balances)
    parts = [
        Text("  ").join([Text(body["batch"], style="bold"), _status(body["status"])]),
        *map(Text, facts),
        *(Text(line("payout", f"{show(total['payout'], total['currency'])}  {total['payout_id']}{_destination(total)}"))
          for total in body["totals"] if "payout_id" in total),
        Text(),
        columns(
            ("COUNT", *headers(amounts)),
            [_row(total, amounts) for total in body["totals"]],
            drop=("OPENING", "DRAWS", "FEES", "REFUNDS", *headers(of_disputes)),
        ),
    ]  # fmt: skip
    if body["set_aside"]:
        parts += [Text(), Text("Excluded from settlement:", style="bold yellow")]
        parts += [Text(f"  {exclusion['payment_id']}  {exclusion['reason']}") for exclusion in body["set_aside"]]
    for report in body["reports"]:
        details = f"{counted(report['rows'], 'line')}, SHA-256 {report['sha256']}"
        parts += [
            Text(),
            Text(line(report["format"], details)),
            Text(line("link expires", _second(report["expires_at"]))),
        ]
        parts.append(Text(report["url"], style="dim"))
    return Text.lines(parts)


def disputed(totals: Iterable[Body]) -> tuple[str, ...]:
    """The sums of disputes and transfers that some of these totals have."""
    names = {name for total in totals for name in total}
    return tuple(name for name in _RARE if name in names)


def headers(amounts: Iterable[str]) -> tuple[str, ...]:
    """The headers of columns of amounts."""
    return tuple(name.removesuffix("_balance").replace("_", " ").upper() for name in amounts)


def _row(total: Body, names: tuple[str, ...]) -> tuple[str, ...]:
    return (str(total["count"]), *(show(total.get(name, 0), total["currency"]) for name in names))


def _destination(total: Body) -> str:
    return "  stays available" if total.get("payout_destination") == "balance" else ""


def _status(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, "bold cyan"))


def _second(at: str) -> str:
    return f"{at[:10]} {at[11:19]}Z"

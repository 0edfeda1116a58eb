"""Settlements, formatted for a terminal. Amounts are decimal with their currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line
from cli.terminal.text import counted

Body = Mapping[str, Any]

_STYLES: Final = {"closed": "bold green", "failed": "bold red"}
_AMOUNTS: Final = ("gross", "refunds", "fees", "net", "opening_balance", "payout", "closing_balance")


def page(body: Body) -> Text:
    """A page of batches, newest first, one row per currency."""
    rows = [
        (each["batch"], _status(each["status"]), *_row(total, ("gross", "refunds", "fees", "net", "payout")))
        for each in body["data"]
        for total in each["totals"]
    ]
    return columns(
        ("BATCH", "STATUS", "COUNT", "GROSS", "REFUNDS", "FEES", "NET", "PAYOUT"),
        rows,
        drop=("FEES", "REFUNDS", "COUNT"),
    )


def settlement(body: Body) -> Text:
    """A batch: totals and balances by currency, excluded payments, and reports."""
    facts = [line("cutoff", _second(body["cutoff"])), line("business date", body["business_date"])]
    header = ("COUNT", "GROSS", "REFUNDS", "FEES", "NET", "OPENING", "PAYOUT", "CLOSING")
    parts = [
        Text("  ").join([Text(body["batch"], style="bold"), _status(body["status"])]),
        *map(Text, facts),
        *(Text(line("payout", f"{show(one['payout'], one['currency'])}  {one['payout_id']}"))
          for one in body["totals"] if "payout_id" in one),
        Text(),
        columns(header, [_row(total, _AMOUNTS) for total in body["totals"]], drop=("OPENING", "FEES", "REFUNDS")),
    ]  # fmt: skip
    if body["set_aside"]:
        parts += [Text(), Text("Excluded from settlement:", style="bold yellow")]
        parts += [Text(f"  {one['payment_id']}  {one['reason']}") for one in body["set_aside"]]
    for one in body["reports"]:
        details = f"{counted(one['rows'], 'line')}, SHA-256 {one['sha256']}"
        parts += [Text(), Text(line(one["format"], details)), Text(line("link expires", _second(one["expires_at"])))]
        parts.append(Text(one["url"], style="dim"))
    return Text.lines(parts)


def _row(total: Body, names: tuple[str, ...]) -> tuple[str, ...]:
    return (str(total["count"]), *(show(total[name], total["currency"]) for name in names))


def _status(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, "bold cyan"))


def _second(at: str) -> str:
    return f"{at[:10]} {at[11:19]}Z"

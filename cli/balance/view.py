"""A merchant's balance and its transactions, formatted for a terminal. Amounts are decimal with their currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line

Body = Mapping[str, Any]

_STYLES: Final = {"available": "bold green", "pending": "bold yellow"}


def balance(body: Body) -> Text:
    """The balances, and the settlement that is expected next."""
    rows = [
        (show(each["pending"], each["currency"]), show(each["available"], each["currency"])) for each in body["data"]
    ]
    following = body["next_settlement"]
    return Text.lines(
        [
            columns(("PENDING", "AVAILABLE"), rows),
            Text(),
            Text(line("next settlement", f"{following['business_date']}, cut-off {_second(following['cutoff'])}")),
        ]
    )


def page(body: Body) -> Text:
    """A page of transactions."""
    rows = [
        (
            _second(each["created_at"]),
            each["type"],
            _status(each["status"]),
            *(show(each[name], each["currency"]) for name in ("amount", "fee", "net")),
            each.get("payment_id") or each.get("source_id") or each.get("batch") or "",
        )
        for each in body["data"]
    ]
    return columns(("CREATED", "TYPE", "STATUS", "AMOUNT", "FEE", "NET", "OF"), rows, drop=("FEE", "AMOUNT"))


def _status(status: str | None) -> Text:
    return Text(status or "", style=_STYLES.get(status or "", "bold"))


def _second(at: str) -> str:
    return f"{at[:10]} {at[11:19]}Z"

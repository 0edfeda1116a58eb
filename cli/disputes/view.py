"""Disputes and their evidence, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line

Body = Mapping[str, Any]

_STYLES: Final = {
    "needs_response": "bold red",
    "warning_needs_response": "bold yellow",
    "under_review": "bold blue",
    "warning_under_review": "bold blue",
    "won": "bold green",
    "warning_closed": "bold green",
    "lost": "bold red",
}
_WITHDRAWN: Final = {
    "needs_response": "submit evidence all the same to win it",
    "under_review": "the evidence was submitted",
}
"""Of a withdrawn dispute: whether it still needs evidence to be won."""
_LONGEST: Final = 60
"""Characters of a text that are shown. --json shows all of it."""


def disputes(body: Body) -> Text:
    """A page of disputes."""
    rows = [
        (
            _time(each["created_at"]),
            each["status"],
            each["reason"],
            show(each["amount"], each["currency"]),
            _time(each["due_by"]),
            each["dispute_id"],
        )
        for each in body["data"]
    ]
    header = ("OPENED (UTC)", "STATUS", "REASON", "AMOUNT", "EVIDENCE DUE", "ID")
    return columns(header, rows, drop=("OPENED (UTC)", "REASON"))


def dispute(body: Body) -> Text:
    """A dispute, with its evidence and operations if the body has them."""
    status, currency = body["status"], body["currency"]
    head = Text.assemble((status, _STYLES.get(status, "bold")), f"  {show(body['amount'], currency)}, {body['reason']}")
    parts = [
        head,
        Text(line("dispute", body["dispute_id"])),
        Text(line("payment", body["auth_id"])),
        Text(line("stage", body["stage"].replace("_", " "))),
    ]
    if body["fee"]:
        parts.append(Text(line("fee", show(body["fee"], currency))))
    if status.endswith("needs_response"):
        late = ", and that has passed" if body.get("past_due") else ""
        parts.append(Text(line("due", f"evidence by {_time(body['due_by'])}{late}")))
    if "decides_at" in body:
        parts.append(Text(line("decided", f"by {_time(body['decides_at'])}")))
    if "cause" in body:
        parts.append(Text(line("cause", body["cause"])))
    if body["withdrawn"]:
        parts.append(Text(line("withdrawn", _WITHDRAWN.get(body["status"], "by the cardholder"))))
    parts += [Text(line("evidence", f"{name}={_short(text)}")) for name, text in body.get("evidence", {}).items()]
    parts += [
        Text(f"  {_time(each['created_at'])}  {each['type'].replace('_', ' ')}  {each['transaction_id']}")
        for each in body.get("operations", ())
    ]
    return Text.lines(parts)


def evidence(body: Body) -> Text:
    """Evidence that was saved or submitted."""
    if body["submitted"]:
        return Text.lines([Text("Evidence submitted.", style="bold green"), dispute(body["dispute"])])
    names = ", ".join(body["fields"])
    return Text.lines([Text(f"Saved as a draft: {names}", style="bold"), Text(line("dispute", body["dispute_id"]))])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:16]}"

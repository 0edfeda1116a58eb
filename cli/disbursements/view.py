"""Disbursements, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.connection.api import Answer
from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line
from cli.terminal.text import counted

Body = Mapping[str, Any]

_STYLES: Final = {
    "pending": "bold blue",
    "processing": "bold blue",
    "paid": "bold green",
    "failed": "bold red",
    "unclaimed": "bold yellow",
    "held": "bold yellow",
    "blocked": "bold red",
    "returned": "bold magenta",
    "canceled": "bold yellow",
    "requires_attention": "bold red",
}


_FIRST: Final = {"code": "code"}
_OF_METHODS: Final = {"stripe_account": "stripe account", "payout": "payout", "trace_number": "trace number"}
"""What a method has of its own."""


def created(answer: Answer) -> Text:
    """A disbursement that was accepted."""
    facts = [line("replayed", "created before, under the same idempotency key")] if answer.replayed else []
    if answer.idempotency_key is not None:
        facts.append(line("idempotency key", answer.idempotency_key))
    return Text.lines([disbursement(answer.body), *map(Text, facts)])


def page(body: Body) -> Text:
    """A page of disbursements. An ID starts with the time of its request (UTC)."""
    rows = [
        (
            each["payment_id"],
            Text(each["status"], style=_STYLES.get(each["status"], "")),
            show(each["amount"], each["currency"]),
            each["payment_method"],
            each["customer_id"],
        )
        for each in body["data"]
    ]
    return columns(("ID", "STATUS", "AMOUNT", "METHOD", "CUSTOMER"), rows, drop=("CUSTOMER", "METHOD"))


def disbursement(body: Body) -> Text:
    """A disbursement, with every status that it had."""
    status, amount = body["status"], show(body["amount"], body["currency"])
    head = Text.assemble((status, _STYLES.get(status, "bold")), f"  {amount} to {body['customer_id']}")
    trail = [
        (f"  {each['at'][:10]} {each['at'][11:19]}", each["status"], each["source"], each.get("code") or "")
        for each in body["trail"]
    ]
    table = columns(("  TIME (UTC)", "STATUS", "SOURCE", "CODE"), trail)
    return Text.lines([head, *map(Text, _facts(body)), table])


def _facts(body: Body) -> Iterator[str]:
    yield line("disbursement", body["payment_id"])
    yield line("e-mail", body["email"])
    if body["fee"]:
        yield line("fee", show(body["fee"], body["currency"]))
    yield from _texts(body, _FIRST)
    if body["attempts"]:
        yield line("provider", f"{body['payment_method']}, {counted(body['attempts'], 'request')}")
        yield line("batch", body["batch_id"])
    if body.get("reference"):
        window = f", window {body['window']}" if "window" in body else ""
        yield line("reference", f"{body['reference']}{window}")
    yield from _texts(body, _OF_METHODS)
    if body.get("last4"):
        yield line("bank account", f"…{body['last4']}")
    if body.get("effective_date"):
        yield line("settles on", body["effective_date"])
        expected_by = body["administrative_returns_expected_by"]
        yield line("returns by", f"{expected_by[:10]} {expected_by[11:16]} UTC")
    if body.get("correction_code"):
        yield line("corrected", f"{body['correction_code']}, for the next disbursement")
    if body["cancel_requested"]:
        yield line("canceling", "at the provider; the status changes when it confirms")


def _texts(body: Body, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of those attributes that are there."""
    for name, shown in names.items():
        if body.get(name):
            yield line(shown, body[name])

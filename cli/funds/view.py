"""A merchant's funds, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.connection.api import Answer
from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line


def funding(answer: Answer) -> Text:
    """A funding and the resulting balance."""
    body = answer.body
    head = Text(f"{show(body['amount'], body['currency'])} added", style="bold green")
    facts = [line("balance", show(body["balance"], body["currency"])), line("funding", body["funding_id"])]
    if answer.replayed:
        facts.append(line("replayed", "added before, under the same idempotency key"))
    if answer.idempotency_key is not None:
        facts.append(line("idempotency key", answer.idempotency_key))
    return Text.lines([head, *map(Text, facts)])


def funds(body: Mapping[str, Any]) -> Text:
    """The balances."""
    return columns(("BALANCE",), [(show(each["balance"], each["currency"]),) for each in body["data"]])

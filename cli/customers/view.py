"""Customers, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line
from cli.terminal.text import minute


def customer(body: Mapping[str, Any]) -> Text:
    """A customer."""
    facts = [line("e-mail", body["email"])]
    if body.get("name"):
        facts.append(line("name", body["name"]))
    if body.get("bank_account"):
        facts.append(line("bank account", bank_account(body["bank_account"])))
    if body.get("stripe_account"):
        facts.append(line("stripe account", body["stripe_account"]))
    facts.append(line("created", minute(body["created_at"])))
    if body["updated_at"] != body["created_at"]:
        facts.append(line("changed", minute(body["updated_at"])))
    return Text.lines([Text(body["customer_id"], style="bold"), *map(Text, facts)])


def bank_account(account: Mapping[str, Any]) -> str:
    """A bank account: the last digits of its number, its type, its bank and its holder."""
    return (
        f"···{account['last4']}, {account['account_type']} at {account['routing_number']}, "
        f"{account['account_holder_name']}"
    )


def page(body: Mapping[str, Any]) -> Text:
    """A page of customers."""
    rows = [
        (each["customer_id"], each["email"], each.get("name") or "", minute(each["created_at"]))
        for each in body["data"]
    ]
    return columns(("ID", "E-MAIL", "NAME", "CREATED"), rows, drop=("CREATED",))

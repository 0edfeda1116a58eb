"""Simulated actions, and what is due, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line

Body = Mapping[str, Any]


def actions(body: Body) -> Text:
    """The table of actions."""
    rows = [
        (each["kind"], each["action"], _parameters(each), each["description"], ", ".join(each["statuses"]))
        for each in body["data"]
    ]
    return columns(("OBJECT", "ACTION", "PARAMETERS", "DOES", "POSSIBLE WHILE"), rows, drop=("POSSIBLE WHILE",))


def waiting(body: Body) -> Text:
    """What waits to happen, earliest first."""
    return columns(("DUE (UTC)", "ACTION", "VALUE", "OBJECT"), [_due(each) for each in body["data"]], drop=("VALUE",))


def simulation(body: Body) -> Text:
    """What can happen to an object now, and what is due when."""
    parts = [Text(f"{body['status']}  {body['kind']}", style="bold"), Text(line(body["kind"], body["id"]))]
    parts += [Text(line("payment", body["auth_id"]))] if body["kind"] != "payment" and "auth_id" in body else []
    parts += [Text(line("due", "  ".join(filter(None, _due(each))))) for each in body["due"]]
    parts += [
        Text(line(each["kind"], f"{each['id']}  {each['status']}: {', '.join(each['actions']) or 'nothing possible'}"))
        for each in body["objects"]
    ]
    if not body["actions"]:
        return Text.lines([*parts, Text("  Nothing can be simulated now.")])
    rows = [(f"  {each['action']}", _parameters(each), each["description"]) for each in body["actions"]]
    return Text.lines([*parts, Text(), columns(("  ACTION", "PARAMETERS", "DOES"), rows)])


def settings(body: Body) -> Text:
    """A merchant's settings."""
    facts = (("merchant", "merchant"), ("simulation", "simulation"), ("payouts to", "payout_destination"))
    return Text.lines([Text(line(label, body[name])) for label, name in facts])


def _due(step: Body) -> tuple[str, str, str, str]:
    at = step["due_at"]
    return f"{at[:10]} {at[11:19]}", step["action"], step.get("value") or "", step["id"]


def _parameters(action: Body) -> str:
    return " ".join(_parameter(each) for each in action["parameters"])


def _parameter(parameter: Body) -> str:
    text = f"{parameter['name']}="
    return text if parameter["required"] else f"[{text}]"

"""Events, endpoints and deliveries, formatted for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.connection.api import Answer
from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line
from cli.terminal.visible_text import lines_of, visible_json

Body = Mapping[str, Any]

_STYLES: Final = {
    "enabled": "bold green",
    "delivered": "bold green",
    "pending": "bold cyan",
    "canceled": "bold yellow",
    "disabled": "bold yellow",
    "failed": "bold red",
}


def events(body: Body) -> Text:
    """Format a page of events, newest first."""
    rows = [
        (second(each["timestamp"]), each["type"], _money(each["data"]), each["id"], _about(each["data"]))
        for each in body["data"]
    ]
    return columns(("TIME", "TYPE", "AMOUNT", "EVENT", "OBJECT"), rows, drop=("OBJECT", "AMOUNT"))


def event(body: Body) -> Text:
    """Format an event, its data, and its delivery to each endpoint."""
    facts = [
        line("id", body["id"]),
        line("time", second(body["timestamp"])),
        line("sequence", str(body["sequence"])),
    ]
    data = Text.block(visible_json(json.dumps(body["data"], indent=2, ensure_ascii=False)))
    parts = [_block(Text(body["type"], style="bold"), facts), Text(), data]
    if body.get("deliveries"):
        parts += [Text(), _deliveries(body["deliveries"])]
    return Text.lines(parts)


def resent(body: Body) -> Text:
    """Format the deliveries that a resend created."""
    if not body["deliveries"]:
        return Text("No enabled endpoint subscribes to this type, so nothing was sent.", style="bold yellow")
    rows = [(each["delivery_id"], each["endpoint_id"], _status(each["status"])) for each in body["deliveries"]]
    return columns(("DELIVERY", "ENDPOINT", "STATUS"), rows)


def endpoints(body: Body) -> Text:
    """Format all endpoints, oldest first."""
    rows = [
        (
            each["endpoint_id"],
            _status(each["status"]),
            each["url"],
            ",".join(each["events"]),
            each.get("description", ""),
        )
        for each in body["data"]
    ]
    return columns(("ENDPOINT", "STATUS", "URL", "EVENTS", "DESCRIPTION"), rows, drop=("DESCRIPTION", "EVENTS"))


def endpoint(answer: Answer) -> Text:
    """Format an endpoint, with its secret if the API returned it."""
    body = answer.body
    facts = [line("endpoint", body["endpoint_id"]), line("url", body["url"]), line("events", ", ".join(body["events"]))]
    facts += [line("description", body["description"])] if "description" in body else []
    if "disabled_reason" in body:
        facts.append(line("disabled", f"{body['disabled_reason']}, {second(body['disabled_at'])}"))
    if "failing_since" in body:
        facts.append(line("failing since", second(body["failing_since"])))
    facts.append(line("subscribed", "since " + second(body["listens_since"])))
    if "secret" in body:
        facts.append(line("secret", f"{body['secret']}  (shown once)"))
    if "previous_secret_valid_until" in body:
        facts.append(line("previous secret", f"valid until {second(body['previous_secret_valid_until'])}"))
    return _block(_status(body["status"]), [*facts, *key(answer)])


def pinged(answer: Answer) -> Text:
    """Format a queued test event."""
    body = answer.body
    names = ("event", "delivery", "endpoint")
    return _block(Text("endpoint_ping queued", style="bold green"),
                  [*(line(name, body[f"{name}_id"]) for name in names), *key(answer)])  # fmt: skip


def deliveries(body: Body) -> Text:
    """Format a page of deliveries, newest event first."""
    return _deliveries(body["data"])


def delivery(body: Body) -> Text:
    """Format a delivery with each attempt."""
    facts = [
        line("delivery", body["delivery_id"]),
        line("event", f"{body['event_id']}  {body['event_type']}"),
        line("endpoint", body["endpoint_id"]),
    ]
    if "next_attempt_at" in body:
        facts.append(line("next attempt", second(body["next_attempt_at"])))
    parts = [_block(_status(body["status"]), facts)]
    for attempt in body["attempts"]:
        parts += [Text(), _attempt(attempt)]
    return Text.lines(parts)


def replayed(answer: Answer) -> Text:
    """Format the deliveries that one replay call queued."""
    body = answer.body
    facts = [line("endpoint", body["endpoint_id"])]
    if body["left_out"]:
        facts.append(line("skipped", f"{body['left_out']} (resend limit reached)"))
    if body["next_since"] is not None:
        facts.append(line("next since", body["next_since"]))
    headline = Text(f"{body['planned']} queued", style="bold green")
    return _block(headline, [*facts, *key(answer)])


def key(answer: Answer) -> Iterator[str]:
    """Yield the line with the idempotency key of the request, if it had one."""
    if answer.idempotency_key is not None:
        again = "  (replayed: the original response to this key)" if answer.replayed else ""
        yield line("idempotency key", answer.idempotency_key + again)


def second(at: str) -> str:
    """Format a timestamp of the API to the second."""
    return f"{at[:10]} {at[11:19]}Z"


def _deliveries(listed: list[Body]) -> Text:
    rows = [
        (
            second(each["event_timestamp"]),
            each["event_type"],
            _status(each["status"]),
            str(each["attempts"]),
            str(each.get("last_status", each.get("last_error", ""))),
            each["delivery_id"],
            each["endpoint_id"],
        )
        for each in listed
    ]
    return columns(
        ("TIME", "EVENT", "STATUS", "ATTEMPTS", "LAST", "DELIVERY", "ENDPOINT"), rows, drop=("ENDPOINT", "ATTEMPTS")
    )


def _attempt(attempt: Body) -> Text:
    outcome = attempt.get("status", attempt.get("error", "?"))
    headline = Text.assemble(
        (f"attempt {attempt['number']}", "bold"), f"  {second(attempt['at'])}  {outcome}  {attempt['latency_ms']} ms"
    )
    facts = [f"  > {name}: {value}" for name, value in sorted(attempt["request_headers"].items())]
    facts += [f"  < {text}" for text in lines_of(attempt.get("response", ""))]
    return _block(headline, facts)


def _block(headline: Text, facts: list[str]) -> Text:
    return Text.lines([headline, *(Text(fact) for fact in facts)])


def _status(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, "bold"))


def _money(data: Body) -> str:
    return show(data["amount"], data["currency"]) if {"amount", "currency"} <= data.keys() else ""


def _about(data: Body) -> str:
    return str(data.get("transaction_id", data.get("endpoint_id", "")))

"""Completes the IDs of what was made last, asked of the local sandbox's API. Without an answer, there are none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import typer

if TYPE_CHECKING:
    from cli.connection.api_paths import ApiPath

_NEWEST: Final = 20
_PATIENCE_S: Final = 2.0

Completions = list[tuple[str, str]]


def complete_payment(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of the newest payments that begin like this, each with its status and amount."""
    from cli.connection.api_paths import LIST_PAYMENTS

    return _completed(ctx, incomplete, LIST_PAYMENTS, "auth_id", ("status", "amount"))


def complete_disbursement(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of the newest disbursements that begin like this, each with its status, amount and customer."""
    from cli.connection.api_paths import LIST_MERCHANT_DISBURSEMENTS

    return _completed(ctx, incomplete, LIST_MERCHANT_DISBURSEMENTS, "payment_id", ("status", "amount", "customer_id"))


def complete_dispute(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of the newest disputes that begin like this, each with its status and amount."""
    from cli.connection.api_paths import LIST_DISPUTES

    return _completed(ctx, incomplete, LIST_DISPUTES, "dispute_id", ("status", "amount"))


def complete_event(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of the newest events that begin like this, each with its type and time."""
    from cli.connection.api_paths import LIST_EVENTS

    return _completed(ctx, incomplete, LIST_EVENTS, "event_id", ("type", "created_at"))


def complete_endpoint(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of the webhook endpoints that begin like this, each with its URL."""
    from cli.connection.api_paths import LIST_ENDPOINTS

    return _completed(ctx, incomplete, LIST_ENDPOINTS, "endpoint_id", ("url",), query="")


def complete_object(ctx: typer.Context, incomplete: str) -> Completions:
    """Return the IDs of what can be simulated: payments, disputes and disbursements. One prefix asks one list."""
    lists = (("auth_", complete_payment), ("du_", complete_dispute), ("2", complete_disbursement))
    fitting = [complete for start, complete in lists if incomplete.startswith(start) or start.startswith(incomplete)]
    return [suggestion for complete in fitting for suggestion in complete(ctx, incomplete)]


def _completed(
    ctx: typer.Context,
    incomplete: str,
    route: ApiPath,
    name: str,
    facts: Sequence[str],
    query: str = f"?limit={_NEWEST}",
) -> Completions:
    rows = _listed(ctx, route.path + query)
    return [(row[name], "  ".join(_texts(row, facts))) for row in rows if row[name].startswith(incomplete)]


def _texts(row: dict[str, Any], facts: Sequence[str]) -> Iterator[str]:
    from cli.terminal.amount import show

    for name in facts:
        yield show(row[name], row["currency"]) if name == "amount" else str(row[name])


def _listed(ctx: typer.Context, path: str) -> list[dict[str, Any]]:
    """Return the rows of a list. Empty if the sandbox does not answer soon, or is not on this machine."""
    from cli.connection.caller import Caller
    from cli.connection.credentials import access
    from cli.connection.http_client import NoResponse, Request, Unsendable, send
    from cli.connection.target import LOCAL
    from cli.terminal.failure import Failure
    from paysandbox.core.this_machine import is_this_machine

    options = ctx.params
    if options.get("env") not in {None, LOCAL}:
        return []  # its key would be looked up at AWS
    caller = Caller(env=options.get("env"), merchant=options.get("merchant"), base_url=options.get("base_url"))
    try:
        url, api_key = access(caller)
        if not is_this_machine(urlsplit(url).hostname or ""):
            return []
        answer = send(Request("GET", url + path, {"X-Api-Key": api_key}), _PATIENCE_S)
    except (Failure, NoResponse, Unsendable):
        return []
    return json.loads(answer.text)["data"] if answer.status == 200 else []

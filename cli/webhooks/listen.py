"""`paysandbox listen`: prints webhook deliveries and forwards them to an application on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from cli.connection.caller import API_KEY_VARIABLE, Caller, over_the_api
from cli.connection.credentials import access
from cli.terminal.failure import Failure
from cli.terminal.options import AS_JSON
from cli.terminal.output import print_line
from cli.webhooks.event_types import EVERY, OBJECT_EVENTS, STRIPE_EVENTS, complete_event_list, parse_event_types
from paysandbox.core.event_type import EventType
from paysandbox.core.merchant import DEFAULT_MERCHANT
from paysandbox.core.this_machine import is_this_machine

if TYPE_CHECKING:
    from pathlib import Path

    from cli.webhooks.forward import Forwarder
    from cli.webhooks.listener_endpoints import Endpoints
    from cli.webhooks.listener_lines import Lines
    from cli.webhooks.listener_memory import Memory

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox listen
  paysandbox listen --forward-to localhost:3000/webhooks
  paysandbox listen --events payment_captured,payment_refunded
  paysandbox listen --format stripe --forward-to localhost:3000/webhooks
  paysandbox listen --forward-to https://localhost:3000/webhooks --skip-verify
  WEBHOOK_SECRET=$(paysandbox listen --print-secret)     for the application
  paysandbox listen --json | jq -r .event.data.amount
"""

_LOCAL: Final = "local"


class Format(StrEnum):
    """The output for a delivery, and whether events have the sandbox's format or Stripe's."""

    TEXT = "text"
    JSON = "json"
    STRIPE = "stripe"


def _remember_json(context: typer.Context, value: Format) -> Format:
    context.meta[AS_JSON] = context.meta.get(AS_JSON, False) or value is Format.JSON
    return value


def _application(text: str | None) -> str | None:
    """Return an application's URL. The scheme may be omitted."""
    if text is None:
        return None
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise typer.BadParameter(
            f"{text!r} is not a URL. Use http://localhost:3000/webhooks or localhost:3000/webhooks."
        )
    return url


@app.command(epilog=EXAMPLES)
@over_the_api
def listen(
    forward_to: Annotated[
        str | None,
        typer.Option(
            "--forward-to",
            metavar="URL",
            callback=_application,
            help="Forward each event to this URL. The sandbox sees its response and retries failures.",
        ),
    ] = None,
    skip_verify: Annotated[
        bool,
        typer.Option(
            "--skip-verify",
            help="Accept any certificate of the URL of --forward-to, as one that you have signed yourself.",
        ),
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(
            "--events",
            metavar="A,B",
            autocompletion=complete_event_list,
            help="Event types, separated by commas. Default: all.",
        ),
    ] = None,
    print_secret: Annotated[
        bool, typer.Option("--print-secret", help="Print the signing secret of forwarded events and exit.")
    ] = False,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            callback=_remember_json,
            help="text or json: how to print a delivery. stripe: receive Stripe's event types and objects.",
        ),
    ] = Format.TEXT,
    *,
    caller: Caller,
) -> None:
    """Print each webhook delivery of the local sandbox, until Ctrl-C: time, type, ID and signature check.

    With --forward-to, your application receives the same bytes under the same
    ID, signed with a secret that never changes (--print-secret). Events that
    were missed since the last run are delivered first. With --format stripe
    they are not, as with `stripe listen`, and the signing secret is printed.
    The command creates an endpoint when it starts and deletes it when it ends.
    """
    from cli.state.state_dir import StateDir
    from cli.webhooks.forward import Forwarder
    from cli.webhooks.listener_memory import folder_of, stable_secret

    _only_local(caller.env, caller.base_url)
    if skip_verify and forward_to is None:
        raise typer.BadParameter("It is for --forward-to.", param_hint="--skip-verify")
    if print_secret:
        print_line(stable_secret(folder_of(StateDir.find().path, _LOCAL, _merchant_of(caller))))
        return
    stripe = format_ is Format.STRIPE
    names = parse_event_types(events, (*STRIPE_EVENTS, *OBJECT_EVENTS) if stripe else EventType)
    url, api_key = access(caller)
    _only_local(caller.env, url)
    folder = folder_of(StateDir.find().path, _LOCAL, _merchant_in(api_key))
    secret = stable_secret(folder) if forward_to else None
    forwarder = Forwarder(forward_to, secret, verified=not skip_verify) if forward_to and secret else None
    shown_secret = secret if stripe else None  # `stripe listen` prints it too, and scripts take it from there
    as_json = caller.as_json or format_ is Format.JSON
    _listen(url, api_key, folder, names, forwarder, shown_secret, stripe=stripe, as_json=as_json)


def _only_local(env: str | None, base_url: str | None) -> None:
    host = urlsplit(base_url).hostname if base_url else None
    if env not in {None, _LOCAL} or (host is not None and not is_this_machine(host)):
        where = env if env not in {None, _LOCAL} else base_url
        raise Failure(
            f"{where} is not on this machine, so its deliveries cannot reach a listener here.",
            "Listen to the local sandbox (paysandbox up), or register a public HTTPS URL: "
            "paysandbox endpoints create --url https://…" + (f" --env {env}" if env not in {None, _LOCAL} else ""),
        )


def _merchant_of(caller: Caller) -> str:
    """Return the merchant that `access` would find. The sandbox need not be running."""
    known = caller.key or (os.environ.get(API_KEY_VARIABLE) if caller.names_nothing else None)
    return _merchant_in(known) if known else _checked(caller.merchant or DEFAULT_MERCHANT)


def _merchant_in(api_key: str) -> str:
    from paysandbox.core.merchant import merchant_of

    merchant = merchant_of(api_key)
    if merchant is None:
        raise Failure("This is not an API key of a sandbox.", "List the keys: paysandbox keys list --show-secrets")
    return merchant


def _checked(merchant: str) -> str:
    from cli.connection.keys import MERCHANT_RULE
    from paysandbox.core.merchant import is_merchant

    if not is_merchant(merchant):
        raise typer.BadParameter(f"{merchant!r} is not a merchant's name. {MERCHANT_RULE}", param_hint="--merchant")
    return merchant


def _listen(
    url: str,
    api_key: str,
    folder: Path,
    names: list[str],
    forwarder: Forwarder | None,
    shown_secret: str | None,
    *,
    stripe: bool,
    as_json: bool,
) -> None:
    from cli.connection.api import Api
    from cli.webhooks.listener_endpoints import NativeEndpoints, StripeEndpoints
    from cli.webhooks.listener_lines import Lines
    from cli.webhooks.listener_memory import Memory

    stopped = threading.Event()
    lines = Lines(as_json=as_json, gone=stopped.set)
    api = Api(url, api_key, say=lines.note)
    # Only missed events of the native format are remembered; a listener for Stripe's must not lock that memory.
    memory = Memory(folder / "stripe" if stripe else folder)
    endpoints = StripeEndpoints(api) if stripe else NativeEndpoints(api)
    try:
        with _ended_by_signals(stopped):
            _receive(endpoints, memory, lines, forwarder, names, stopped, shown_secret=shown_secret)
    finally:
        memory.close()
        if forwarder:
            forwarder.close()
    if lines.error is not None:
        raise lines.error


def _receive(
    endpoints: Endpoints,
    memory: Memory,
    lines: Lines,
    forwarder: Forwarder | None,
    names: list[str],
    stopped: threading.Event,
    *,
    shown_secret: str | None,
) -> None:
    from cli.terminal.text import counted
    from cli.webhooks.listener import CatchUp, Listener
    from cli.webhooks.listener_endpoints import NativeEndpoints
    from cli.webhooks.receiver import Receiver

    listener = Listener(memory, lines, forwarder)
    with Receiver(listener.take) as receiver:
        if stale := endpoints.remove_stale():
            lines.note(f"Deleted {counted(stale, 'endpoint')} left by a listener that was killed.")
        if stopped.is_set():
            return
        endpoint = endpoints.create(receiver.url, names)
        try:
            listener.trust(endpoint["secret"])
            _introduce(lines, endpoint, names, forwarder, shown_secret)
            if isinstance(endpoints, NativeEndpoints):
                if not memory.is_owner:
                    lines.note("Another listener of this merchant is running. That one delivers missed events.")
                catch_up = CatchUp(endpoints.api, memory, listener, lines, endpoint, stopped)
                threading.Thread(target=catch_up.run, name="catch up", daemon=True).start()
            stopped.wait()
        finally:
            stopped.set()
            _remove(endpoints, endpoint["endpoint_id"], lines)


def _introduce(
    lines: Lines, endpoint: Mapping[str, Any], names: list[str], forwarder: Forwarder | None, secret: str | None
) -> None:
    types = ", ".join(names) if names and EVERY not in names else "all events"
    lines.note(f"Listening to {types} as {endpoint['endpoint_id']}. Press Ctrl-C to stop.")
    if forwarder:
        where = "paysandbox listen --print-secret" if secret is None else secret
        lines.note(f"Forwarding to {forwarder.url}. Signing secret: {where}")


def _remove(endpoints: Endpoints, endpoint_id: str, lines: Lines) -> None:
    try:
        endpoints.remove(endpoint_id)
    except Failure as failure:
        lines.note(f"Endpoint {endpoint_id} was not deleted ({failure.message}). The next listener deletes it.")
    else:
        lines.note("Stopped. The endpoint is deleted.")


@contextmanager
def _ended_by_signals(stopped: threading.Event) -> Iterator[None]:
    """Stop the listener cleanly on Ctrl-C, SIGTERM or a closed terminal; a second Ctrl-C stops it at once.

    A closed terminal may send SIGHUP twice. Ignored signals (nohup) stay ignored.
    """
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def end(_: int, __: object) -> None:
        stopped.set()
        if before[signal.SIGINT] is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    for name, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(name, end)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)

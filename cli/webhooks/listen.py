"""`paysandbox listen`: shows events as they are delivered, and hands them on to an application on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from cli.connection.caller import API_KEY_VARIABLE, DEFAULT_MERCHANT, Caller, over_the_api
from cli.connection.credentials import access
from cli.terminal.failure import Failure
from cli.terminal.options import AS_JSON
from cli.terminal.output import print_line

if TYPE_CHECKING:
    from pathlib import Path

    from cli.connection.api import Api
    from cli.webhooks.forward import Forwarder
    from cli.webhooks.listener_lines import Lines
    from cli.webhooks.listener_memory import Memory

EXAMPLES = """[bold]Examples[/bold]
  paysandbox listen                                      what is delivered
  paysandbox listen --forward-to localhost:3000/hooks    hand it on
  paysandbox listen --events payment_captured,payment_refunded
  WEBHOOK_SECRET=$(paysandbox listen --print-secret)     for the application
  paysandbox listen --format json | jq -r .event.data.amount
"""

_LOOPBACKS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LOCAL: Final = "local"


class Format(StrEnum):
    """How deliveries are shown."""

    TEXT = "text"
    JSON = "json"


def _remember_json(context: typer.Context, value: Format) -> Format:
    context.meta[AS_JSON] = context.meta.get(AS_JSON, False) or value is Format.JSON
    return value


def _application(text: str | None) -> str | None:
    """An application's address. The scheme may be left out, as people do."""
    if text is None:
        return None
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise typer.BadParameter(f"{text!r} is no address. Write it like http://localhost:3000/webhooks.")
    return url


def event_names(text: str | None) -> list[str]:
    """The types of `a,b`; none for all of them."""
    from paysandbox.core.event_type import EventType

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in {*EventType, "*"}]
    if unknown:
        raise typer.BadParameter(
            f"There is no event {unknown[0]!r}. There are: {', '.join(EventType)}.", param_hint="--events"
        )
    return list(dict.fromkeys(names))


@over_the_api
def listen(
    forward_to: Annotated[
        str | None,
        typer.Option(
            "--forward-to",
            metavar="URL",
            callback=_application,
            help="Hand each event on to this address. The sandbox gets its answer, and repeats what failed.",
        ),
    ] = None,
    events: Annotated[
        str | None, typer.Option("--events", metavar="A,B", help="Only these types. Default: all.")
    ] = None,
    print_secret: Annotated[
        bool, typer.Option("--print-secret", help="Print the secret by which forwarded events are signed, and end.")
    ] = False,
    format_: Annotated[
        Format, typer.Option("--format", help="How to show a delivery.", callback=_remember_json)
    ] = Format.TEXT,
    *,
    caller: Caller,
) -> None:
    """Show one line per delivery of the sandbox on this machine, until Ctrl-C: time, type, id, and whether its
    signature was right.

    With --forward-to an application gets the same bytes under the same id,
    signed with a secret that stays the same (--print-secret). What happened
    since the last time is caught up on. The endpoint of the sandbox that this
    needs is made at the start and removed at the end.
    """
    from cli.sandbox.state_dir import StateDir
    from cli.webhooks.listener_memory import folder_of, stable_secret

    _only_local(caller.env, caller.base_url)
    if print_secret:
        print_line(stable_secret(folder_of(StateDir.find().path, _LOCAL, _merchant_of(caller))))
        return
    names = event_names(events)
    url, api_key = access(caller)
    _only_local(caller.env, url)
    folder = folder_of(StateDir.find().path, _LOCAL, _merchant_in(api_key))
    _listen(url, api_key, folder, names, forward_to, as_json=caller.as_json or format_ is Format.JSON)


def _only_local(env: str | None, base_url: str | None) -> None:
    host = urlsplit(base_url).hostname if base_url else None
    if env not in {None, _LOCAL} or (host is not None and host not in _LOOPBACKS):
        where = env if env not in {None, _LOCAL} else base_url
        raise Failure(
            f"{where} is deployed elsewhere, and no delivery of it can reach this machine.",
            "Listen to the sandbox here (paysandbox up), or give your application a public https address and register "
            "it: paysandbox webhooks endpoints create --url https://…"
            + (f" --env {env}" if env not in {None, _LOCAL} else ""),
        )


def _merchant_of(caller: Caller) -> str:
    """As `access` finds it, without asking a sandbox, which need not run for this."""
    known = caller.key or (os.environ.get(API_KEY_VARIABLE) if caller.names_nothing else None)
    return _merchant_in(known) if known else _checked(caller.merchant or DEFAULT_MERCHANT)


def _merchant_in(api_key: str) -> str:
    from paysandbox.core.merchant import merchant_of

    merchant = merchant_of(api_key)
    if merchant is None:
        raise Failure("The API key is none of a sandbox's.", "See which there are: paysandbox keys list --show-secrets")
    return merchant


def _checked(merchant: str) -> str:
    from cli.connection.keys import MERCHANT_RULE
    from paysandbox.core.merchant import is_merchant

    if not is_merchant(merchant):
        raise typer.BadParameter(f"{merchant!r} is not a merchant's name. {MERCHANT_RULE}", param_hint="--merchant")
    return merchant


def _listen(url: str, api_key: str, folder: Path, names: list[str], forward_to: str | None, *, as_json: bool) -> None:
    from cli.connection.api import Api
    from cli.webhooks.forward import Forwarder
    from cli.webhooks.listener_lines import Lines
    from cli.webhooks.listener_memory import Memory, stable_secret

    stopped = threading.Event()
    lines = Lines(as_json=as_json, gone=stopped.set)
    api = Api(url, api_key, say=lines.aside)
    memory = Memory(folder)
    forwarder = Forwarder(forward_to, stable_secret(folder)) if forward_to else None
    try:
        with _ended_by_signals(stopped):
            _receive(api, memory, lines, forwarder, names, stopped)
    finally:
        memory.close()
        if forwarder:
            forwarder.close()


def _receive(
    api: Api,
    memory: Memory,
    lines: Lines,
    forwarder: Forwarder | None,
    names: list[str],
    stopped: threading.Event,
) -> None:
    from cli.terminal.text import counted
    from cli.webhooks.listener import CatchUp, Listener, create_endpoint, remove_stale
    from cli.webhooks.receiver import Receiver

    listener = Listener(memory, lines, forwarder)
    with Receiver(listener.take) as receiver:
        if stale := remove_stale(api):
            lines.aside(f"Removed {counted(stale, 'endpoint')} of a listener that did not end by itself.")
        if stopped.is_set():
            return
        endpoint = create_endpoint(api, receiver.url, names)
        try:
            listener.trust(endpoint["secret"])
            _introduce(lines, endpoint, forwarder, memory)
            catch_up = CatchUp(api, memory, listener, lines, endpoint, stopped)
            threading.Thread(target=catch_up.run, name="catch up", daemon=True).start()
            stopped.wait()
        finally:
            stopped.set()
            _remove(api, endpoint["endpoint_id"], lines)


def _introduce(lines: Lines, endpoint: dict[str, Any], forwarder: Forwarder | None, memory: Memory) -> None:
    what = "all events" if "*" in endpoint["events"] else ", ".join(endpoint["events"])
    lines.aside(f"Listening to {what} as {endpoint['endpoint_id']}. Ctrl-C ends it.")
    if forwarder:
        lines.aside(f"Forwarding to {forwarder.url}, signed with the secret of: paysandbox listen --print-secret")
    if not memory.kept:
        lines.aside("Another listener of this merchant runs here; it is the one that catches up on what was missed.")


def _remove(api: Api, endpoint_id: str, lines: Lines) -> None:
    from cli.webhooks.listener import remove_endpoint

    try:
        remove_endpoint(api, endpoint_id)
    except Failure as failure:
        lines.aside(f"The endpoint {endpoint_id} is still there ({failure.message}); the next start removes it.")
    else:
        lines.aside("Ended; its endpoint is removed.")


@contextmanager
def _ended_by_signals(stopped: threading.Event) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end it in good order; a second Ctrl-C at once.

    A closed terminal may say so twice. What is to be ignored (nohup) stays so.
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

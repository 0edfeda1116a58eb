"""`paysandbox trigger`: makes an event happen by doing what it tells of, over the API like everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import api_key_is_given, repeated
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, print_note

if TYPE_CHECKING:
    from cli.connection.api import Api
    from paysandbox.http.route import Route

_APPROVED: Final = "4242424242424242"
_DECLINED: Final = "4000000000009995"
_VALID_YEARS: Final = 3
_AMOUNT: Final = re.compile(r"[0-9]{1,12}")
_TEXTS: Final = ("currency", "reference", "description", "card")
_METADATA: Final = "metadata."


class Triggered(StrEnum):
    """The events that can be made to happen."""

    PAYMENT_AUTHORIZED = "payment_authorized"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_CAPTURED = "payment_captured"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_EXPIRED = "payment_expired"
    ENDPOINT_PING = "endpoint_ping"


EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox trigger payment_captured
  paysandbox trigger payment_refunded --override amount=500
  paysandbox trigger payment_authorized --override metadata.order=1043
  paysandbox trigger payment_expired --advance      moves the sandbox's clock
  paysandbox trigger endpoint_ping --endpoint we_…
"""


@dataclass(frozen=True)
class Done:
    """One operation that was done: what it is called, its id, and the event that tells of it."""

    operation: str
    transaction_id: str
    event: str
    event_id: str


@over_the_api
def trigger(
    event: Annotated[Triggered, typer.Argument(metavar="EVENT", help=f"One of {', '.join(Triggered)}.")],
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--override",
            metavar="NAME=VALUE",
            help="Of the authorization: amount (minor units, as in the API), currency, card, reference, description, "
            "metadata.NAME. May be repeated.",
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="ID", help="Of endpoint_ping: where to. Default: the only enabled one."),
    ] = None,
    advance: Annotated[
        bool, typer.Option("--advance", help="Of payment_expired: move the sandbox's clock, for all who use it.")
    ] = False,
    *,
    caller: Caller,
) -> None:
    """Make an event happen by doing what it tells of: a payment is authorized, captured and so on, and others hear.

    Each operation on the way is an event too. `paysandbox listen` shows them.
    """
    overrides = _overrides(override or [])
    if advance and event is not Triggered.PAYMENT_EXPIRED:
        raise typer.BadParameter("Only payment_expired waits for the clock.", param_hint="--advance")
    if endpoint is not None and event is not Triggered.ENDPOINT_PING:
        raise typer.BadParameter("Only endpoint_ping goes to one endpoint.", param_hint="--endpoint")
    if overrides and event is Triggered.ENDPOINT_PING:
        raise typer.BadParameter("endpoint_ping is about no payment.", param_hint="--override")
    if advance and api_key_is_given(caller):
        raise typer.BadParameter(
            "An API key moves no clock. Name the sandbox with --env, and the merchant with --merchant.",
            param_hint="--advance",
        )
    api = api_of(caller)
    with refusals(caller.as_json):
        if event is Triggered.ENDPOINT_PING:
            facts = _ping(api, endpoint)
        else:
            facts = _payment(api, event, overrides, caller.env if advance else None, advance=advance)
    if caller.as_json:
        print_json(facts, indent=2)
    else:
        _print(facts, repeated(caller))


def _overrides(entries: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals:
            raise typer.BadParameter(f"{entry!r} is not NAME=VALUE.", param_hint="--override")
        if name == "amount":
            if _AMOUNT.fullmatch(value) is None:
                raise typer.BadParameter(
                    f"{value!r} is no amount in minor units. Twelve dollars and a half are amount=1250.",
                    param_hint="--override",
                )
            body[name] = int(value)
        elif name in _TEXTS:
            body[name] = value
        elif name.startswith(_METADATA) and name != _METADATA:
            body.setdefault("metadata", {})[name.removeprefix(_METADATA)] = value
        else:
            raise typer.BadParameter(
                f"There is no {name!r}. There are: amount, {', '.join(_TEXTS)}, metadata.NAME.", param_hint="--override"
            )
    return body


# --- payments ---------------------------------------------------------------------------------------------------------


def _payment(
    api: Api, event: Triggered, overrides: Mapping[str, Any], env: str | None, *, advance: bool
) -> dict[str, Any]:
    authorization, steps = _authorize(api, event, overrides), []
    wanted = Triggered.PAYMENT_DECLINED if event is Triggered.PAYMENT_DECLINED else Triggered.PAYMENT_AUTHORIZED
    auth_id, declined = authorization["auth_id"], authorization["status"] == "declined"
    met = Triggered.PAYMENT_DECLINED if declined else Triggered.PAYMENT_AUTHORIZED
    if met is not wanted:
        raise Failure(
            f"The bank {'declined' if declined else 'approved'} it, so {event} does not happen.",
            f"The payment is {auth_id}. Which cards do what: paysandbox cards",
        )
    steps.append(_done("authorize", auth_id, met))
    if event in _STEPS:
        steps.extend(_STEPS[event](api, auth_id))
    facts: dict[str, Any] = {"event": str(event), "happened": True, "auth_id": auth_id}
    if event is Triggered.PAYMENT_EXPIRED:
        from paysandbox.core.ids import expiry_id

        if advance:
            _let_expire(env, authorization["expires_at"])
            _wait_for_expiry(api, auth_id)
        facts |= {"happened": advance, "expires_at": authorization["expires_at"]}
        steps.append(_done("expire", expiry_id(auth_id), event))
    done = [asdict(step) for step in steps]
    return facts | {"event_id": steps[-1].event_id, "operations": done if facts["happened"] else done[:-1]}


def _authorize(api: Api, event: Triggered, overrides: Mapping[str, Any]) -> dict[str, Any]:
    from paysandbox.payments.routes import AUTHORIZE_PAYMENT

    number = overrides.get("card", _DECLINED if event is Triggered.PAYMENT_DECLINED else _APPROVED)
    card = {"number": number, "exp_month": 12, "exp_year": datetime.now(UTC).year + _VALID_YEARS}
    body = {"amount": 10_00, "currency": "USD", **overrides, "card": card}
    return _post(api, AUTHORIZE_PAYMENT, body)


def _capture(api: Api, auth_id: str) -> Iterator[Done]:
    from paysandbox.payments.routes import CAPTURE_PAYMENT

    captured = _post(api, CAPTURE_PAYMENT, {"auth_id": auth_id})
    yield _done("capture", captured["transaction_id"], Triggered.PAYMENT_CAPTURED)


def _void(api: Api, auth_id: str) -> Iterator[Done]:
    from paysandbox.payments.routes import VOID_PAYMENT

    voided = _post(api, VOID_PAYMENT, {"auth_id": auth_id})
    yield _done("void", voided["transaction_id"], Triggered.PAYMENT_VOIDED)


def _refund(api: Api, auth_id: str) -> Iterator[Done]:
    from paysandbox.payments.routes import REFUND_PAYMENT

    for captured in _capture(api, auth_id):
        yield captured
        refunded = _post(api, REFUND_PAYMENT, {"transaction_id": captured.transaction_id})
        yield _done("refund", refunded["transaction_id"], Triggered.PAYMENT_REFUNDED)


_STEPS: Final[Mapping[Triggered, Callable[[Api, str], Iterator[Done]]]] = {
    Triggered.PAYMENT_CAPTURED: _capture,
    Triggered.PAYMENT_VOIDED: _void,
    Triggered.PAYMENT_REFUNDED: _refund,
}


def _done(operation: str, transaction_id: str, event: Triggered) -> Done:
    from paysandbox.core.ids import event_id

    return Done(operation, transaction_id, str(event), event_id(transaction_id))


def _let_expire(env: str | None, expires_at: str) -> None:
    from cli.connection.target import LOCAL, resolve
    from cli.sandbox.clock import advance_until
    from cli.sandbox.due_work import do_what_is_due
    from cli.sandbox.state_dir import StateDir
    from paysandbox.core.timestamps import parse_timestamp

    home = StateDir.find()
    # No `up` may deploy meanwhile: it would set the clock back.
    with home.lock() if env in {None, LOCAL} else nullcontext():
        target = resolve(env or LOCAL, home)
        advance_until(target, parse_timestamp(expires_at))
        for trouble in do_what_is_due(target):
            print_note(f"The clock was moved, but {trouble}. It runs by itself within a minute.")


def _wait_for_expiry(api: Api, auth_id: str) -> None:
    """Until it is recorded: at once, or when the sweep comes by."""
    import time

    from paysandbox.payments.routes import GET_PAYMENT

    deadline = time.monotonic() + 90
    while True:
        steps = api.get(GET_PAYMENT, path={"transaction_id": auth_id}).body["operations"]
        if any(step["type"] == "expiry" for step in steps):
            return
        if time.monotonic() > deadline:
            raise Failure(
                f"{auth_id} has expired, and that was not recorded in a minute and a half.",
                "See what the function said: paysandbox logs --route expire_payments --all",
            )
        api.pause(1.0)


# --- endpoints --------------------------------------------------------------------------------------------------------


def _ping(api: Api, endpoint_id: str | None) -> dict[str, Any]:
    from paysandbox.webhooks.routes import PING_ENDPOINT

    chosen = endpoint_id or _only_endpoint(api)
    body = _post(api, PING_ENDPOINT, None, {"endpoint_id": chosen})
    names = ("event_id", "endpoint_id", "delivery_id")
    return {"event": str(Triggered.ENDPOINT_PING), "happened": True} | {name: body[name] for name in names}


def _only_endpoint(api: Api) -> str:
    from paysandbox.webhooks.routes import LIST_ENDPOINTS

    enabled = [one for one in api.get(LIST_ENDPOINTS).body["data"] if one["status"] == "enabled"]
    if len(enabled) != 1:
        raise Failure(
            f"There are {len(enabled) or 'no'} enabled endpoints.",
            "Name one with --endpoint; see paysandbox webhooks endpoints list"
            if enabled
            else "Make one: paysandbox webhooks endpoints create --url …, or start paysandbox listen.",
        )
    return enabled[0]["endpoint_id"]


def _post(api: Api, route: Route, body: Mapping[str, Any] | None, path: Mapping[str, str] | None = None) -> Any:
    from cli.connection.api import fresh_idempotency_key

    return api.post(route, body, idempotency_key=fresh_idempotency_key(), path=path).body


def _print(facts: Mapping[str, Any], where: str) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    console = answers()
    style = "bold green" if facts["happened"] else "bold yellow"
    console.print(Text.assemble((facts["event"], style), f"  {facts['event_id']}"))
    for name in ("auth_id", "endpoint_id", "delivery_id"):
        if name in facts:
            console.print(Text(line({"auth_id": "payment"}.get(name, name.removesuffix("_id")), facts[name])))
    for step in facts.get("operations", []):
        console.print(Text(line(step["operation"], f"{step['transaction_id']}  {step['event_id']}")))
    if not facts["happened"]:
        console.print(Text(f"It happens when the sandbox's clock gets to {facts['expires_at']}. Move it there:"))
        console.print(Text(f"  paysandbox clock advance --to {facts['expires_at']}{where}"))

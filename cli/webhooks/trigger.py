"""`paysandbox trigger`: causes an event by performing the operation behind it, over the public API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import api_key_is_given, repeated
from cli.connection.recent_ids import complete_endpoint
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, print_note
from cli.webhooks.event_types import OBJECT_EVENTS, STRIPE_EVENTS, beginning
from paysandbox.clock.rules import CARD_YEARS
from paysandbox.core.event_type import EventType
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.suggestion import did_you_mean

if TYPE_CHECKING:
    from cli.connection.api import Api
    from cli.connection.api_paths import ApiPath

_APPROVED: Final = "4242424242424242"
_DECLINED: Final = "4000000000009995"
_MORE: Final = 2_50
_AMOUNT: Final = re.compile(r"0*[1-9][0-9]{0,11}")
_TEXTS: Final = ("currency", "reference", "description", "card")
_METADATA: Final = "metadata."
_OF_AUTHORIZATIONS: Final = frozenset({"reference", "card"})

_SETTLEMENT: Final = frozenset({EventType.TRANSACTION_SETTLED, EventType.SETTLEMENT_COMPLETED})
_EXPIRIES: Final = frozenset({EventType.PAYMENT_EXPIRED, "charge.expired"})
_CREATED: Final = frozenset({EventType.PAYMENT_OPENED, "payment_intent.created"})

NATIVE_EVENTS: Final = (
    EventType.PAYMENT_OPENED,
    EventType.PAYMENT_AUTHORIZED,
    EventType.PAYMENT_DECLINED,
    EventType.PAYMENT_AUTHORIZATION_INCREMENTED,
    EventType.PAYMENT_INCREMENT_DECLINED,
    EventType.PAYMENT_CAPTURED,
    EventType.PAYMENT_VOIDED,
    EventType.PAYMENT_REFUNDED,
    EventType.PAYMENT_EXPIRED,
    EventType.TRANSACTION_SETTLED,
    EventType.SETTLEMENT_COMPLETED,
    EventType.ENDPOINT_PING,
)
TRIGGERABLE: Final = (*map(str, NATIVE_EVENTS), *STRIPE_EVENTS, *OBJECT_EVENTS)
"""The event types that this command can cause. Others need a donation, a failing endpoint or an update."""

app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox trigger payment_captured
  paysandbox trigger payment_intent.succeeded       as Stripe names it
  paysandbox trigger customer.created
  paysandbox trigger payment_refunded --override amount=500
  paysandbox trigger payment_authorized --override metadata.order=1043
  paysandbox trigger payment_expired --advance      moves the sandbox's clock
  paysandbox trigger settlement_completed           runs a settlement
  paysandbox trigger endpoint_ping --endpoint we_…
"""


@dataclass(frozen=True)
class Done:
    """A completed operation, its ID, and the event that it caused."""

    operation: str
    transaction_id: str
    event: str
    event_id: str


def _event(text: str) -> str:
    if text in TRIGGERABLE:
        return text
    from paysandbox.stripe_api.catalog.event_types import event_types

    if text in event_types():
        raise typer.BadParameter(
            f"{text!r} never happens in this sandbox: see /docs/reference/stripe-coverage#event-types. "
            f"Of Stripe's types, choose from: {', '.join((*STRIPE_EVENTS, *OBJECT_EVENTS))}."
        )
    hint = did_you_mean(text, TRIGGERABLE)
    raise typer.BadParameter(f"{text!r} cannot be triggered. {hint}Choose from: {', '.join(TRIGGERABLE)}.")


def complete_event(incomplete: str) -> list[str]:
    """Return the triggerable event types that start with the text."""
    return beginning(incomplete, TRIGGERABLE)


@app.command(epilog=EXAMPLES)
@over_the_api
def trigger(
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            callback=_event,
            autocompletion=complete_event,
            help=f"The sandbox's event type: {', '.join(NATIVE_EVENTS)}. "
            f"Or Stripe's: {', '.join((*STRIPE_EVENTS, *OBJECT_EVENTS))}.",
        ),
    ],
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--override",
            metavar="NAME=VALUE",
            help="Set a field of the payment: amount (in minor units; of an event of Stripe's, in Stripe's units), "
            "currency, card, reference, description or metadata.NAME. Can be repeated.",
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            metavar="ID",
            autocompletion=complete_endpoint,
            help="With endpoint_ping: the endpoint. Default: the only one.",
        ),
    ] = None,
    advance: Annotated[
        bool,
        typer.Option("--advance", help="With payment_expired: move the sandbox's clock, which affects all its users."),
    ] = False,
    *,
    caller: Caller,
) -> None:
    """Trigger a webhook event by performing the real operation behind it.

    Every operation on the way causes its event too. A settlement event runs a
    settlement for all merchants. To see the events, run `paysandbox listen`,
    with --format stripe for Stripe's types.
    """
    overrides = _overrides(override or [])
    _check(event, overrides, endpoint, caller, advance=advance)
    api = api_of(caller)
    with refusals(caller.as_json):
        if event in STRIPE_EVENTS:
            facts = _of_stripe(api, caller, event, overrides, advance=advance)
        elif event in OBJECT_EVENTS:
            facts = _of_object(api, caller, event, overrides)
        elif (native := EventType(event)) is EventType.ENDPOINT_PING:
            facts = _ping(api, endpoint)
        elif native is EventType.PAYMENT_OPENED:
            facts = _open(api, caller, overrides)
        elif native in _SETTLEMENT:
            facts = _settle(api, caller.env, native, overrides)
        else:
            facts = _payment(api, native, overrides, caller.env if advance else None, advance=advance)
    if caller.as_json:
        print_json(facts)
    else:
        _print(facts, repeated(caller))


def _check(
    event: str,
    overrides: Mapping[str, Any],
    endpoint: str | None,
    caller: Caller,
    *,
    advance: bool,
) -> None:
    """Reject options that do not apply to the event."""
    if advance and event not in _EXPIRIES:
        raise typer.BadParameter(f"{event} does not depend on the clock.", param_hint="--advance")
    if endpoint is not None and event != EventType.ENDPOINT_PING:
        raise typer.BadParameter("Only endpoint_ping is sent to one endpoint.", param_hint="--endpoint")
    if overrides and event == EventType.ENDPOINT_PING:
        raise typer.BadParameter("endpoint_ping has no payment.", param_hint="--override")
    if event in _CREATED and (unused := sorted(_OF_AUTHORIZATIONS & overrides.keys())):
        raise typer.BadParameter(f"A new payment intent has no {unused[0]}.", param_hint="--override")
    if event in OBJECT_EVENTS and (unused := sorted(overrides.keys() - {"metadata"})):
        raise typer.BadParameter(f"{event} has no {unused[0]}. Use metadata.NAME.", param_hint="--override")
    if event in STRIPE_EVENTS and "reference" in overrides:
        raise typer.BadParameter("A payment intent has no reference. Use metadata.NAME.", param_hint="--override")
    if api_key_is_given(caller) and (advance or event in _SETTLEMENT):
        does = "move the clock" if advance else "run a settlement"
        raise typer.BadParameter(
            f"An API key cannot {does}. Name the sandbox with --env and the merchant with --merchant.",
            param_hint="--advance" if advance else "EVENT",
        )


def _overrides(entries: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals:
            raise typer.BadParameter(f"{entry!r} is not NAME=VALUE.", param_hint="--override")
        if name == "amount":
            if _AMOUNT.fullmatch(value) is None:
                raise typer.BadParameter(
                    f"{value!r} is not an amount in minor units. For 12.50 USD, use amount=1250.",
                    param_hint="--override",
                )
            body[name] = int(value)
        elif name in _TEXTS:
            body[name] = value
        elif name.startswith(_METADATA) and name != _METADATA:
            body.setdefault("metadata", {})[name.removeprefix(_METADATA)] = value
        else:
            raise typer.BadParameter(
                f"{name!r} cannot be set. Choose from: amount, {', '.join(_TEXTS)}, metadata.NAME.",
                param_hint="--override",
            )
    return body


# --- payments ---------------------------------------------------------------------------------------------------------


def _payment(
    api: Api, event: EventType, overrides: Mapping[str, Any], env: str | None, *, advance: bool
) -> dict[str, Any]:
    authorization, steps = _authorize(api, event, overrides), list[Done]()
    auth_id = authorization["auth_id"]
    steps.append(_done("authorize", auth_id, _authorized_as(authorization, event)))
    if event in _STEPS:
        steps.extend(_STEPS[event](api, auth_id))
    facts: dict[str, Any] = {"event": str(event), "happened": True, "auth_id": auth_id}
    if event is EventType.PAYMENT_EXPIRED:
        from paysandbox.core.ids import expiry_id

        if advance:
            _let_expire(env, authorization["expires_at"])
            _wait_for(api, auth_id, "expiry", "expire_payments")
        facts |= {"happened": advance, "expires_at": authorization["expires_at"]}
        steps.append(_done("expire", expiry_id(auth_id), event))
    done = [asdict(step) for step in steps]
    return facts | {"event_id": steps[-1].event_id, "operations": done if facts["happened"] else done[:-1]}


def _authorized_as(authorization: Mapping[str, Any], event: EventType) -> EventType:
    """Return the authorization's event. Raises Failure if the bank's response rules out the requested one."""
    declined = authorization["status"] == "declined"
    if declined is not (event is EventType.PAYMENT_DECLINED):
        raise Failure(
            f"The payment was {'declined' if declined else 'approved'}, so {event} was not triggered.",
            f"The payment is {authorization['auth_id']}. To see how each test card behaves: paysandbox cards",
        )
    return EventType.PAYMENT_DECLINED if declined else EventType.PAYMENT_AUTHORIZED


def _authorize(api: Api, event: EventType, overrides: Mapping[str, Any]) -> dict[str, Any]:
    from cli.connection.api_paths import AUTHORIZE_PAYMENT

    number = overrides.get("card", _DECLINED if event is EventType.PAYMENT_DECLINED else _APPROVED)
    card = {"number": number, "exp_month": 12, "exp_year": datetime.now(UTC).year + CARD_YEARS}
    body = {"amount": 10_00, "currency": "USD", **overrides, "card": card}
    return _post(api, AUTHORIZE_PAYMENT, body)


def _capture(api: Api, auth_id: str) -> Iterator[Done]:
    from cli.connection.api_paths import CAPTURE_PAYMENT

    captured = _post(api, CAPTURE_PAYMENT, {"auth_id": auth_id})
    yield _done("capture", captured["transaction_id"], EventType.PAYMENT_CAPTURED)


def _increment(api: Api, auth_id: str) -> Iterator[Done]:
    yield _incremented(api, auth_id, "approve", EventType.PAYMENT_AUTHORIZATION_INCREMENTED)


def _decline_increment(api: Api, auth_id: str) -> Iterator[Done]:
    yield _incremented(api, auth_id, "decline:insufficient_funds", EventType.PAYMENT_INCREMENT_DECLINED)


def _incremented(api: Api, auth_id: str, outcome: str, event: EventType) -> Done:
    from cli.connection.api_paths import INCREMENT_PAYMENT

    body = {"auth_id": auth_id, "amount": _MORE}
    answer = _post(api, INCREMENT_PAYMENT, body, headers={OUTCOME_HEADER: outcome})
    return _done("increment", answer["transaction_id"], event)


def _void(api: Api, auth_id: str) -> Iterator[Done]:
    from cli.connection.api_paths import VOID_PAYMENT

    voided = _post(api, VOID_PAYMENT, {"auth_id": auth_id})
    yield _done("void", voided["transaction_id"], EventType.PAYMENT_VOIDED)


def _refund(api: Api, auth_id: str) -> Iterator[Done]:
    from cli.connection.api_paths import REFUND_PAYMENT

    for captured in _capture(api, auth_id):
        yield captured
        refunded = _post(api, REFUND_PAYMENT, {"transaction_id": captured.transaction_id})
        yield _done("refund", refunded["transaction_id"], EventType.PAYMENT_REFUNDED)


_STEPS: Final[Mapping[EventType, Callable[[Api, str], Iterator[Done]]]] = {
    EventType.PAYMENT_AUTHORIZATION_INCREMENTED: _increment,
    EventType.PAYMENT_INCREMENT_DECLINED: _decline_increment,
    EventType.PAYMENT_CAPTURED: _capture,
    EventType.PAYMENT_VOIDED: _void,
    EventType.PAYMENT_REFUNDED: _refund,
}


def _done(operation: str, transaction_id: str, event: EventType, *of: str) -> Done:
    from paysandbox.core.ids import event_id

    return Done(operation, transaction_id, str(event), event_id(transaction_id, *of))


def _let_expire(env: str | None, expires_at: str) -> None:
    from cli.connection.target import LOCAL, resolve
    from cli.sandbox.clock import advance_until
    from cli.sandbox.due_work import do_what_is_due
    from cli.state.state_dir import StateDir
    from paysandbox.core.timestamps import parse_timestamp

    home = StateDir.find()
    # A concurrent `up` would deploy with the previous clock.
    with home.lock() if env in {None, LOCAL} else nullcontext():
        target = resolve(env or LOCAL, home)
        advance_until(target, parse_timestamp(expires_at))
        for trouble in do_what_is_due(target):
            print_note(f"The clock was moved, but {trouble}. The scheduled run follows within 15 minutes.")


def _wait_for(api: Api, auth_id: str, operation: str, function: str) -> dict[str, Any]:
    """Return the payment's operation of that type once the function has recorded it."""
    import time

    from cli.connection.api_paths import GET_PAYMENT

    deadline = time.monotonic() + 90
    while True:
        steps = api.get(GET_PAYMENT, path={"transaction_id": auth_id}).body["operations"]
        found = next((step for step in steps if step["type"] == operation), None)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise Failure(
                f"The {operation} of {auth_id} was not recorded within 90 seconds.",
                f"See the function's log: paysandbox logs --route {function} --all",
            )
        api.pause(1.0)


# --- payment intents --------------------------------------------------------------------------------------------------


def _open(api: Api, caller: Caller, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Create a PaymentIntent over the Stripe-compatible API: the only way to open a payment without a card."""
    from cli.webhooks.stripe_trigger import create, stripe_shop
    from paysandbox.stripe_api.ids import payment_of_intent

    with stripe_shop(_stripe_base(caller, api.base_url), api.api_key, overrides, partial(_simulate, api)) as shop:
        create(shop)
    auth_id = payment_of_intent(shop.intent)
    if auth_id is None:
        raise Failure(f"{api.base_url} answered with {shop.intent!r}, which is not this sandbox's.")
    opened = _done("open", auth_id, EventType.PAYMENT_OPENED)
    facts = {"event": opened.event, "happened": True, "auth_id": auth_id, "payment_intent": shop.intent}
    return facts | {"event_id": opened.event_id, "operations": [asdict(opened)]}


def _of_stripe(api: Api, caller: Caller, event: str, overrides: Mapping[str, Any], *, advance: bool) -> dict[str, Any]:
    """Perform the operations behind an event of Stripe's over the Stripe-compatible API."""
    from cli.connection.api_paths import GET_PAYMENT
    from cli.webhooks.stripe_trigger import listed_event, perform, stripe_shop
    from paysandbox.stripe_api.ids import payment_of_intent

    with stripe_shop(_stripe_base(caller, api.base_url), api.api_key, overrides, partial(_simulate, api)) as shop:
        perform(shop, event)
        auth_id = payment_of_intent(shop.intent)
        if auth_id is None:
            raise Failure(f"{api.base_url} answered with {shop.intent!r}, which is not this sandbox's.")
        facts: dict[str, Any] = {"event": event, "happened": True, "auth_id": auth_id, "payment_intent": shop.intent}
        facts["operations"] = [
            {"operation": name, "transaction_id": transaction_id} for name, transaction_id in shop.done
        ]
        if event in _EXPIRIES:
            expires_at = api.get(GET_PAYMENT, path={"transaction_id": auth_id}).body["expires_at"]
            facts |= {"happened": advance, "expires_at": expires_at}
            if not advance:
                return facts
            _let_expire(caller.env, expires_at)
            _wait_for(api, auth_id, "expiry", "expire_payments")
        return facts | {"event_id": listed_event(shop.services, event, shop.intent, api.pause)}


def _of_object(api: Api, caller: Caller, event: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Perform the operations behind an event of an object that is no payment."""
    from cli.webhooks.object_shop import ObjectShop
    from cli.webhooks.object_trigger import UNLISTED, account_of, perform
    from cli.webhooks.stripe_trigger import listed_event, refusing_client

    with refusing_client(_stripe_base(caller, api.base_url), api.api_key) as client:
        shop = ObjectShop(client.v1, overrides.get("metadata", {}), client.raw_request, partial(_fund, api))
        object_id = perform(shop, event)
        facts: dict[str, Any] = {
            "event": event,
            "happened": True,
            "object": object_id,
            "operations": [{"operation": name, "transaction_id": done} for name, done in shop.done],
        }
        if event not in UNLISTED:
            facts["event_id"] = listed_event(client.v1, event, object_id, api.pause, account=account_of(shop, event))
        return facts


def _fund(api: Api) -> str:
    from cli.connection.api_paths import FUND_MERCHANT

    return _post(api, FUND_MERCHANT, {"amount": 10_00, "currency": "USD"})["funding_id"]


def _simulate(api: Api, object_id: str, action: str) -> None:
    from cli.connection.api_paths import SIMULATE_ACTION

    _post(api, SIMULATE_ACTION, {}, {"object_id": object_id, "action": action})


def _stripe_base(caller: Caller, base_url: str) -> str:
    """Return the base URL of the Stripe-compatible API. Locally it is the native API's."""
    from cli.connection.target import LOCAL, resolve
    from cli.state.state_dir import StateDir

    if api_key_is_given(caller) or caller.env in {None, LOCAL}:
        return base_url
    return resolve(caller.env or LOCAL, StateDir.find()).outputs("v1")["StripeApiBase"]


# --- settlement -------------------------------------------------------------------------------------------------------


def _settle(api: Api, env: str | None, event: EventType, overrides: Mapping[str, Any]) -> dict[str, Any]:
    from cli.connection.target import LOCAL, resolve
    from cli.settlement.run import settle_up_to_now
    from cli.state.state_dir import StateDir
    from paysandbox.core.ids import completed_event_id
    from paysandbox.core.merchant import merchant_of

    authorization = _authorize(api, event, overrides)
    auth_id = authorization["auth_id"]
    steps = [_done("authorize", auth_id, _authorized_as(authorization, event)), *_capture(api, auth_id)]
    settle_up_to_now(resolve(env or LOCAL, StateDir.find()))
    settled = _wait_for(api, auth_id, "settlement", "announce")
    settlement = _done("settle", settled["transaction_id"], EventType.TRANSACTION_SETTLED, steps[-1].transaction_id)
    event_id = settlement.event_id
    if event is EventType.SETTLEMENT_COMPLETED:
        event_id = completed_event_id(settled["batch"], merchant_of(api.api_key or "") or "")
    facts = {"event": str(event), "happened": True, "auth_id": auth_id, "batch": settled["batch"]}
    return facts | {"event_id": event_id, "operations": [asdict(step) for step in (*steps, settlement)]}


# --- endpoints --------------------------------------------------------------------------------------------------------


def _ping(api: Api, endpoint_id: str | None) -> dict[str, Any]:
    from cli.connection.api_paths import PING_ENDPOINT

    chosen = endpoint_id or _only_endpoint(api)
    body = _post(api, PING_ENDPOINT, None, {"endpoint_id": chosen})
    names = ("event_id", "endpoint_id", "delivery_id")
    return {"event": str(EventType.ENDPOINT_PING), "happened": True} | {name: body[name] for name in names}


def _only_endpoint(api: Api) -> str:
    from cli.connection.api_paths import LIST_ENDPOINTS

    enabled = [endpoint for endpoint in api.get(LIST_ENDPOINTS).body["data"] if endpoint["status"] == "enabled"]
    if len(enabled) != 1:
        raise Failure(
            f"There are {len(enabled) or 'no'} enabled endpoints.",
            "Choose one with --endpoint. To list them: paysandbox endpoints list"
            if enabled
            else "Create one (paysandbox endpoints create --url …), or start a listener: paysandbox listen",
        )
    return enabled[0]["endpoint_id"]


def _post(
    api: Api,
    route: ApiPath,
    body: Mapping[str, Any] | None,
    path: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    from cli.connection.api import fresh_idempotency_key

    return api.post(route, body, idempotency_key=fresh_idempotency_key(), path=path, headers=headers).body


def _print(facts: Mapping[str, Any], where: str) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    console = answers()
    style = "bold green" if facts["happened"] else "bold yellow"
    event_id = f"  {facts['event_id']}" if "event_id" in facts else ""
    console.print(Text.assemble((facts["event"], style), event_id))
    labels = {"auth_id": "payment", "payment_intent": "payment intent", "object": "object",
              "endpoint_id": "endpoint", "delivery_id": "delivery", "batch": "batch"}  # fmt: skip
    for name, label in labels.items():
        if name in facts:
            console.print(Text(line(label, facts[name])))
    for step in facts.get("operations", []):
        console.print(Text(line(step["operation"], f"{step['transaction_id']}  {step.get('event_id', '')}".rstrip())))
    if not facts["happened"]:
        console.print(Text(f"The payment expires at {facts['expires_at']}. To move the sandbox's clock there:"))
        console.print(Text(f"  paysandbox clock advance --to {facts['expires_at']}{where}"))

"""`paysandbox simulate`: make a bank, a network, a cardholder or a provider do something to an object."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import IdempotencyKey, api_of, key_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_object
from cli.terminal.options import Cursor, Every, Limit
from cli.terminal.output import print_json, print_note


def _complete_action(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    from cli.simulate.action_argument import complete_action

    return complete_action(ctx, incomplete)


def _complete_argument(ctx: typer.Context, incomplete: str) -> list[str]:
    from cli.simulate.action_argument import complete_argument

    return complete_argument(ctx, incomplete)


app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox simulate                                       all actions
  paysandbox simulate auth_…                                possible actions, and steps that are due
  paysandbox simulate auth_… decline code=lost_card         the bank declines
  paysandbox simulate ref_… fail reason=insufficient_funds  the refund fails
  paysandbox simulate auth_… dispute kind=inquiry           the cardholder disputes the payment
  paysandbox simulate 20261122T… unclaim                    the recipient of a disbursement has no account
  paysandbox simulate --waiting                             all steps that are due later
"""


@app.command(epilog=EXAMPLES)
@over_the_api
def simulate(
    object_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            autocompletion=complete_object,
            help="A payment, capture, refund or dispute: auth_…, cap_…, ref_…, du_…, or pi_…, ch_…, re_… of /v1. "
            "Or a disbursement: 20261122T….",
        ),
    ] = None,
    action: Annotated[
        str | None,
        typer.Argument(metavar="ACTION", autocompletion=_complete_action, help="Name of the action."),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", autocompletion=_complete_argument, help="Parameters of the action."),
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="List the steps that are due later, earliest first. Takes no ID.")
    ] = False,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Simulate the bank, the card network, the cardholder or PayPal.

    Without arguments, lists all actions; no running sandbox is needed. With an
    ID, lists the actions that are possible now. With an action, performs it and
    shows the payment or disbursement. If the action is not possible now, exits with 1
    and lists the possible ones.
    """
    if waiting and object_id is not None:
        raise typer.BadParameter("--waiting takes no ID.")
    if waiting:
        _list_waiting(limit, cursor, caller, every=every)
    elif object_id is None:
        _list_actions(as_json=caller.as_json)
    elif action is None:
        _show(object_id, caller)
    else:
        _perform(object_id, action, arguments, idempotency_key, caller)


def _list_actions(*, as_json: bool) -> None:
    from paysandbox.simulate.answers import render_actions

    body = render_actions()
    if as_json:
        print_json(body)
        return
    from cli.simulate import view
    from cli.terminal.console import answers

    answers().print(view.actions(body))


def _list_waiting(limit: int, cursor: str | None, caller: Caller, *, every: bool) -> None:
    from cli.connection.api_paths import LIST_SIMULATIONS
    from cli.simulate import view

    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_SIMULATIONS, {"waiting": True}, limit=limit, every=every, cursor=cursor)
    if caller.as_json or answer.body["data"]:
        show_answer(answer, caller.as_json, lambda a: view.waiting(a.body))
    else:
        print_note("Nothing waits.")
    print_next_page("simulate --waiting", {"limit": limit}, answer, caller)


def _show(object_id: str, caller: Caller) -> None:
    from cli.connection.api_paths import GET_SIMULATION
    from cli.simulate import view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_SIMULATION, path={"object_id": object_id})
    show_answer(answer, caller.as_json, lambda a: view.simulation(a.body))


def _perform(
    object_id: str, action: str, arguments: list[str] | None, idempotency_key: str | None, caller: Caller
) -> None:
    from cli.connection.api_paths import SIMULATE_ACTION
    from cli.disbursements import view as disbursement_view
    from cli.payments import view as payment_view
    from cli.simulate.action_argument import parse_arguments

    body = parse_arguments(arguments)
    with refusals(caller.as_json):
        answer = api_of(caller).post(
            SIMULATE_ACTION,
            body or None,
            idempotency_key=key_of(idempotency_key, caller.as_json),
            path={"object_id": object_id, "action": action},
        )
    shown = disbursement_view.disbursement if "payment_id" in answer.body else payment_view.payment
    show_answer(answer, caller.as_json, lambda a: shown(a.body))

"""`paysandbox faults`: inject faults into the merchant's requests, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.completion import complete_route
from cli.connection.credentials import repeated
from cli.terminal.options import AsJson
from cli.terminal.output import print_json, print_note
from cli.terminal.time_span import span_s
from paysandbox.http.faults.kinds import KINDS

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from cli.terminal.console import Text

app = typer.Typer(name="faults", no_args_is_help=True, help="Inject faults into the merchant's requests.")

FaultId = Annotated[str, typer.Argument(metavar="FAULT_ID", help="The rule's ID (flt_…).")]

EXAMPLES_ADD: Final = """[bold]Examples[/bold]
  paysandbox faults add commit_then_reset --route capture_payment
  paysandbox faults add slow --count 1000 --ttl 1h
  paysandbox faults add fail_before_commit --count 100 --percent 10 --seed 7
  paysandbox faults add stripe_500 --reference order-6735
"""


def complete_fault(incomplete: str) -> list[tuple[str, str]]:
    """Return the kinds of faults that start with the text, and what each does."""
    return [(kind.name, kind.does) for kind in KINDS if kind.name.startswith(incomplete)]


def _ttl(text: str) -> str:
    if span_s(text) is None:
        raise typer.BadParameter(f"{text!r} is not a duration. Use a form like 90s, 10m or 1d.")
    return text


@app.command(epilog=EXAMPLES_ADD)
@over_the_api
def add(
    fault: Annotated[
        str,
        typer.Argument(
            metavar="FAULT", autocompletion=complete_fault, help="Kind and parameters: name;parameter=value."
        ),
    ],
    route: Annotated[
        str | None,
        typer.Option("--route", metavar="NAME", autocompletion=complete_route, help="Only requests of this operation."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="Only requests with this reference.")
    ] = None,
    card_last4: Annotated[
        str | None, typer.Option("--card", metavar="DIGITS", help="Only requests with these last four digits.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="WORD", help="Only requests with this outcome, as in the log.")
    ] = None,
    event_type: Annotated[
        str | None, typer.Option("--event-type", metavar="TYPE", help="Only webhooks of this type of event.")
    ] = None,
    endpoint_id: Annotated[
        str | None, typer.Option("--endpoint", metavar="ID", help="Only webhooks to this endpoint.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many requests to hit.")] = 1,
    percent: Annotated[
        int, typer.Option("--percent", min=1, max=100, help="Percent of the matching requests to hit.")
    ] = 100,
    seed: Annotated[int | None, typer.Option("--seed", help="Decides which of them. Default: random.")] = None,
    after: Annotated[int, typer.Option("--after", min=0, help="How many matching requests pass before.")] = 0,
    ttl: Annotated[
        str, typer.Option("--ttl", metavar="DURATION", callback=_ttl, help="When the rule ends by itself, at most 1d.")
    ] = "10m",
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Add a rule that injects a fault. `faults kinds` lists them."""
    from cli.connection.api_paths import CREATE_FAULT

    match = {"route": route, "reference": reference, "card_last4": card_last4, "outcome": outcome}
    match |= {"event_type": event_type, "endpoint_id": endpoint_id}
    body = given({"fault": fault, "match": given(match) or None, "count": count, "seed": seed, "after": after})
    body |= {"percent": percent, "ttl_s": span_s(ttl)}
    with refusals(caller.as_json):
        answer = api_of(caller).post(CREATE_FAULT, body, idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: _rules([a.body]))
    if not caller.as_json:
        say_next(f"paysandbox faults log{repeated(caller)}")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox faults list")
@over_the_api
def list_rules(caller: Caller) -> None:
    """List the rules that have not ended, oldest first."""
    from cli.connection.api_paths import LIST_FAULTS

    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_FAULTS)
    if not caller.as_json and not answer.body["data"]:
        print_note("No rules. Add one: paysandbox faults add commit_then_reset")
        return
    show_answer(answer, caller.as_json, lambda a: _rules(a.body["data"]))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox faults remove flt_…")
@over_the_api
def remove(fault_id: FaultId, *, caller: Caller) -> None:
    """Remove a rule before it ends."""
    from cli.connection.api_paths import DELETE_FAULT
    from cli.terminal.console import Text

    with refusals(caller.as_json):
        answer = api_of(caller).change(DELETE_FAULT, path={"fault_id": fault_id})
    show_answer(answer, caller.as_json, lambda a: Text(f"Removed {a.body['fault_id']}."))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox faults log")
@over_the_api
def log(caller: Caller) -> None:
    """Show the latest faults, the newest first, and which status each request itself had."""
    from cli.connection.api_paths import LIST_FIRINGS

    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_FIRINGS)
    if not caller.as_json and not answer.body["data"]:
        print_note("No faults were injected in the last 24 hours.")
        return
    show_answer(answer, caller.as_json, _log)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox faults kinds")
def kinds(as_json: AsJson = False) -> None:
    """Show the kinds of faults and their parameters."""
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    shown = [(kind, {name: about.values for name, about in kind.parameters.items()}) for kind in KINDS]
    if as_json:
        facts = [
            {"fault": kind.name, "moment": str(kind.moment), "meaning": kind.does, "parameters": values}
            for kind, values in shown
        ]
        print_json(facts)
        return
    rows = [
        (kind.name, " ".join(f"{name}=<{about}>" for name, about in values.items()), kind.does)
        for kind, values in shown
    ]
    answers().print(columns(("FAULT", "PARAMETERS", "MEANING"), rows, drop=("MEANING", "PARAMETERS")))


def _rules(rules: list[dict[str, Any]]) -> Text:
    from cli.terminal.columns import columns

    rows = [
        (
            rule["fault_id"],
            rule["fault"],
            " ".join(f"{name}={value}" for name, value in rule["match"].items() if value) or "every request",
            f"{rule['fired']} of {rule['count']}",
            rule["ends_at"][:19].replace("T", " "),
        )
        for rule in rules
    ]
    return columns(("ID", "FAULT", "FOR", "HIT", "ENDS (UTC)"), rows, drop=("ENDS (UTC)", "FOR"))


def _log(answer: Answer) -> Text:
    from cli.terminal.columns import columns

    rows = [
        (
            firing["at"][:19].replace("T", " "),
            firing["fault"],
            firing["route"],
            str(firing["status"] or "not handled"),
            firing["transaction_id"] or "",
            firing["request_id"],
        )
        for firing in answer.body["data"]
    ]
    return columns(
        ("WHEN (UTC)", "FAULT", "ROUTE", "STATUS", "TRANSACTION", "REQUEST"), rows, drop=("TRANSACTION", "REQUEST")
    )

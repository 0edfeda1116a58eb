"""`paysandbox disputes`: list and show disputes, and answer them with evidence or by accepting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.connection.api_session import IdempotencyKey, api_of, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_dispute
from cli.terminal.options import Cursor, Every, Limit, Since, Until
from cli.terminal.output import print_note

app = typer.Typer(name="disputes", no_args_is_help=True, help="List and respond to disputes.")

DisputeId = Annotated[
    str, typer.Argument(metavar="DISPUTE_ID", autocompletion=complete_dispute, help="The dispute's ID (du_…).")
]


def _complete_status(incomplete: str) -> list[str]:
    from paysandbox.payments.disputes.dispute import DisputeStatus

    return [status for status in DisputeStatus if status.startswith(incomplete)]


def _complete_reason(incomplete: str) -> list[str]:
    from paysandbox.payments.disputes.dispute import DisputeReason

    return [reason for reason in DisputeReason if reason.startswith(incomplete)]


def _complete_field(incomplete: str) -> list[str]:
    from paysandbox.disputes.evidence import FIELDS

    return [f"{name}=" for name in FIELDS if name.startswith(incomplete)]


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox disputes list --status needs_response
  paysandbox disputes list --payment auth_…          every dispute of one payment
  paysandbox disputes list --since 7d --json
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    status: Annotated[
        str | None,
        typer.Option(
            "--status", metavar="STATUS", autocompletion=_complete_status, help="Only disputes with this status."
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="REASON", autocompletion=_complete_reason, help="Only disputes with this reason."
        ),
    ] = None,
    payment: Annotated[
        str | None, typer.Option("--payment", metavar="AUTH_ID", help="Only disputes of this payment.")
    ] = None,
    since_: Since = None,
    until: Until = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List disputes, newest first. A dispute appears within seconds of its opening."""
    from cli.connection.api_paths import LIST_DISPUTES
    from cli.disputes import view

    query = {
        "status": status,
        "reason": reason,
        "auth_id": payment,
        "created_from": since_,
        "created_to": until,
    }
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_DISPUTES, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No matching disputes.")
    else:
        show_answer(answer, caller.as_json, lambda a: view.disputes(a.body))
    options = {"status": status, "reason": reason, "payment": payment, "since": since_, "until": until, "limit": limit}
    print_next_page("disputes list", options, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disputes show du_…")
@over_the_api
def show(dispute_id: DisputeId, *, caller: Caller) -> None:
    """Show a dispute with its evidence and operations."""
    from cli.connection.api_paths import GET_DISPUTE
    from cli.disputes import view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_DISPUTE, path={"dispute_id": dispute_id})
    show_answer(answer, caller.as_json, lambda a: view.dispute(a.body))


EXAMPLES_EVIDENCE = """[bold]Examples[/bold]
  paysandbox disputes evidence du_… --field receipt=file_1                              save a draft
  paysandbox disputes evidence du_… --file evidence.json --submit                       {"receipt": "file_1"}
  paysandbox disputes evidence du_… --field uncategorized_text=winning_evidence --submit  win within seconds
"""


@app.command(epilog=EXAMPLES_EVIDENCE)
@over_the_api
def evidence(
    dispute_id: DisputeId,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="NAME=TEXT",
            autocompletion=_complete_field,
            help="A field of evidence. Can be repeated. An empty value clears the field.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            allow_dash=True,
            help="A JSON object of fields and values; - is standard input. --field takes precedence.",
        ),
    ] = None,
    submit: Annotated[bool, typer.Option("--submit", help="Submit all saved evidence. Possible once.")] = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Save or submit evidence for a dispute to the bank.

    Evidence is a draft until it is submitted. Omitted fields keep their values.
    Exits with 1 if the dispute does not need a response.
    """
    from cli.connection.api_paths import SUBMIT_EVIDENCE
    from cli.disputes import view
    from cli.disputes.evidence_fields import read_fields

    texts = read_fields(fields, file)
    if not texts and not submit:
        raise typer.BadParameter("Give evidence with --field or --file, or submit the saved evidence with --submit.")
    body = ({"evidence": texts} if texts else {}) | ({"submit": True} if submit else {})
    with refusals(caller.as_json):
        answer = api_of(caller).post(
            SUBMIT_EVIDENCE,
            body,
            idempotency_key=key_of(idempotency_key, caller.as_json),
            path={"dispute_id": dispute_id},
        )
    show_answer(answer, caller.as_json, lambda a: view.evidence(a.body))
    if not caller.as_json and not submit:
        say_next(f"paysandbox disputes evidence {dispute_id} --submit{repeated(caller)}")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disputes accept du_…      the dispute is lost")
@over_the_api
def accept(dispute_id: DisputeId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Accept a dispute instead of submitting evidence. It is then lost."""
    from cli.connection.api_paths import ACCEPT_DISPUTE
    from cli.disputes import view

    with refusals(caller.as_json):
        answer = api_of(caller).post(
            ACCEPT_DISPUTE,
            None,
            idempotency_key=key_of(idempotency_key, caller.as_json),
            path={"dispute_id": dispute_id},
        )
    show_answer(answer, caller.as_json, lambda a: view.dispute(a.body))

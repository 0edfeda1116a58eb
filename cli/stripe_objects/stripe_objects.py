"""`paysandbox customers list`, `show`, `create`, `update` and `delete`, and the same of Stripe's other objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import typer

from cli.connection.api_session import IdempotencyKey
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.raw_request import failed, request, send
from cli.connection.request_parts import FORM, body_of, path_with
from cli.stripe_objects.kinds import KINDS, Kind, one_of, plural, summary
from cli.terminal.output import print_json_text, print_note

if TYPE_CHECKING:
    from cli.terminal.console import Text

_TITLES: Final = ("name", "description", "email", "display_name", "nickname", "code", "domain_name", "customer")
"""What names an object to a person, the first that it has."""

Id = Annotated[str, typer.Argument(metavar="ID", help="The object's ID.")]
Fields = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="Parameters with Stripe's names. Nested: 'metadata\\[order]=1043'."),
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--data", "-d", metavar="NAME=VALUE", help="Parameter with Stripe's name: -d customer=cus_…."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100, help="Maximum number of results.")]
After = Annotated[
    str | None, typer.Option("--starting-after", metavar="ID", help="The last ID of the page before this one.")
]

app = typer.Typer()


def _group(name: str, kind: Kind) -> typer.Typer:

    group = typer.Typer(name=name, no_args_is_help=True, help=summary(name))

    @group.command(
        "list",
        help=f"List the newest {plural(name)}. With --json, the answer of /v1.",
        epilog=f"[bold]Example[/bold]\n  paysandbox {name} list --limit 3",
    )
    @over_the_api
    def list_objects(data: Filters = None, limit: Limit = 10, starting_after: After = None, *, caller: Caller) -> None:
        after = [f"starting_after={starting_after}"] if starting_after else []
        response = request(caller, "GET", path_with(kind.path, [*(data or []), f"limit={limit}", *after]))
        if caller.as_json or response.status >= 400:
            print_json_text(response.text)
            failed(response)
            return
        from cli.terminal.console import answers

        page = json.loads(response.text)
        answers().print(_table(page, name))
        if page["has_more"]:
            last = page["data"][-1]["id"]
            print_note(f"Next page: paysandbox {name} list --starting-after {last}{repeated(caller)}")

    @group.command(
        "show",
        help=f"Show {one_of(name)}, as /v1 does.",
        epilog=f"[bold]Example[/bold]\n  paysandbox {name} show {kind.id}",
    )
    @over_the_api
    def show(object_id: Id, data: Filters = None, *, caller: Caller) -> None:
        send(caller, "GET", path_with(_path(kind, object_id), data or []), {})

    @group.command(
        "create",
        help=f"Create {one_of(name)}.",
        epilog=f"[bold]Example[/bold]\n  paysandbox {name} create {_escaped(kind.example)}",
    )
    @over_the_api
    def create(fields: Fields = None, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
        _post(caller, kind.path, fields, idempotency_key)

    @group.command(
        "update",
        help=f"Update {one_of(name)}.",
        epilog=f"[bold]Example[/bold]\n  paysandbox {name} update {kind.id} 'metadata\\[a]=b'",
    )
    @over_the_api
    def update(object_id: Id, fields: Fields = None, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
        _post(caller, _path(kind, object_id), fields, idempotency_key)

    if kind.deletes:

        @group.command(
            "delete",
            help=f"Delete {one_of(name)}.",
            epilog=f"[bold]Example[/bold]\n  paysandbox {name} delete {kind.id}",
        )
        @over_the_api
        def delete(object_id: Id, *, caller: Caller) -> None:
            """Delete one."""
            send(caller, "DELETE", _path(kind, object_id), {})

    return group


def _path(kind: Kind, object_id: str) -> str:
    return f"{kind.path}/{quote(object_id, safe='')}"


def _escaped(text: str) -> str:
    """Return a text as it is, in which brackets are no markup."""
    return text.replace("[", "\\[")


def _post(caller: Caller, path: str, fields: list[str] | None, idempotency_key: str | None) -> None:
    from cli.connection.api import fresh_idempotency_key

    content = body_of(fields or [], [], form=True)
    headers = {} if content is None else {"Content-Type": FORM}
    send(caller, "POST", path, headers, content, idempotency_key or fresh_idempotency_key())


def _table(answer: Mapping[str, Any], name: str) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    heads = ("WHEN (UTC)", "ID", "STATUS", "AMOUNT", "NAME", "EMAIL")
    rows = [
        (_when(each), each["id"], _status(each), _amount(each), title := _title(each), _email(each, title))
        for each in answer["data"]
    ]
    if not rows:
        return Text(f"No {plural(name)}.")
    # What none of them has is no column.
    shown = [place for place, _ in enumerate(heads) if any(row[place] for row in rows)]
    return columns(
        [heads[place] for place in shown],
        [[row[place] for place in shown] for row in rows],
        drop=[name for name in ("EMAIL", "NAME", "AMOUNT", "STATUS", "WHEN (UTC)") if heads.index(name) in shown],
    )


def _when(each: Mapping[str, Any]) -> str:
    return f"{datetime.fromtimestamp(each['created'], UTC):%Y-%m-%d %H:%M:%S}" if "created" in each else ""


def _status(each: Mapping[str, Any]) -> str:
    status = each.get("status")
    if isinstance(status, str):
        return status
    active = each.get("active")
    return "" if active is None else "active" if active else "inactive"


def _amount(each: Mapping[str, Any]) -> str:
    from cli.terminal.amount import show
    from paysandbox.core.stripe_amounts import from_stripe

    amounts = (each.get(name) for name in ("amount", "amount_total", "unit_amount"))
    amount = next((amount for amount in amounts if amount is not None), None)
    if amount is None or not each.get("currency"):
        return ""
    currency = each["currency"].upper()
    return show(from_stripe(amount, currency), currency)


def _title(each: Mapping[str, Any]) -> str:
    return next((each[name] for name in _TITLES if isinstance(each.get(name), str)), "")


def _email(each: Mapping[str, Any], title: str) -> str:
    """Return the e-mail address of what has another title."""
    email = each.get("email")
    return email if isinstance(email, str) and email != title else ""


for _name, _kind in KINDS.items():
    app.add_typer(_group(_name, _kind))

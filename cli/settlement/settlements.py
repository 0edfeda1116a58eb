"""`paysandbox settlements`: the merchant's batches and their reports, over the API."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.api_session import api_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.terminal.failure import Failure
from cli.terminal.options import Cursor, Limit
from cli.terminal.output import print_bytes, print_json, print_line, print_note
from cli.terminal.text import counted

if TYPE_CHECKING:
    from cli.connection.api import Answer

app = typer.Typer(no_args_is_help=True, help="List and show the merchant's settlements, and fetch their reports.")

Batch = Annotated[str, typer.Argument(metavar="BATCH", help="A batch's name: 2026-11-20, or 2026-11-20.2.")]


class Format(StrEnum):
    """The forms of a report."""

    CSV = "csv"
    JSON = "json"


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox settlements list
  paysandbox settlements list --from 2026-11-01 --to 2026-12-01 --json
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Of that business date or a later one.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Of a business date before it.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List batches, newest first."""
    from cli.settlement import view as settlement_view
    from paysandbox.settlement.routes import LIST_SETTLEMENTS

    query = {"from": since, "to": until, "limit": limit, "cursor": cursor}
    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_SETTLEMENTS, query=query)
    if not caller.as_json and not answer.body["data"]:
        print_note("No settlements. They come every night; now: paysandbox settle --now --wait")
        return
    show_answer(answer, caller.as_json, lambda a: settlement_view.page(a.body))
    if not caller.as_json and answer.body["next_cursor"]:
        print_note(f"More, with the same options: --cursor {answer.body['next_cursor']}")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox settlements show 2026-11-20")
@over_the_api
def show(batch: Batch, *, caller: Caller) -> None:
    """Show a batch: totals, balances, what it left out, and its reports."""
    from cli.settlement import view as settlement_view

    answer = _shown(batch, caller)
    show_answer(answer, caller.as_json, lambda a: settlement_view.settlement(a.body))
    if not caller.as_json and answer.body["reports"]:
        say_next(f"paysandbox settlements download {batch}{repeated(caller)}")


EXAMPLES_DOWNLOAD = """[bold]Examples[/bold]
  paysandbox settlements download 2026-11-20                    settlement_2026-11-20.csv
  paysandbox settlements download 2026-11-20 --format json -o -  to the standard output
"""


@app.command(epilog=EXAMPLES_DOWNLOAD)
@over_the_api
def download(
    batch: Batch,
    form: Annotated[Format, typer.Option("--format", help="Which report.")] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Where to. Default: settlement_BATCH.csv here; - is stdout.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over another file of that name.")] = False,
    *,
    caller: Caller,
) -> None:
    """Fetch a report, and hold it against the SHA-256 that the API says."""
    answer = _shown(batch, caller)
    report = next((one for one in answer.body["reports"] if one["format"] == form), None)
    if report is None:
        raise Failure(
            f"Batch {batch} has no report yet; it is {answer.body['status']}.",
            "Reports are written before it is closed. See: paysandbox settlements show " + batch,
        )
    data = _fetched(report)
    if output == Path("-"):
        print_bytes(data)
        return
    file = output or Path(f"settlement_{batch}.{form}")
    _write(file, data, force=force)
    if caller.as_json:
        facts = {"file": str(file), "bytes": len(data), "rows": report["rows"], "sha256": report["sha256"]}
        print_json(facts)
        return
    print_line(f"{file}: {counted(report['rows'], 'line')}, {len(data)} bytes, SHA-256 as it should be.")
    if form is Format.CSV:
        say_next(f"paysandbox reconcile {file}")


def _shown(batch: str, caller: Caller) -> Answer:
    from paysandbox.settlement.routes import GET_SETTLEMENT

    with refusals(caller.as_json):
        return api_of(caller).get(GET_SETTLEMENT, path={"batch": batch})


def _fetched(report: dict[str, Any]) -> bytes:
    """The report's bytes. Raises Failure where the link gives none, or others than it should."""
    import httpx

    from cli.connection.api import client_of

    url = httpx.URL(report["url"])
    try:
        with client_of(str(url.copy_with(raw_path=b"/"))) as client:
            answer = client.get(url)
    except httpx.HTTPError as error:
        raise Failure(f"The report cannot be fetched from {url.host}: {error}", "Try again.") from None
    if answer.status_code != httpx.codes.OK:
        raise Failure(
            f"The link to the report is answered by {answer.status_code}: {answer.text[:200]!r}",
            "A link is valid for a quarter of an hour; this one was made a moment ago. See the bucket of the reports.",
        )
    found = hashlib.sha256(answer.content).hexdigest()
    if found != report["sha256"]:
        raise Failure(
            f"The report is not what was written: its SHA-256 is {found}, and should be {report['sha256']}.",
            "Somebody changed it in the bucket. Settling again does not write it anew; tell whoever runs the sandbox.",
        )
    return answer.content


def _write(file: Path, data: bytes, *, force: bool) -> None:
    try:
        if file.exists() and not force:
            if file.read_bytes() == data:
                return
            raise Failure(f"There is another {file}.", "Write over it with --force, or choose a name with --output.")
        file.write_bytes(data)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.", "Choose another one with --output.") from None
